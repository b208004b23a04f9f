"""What is checked before anything is created."""

import pytest
from botocore.stub import Stubber

from deployment.account import Account
from deployment.preflight import SPOT_QUOTA, check_quota, judge_quota, problem_with_name


@pytest.mark.parametrize(
    ("vcpus", "workers", "fatal", "words"),
    [
        (0, 10, True, "the workstation and one worker need 4"),
        (3, 10, True, "the workstation and one worker need 4"),
        (4, 10, False, "enough for 1 of 10 workers"),
        (21, 10, False, "enough for 9 of 10 workers"),
        (22, 10, False, "enough for 10 workers of 2 vCPUs and the workstation"),
    ],
)
def test_a_quota_is_judged_by_the_full_fleet(vcpus: int, workers: int, fatal: bool, words: str) -> None:
    finding = judge_quota(vcpus, workers)
    assert finding.fatal is fatal
    assert words in finding.what


def test_the_quota_is_asked_for_by_its_code_and_unknown_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "none")
    client = Account("us-east-1").quotas
    with Stubber(client) as stub:
        asked = {"ServiceCode": "ec2", "QuotaCode": SPOT_QUOTA}
        stub.add_response("get_service_quota", {"Quota": {"Value": 8.0}}, asked)
        stub.add_client_error("get_service_quota", "AccessDeniedException")
        assert "enough for 3 of 10 workers" in check_quota(client, 10)[0].what
        [unknown] = check_quota(client, 10)
    assert not unknown.fatal
    assert "could not check the quota" in unknown.what


@pytest.mark.parametrize("name", ["spotmc", "a", "a-2", "a" * 25])
def test_names_of_stacks_fit_into_those_of_buckets_and_log_groups(name: str) -> None:
    assert problem_with_name(name) is None
    assert len(f"{name}-artefacts-123456789012-ap-southeast-2") <= 63


@pytest.mark.parametrize("name", ["", "A", "2a", "a_b", "a" * 26])
def test_other_names_are_refused(name: str) -> None:
    assert "must be 1 to 25 small letters" in (problem_with_name(name) or "")
