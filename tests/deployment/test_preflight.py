"""What is checked before anything is created."""

from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from cloudformation.template import PARENT, read, resolve
from deployment import permissions
from deployment.account import Account, Caller
from deployment.estimate import resources
from deployment.preflight import SPOT_QUOTA, check_quota, judge_quota, problem_with_name

GIVEN = {
    "ArtefactBucket": "my-artefacts",
    "ArtefactPrefix": "spotmc/1",
    "AllowedCidr": "203.0.113.7/32",
    "Password": "correct horse battery",
}


def test_a_role_of_single_sign_on_is_known_by_its_path() -> None:
    client, roles = Account("us-east-1").iam, "arn:aws:iam::123456789012:role"
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    role = {"Arn": f"{roles}{path}Admin", "Path": path, "RoleName": "Admin", "RoleId": "AROA1234567890123456"}
    with Stubber(client) as stub:
        stub.add_response("get_role", {"Role": {**role, "CreateDate": datetime(2026, 1, 1, tzinfo=UTC)}})
        assert permissions.in_its_path(client, f"{roles}/Admin") == f"{roles}{path}Admin"
        stub.add_client_error("get_role", "AccessDenied")
        assert permissions.in_its_path(client, f"{roles}/Admin") == f"{roles}/Admin"
        assert permissions.in_its_path(client, "arn:aws:iam::123456789012:user/me").endswith("user/me")


@pytest.mark.parametrize("variant", ["SpotFleet", "Batch"])
def test_for_each_resource_of_the_templates_it_is_known_what_creating_it_takes(variant: str) -> None:
    everything = {"WorkersOn": variant, "KeyName": "mine", "AlarmEmail": "me@example.com"}
    stack = resolve(read(PARENT), {**GIVEN, **everything})
    needed = permissions.needed(resources(stack))
    assert {"cloudformation:ExecuteChangeSet", "sqs:CreateQueue", "iam:PassRole"} <= set(needed)
    assert ("batch:CreateJobQueue" in needed) == (variant == "Batch")


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        ("arn:aws:iam::123456789012:user/me", "arn:aws:iam::123456789012:user/me"),
        ("arn:aws:sts::123456789012:assumed-role/Admin/session", "arn:aws:iam::123456789012:role/Admin"),
        ("arn:aws-cn:sts::123456789012:assumed-role/Admin/me@x.com", "arn:aws-cn:iam::123456789012:role/Admin"),
        ("arn:aws:iam::123456789012:root", None),
    ],
)
def test_the_policies_that_count_are_those_of_the_user_or_the_role(arn: str, principal: str | None) -> None:
    assert permissions.principal(Caller("123456789012", arn)) == principal


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
