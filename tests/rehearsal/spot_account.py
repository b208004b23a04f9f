"""An account with a Spot Fleet or an Auto Scaling group that follows a queue, in a time of its own, over HTTP.

The queue and the bucket are the emulator's.  What AWS does not document is a switch, and so are mistakes of our own.
Machines are numbers here: they boot, take messages, hold them for some minutes, and leave as the design has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.job_store import load_job
from fleet.message import Shard, attributes
from fleet.queue import Message, Queue
from rehearsal.work import ENDLESS, HELD_AT_MOST
from tests.rehearsal.account_apis import AccountApis
from tests.rehearsal.behaviour import Computer, Switches

TICK = timedelta(seconds=30)

BOOT, WORK = timedelta(minutes=2), timedelta(seconds=30)
IDLE_EXIT, COOLDOWN = timedelta(minutes=10), timedelta(minutes=5)
EMPTY_MINUTES = 15
ARCHIVES = {  # under their sums
    "engine-x86_64.tar.gz": "spotmc/archives/engine1",
    "worker-x86_64.tar.gz": "spotmc/archives/worker2",
    "worker-packages-x86_64.tar.gz": "spotmc/archives/worker3",
    "workstation-x86_64.tar.gz": "spotmc/archives/workstation4",
}
HIDDEN = 3600  # seconds for which a message in hand is; the emulator's time does not run faster


@dataclass
class Minute:
    """What the metrics say of one."""

    waiting: int
    in_flight: int | None


@dataclass
class SpotAccount(AccountApis):
    """The account, its clock, and what a person does to the stack at the command line.

    Args:
        stack: Name of the stack.
        queue: The work queue.
        bucket: Of results, and of artefacts.
        switches: How it behaves.
        workers: Output of the stack that names the workers' fleet or group.
    """

    stack: str
    queue: Queue
    bucket: Bucket
    switches: Switches = field(default_factory=Switches)
    workers: str = "WorkerFleet"
    computers: dict[str, Computer] = field(default_factory=dict)
    targets: dict[str, int] = field(default_factory=dict)  # by fleet
    fleets: dict[str, str] = field(default_factory=dict)  # by output of the stack; none when there is no stack
    most: int = 3
    grows: bool = True
    experiments: dict[str, str] = field(default_factory=dict)  # by template: the machine
    done: list[str] = field(default_factory=list)  # what a person did

    def __post_init__(self) -> None:
        self._now = self.updated_at = datetime.now(UTC)
        self.artefact_bucket = self.bucket
        self._numbers = count(1)
        self._minutes: list[Minute] = []
        self._jobs: dict[str, Job] = {}
        self._boots: list[tuple[datetime, bool]] = []
        self._grew_at = self._now - COOLDOWN
        self.scheduled: dict[str, tuple[datetime, int]] = {}

    # ---- Clock ---------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        until = self._now + timedelta(seconds=seconds)
        while self._now < until:
            before, self._now = self._now, min(self._now + TICK, until)
            self._happen(new_minute=before.minute != self._now.minute)

    # ---- What a person does --------------------------------------------------------------------------------------

    def deploy(self, parameters: dict[str, str]) -> None:
        self.done.append("deploy")
        if self.fleets:
            for _ in range(60):  # drained
                if self.workers == "WorkerFleet":
                    self._set_target(self.fleets[self.workers], 0)
                self.sleep(30)
                if not self._of(self.fleets[self.workers]):
                    break
            self._update()
            if self.switches.a_deployment_replaces_old_machines:
                for computer in self._of(self.fleets["WorkstationFleet"]):
                    self._end(computer, "User initiated")
        else:
            self.make()
        self.sleep(300)

    def make(self) -> None:
        """The stack, with artefacts in the bucket."""
        self.make_fleets()
        for key in (*ARCHIVES.values(), "spotmc/abc/boot.sh"):
            self.bucket.put(key, b"good")
        listing = "".join(f"{key.rpartition('/')[2]}  {name}\n" for name, key in ARCHIVES.items())
        self.bucket.put("spotmc/abc/SHA256SUMS", listing.encode())

    def make_fleets(self) -> None:
        self._new_fleet(self.workers, 0)
        self._new_fleet("WorkstationFleet", 1)

    def update(self, parameters: dict[str, str]) -> None:
        self.done.append("update")
        self._update()
        self.sleep(120)

    def outputs(self) -> dict[str, str]:
        if not self.fleets:
            return {}
        return {**self.fleets, "WorkQueueUrl": self.queue.url, "BucketName": self.bucket.name}

    def artefacts(self) -> tuple[str, str]:
        return self.bucket.name, "spotmc/abc"

    def destroy(self) -> None:
        self.done.append("destroy")
        self.fleets = {}
        for computer in [each for each in self.computers.values() if each.alive][self.switches.a_machine_stays :]:
            self._end(computer, "User initiated")
        self.targets = {}

    def update_fleet(self, output: str) -> str | None:
        """As CloudFormation does it: the id of the fleet that takes its place; None where it stays."""
        old, self.updated_at = self.fleets[output], self._now
        if self.switches.an_update_is_made_in_place:
            if self.switches.an_update_resets_the_target:
                self._set_target(old, int(output == "WorkstationFleet"))
            return None
        self._cancel(old)
        self._new_fleet(output, int(output == "WorkstationFleet"))
        return self.fleets[output]

    def troubles(self) -> list[str]:
        failed = sum(not good for _, good in self._boots)
        return [f"{failed} boots failed"] if failed and self.switches.a_person_is_told else []

    def listed(self) -> list[str]:
        return ["arn:aws:sqs:us-east-1:123456789012:gone"] if self.switches.tags_stay_listed else []

    def left(self) -> list[str]:
        return [f"instance {each.id}" for each in self.computers.values() if each.alive]

    # ---- What happens --------------------------------------------------------------------------------------------

    def _happen(self, *, new_minute: bool) -> None:
        for name, (when, most) in list(self.scheduled.items()):
            if when <= self._now:
                del self.scheduled[name]
                self.most = most
                self._lower(self.fleets[self.workers], most)
        for computer in [each for each in self.computers.values() if each.alive]:
            self._live(computer)
        if new_minute and self.fleets:
            depth = self.queue.depth()
            self._minutes.append(Minute(depth.visible, depth.in_flight or None))
            if self._queue_empty() and self.workers == "WorkerFleet":
                self._set_target(self.fleets[self.workers], 0)
            self._grow(depth.visible)
        for fleet, target in self.targets.items():
            for _ in range(target - len(self._of(fleet))):
                machine = f"i-{next(self._numbers):08x}"
                self.computers[machine] = Computer(machine, fleet, self._now)

    def _live(self, computer: Computer) -> None:
        if computer.taken_at and computer.taken_at <= self._now:
            self._end(computer, "Server.SpotInstanceTermination")
        elif computer.state == "pending":
            if self._now - computer.launched >= BOOT:
                self._boot(computer)
        elif computer.fleet == self.fleets.get(self.workers):
            self._work(computer)

    def _boot(self, computer: Computer) -> None:
        good = computer.fleet != self.fleets.get(self.workers) or not self._spoiled()
        if good:
            computer.state, computer.since = "running", self._now
            self._boots.append((self._now, True))
            return
        self._boots.append((self._now, False))
        if self.switches.failed_boots_report:
            self.bucket.put(f"boots/{self._now:%Y-%m-%dT%H:%M:%SZ}-worker-{computer.id}.txt", b"...\nnot a tar archive")
        self._leave(computer)

    def _work(self, computer: Computer) -> None:
        assert computer.since is not None
        if len(computer.messages) < HELD_AT_MOST:
            received = [*self._received()]
            if received and not computer.messages:
                computer.since = self._now
            computer.messages += received
        if not computer.messages:
            if self._now - computer.since >= IDLE_EXIT:
                self._leave(computer)
            return
        job = self._job(Shard.from_body(computer.messages[0].body).job_id)
        cancelled = self.bucket.exists(keys.cancelled_key(job.id))
        done = job.experiment.units // job.chunk != ENDLESS and self._now - computer.since >= WORK
        if not cancelled and not done:
            return
        computer.since = self._now
        self.queue.delete(computer.messages.pop(0))
        if cancelled:  # a worker drops what is left in no time
            left = computer.messages
            while left:
                for message in left:
                    self.queue.delete(message)
                left = self.queue.receive(wait_seconds=0, visibility_seconds=HIDDEN, at_most=10)
            computer.messages = []
        elif self.queue.depth().empty:
            self.bucket.put(keys.summary_key(job.id), b"{}")

    def _job(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            self._jobs[job_id] = load_job(self.bucket, job_id)
        return self._jobs[job_id]

    def _received(self) -> Iterator[Message]:
        """A message, unless it is for a large shard, which is replaced by its parts."""
        for message in self.queue.receive(wait_seconds=0, visibility_seconds=HIDDEN):
            shard = Shard.from_body(message.body)
            job = self._job(shard.job_id)
            if shard.range in job.tree[0].first_level():
                parts = [Shard(job.id, part).to_body() for part in job.tree[0].children(shard.range)]
                self.queue.send_all(parts, attributes(job, self.bucket.name))
                self.queue.delete(message)
            else:
                yield message

    def _leave(self, computer: Computer) -> None:
        busy = sum(bool(each.messages) for each in self.computers.values() if each.alive)
        target = self.targets[computer.fleet]
        if self.switches.workers_lower_the_target:
            self._set_target(computer.fleet, target - 1 if self.workers == "WorkerGroup" else min(busy, target))
        self._end(computer, "Client.InstanceInitiatedShutdown")

    def _end(self, computer: Computer, reason: str) -> None:
        computer.state, computer.reason = "terminated", reason
        if self.switches.work_is_given_back:  # or its lease ends
            for message in computer.messages:
                self.queue.release(message)

    def _grow(self, waiting: int) -> None:
        fleet = self.fleets[self.workers]
        stopped = self._boots_fail() and self.switches.growth_stops
        if waiting and self.grows and not stopped and self._now - self._grew_at >= COOLDOWN:
            wanted = min(self.most, self.targets[fleet] + (1 if waiting < 10 else 5))
            if wanted > self.targets[fleet]:
                self._set_target(fleet, wanted)
                self._grew_at = self._now

    def _lower(self, fleet: str, target: int) -> None:
        """As Application Auto Scaling does it."""
        if self.targets[fleet] <= target:
            return
        self._set_target(fleet, target)
        if self.switches.spot_takes_a_machine_meanwhile:
            self._end(self._of(fleet)[0], "Server.SpotInstanceTermination")
        if self.switches.a_falling_target_ends_machines:
            for computer in self._of(fleet)[target:]:
                self._end(computer, "Server.SpotFleetTermination")

    def _update(self) -> None:
        for output in list(self.fleets):
            if output != "WorkerGroup":
                self.update_fleet(output)

    def _cancel(self, fleet: str) -> None:
        for computer in self._of(fleet):
            self._end(computer, "User initiated")
        del self.targets[fleet]

    # ---- What there is -------------------------------------------------------------------------------------------

    def _new_fleet(self, output: str, target: int) -> None:
        self.fleets[output] = f"{self.stack}-worker" if output == "WorkerGroup" else f"sfr-{next(self._numbers):08x}"
        self.targets[self.fleets[output]] = target

    def _set_target(self, fleet: str, target: int) -> None:
        self.targets[fleet] = target

    def _of(self, fleet: str) -> list[Computer]:
        return [each for each in self.computers.values() if each.fleet == fleet and each.alive]

    def _spoiled(self) -> bool:
        there = self.artefact_bucket
        return any(there.get(each.key).startswith(b"spoiled") for each in there.list("spotmc/"))

    def _to_do(self, minute: Minute) -> int | None:
        if minute.in_flight is None and not self.switches.a_missing_value_counts_as_zero:
            return None
        return minute.waiting + (minute.in_flight or 0)

    def _queue_empty(self) -> bool:
        judged = [self._to_do(each) for each in self._minutes[-EMPTY_MINUTES:]]
        return self.switches.the_alarm_goes_on and len(judged) == EMPTY_MINUTES and not any(judged)

    def _boots_fail(self) -> bool:
        recent = [good for when, good in self._boots if self._now - when < timedelta(hours=1)]
        return recent.count(False) - recent.count(True) > 2
