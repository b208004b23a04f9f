"""Whether CloudFormation finds a zone for each subnet, in the emulator's regions."""

from collections.abc import Iterator
from typing import Any

import pytest

from cloudformation.template import PARENT, Stack, read, resolve
from deployment.account import Account
from deployment.zones import check_zones
from fleet.settings import Settings
from tests.cloudformation.conftest import GIVEN

REGION = "eu-west-3"  # where no other test looks at subnets


def launched(region: str) -> Stack:
    return resolve(read(PARENT), GIVEN, region=region)


@pytest.fixture
def subnet(settings: Settings) -> Iterator[dict[str, Any]]:
    """The default subnet of one of three zones; a test may delete it."""
    ec2 = Account(REGION).ec2
    subnets: list[Any] = ec2.describe_subnets()["Subnets"]
    yield subnets[-1]
    if len(ec2.describe_subnets()["Subnets"]) < len(subnets):
        ec2.create_default_subnet(AvailabilityZone=subnets[-1]["AvailabilityZone"])


def test_three_zones_are_enough(subnet: dict[str, Any]) -> None:
    [finding] = check_zones(Account(REGION).ec2, launched(REGION))
    assert finding.mark == "ok"
    assert "the 3 zones of the network" in finding.what


def test_a_zone_without_a_default_subnet_is_named_with_what_to_do(subnet: dict[str, Any]) -> None:
    ec2 = Account(REGION).ec2
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    [finding] = check_zones(ec2, launched(REGION))
    assert finding.fatal
    zone = subnet["AvailabilityZone"]
    assert f"aws ec2 create-default-subnet --region {REGION} --availability-zone {zone}" in finding.what


def test_too_few_zones_are_found_before_the_network_is(settings: Settings) -> None:
    [finding] = check_zones(Account("us-west-1").ec2, launched("us-west-1"))
    assert finding.mark == "ok"
    [finding] = check_zones(Account("us-west-1").ec2, launched("us-west-2"))
    assert finding.fatal
    assert "has 2 zones in us-west-1, and the network needs 3; choose another region" in finding.what
