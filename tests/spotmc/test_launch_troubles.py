"""What ``spotmc deploy`` says of machines that do not come, long before CloudFormation gives up waiting."""

from datetime import UTC, datetime

import pytest

from deployment import launch_troubles
from fleet.boots import failed_boots, report
from tests.auto_scaling_server import Group
from tests.spotmc.conftest import CIDR

pytestmark = pytest.mark.thorough

WORKSTATION = "sfr-00000000-0000-0000-0000-000000000001"
TIMED_OUT = "WaitCondition timed out. Received 0 conditions when expecting 1"


@pytest.fixture
def history(cloudformation, fleet_histories):
    """That of the workstation's fleet."""
    cloudformation.physical_ids["Workstation.WorkstationFleet"] = WORKSTATION
    return lambda *event: fleet_histories.happen(WORKSTATION, *event)


def lines(told, words):
    return [line for line in told.splitlines() if words in line]


@pytest.mark.parametrize(
    ("sub_kind", "description", "advice"),
    [
        ("iamFleetRoleInvalid", "The fleet role may not be used", "create-service-linked-role --aws-service-name"),
        ("spotInstanceCountLimitExceeded", "Max spot instance count exceeded", "All Standard Spot Instance Requests"),
        (
            "allLaunchSpecsTemporarilyBlacklisted",
            "Repeated errors have occurred processing the launch specification: InsufficientInstanceCapacity",
            "wait, or deploy in another region",
        ),
        ("spotFleetRequestConfigurationInvalid", "The price is below the Spot price", "MaxDollarsPerHour"),
        ("spotFleetRequestConfigurationInvalid", "PendingVerification", "AWS still looks at this account"),
    ],
)
def test_what_a_fleet_tells_of_itself_is_printed_with_what_to_do(deploy, history, sub_kind, description, advice):
    history("error", sub_kind, description)
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    [line] = lines(told, sub_kind)
    assert description in line
    assert f"Workstation.WorkstationFleet: {sub_kind}" in line
    assert advice in line


def test_what_is_known_already_is_not_told_again_and_what_goes_well_not_at_all(deploy, history, cloudformation):
    for event in ("submitted", "active"):
        history("fleetRequestChange", event, "all is well")
    history("information", "launchSpecUnusable", "too cheap")
    cloudformation.on_events = lambda: history("error", "spotInstanceCountLimitExceeded", "Max count exceeded")
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    assert len(lines(told, "spotInstanceCountLimitExceeded")) == 1
    assert len(lines(told, "launchSpecUnusable")) == 1
    assert not lines(told, "all is well")


def test_it_is_told_while_cloudformation_still_waits(deploy, history):
    history("error", "spotInstanceCountLimitExceeded", "Max spot instance count exceeded")
    _, _, told = deploy(*CIDR)
    shown = told.splitlines()
    trouble, later = (next(i for i, line in enumerate(shown) if words in line) for words in ("Max spot", "Dashboard"))
    assert trouble < later


def test_histories_are_read_every_few_seconds_only(deploy, history, fleet_histories, monkeypatch):
    monkeypatch.setattr(launch_troubles, "EACH_SECONDS", 3600.0)
    assert deploy(*CIDR)[0] == 0
    assert fleet_histories.asked <= 1


def test_a_history_that_may_not_be_read_is_said_to_be_so_once_and_stops_nothing(deploy, history, fleet_histories):
    fleet_histories.denied = True
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    assert len(lines(told, f"cannot read the history of {WORKSTATION}")) == 1


def test_a_workstation_that_never_reports_is_explained_by_its_fleet(deploy, history, cloudformation):
    history("error", "spotInstanceCountLimitExceeded", "Max spot instance count exceeded")
    cloudformation.failing = ("WorkstationBooted", TIMED_OUT)
    status, _, told = deploy(*CIDR)
    assert status == 1
    *_, ended, known, last = told.splitlines()
    assert ended == (
        "spotmc: the stack spotmc ended as rollback complete, because WorkstationBooted "
        f"(AWS::CloudFormation::WaitCondition) failed: {TIMED_OUT}"
    )
    assert known == "What is known of the machines:"
    assert "Max spot instance count exceeded" in last
    assert "All Standard Spot Instance Requests" in last


def test_a_boot_that_failed_is_told_and_leaves_the_bucket_empty_for_the_roll_back(
    deploy, history, cloudformation, bucket, clients
):
    clients[1].put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    now = datetime.now(UTC)
    key = f"boots/{now:%Y-%m-%dT%H:%M:%SZ}-workstation-i-0123456789abcdef0.txt"
    bucket.put(key, b"the boot of this workstation failed at line 70 of boot.sh;\nits last output: no such package")
    cloudformation.failing = ("WorkstationBooted", TIMED_OUT)
    status, _, told = deploy(*CIDR)
    assert status == 1
    assert told.splitlines()[-1] == (
        "  workstation i-0123456789abcdef0: the boot of this workstation failed at line 70 of boot.sh; "
        "its last output: no such package"
    )
    clients[1].delete_bucket(Bucket=bucket.name)  # as CloudFormation does, with nothing in it


def test_where_nothing_is_known_a_person_is_told_what_to_look_at(deploy, history, cloudformation):
    cloudformation.failing = ("WorkstationBooted", TIMED_OUT)
    _, _, told = deploy(*CIDR)
    assert "neither the workstation nor its Spot Fleet said why" in told.splitlines()[-1]


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        (
            "Could not launch Spot Instances. MaxSpotInstanceCountExceeded - Max spot instance count exceeded.",
            "ask for more: Service Quotas",
        ),
        (
            "'Cost Center' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), and "
            "must not be a reserved name ('.', '..', '_index'). Launching EC2 instance failed.",
            "update the stack without that tag",
        ),
    ],
)
def test_what_a_group_could_not_launch_is_told_too(
    *, deploy, cloudformation, auto_scaling, fleet_histories, message, advice
):
    group = auto_scaling.groups["spotmc-worker"] = Group("spotmc-worker", "spotmc")
    group.fail(message)
    cloudformation.physical_ids["Group.Workers"] = group.name
    status, _, told = deploy(*CIDR, "--set", "WorkersOn=AutoScalingGroup")
    assert status == 0, told
    [line] = lines(told, message[:40])
    assert "Group.Workers: " in line
    assert advice in line


def test_reports_of_boots_are_those_of_the_time_newest_first_and_nothing_of_others(bucket):
    day = datetime(2026, 11, 27, tzinfo=UTC)
    for name in (
        "2026-11-26T23:59:59Z-worker-i-0a.txt",
        "2026-11-27T00:00:01Z-worker-i-0b.txt",
        "2026-11-27T10:00:00Z-workstation-i-0c.txt",
        "2026-11-27T99:00:00Z-worker-i-0d.txt",
        "2026-11-27-notes.txt",
    ):
        bucket.put(f"boots/{name}", b"it\x1b[31m failed\n")
    found = failed_boots(bucket, day, day.replace(hour=12))
    assert [(boot.kind, boot.machine) for boot in found] == [("workstation", "i-0c"), ("worker", "i-0b")]
    assert report(bucket, found[0]) == "it?[31m failed"
    bucket.delete(found[0].key)
    assert report(bucket, found[0]) == "its report is not kept any more"
