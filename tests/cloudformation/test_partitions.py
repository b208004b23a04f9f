"""The templates in China, in GovCloud, and wherever else CloudFormation is."""

import json
import re
from collections.abc import Callable

import boto3
import pytest
from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]

from cloudformation.partitions import Partition, partition
from cloudformation.template import PARENT, Stack, read
from deployment.artefacts import Published

VARIANTS = read(PARENT)["Parameters"]["WorkersOn"]["AllowedValues"]
ONE_OF_EACH = sorted({partition(region).name: region for region in sorted(REGIONS)}.values())


def test_every_region_that_cfn_lint_knows_is_in_the_partition_that_botocore_says() -> None:
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
    for region in REGIONS:
        name = session.get_partition_for_region(region)
        host = session.client("ec2", region_name=region).meta.endpoint_url.removeprefix(f"https://ec2.{region}.")
        assert partition(region) == Partition(name, host), region


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("region", ONE_OF_EACH)
def test_nothing_of_another_partition_is_named(launched: Callable[..., Stack], region: str, variant: str) -> None:
    stack = launched(region=region, WorkersOn=variant, KeyName="mine", AlarmEmail="me@example.com", Trader="mine")
    here = partition(region)
    told = json.dumps([resource for _, resource in stack.all_resources()] + [stack.outputs])
    assert set(re.findall(r"\barn:(aws[a-z-]*):", told)) == {here.name}
    hosts = set(re.findall(r"https://([a-z0-9.-]+)", told))
    assert {host for host in hosts if ".s3." in host} == {f"my-artefacts.s3.{region}.{here.url_suffix}"}
    principals = set(re.findall(r'"Service": "([^"]+)"', told))
    assert (f"ec2.amazonaws.com{'.cn' if here.name == 'aws-cn' else ''}") in principals
    assert {name for name in principals if name.startswith("ec2.")} == principals & {
        "ec2.amazonaws.com",
        "ec2.amazonaws.com.cn",
    }
    assert len({name for name in principals if name.startswith("ec2.")}) == 1


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_console_and_template_have_the_addresses_of_their_partition(
    launched: Callable[..., Stack], region: str, console: str
) -> None:
    assert launched(region=region).outputs["DashboardAddress"].startswith(f"https://{console}/cloudwatch/")
    published = Published("mine", "spotmc/1", region)
    assert published.launch_url("spotmc").startswith(f"https://{console}/cloudformation/home?region={region}#")
    assert published.template_url.startswith(f"https://mine.s3.{region}.{partition(region).url_suffix}/spotmc/1/")


def test_each_partition_has_a_console() -> None:
    consoles = read(PARENT)["Mappings"]["Console"]
    assert consoles.keys() == {partition(region).name for region in REGIONS}


def test_dashboards_of_two_regions_do_not_share_a_name(launched: Callable[..., Stack]) -> None:
    """They belong to an account, not to a region of it."""
    names = set()
    for region in ("eu-central-1", "us-east-1"):
        stack = launched(region=region)
        [(_, dashboard)] = stack.of_type("AWS::CloudWatch::Dashboard")
        names.add(dashboard["DashboardName"])
        assert stack.outputs["DashboardAddress"].endswith(f"#dashboards:name={dashboard['DashboardName']}")
    assert len(names) == 2
