"""What is asked of an account with a Spot Fleet or an Auto Scaling group, and what it answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from deployment.stack import TAG
from tests.query_api import RefusedError
from tests.rehearsal.behaviour import Computer

MINUTE, NOTICE = timedelta(minutes=1), timedelta(minutes=2)


class AccountApis:
    """The operations of ``SpotAccount`` that boto3 asks for, each by its service and name."""

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

    def _fis_GetExperiment(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        failed = {"status": "failed", "reason": "Unable to assume the role"}
        return {"experiment": {"state": failed if self.switches.fault_injection_fails else {"status": "running"}}}

    def _fis_StartExperiment(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if self.switches.fault_injection_fails:
            return {"experiment": {"id": "EXP1"}}
        self.computers[self.experiments[asked["experimentTemplateId"]]].taken_at = self._now + NOTICE
        return {"experiment": {"id": "EXP1"}}

    def _fis_DeleteExperimentTemplate(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        del self.experiments[asked["id"]]
        return {}

    def _spot_status(self, computer: Computer) -> str:
        if computer.taken_at and computer.alive:
            return "marked-for-termination"
        taken = computer.reason == "Server.SpotInstanceTermination"
        gone = "instance-terminated-no-capacity" if taken else "instance-terminated-by-service"
        return "fulfilled" if computer.alive else gone


def _instance(computer: Computer) -> dict[str, Any]:
    return {
        "InstanceId": computer.id,
        "State": {"Code": 16, "Name": computer.state},
        "LaunchTime": computer.launched,
        "StateReason": {"Code": computer.reason} if computer.reason else None,
    }
