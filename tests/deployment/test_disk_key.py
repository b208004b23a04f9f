"""Which key encrypts disks, asked of EC2 over HTTP."""

from collections.abc import Callable, Iterator

import pytest

from deployment.account import Account
from deployment.disk_key import check_disk_key
from deployment.finding import Finding
from deployment.service_roles import SPOT, SPOT_FLEET
from fleet.settings import Settings
from tests.ec2_server import AWS_KEY, Ec2Server

Check = Callable[[str | None], Finding]

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def check(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    """The one finding about an account with such a default key."""
    with Ec2Server(settings.endpoint_url or "") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", server.url)

        def ask(key: str | None) -> Finding:
            server.disk_key = key
            [finding] = check_disk_key(Account("eu-west-1").ec2, "123456789012", [SPOT, SPOT_FLEET])
            return finding

        yield ask


def test_the_key_of_aws_is_fine(check: Check) -> None:
    assert check(AWS_KEY).mark == "ok"
    assert check("arn:aws:kms:eu-west-1:123456789012:alias/aws/ebs").mark == "ok"


def test_a_key_of_ones_own_has_to_be_granted_to_each_service_that_starts_machines(check: Check) -> None:
    finding = check(KEY)
    assert finding.mark == "look"
    what, *commands = finding.what.splitlines()
    assert f"the account's own key {KEY}" in what
    assert len(commands) == 2
    for command, service in zip(commands, ("spot.amazonaws.com", "spotfleet.amazonaws.com"), strict=True):
        assert f"aws kms create-grant --region eu-west-1 --key-id {KEY} --grantee-principal arn:aws:iam::" in command
        assert f":role/aws-service-role/{service}/AWSServiceRoleFor" in command
        assert "CreateGrant" in command


def test_not_being_told_is_no_reason_to_stop(check: Check) -> None:
    finding = check(None)
    assert finding.mark == "look"
    assert "could not ask which key encrypts disks" in finding.what
