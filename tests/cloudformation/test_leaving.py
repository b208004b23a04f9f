"""What a worker may do to leave its fleet: to its own stack's, and nothing else."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.template import Stack, read, resolve
from tests.cloudformation.policies import listed, policies
from tests.programs import ROOT


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    template = read("roles.yaml")
    return dict(policies(resolve(template, {name: f"<{name}>" for name in template["Parameters"]})))


@pytest.fixture(scope="module")
def leave(documents: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {action: each for each in documents["leave"]["Statement"] for action in listed(each["Action"])}


def test_only_the_fleet_of_the_workers_is_lowered_and_not_that_of_the_workstation(
    leave: dict[str, dict[str, Any]], launched: Callable[..., Stack]
) -> None:
    grant = leave["ec2:ModifySpotFleetRequest"]
    assert grant["Resource"] != "*"
    wanted = {key.removeprefix("aws:ResourceTag/"): value for key, value in grant["Condition"]["StringEquals"].items()}
    fleets = {
        name: [each["Tags"] for each in fleet["SpotFleetRequestConfigData"]["TagSpecifications"]]
        for name, fleet in launched().of_type("AWS::EC2::SpotFleet")
    }
    allowed = {
        name
        for name, [tags] in fleets.items()
        if all({"Key": key, "Value": value.replace("<Name>", "spotmc")} in tags for key, value in wanted.items())
    }
    assert allowed == {"Fleet.WorkerFleet"}
    assert "spotmc:stack" in wanted


def test_only_the_group_of_the_workers_is_left(
    leave: dict[str, dict[str, Any]], launched: Callable[..., Stack]
) -> None:
    grant = leave["autoscaling:TerminateInstanceInAutoScalingGroup"]
    [(_, group)] = launched(WorkersOn="AutoScalingGroup").of_type("AWS::AutoScaling::AutoScalingGroup")
    name = grant["Resource"].replace("<Name>", "spotmc")
    assert name.endswith(f"autoScalingGroupName/{group['AutoScalingGroupName']}")
    assert grant["Condition"] == {"StringEquals": {"aws:ResourceTag/spotmc:stack": "<Name>"}}


def test_metrics_are_ours_alone(leave: dict[str, dict[str, Any]]) -> None:
    condition = leave["cloudwatch:PutMetricData"]["Condition"]
    assert condition == {"StringEquals": {"cloudwatch:namespace": "spot-montecarlo"}}


# What the command line's words ask permission for.
ASKED = {
    "autoscaling terminate-instance-in-auto-scaling-group": "autoscaling:TerminateInstanceInAutoScalingGroup",
    "cloudwatch put-metric-data": "cloudwatch:PutMetricData",
    "ec2 describe-spot-fleet-requests": "ec2:DescribeSpotFleetRequests",
    "ec2 modify-spot-fleet-request": "ec2:ModifySpotFleetRequest",
    "logs create-log-stream": "logs:CreateLogStream",
    "logs put-log-events": "logs:PutLogEvents",
    "s3 cp": "s3:PutObject",
    "sqs get-queue-attributes": "sqs:GetQueueAttributes",
}


def test_what_the_script_asks_for_is_what_is_granted(
    documents: dict[str, Any], leave: dict[str, dict[str, Any]]
) -> None:
    script = (ROOT / "userdata/leave.sh").read_text()
    asked = {ASKED[words] for words in re.findall(r"^[^#\n]*?\baws ([a-z0-9]+ [a-z-]+)", script, re.MULTILINE)}
    granted = {
        action
        for name in ("leave", "log", "WorkPolicy", "MachinePolicy")
        for each in documents[name]["Statement"]
        for action in listed(each["Action"])
    }
    assert asked == set(ASKED.values())
    assert leave.keys() <= asked <= granted


def test_every_machine_may_fetch_archives_and_report_a_failed_boot(documents: dict[str, Any]) -> None:
    statements = {each["Sid"]: each for each in documents["MachinePolicy"]["Statement"]}
    assert any(resource.endswith("/spotmc/archives/*") for resource in statements["Artefacts"]["Resource"])
    assert statements["ReportFailedBoot"]["Resource"] == "<BucketArn>/boots/*"


def test_reports_of_failed_boots_expire() -> None:
    template = read("bucket.yaml")
    given = {"Name": "spotmc", "KeepOldVersions": "no", "DeleteResultsAfterDays": 0, "KmsKeyArn": ""}
    [(_, bucket)] = resolve(template, given).of_type("AWS::S3::Bucket")
    [rule] = [each for each in bucket["LifecycleConfiguration"]["Rules"] if each.get("Prefix") == "boots/"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 14)
