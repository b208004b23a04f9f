"""How a stack stands: what it has, what is wrong with it, and what a person can do about that."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from deployment import fleet_history
from deployment.account import Account
from deployment.fleet_history import Trouble
from deployment.scaling_group import WorkerGroup
from deployment.spot_fleet import SpotFleet, WorkerFleet
from deployment.stack import Deployed
from deployment.trader import ServiceState, service_in, state_of
from deployment.workers import workers_of
from fleet.alarms import Alarm, alarms_on
from fleet.boots import failed_boots, report
from fleet.bucket import Bucket
from fleet.errors import FleetError
from fleet.queue import Depth, Queue
from montecarlo.wording import count

T = TypeVar("T")

TOLD_FOR = timedelta(hours=1)  # a fleet's history
BOOTS_FOR = timedelta(days=1)
BOOTS_READ = 3  # reports, of those that there are

_DEAD_LETTERS, _BOOTS_FAIL = "DeadLetters", "BootsFail"  # alarms whose cause is told anyway


@dataclass(frozen=True)
class Machines:
    """Of a fleet or a group.

    Attributes:
        wanted: So many.
        running: So many run or start.
    """

    wanted: int
    running: int


@dataclass(frozen=True)
class Boot:
    """One that failed, with what the machine wrote."""

    at: datetime
    kind: str
    machine: str
    report: str


@dataclass(frozen=True)
class Problem:
    """Something is wrong."""

    what: str
    what_to_do: str


@dataclass(frozen=True)
class Standing:
    """A stack at a moment.

    Attributes:
        name: Of the stack.
        region: Where it is.
        status: Such as UPDATE_COMPLETE.
        reason: Why, where CloudFormation says it.
        workers_on: SpotFleet, AutoScalingGroup or Batch.
        workers: None on Batch, and as long as there is no fleet.
        held: Whether the workers do not follow the queue.
        workstation: None as long as there is none.
        trader: Its service; None where there is none.
        messages: On the work queue; None as long as there is none.
        dead_letters: Messages that workers gave up on.
        alarms: That are on and want a person.
        failed_boots: So many on the last day.
        boots: The newest of them.
        troubles: What fleets told of themselves in the last hour.
        unknown: What AWS did not tell, and why.
    """

    name: str
    region: str
    status: str
    reason: str = ""
    workers_on: str = ""
    workers: Machines | None = None
    held: bool = False
    workstation: Machines | None = None
    trader: ServiceState | None = None
    messages: Depth | None = None
    dead_letters: int = 0
    alarms: tuple[Alarm, ...] = ()
    failed_boots: int = 0
    boots: tuple[Boot, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unknown: tuple[str, ...] = ()


def standing(account: Account, deployed: Deployed, name: str, now: datetime) -> Standing:
    """What AWS does not tell is a trouble too, and does not keep the rest from being told."""
    outputs = deployed.outputs
    workers, since = workers_of(account, deployed), now - TOLD_FOR
    troubles, unknown, no_boots = list[Trouble](), list[str](), tuple[Boot, ...]()

    def told(ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except FleetError as error:
            unknown.append(str(error))
            return otherwise

    if isinstance(workers, WorkerFleet):
        fleet_id = workers.id
        troubles += told(lambda: fleet_history.of_spot_fleet(account.ec2, "workers", fleet_id, since), [])
    if isinstance(workers, WorkerGroup):
        group = workers.name
        troubles += told(lambda: fleet_history.of_group(account.autoscaling, "workers", group, since), [])
    workstation = SpotFleet(account.ec2, outputs["WorkstationFleet"]) if "WorkstationFleet" in outputs else None
    if workstation:
        troubles += told(lambda: fleet_history.of_spot_fleet(account.ec2, "workstation", workstation.id, since), [])
    trader = service_in(deployed, name)
    queue = Queue(account.sqs, outputs["WorkQueueUrl"]) if "WorkQueueUrl" in outputs else None
    failed, boots = told(lambda: _boots(account, outputs.get("BucketName"), now), (0, no_boots))
    return Standing(
        name,
        account.region,
        deployed.status,
        deployed.reason,
        deployed.parameters.get("WorkersOn", ""),
        told(lambda: _machines(workers), None),
        told(lambda: workers is not None and workers.held(), False),
        told(lambda: _machines(workstation), None),
        told(lambda: state_of(account, trader, Bucket(account.s3, outputs["BucketName"])) if trader else None, None),
        told(lambda: queue.depth() if queue else None, None),
        told(lambda: queue.dead_letters().depth().all if queue else 0, 0),  # also those that somebody looks at
        tuple(told(lambda: alarms_on(account.cloudwatch, name), [])),
        failed,
        boots,
        tuple(troubles),
        tuple(unknown),
    )


def _boots(account: Account, bucket_name: str | None, now: datetime) -> tuple[int, tuple[Boot, ...]]:
    """How many failed, and the newest of them."""
    if not bucket_name:
        return 0, ()
    bucket = Bucket(account.s3, bucket_name)
    failed = failed_boots(bucket, now - BOOTS_FOR, now)
    return len(failed), tuple(
        Boot(each.at, each.kind, each.machine, report(bucket, each)) for each in failed[:BOOTS_READ]
    )


def _machines(fleet: SpotFleet | WorkerGroup | None) -> Machines | None:
    return Machines(fleet.target() or 0, len(fleet.instance_ids())) if fleet else None


def problems(now: Standing) -> Iterator[Problem]:
    """What is wrong, and what to do next."""
    if now.status.endswith("FAILED") or "ROLLBACK" in now.status:
        reason = f": {now.reason}" if now.reason else ""
        became = "is being put back: " if now.status.endswith("_IN_PROGRESS") else "ended as "
        yield Problem(f"the stack {became}{now.status}{reason}", _after_failure(now.status))
    if now.workstation and now.workstation.wanted == 0:
        yield Problem("no workstation is wanted", "`spotmc deploy` puts that right")
    elif now.workstation and now.workstation.running == 0:
        yield Problem("the workstation has no machine", "wait for one; if none comes, what its fleet says is below")
    if now.trader and now.trader.running < now.trader.wanted:
        said = f": {now.trader.says}" if now.trader.says else ""
        log = f"the log group /{now.name}/trader"
        yield Problem(f"the trader {now.trader.trader} does not run{said}", f"wait; if it does not start, see {log}")
    if now.trader and now.trader.halt:
        mended = f"when that is mended, `spotmc trader resume {now.trader.trader}`"
        yield Problem(f"the trader {now.trader.trader} has halted: {now.trader.halt}", mended)
    if now.held and not now.status.endswith("_IN_PROGRESS"):
        yield Problem("the workers do not follow the queue: a `--drain` was cut off", "`spotmc deploy` lets them again")
    for trouble in now.troubles:
        yield Problem(f"{trouble.where}: {trouble.said}", trouble.advice or "search AWS's pages for that sentence")
    if now.boots:
        yield Problem(_told(now), _after_boots(now))
    if now.dead_letters:
        yield Problem(
            f"workers gave up on {count(now.dead_letters, 'message')}",
            "`spotmc failed` says why; `spotmc redrive` sends them again",
        )
    for each in now.unknown:
        yield Problem(each, "mend that to see it; the rest is as it is said here")
    for alarm in now.alarms:
        told = (alarm.name == _DEAD_LETTERS and now.dead_letters) or (alarm.name == _BOOTS_FAIL and now.boots)
        if not told:
            yield Problem(f"the alarm {alarm.name} is on since {alarm.since:%Y-%m-%d %H:%M} UTC", alarm.says)


def _after_failure(status: str) -> str:
    if status.endswith("_IN_PROGRESS"):
        return "`spotmc deploy` follows it, and then tries again"
    if status == "DELETE_FAILED":
        return "`spotmc destroy` goes on, and names what cannot be deleted"
    if status == "UPDATE_ROLLBACK_FAILED":
        return "`spotmc deploy` says what to do before it can be changed again"
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return "it is as it was before; the events of the stack name what failed first, and `spotmc deploy` tries again"
    return "the events of the stack name what failed first; `spotmc deploy` tries again"


def _told(now: Standing) -> str:
    newest = now.boots[0]
    which = f"{newest.kind} {newest.machine} at {newest.at:%Y-%m-%d %H:%M} UTC"
    return f"{count(now.failed_boots, 'boot')} failed within a day, the last one that of {which}: {newest.report}"


def _after_boots(now: Standing) -> str:
    log = f"the log group /{now.name}/{now.boots[0].kind} has more"
    return f"mend what the report names, then `spotmc deploy`; {log}. After three that fail, none starts for an hour"
