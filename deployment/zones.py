"""Whether CloudFormation finds as many zones in a region as the network has subnets."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.template import Stack
from deployment.finding import Finding
from fleet.reasons import reason

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def check_zones(ec2: "EC2Client", stack: Stack) -> list[Finding]:
    """``Fn::GetAZs`` gives the zones with a default subnet, or all where no zone has one.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
    """
    region, needed = ec2.meta.region_name, sum(1 for _ in stack.of_type("AWS::EC2::Subnet"))
    try:
        answer = ec2.describe_availability_zones(
            Filters=[
                {"Name": "zone-type", "Values": ["availability-zone"]},
                {"Name": "state", "Values": ["available"]},
            ]
        )
        pages = ec2.get_paginator("describe_subnets").paginate(Filters=[{"Name": "default-for-az", "Values": ["true"]}])
        default = {each["AvailabilityZone"] for page in pages for each in page["Subnets"]}
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not look at the zones of {region}: {reason(error)}", doubt=True)]
    zones = {each["ZoneName"] for each in answer["AvailabilityZones"]}
    found = zones & default or zones
    if len(found) >= needed:
        return [Finding(f"{region} has the {needed} zones of the network")]
    if len(zones) < needed:
        has = f"this account has {len(zones)} zones in {region}, and the network needs {needed}"
        return [Finding(f"{has}; choose another region", fatal=True)]
    only = f"CloudFormation finds only the zones with a default subnet, {', '.join(sorted(found))}"
    make = f"aws ec2 create-default-subnet --region {region} --availability-zone {min(zones - found)}"
    return [Finding(f"{only}, and the network needs {needed}: {make}", fatal=True)]
