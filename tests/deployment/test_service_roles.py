"""Roles of AWS's services, made in an account that lacks them."""

from collections.abc import Iterator

import pytest

from cloudformation.template import PARENT, read, resolve
from deployment.account import Account, DeploymentError
from deployment.service_roles import ALL, AUTO_SCALING, ECS, SPOT, SPOT_FLEET, create_missing, roles_of
from fleet.settings import Settings
from tests.cloudformation.conftest import GIVEN
from tests.iam_server import IamServer


@pytest.fixture
def iam(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[IamServer]:
    with IamServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", server.url)
        yield server


@pytest.mark.parametrize(
    ("variant", "roles"),
    [
        ("SpotFleet", {SPOT, SPOT_FLEET}),
        ("AutoScalingGroup", {SPOT, SPOT_FLEET, AUTO_SCALING}),
        ("Batch", {SPOT, SPOT_FLEET, AUTO_SCALING}),
    ],
)
def test_a_stack_needs_the_roles_of_what_starts_its_machines(variant: str, roles: set[object]) -> None:
    assert set(roles_of(resolve(read(PARENT), {**GIVEN, "WorkersOn": variant}))) == roles


def test_a_trader_needs_the_role_of_ecs() -> None:
    assert set(roles_of(resolve(read(PARENT), {**GIVEN, "Trader": "mine"}))) == {SPOT, SPOT_FLEET, ECS}


def test_only_what_is_missing_is_made(iam: IamServer) -> None:
    iam.roles = {SPOT.name}
    client = Account("us-east-1").iam
    assert create_missing(client, ALL) == [SPOT_FLEET.name, AUTO_SCALING.name, ECS.name]
    assert create_missing(client, ALL) == []


def test_who_may_not_make_a_role_is_told_the_command_for_somebody_who_may(iam: IamServer) -> None:
    iam.refused = {"CreateServiceLinkedRole"}
    with pytest.raises(DeploymentError, match=r"--aws-service-name spot\.amazonaws\.com"):
        create_missing(Account("us-east-1").iam, ALL)


def test_a_role_has_the_arn_of_its_partition() -> None:
    assert SPOT.arn("aws-cn", "123456789012") == (
        "arn:aws-cn:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"
    )
