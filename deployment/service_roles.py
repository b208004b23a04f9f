"""Roles that belong to AWS's own services.

An account has them once a person has used the service in the console; CloudFormation does not make them.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deployment.account import DeploymentError
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_ROLES = {"AWSServiceRoleForEC2Spot": "spot.amazonaws.com", "AWSServiceRoleForEC2SpotFleet": "spotfleet.amazonaws.com"}


def create_missing(client: "IAMClient") -> list[str]:
    """Create those that the account lacks.

    Returns:
        Their names.

    Raises:
        DeploymentError: no permission to look, or to create them.
    """
    created = []
    with explained(DeploymentError, "create the roles of EC2's Spot services"):
        for role, service in _ROLES.items():
            try:
                client.get_role(RoleName=role)
            except ClientError as error:
                if error_code(error) != "NoSuchEntity":
                    raise
                client.create_service_linked_role(AWSServiceName=service)
                created.append(role)
    return created
