"""An account with a Spot Fleet or an Auto Scaling group that follows a queue, in a time of its own, over HTTP.

The queue and the bucket are the emulator's.  What AWS does not document is a switch, and so are mistakes of our own.
Machines are numbers here: they boot, take messages, hold them for some minutes, and leave as the design has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from deployment.stack import TAG
from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.job_store import load_job
from fleet.message import Shard, attributes
from fleet.queue import Message, Queue
from rehearsal.work import ENDLESS, HELD_AT_MOST
from tests.query_api import RefusedError

TICK = timedelta(seconds=30)
MINUTE = timedelta(minutes=1)

BOOT, WORK, NOTICE = timedelta(minutes=2), timedelta(seconds=30), timedelta(minutes=2)
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
class Switches:
    """What AWS does, and what our own parts do wrong."""

    a_falling_target_ends_machines: bool = False
    a_missing_value_counts_as_zero: bool = True
    an_update_is_made_in_place: bool = False
    an_update_resets_the_target: bool = False
    there_is_fault_injection: bool = True
    tags_stay_listed: bool = False
    spot_takes_a_machine_meanwhile: bool = False  # while a target falls

    the_alarm_goes_on: bool = True
    workers_lower_the_target: bool = True
    a_deployment_replaces_old_machines: bool = True
    growth_stops: bool = True
    failed_boots_report: bool = True
    a_person_is_told: bool = True
    work_is_given_back: bool = True
    a_machine_stays: bool = False


@dataclass
class Computer:
    """A machine."""

    id: str
    fleet: str
    launched: datetime
    state: str = "pending"
    reason: str = ""
    messages: list[Message] = field(default_factory=list)
    since: datetime | None = None  # it holds a message, or has none
    taken_at: datetime | None = None

    @property
    def alive(self) -> bool:
        return self.state in ("pending", "running")


@dataclass
class Minute:
    """What the metrics say of one."""

    waiting: int
    in_flight: int | None


@dataclass
class SpotAccount:
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

    # ---- What AWS is asked ---------------------------------------------------------------------------------------

    def act(self, operation: str, asked: dict[str, Any]) -> dict[str, Any] | None:
        """For ``ServiceApis``."""
        service, _, name = operation.partition(":")
        method = getattr(self, f"_{service.replace('-', '')}_{name}", None)
        return None if method is None else method(asked)

    def _ec2_DescribeSpotFleetRequests(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        wanted = asked.get("SpotFleetRequestIds") or list(self.targets)
        return {
            "SpotFleetRequestConfigs": [
                {
                    "SpotFleetRequestId": fleet,
                    "SpotFleetRequestState": "active",
                    "SpotFleetRequestConfig": {"TargetCapacity": self.targets[fleet], "IamFleetRole": "role"},
                    "Tags": [{"Key": TAG, "Value": self.stack}],
                }
                for fleet in wanted
                if fleet in self.targets
            ]
        }

    def _ec2_DescribeSpotFleetInstances(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        machines = [{"InstanceId": each.id} for each in self._of(asked["SpotFleetRequestId"])]
        return {"ActiveInstances": machines, "SpotFleetRequestId": asked["SpotFleetRequestId"]}

    def _ec2_ModifySpotFleetRequest(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert asked["ExcessCapacityTerminationPolicy"] == "noTermination"
        self._set_target(asked["SpotFleetRequestId"], int(asked["TargetCapacity"]))
        return {"Return": True}

    def _ec2_DescribeInstances(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        filters = {each["Name"]: each["Values"] for each in asked.get("Filters", [])}
        ids = asked.get("InstanceIds") or filters.get("instance-id", list(self.computers))
        found = [self.computers[each] for each in ids if each in self.computers]
        if states := filters.get("instance-state-name"):
            found = [each for each in found if each.state in states]
        if filters.get(f"tag:{TAG}", [self.stack]) != [self.stack]:
            found = []
        return {"Reservations": [{"Instances": [_instance(each) for each in found]}]}

    def _ec2_DescribeSpotInstanceRequests(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        [ids] = [each["Values"] for each in asked["Filters"] if each["Name"] == "instance-id"]
        codes = {each: self._spot_status(self.computers[each]) for each in ids}
        return {
            "SpotInstanceRequests": [
                {"SpotInstanceRequestId": f"sir-{each}", "InstanceId": each, "Status": {"Code": code}}
                for each, code in codes.items()
            ]
        }

    def _ec2_TerminateInstances(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for machine in asked["InstanceIds"]:
            self._end(self.computers[machine], "Client.UserInitiatedShutdown")
        return {"TerminatingInstances": [{"InstanceId": each} for each in asked["InstanceIds"]]}

    def _ec2_CancelSpotFleetRequests(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for fleet in asked["SpotFleetRequestIds"]:
            self._cancel(fleet)
        return {"SuccessfulFleetRequests": [], "UnsuccessfulFleetRequests": []}

    def _ec2_DescribeSpotFleetRequestHistory(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        fleet = asked["SpotFleetRequestId"]
        return {
            "HistoryRecords": [],
            "SpotFleetRequestId": fleet,
            "StartTime": self._now,
            "LastEvaluatedTime": self._now,
        }

    def _ec2_DescribeLaunchTemplateVersions(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        made = {"LaunchTemplateId": asked["LaunchTemplateId"], "VersionNumber": 1, "CreateTime": self.updated_at}
        return {"LaunchTemplateVersions": [made]}

    def _ec2_GetEbsDefaultKmsKeyId(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"KmsKeyId": "alias/aws/ebs"}

    def _autoscaling_DescribeAutoScalingGroups(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        there = [fleet for fleet in self.targets if not fleet.startswith("sfr-")]
        return {
            "AutoScalingGroups": [
                {
                    "AutoScalingGroupName": group,
                    "DesiredCapacity": self.targets[group],
                    "Instances": [{"InstanceId": each.id, "LifecycleState": "InService"} for each in self._of(group)],
                    "SuspendedProcesses": [] if self.grows else [{"ProcessName": "Launch"}],
                }
                for group in asked.get("AutoScalingGroupNames", there)
            ]
        }

    def _autoscaling_SuspendProcesses(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if "Launch" in asked["ScalingProcesses"]:
            self.grows = False
        return {}

    def _autoscaling_ResumeProcesses(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.grows = True
        return {}

    def _autoscaling_UpdateAutoScalingGroup(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._set_target(asked["AutoScalingGroupName"], asked["DesiredCapacity"])
        return {}

    def _autoscaling_TerminateInstanceInAutoScalingGroup(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._end(self.computers[asked["InstanceId"]], "User initiated")
        return {}

    def _autoscaling_DescribeLifecycleHooks(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"LifecycleHooks": []}

    def _autoscaling_DescribeScalingActivities(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Activities": []}

    def _autoscaling_SetDesiredCapacity(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._set_target(
            asked["AutoScalingGroupName"], max(asked["DesiredCapacity"], self.targets[asked["AutoScalingGroupName"]])
        )
        self._lower(asked["AutoScalingGroupName"], asked["DesiredCapacity"])
        return {}

    def _applicationautoscaling_DescribeScalableTargets(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {
            "ScalableTargets": [
                {
                    "ServiceNamespace": "ec2",
                    "ResourceId": each,
                    "ScalableDimension": asked["ScalableDimension"],
                    "MinCapacity": 0,
                    "MaxCapacity": self.most,
                    "SuspendedState": {"DynamicScalingOutSuspended": not self.grows},
                    "RoleARN": "arn:aws:iam::123456789012:role/scaling",
                    "CreationTime": self._now,
                }
                for each in asked["ResourceIds"]
            ]
        }

    def _applicationautoscaling_RegisterScalableTarget(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.most = asked.get("MaxCapacity", self.most)
        self.grows = not asked.get("SuspendedState", {}).get("DynamicScalingOutSuspended", not self.grows)
        return {}

    def _applicationautoscaling_PutScheduledAction(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        when = datetime.strptime(asked["Schedule"], "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
        self.scheduled[asked["ScheduledActionName"]] = (when, asked["ScalableTargetAction"]["MaxCapacity"])
        return {}

    def _applicationautoscaling_DeleteScheduledAction(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if self.scheduled.pop(asked["ScheduledActionName"], None) is None:
            raise RefusedError("ObjectNotFoundException", "No scheduled action found")
        return {}

    def _cloudwatch_DescribeAlarms(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        states = {
            "QueueEmpty": self._queue_empty(),
            "MessagesWait": bool(self._minutes and self._minutes[-1].waiting),
            "BootsFail": self._boots_fail(),
        }
        assert asked["AlarmNamePrefix"] == f"{self.stack}-"
        return {
            "MetricAlarms": [
                {
                    "AlarmName": f"{self.stack}-Scaling-1A2B3C4D5E6F-{name}-6F5E4D3C2B1A",
                    "StateValue": "ALARM" if on else "OK",
                    "StateUpdatedTimestamp": self._now,
                    "Metrics": [
                        {"Id": "toDo", "Expression": "waiting + inFlight", "ReturnData": True},
                        {"Id": "waiting", "ReturnData": False},
                        {"Id": "inFlight", "ReturnData": False},
                    ],
                }
                for name, on in states.items()
            ]
        }

    def _cloudwatch_GetMetricData(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        minutes = round((asked["EndTime"] - asked["StartTime"]) / MINUTE.total_seconds())
        series = {
            "waiting": [each.waiting for each in self._minutes[-minutes:]],
            "inFlight": [each.in_flight for each in self._minutes[-minutes:] if each.in_flight is not None],
            "toDo": [value for each in self._minutes[-minutes:] if (value := self._to_do(each)) is not None],
        }
        return {
            "MetricDataResults": [
                {
                    "Id": query["Id"],
                    "Values": [float(value) for value in series[query["Id"]]],
                    "Timestamps": [self._now - MINUTE * number for number in range(len(series[query["Id"]]))],
                    "StatusCode": "Complete",
                }
                for query in asked["MetricDataQueries"]
            ]
        }

    def _fis_CreateExperimentTemplate(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if not self.switches.there_is_fault_injection:
            raise RefusedError("AccessDeniedException", "not authorized to perform: fis:CreateExperimentTemplate", 403)
        [action] = asked["actions"].values()
        assert action["actionId"] == "aws:ec2:send-spot-instance-interruptions"
        assert asked["roleArn"].startswith("arn:aws:iam::")
        [arn] = asked["targets"][action["targets"]["SpotInstances"]]["resourceArns"]
        template = f"EXT{next(self._numbers)}"
        self.experiments[template] = arn.rpartition("/")[2]
        return {"experimentTemplate": {"id": template}}

    def _fis_StartExperiment(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.computers[self.experiments[asked["experimentTemplateId"]]].taken_at = self._now + NOTICE
        return {"experiment": {"id": "EXP1"}}

    def _fis_DeleteExperimentTemplate(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        del self.experiments[asked["id"]]
        return {}

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
        return any(there.get(each.key).startswith(b"spoiled") for each in there.list("spotmc/") if "worker" in each.key)

    def _spot_status(self, computer: Computer) -> str:
        if computer.taken_at and computer.alive:
            return "marked-for-termination"
        taken = computer.reason == "Server.SpotInstanceTermination"
        gone = "instance-terminated-no-capacity" if taken else "instance-terminated-by-service"
        return "fulfilled" if computer.alive else gone

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


def _instance(computer: Computer) -> dict[str, Any]:
    return {
        "InstanceId": computer.id,
        "State": {"Code": 16, "Name": computer.state},
        "LaunchTime": computer.launched,
        "StateReason": {"Code": computer.reason} if computer.reason else None,
    }


def with_switch(name: str, on: bool) -> Switches:
    """All as it should be, but for one."""
    return replace(Switches(), **{name: on})
