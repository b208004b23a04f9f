"""Roles that belong to AWS's own services.

An account has them once a person has used the service in the console; CloudFormation does not make them.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet-prerequisites.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles-for-clusters.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudformation.template import Stack
from deployment.account import DeploymentError
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


@dataclass(frozen=True)
class ServiceRole:
    """A role that only a service of AWS can take.

    Attributes:
        name: Of the role.
        service: As policies name it, in every partition.
    """

    name: str
    service: str

    def arn(self, partition: str, account: str) -> str:
        return f"arn:{partition}:iam::{account}:role/aws-service-role/{self.service}/{self.name}"

    @property
    def command(self) -> str:
        """That makes it, for somebody who may."""
        return f"aws iam create-service-linked-role --aws-service-name {self.service}"


SPOT = ServiceRole("AWSServiceRoleForEC2Spot", "spot.amazonaws.com")
SPOT_FLEET = ServiceRole("AWSServiceRoleForEC2SpotFleet", "spotfleet.amazonaws.com")
AUTO_SCALING = ServiceRole("AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com")
ECS = ServiceRole("AWSServiceRoleForECS", "ecs.amazonaws.com")
ALL = (SPOT, SPOT_FLEET, AUTO_SCALING, ECS)

_OF_TYPE = {
    "AWS::AutoScaling::AutoScalingGroup": AUTO_SCALING,
    "AWS::Batch::ComputeEnvironment": AUTO_SCALING,  # it may start its machines by a group
    "AWS::EC2::SpotFleet": SPOT_FLEET,
    "AWS::ECS::Service": ECS,
}


def roles_of(stack: Stack) -> list[ServiceRole]:
    """Those that the resources of a stack need."""
    types = {resource["Type"] for _, resource in stack.all_resources()}
    return [SPOT, *dict.fromkeys(role for kind, role in _OF_TYPE.items() if kind in types)]


def create_missing(client: "IAMClient", roles: Iterable[ServiceRole]) -> list[str]:
    """Create those that the account lacks.

    Returns:
        Their names.

    Raises:
        DeploymentError: no permission to look, or to create them.
    """
    created = []
    for role in roles:
        action = (
            f"make sure that the account has the role {role.name}, for which somebody who may can run: {role.command}"
        )
        with explained(DeploymentError, action):
            try:
                client.get_role(RoleName=role.name)
            except ClientError as error:
                if error_code(error) != "NoSuchEntity":
                    raise
                client.create_service_linked_role(AWSServiceName=role.service)
                created.append(role.name)
    return created
