"""Whether machines can use the key that an account encrypts disks with.

Disks are encrypted with the account's default key.  That is one of AWS's, which every service of AWS may use, until a
person chooses one of the account's own: then the services that start machines need a grant for it.
https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.partitions import partition
from deployment.finding import Finding
from deployment.service_roles import ServiceRole
from fleet.reasons import reason

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_OF_AWS = "alias/aws/ebs"
_OPERATIONS = (
    "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo CreateGrant DescribeKey"
)


def check_disk_key(ec2: "EC2Client", account: str, roles: Iterable[ServiceRole]) -> list[Finding]:
    """
    Args:
        ec2: Client of the region, each of which has a key of its own.
        account: Twelve digits.
        roles: Of the services that start machines.
    """
    region = ec2.meta.region_name
    try:
        key = ec2.get_ebs_default_kms_key_id()["KmsKeyId"]
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not ask which key encrypts disks by default: {reason(error)}", doubt=True)]
    if key.endswith(_OF_AWS):
        return [Finding("disks are encrypted with AWS's own key")]
    grants = (
        f"\n      aws kms create-grant --region {region} --key-id {key} "
        f"--grantee-principal {role.arn(partition(region).name, account)} --operations {_OPERATIONS}"
        for role in roles
    )
    what = (
        f"disks in {region} are encrypted with the account's own key {key}, and no machine starts that may not use it"
    )
    do = "unless that is granted already, somebody who manages the key has to run, once:"
    return [Finding(f"{what}; {do}{''.join(grants)}", doubt=True)]
