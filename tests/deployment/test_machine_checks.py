"""Whether quota and region have the machines that a stack asks for."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.stub import Stubber

from cloudformation.template import PARENT, Stack, read, resolve
from deployment import account
from deployment.account import Account
from deployment.finding import Finding
from deployment.machine_checks import ON_DEMAND_QUOTA, SPOT_QUOTA, check_quotas, check_types, judge_quota
from deployment.machine_types import Demand, demand, is_offered, satisfies, wanted_on_batch
from fleet.settings import Settings
from tests.cloudformation.conftest import GIVEN

FLEET = Demand(10, worker=(2, 8), workstation=(2, 2))


def launched(**parameters: Any) -> Stack:
    return resolve(read(PARENT), {**GIVEN, **parameters})


# ---- Quota -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vcpus", "fatal", "words"),
    [
        (0, True, "the workstation and one worker need 4"),
        (3, True, "the workstation and one worker need 4; ask for more"),
        (4, False, "enough for 1 workers of 2 vCPUs each, for 0 of 8"),
        (21, False, "take 22 to 82, so it is enough for 9 workers of 2 vCPUs each, for 2 of 8"),
        (22, False, "take 22 to 82, and of 8 vCPUs each it is enough for 2 workers; ask for more"),
        (81, False, "take 22 to 82, and of 8 vCPUs each it is enough for 9 workers; ask for more"),
        (82, False, "enough, for the workstation and 10 workers take 22 to 82"),
    ],
)
def test_a_quota_is_judged_by_the_full_fleet_of_the_smallest_and_of_the_largest(
    vcpus: int, fatal: bool, words: str
) -> None:
    finding = judge_quota(vcpus, SPOT_QUOTA, FLEET)
    assert finding.fatal is fatal
    assert words in finding.what
    assert ("ask for more" in finding.what) == (vcpus < 82)


def test_the_numbers_are_those_of_the_templates() -> None:
    assert demand(launched(), 10) == FLEET
    batch = demand(launched(WorkersOn="Batch"), 10)
    assert batch == Demand(10, worker=(2, 2), workstation=(2, 2))
    assert "10 workers take 22" in judge_quota(22, SPOT_QUOTA, batch).what
    assert judge_quota(21, SPOT_QUOTA, batch).what.count("enough for 9 workers of 2 vCPUs each;") == 1


def test_workers_that_are_not_on_spot_have_a_quota_of_their_own() -> None:
    wanted = demand(launched(WorkersOn="AutoScalingGroup", OnDemandPercent=25), 10)
    assert wanted == Demand(7, worker=(2, 8), workstation=(2, 2), on_demand=3)
    assert "the workstation and 7 workers take 16 to 58" in judge_quota(58, SPOT_QUOTA, wanted).what
    finding = judge_quota(5, ON_DEMAND_QUOTA, wanted)
    assert "3 workers take 6 to 24, so it is enough for 2 workers of 2 vCPUs each, for 0 of 8" in finding.what
    assert "Running On-Demand Standard" in finding.what
    assert judge_quota(1, ON_DEMAND_QUOTA, wanted).fatal
    assert not judge_quota(2, SPOT_QUOTA, demand(launched(WorkersOn="AutoScalingGroup", OnDemandPercent=100), 10)).fatal


def test_the_quota_is_asked_for_by_its_code_and_unknown_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "none")
    client = Account("us-east-1").quotas
    with Stubber(client) as stub:
        asked = {"ServiceCode": "ec2", "QuotaCode": SPOT_QUOTA}
        stub.add_response("get_service_quota", {"Quota": {"Value": 8.0}}, asked)
        stub.add_client_error("get_service_quota", "AccessDeniedException")
        assert "enough for 3 workers of 2 vCPUs each, for 0 of 8" in check_quotas(client, FLEET)[0].what
        [unknown] = check_quotas(client, FLEET)
    assert not unknown.fatal
    assert "could not check the quota" in unknown.what


# ---- Types -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def checked(settings: Settings) -> Callable[..., list[Finding]]:
    """Findings about a region, whose machines the emulator knows."""

    def check(region: str, **parameters: Any) -> list[Finding]:
        return check_types(Account(region).ec2, resolve(read(PARENT), {**GIVEN, **parameters}, region=region))

    return check


def test_an_ordinary_region_has_machines_for_all(checked: Callable[..., list[Finding]]) -> None:
    workstation, workers = checked("us-east-1")
    assert not workstation.fatal
    assert "types of machines for the workstation" in workstation.what
    assert not workers.fatal
    assert "but none" not in workers.what


def test_a_region_without_machines_is_refused_and_another_asked_for(checked: Callable[..., list[Finding]]) -> None:
    for finding in checked("us-gov-west-1"):  # the emulator knows none there
        assert finding.fatal
        assert "us-gov-west-1 has no machine on Spot that may be" in finding.what
        assert "choose another region" in finding.what


def test_one_type_that_a_region_lacks_is_named_for_batch_with_what_to_give(
    checked: Callable[..., list[Finding]],
) -> None:
    given = {"WorkersOn": "Batch", "BatchInstanceTypes": "m6i.large,c7a.large,c6i.large"}
    named, workstation = checked("me-south-1", **given)
    assert named.fatal
    assert "me-south-1 has no c7a.large" in named.what
    assert "--set BatchInstanceTypes=m6i.large,c6i.large" in named.what
    assert not workstation.fatal

    named, _ = checked("me-south-1", WorkersOn="Batch")
    assert not named.fatal
    assert "all 3 types" in named.what


def test_a_region_that_is_out_of_reach_is_no_reason_to_stop(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:1")
    monkeypatch.setattr(account, "_CONFIG", Config(retries={"total_max_attempts": 1}))  # which waits for nothing
    [finding] = check_types(Account("us-east-1").ec2, launched())
    assert not finding.fatal
    assert "could not ask which machines us-east-1 has" in finding.what


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({}, True),
        ({"InstanceType": "c5.large"}, False),
        ({"VCpuInfo": {"DefaultVCpus": 16}}, False),
        ({"MemoryInfo": {"SizeInMiB": 2048}}, False),
        ({"ProcessorInfo": {"Manufacturer": "AWS"}}, False),
        ({"BareMetal": True}, False),
        ({"BurstablePerformanceSupported": True}, False),
        ({"SupportedUsageClasses": ["on-demand"]}, False),
    ],
)
def test_a_type_fits_by_its_attributes(changed: dict[str, Any], fits: bool) -> None:
    kind: Any = {
        "InstanceType": "c7i.large",
        "VCpuInfo": {"DefaultVCpus": 2},
        "MemoryInfo": {"SizeInMiB": 4096},
        "ProcessorInfo": {"Manufacturer": "Intel"},
        "BareMetal": False,
        "BurstablePerformanceSupported": False,
        "SupportedUsageClasses": ["on-demand", "spot"],
    }
    asked = {
        "VCpuCount": {"Min": 2, "Max": 8},
        "MemoryMiB": {"Min": 3500},
        "CpuManufacturers": ["intel", "amd"],
        "AllowedInstanceTypes": ["c7*"],
        "BareMetal": "excluded",
        "BurstablePerformance": "excluded",
    }
    assert satisfies(kind | changed, asked) is fits


def test_a_family_is_offered_if_one_of_it_is() -> None:
    assert is_offered("c7g", {"c7g.large"})
    assert not is_offered("c7", {"c7g.large"})
    assert is_offered("c7g.large", {"c7g.large"})
    assert not is_offered("c7g.xlarge", {"c7g.large"})


@pytest.mark.parametrize("processor", ["X86", "Graviton"])
def test_what_batch_may_be_given_has_the_vcpus_of_one_worker(processor: str) -> None:
    types = wanted_on_batch(processor)
    assert len(types) >= 6
    assert all(kind.endswith(".large") for kind in types)
