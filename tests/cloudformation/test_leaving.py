"""What a worker may do to leave its fleet: to its own stack's, and nothing else."""

from typing import Any

import pytest

from cloudformation.template import read, resolve
from tests.cloudformation.policies import listed, policies
from tests.programs import ROOT

OF_THE_STACK = {"StringEquals": {"aws:ResourceTag/spotmc:stack": "<Name>"}}


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    template = read("roles.yaml")
    return dict(policies(resolve(template, {name: f"<{name}>" for name in template["Parameters"]})))


@pytest.fixture(scope="module")
def leave(documents: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {action: each for each in documents["leave"]["Statement"] for action in listed(each["Action"])}


@pytest.mark.parametrize("action", ["ec2:ModifySpotFleetRequest", "autoscaling:TerminateInstanceInAutoScalingGroup"])
def test_only_fleets_of_the_stack_are_lowered(leave: dict[str, dict[str, Any]], action: str) -> None:
    assert leave[action]["Condition"] == OF_THE_STACK
    assert leave[action]["Resource"] != "*"


def test_metrics_are_ours_alone(leave: dict[str, dict[str, Any]]) -> None:
    condition = leave["cloudwatch:PutMetricData"]["Condition"]
    assert condition == {"StringEquals": {"cloudwatch:namespace": "spot-montecarlo"}}


def test_what_the_script_asks_for_is_what_is_granted(leave: dict[str, dict[str, Any]]) -> None:
    script = (ROOT / "userdata/leave.sh").read_text()
    asked = {
        "ec2:DescribeSpotFleetRequests": "aws ec2 describe-spot-fleet-requests",
        "ec2:ModifySpotFleetRequest": "aws ec2 modify-spot-fleet-request",
        "autoscaling:TerminateInstanceInAutoScalingGroup": "aws autoscaling terminate-instance-in-auto-scaling-group",
        "cloudwatch:PutMetricData": "aws cloudwatch put-metric-data",
    }
    assert leave.keys() == asked.keys()
    assert [command for command in asked.values() if command not in script] == []


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
