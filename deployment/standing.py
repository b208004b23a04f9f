"""How a stack stands: what it has, what is wrong with it, and what a person can do about that."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deployment import fleet_history
from deployment.account import Account
from deployment.fleet_history import Trouble
from deployment.scaling_group import WorkerGroup
from deployment.spot_fleet import SpotFleet, WorkerFleet
from deployment.stack import Deployed
from deployment.workers import workers_of
from fleet.alarms import Alarm, alarms_on
from fleet.boots import failed_boots, report
from fleet.bucket import Bucket
from fleet.queue import Depth, Queue
from montecarlo.wording import count

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
        messages: On the work queue; None as long as there is none.
        dead_letters: Messages that workers gave up on.
        alarms: That are on and want a person.
        failed_boots: So many on the last day.
        boots: The newest of them.
        troubles: What fleets told of themselves in the last hour.
    """

    name: str
    region: str
    status: str
    reason: str = ""
    workers_on: str = ""
    workers: Machines | None = None
    held: bool = False
    workstation: Machines | None = None
    messages: Depth | None = None
    dead_letters: int = 0
    alarms: tuple[Alarm, ...] = ()
    failed_boots: int = 0
    boots: tuple[Boot, ...] = ()
    troubles: tuple[Trouble, ...] = field(default=())


def standing(account: Account, deployed: Deployed, name: str, now: datetime) -> Standing:
    """
    Raises:
        FleetError: AWS does not tell something of it.
    """
    outputs = deployed.outputs
    workers, workstation, troubles = workers_of(account, deployed), None, list[Trouble]()
    since = now - TOLD_FOR
    if isinstance(workers, WorkerFleet):
        troubles += fleet_history.of_spot_fleet(account.ec2, "workers", workers.id, since)
    if isinstance(workers, WorkerGroup):
        troubles += fleet_history.of_group(account.autoscaling, "workers", workers.name, since)
    if fleet_id := outputs.get("WorkstationFleet"):
        workstation = _machines(SpotFleet(account.ec2, fleet_id))
        troubles += fleet_history.of_spot_fleet(account.ec2, "workstation", fleet_id, since)
    messages, dead_letters = None, 0
    if queue_url := outputs.get("WorkQueueUrl"):
        queue = Queue(account.sqs, queue_url)
        messages, dead_letters = queue.depth(), queue.dead_letters().depth().visible
    boots, failed = [], []
    if bucket_name := outputs.get("BucketName"):
        bucket = Bucket(account.s3, bucket_name)
        failed = failed_boots(bucket, now - BOOTS_FOR, now)
        boots = [Boot(each.at, each.kind, each.machine, report(bucket, each)) for each in failed[:BOOTS_READ]]
    return Standing(
        name,
        account.region,
        deployed.status,
        deployed.reason,
        deployed.parameters.get("WorkersOn", ""),
        _machines(workers) if workers else None,
        workers is not None and workers.held(),
        workstation,
        messages,
        dead_letters,
        tuple(alarms_on(account.cloudwatch, name)),
        len(failed),
        tuple(boots),
        tuple(troubles),
    )


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


def _machines(fleet: SpotFleet | WorkerGroup) -> Machines:
    return Machines(fleet.target() or 0, len(fleet.instance_ids()))
