"""Which machines were launched before their launch template became what it is now.

Whatever CloudFormation does with a fleet when its launch template gets a new version, a machine that was there before
is of the old one.  Both times are AWS's own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from deployment.account import DeploymentError
from fleet.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ec2 import EC2Client

_TEMPLATE = "AWS::EC2::LaunchTemplate"
_AT_ONCE = 100  # instances in one request


def launch_templates(client: "CloudFormationClient", stack_id: str, nested: str) -> list[str]:
    """Ids of the launch templates in one of the nested stacks of a stack; none where there is no such stack.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"look for the launch templates of {nested}"):
        stacks = [
            each.get("PhysicalResourceId", "")
            for each in client.describe_stack_resources(StackName=stack_id)["StackResources"]
            if each["LogicalResourceId"] == nested
        ]
        return [
            each["PhysicalResourceId"]
            for stack in stacks
            for each in client.describe_stack_resources(StackName=stack)["StackResources"]
            if each["ResourceType"] == _TEMPLATE and "PhysicalResourceId" in each
        ]


def outdated(ec2: "EC2Client", instance_ids: Sequence[str], templates: Sequence[str]) -> list[str]:
    """Those of the machines that were launched before the newest version of any of their templates was made.

    Raises:
        DeploymentError
    """
    if not instance_ids or not templates:
        return []
    with explained(DeploymentError, "look which version machines are of"):
        newest = max(_made(ec2, template) for template in templates)
        found = []
        for first in range(0, len(instance_ids), _AT_ONCE):
            some = list(instance_ids[first : first + _AT_ONCE])
            for page in ec2.get_paginator("describe_instances").paginate(InstanceIds=some):
                found += [machine for each in page["Reservations"] for machine in each["Instances"]]
    return [each["InstanceId"] for each in found if each["LaunchTime"] < newest]


def _made(ec2: "EC2Client", template: str) -> datetime:
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
    return max(each["CreateTime"] for each in versions["LaunchTemplateVersions"])
