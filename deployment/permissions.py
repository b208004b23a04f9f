"""Which actions whoever deploys needs permission for.

CloudFormation creates every resource with the permissions of whoever asks.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudformation.template import Stack
from deployment.account import Caller
from deployment.optional_actions import unused
from deployment.permission_table import table

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

# What the schemas write with an asterisk, which IAM does not answer for: what our templates take of it.
STANDS_FOR = {
    "autoscaling:Describe*": ("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"),
    "ec2:Describe*": ("ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates", "ec2:DescribeSubnets"),
    "ec2:Get*": (),
    "elasticloadbalancing:Describe*": (),
    "ssm:Get*": ("ssm:GetParameters",),
}

WITHOUT_HANDLERS = {"AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle"}

# What this program asks for to create a stack, and what CloudFormation does for templates and not for a resource.
_OURS = (
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet",
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeSubnets",
    "iam:CreateServiceLinkedRole",
    "iam:GetRole",
    "s3:CreateBucket",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutObject",
    "ssm:GetParameters",  # the newest machine images
)
_OURS_FOR = {
    "AWS::ECR::Repository": (  # for the image
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetAuthorizationToken",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ),
}

# To change a stack, to look after it, and to remove it with what it leaves behind.
_OURS_LATER = (
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:RegisterScalableTarget",
    "autoscaling:DescribeAutoScalingGroups",
    "cloudwatch:DescribeAlarms",
    "ec2:CancelSpotFleetRequests",
    "ec2:DeleteVolume",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeSpotFleetInstances",
    "ec2:DescribeSpotFleetRequestHistory",
    "ec2:DescribeSpotFleetRequests",
    "ec2:DescribeVolumes",
    "ec2:ModifySpotFleetRequest",
    "ec2:TerminateInstances",
    "logs:DeleteLogGroup",
    "logs:DescribeLogGroups",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ListBucketVersions",
    "sqs:GetQueueAttributes",
    "tag:GetResources",
)
_OURS_LATER_FOR = {
    "AWS::AutoScaling::AutoScalingGroup": (
        "autoscaling:CompleteLifecycleAction",
        "autoscaling:DeleteAutoScalingGroup",
        "autoscaling:DescribeLifecycleHooks",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:ResumeProcesses",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:SuspendProcesses",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        "autoscaling:UpdateAutoScalingGroup",
    ),
}

# To end what people have made with a stack, where it has what they make it with.
_OURS_LATER_WITH_RESEARCH = (
    "logs:DeleteLogStream",
    "logs:DescribeLogStreams",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:DeleteModel",
    "sagemaker:DeleteNotebookInstance",
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:DescribeModel",
    "sagemaker:DescribeNotebookInstance",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:ListEndpoints",
    "sagemaker:ListModels",
    "sagemaker:ListNotebookInstances",
    "sagemaker:ListTags",
    "sagemaker:ListTrainingJobs",
    "sagemaker:StopNotebookInstance",
    "sagemaker:StopTrainingJob",
)

# To see a trader, to give it credentials and start it anew, and to end what is left of one.
_OURS_LATER_WITH_TRADER = (
    "ecs:DeleteService",
    "ecs:DeleteTaskDefinitions",
    "ecs:DescribeServices",
    "ecs:UpdateService",
    "secretsmanager:DeleteSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:PutSecretValue",
)

_ASKED_AT_ONCE = 100


@dataclass(frozen=True)
class Needed:
    """Actions, each in one of the lists.

    Attributes:
        now: To create a stack, or to take back one that could not be completed.
        later: To change it or to remove it.
        never: For properties that it does not have.
    """

    now: list[str]
    later: list[str]
    never: list[str]


def needed(stack: Stack) -> Needed:
    """
    Raises:
        KeyError: nobody has written down what a type of resource takes.
    """
    handlers = table()
    now, later, never = set(_OURS), set(_OURS_LATER), set[str]()
    for _, resource in stack.all_resources():
        kind = resource["Type"]
        if kind in WITHOUT_HANDLERS:
            continue
        takes = handlers[kind]
        to_create = {*takes["create"], *takes["delete"]}
        idle = {*unused(kind, resource.get("Properties", {})), *filter(_takes_tags_off, to_create)}
        now |= {*to_create - idle, *_OURS_FOR.get(kind, ())}
        never |= idle
        later |= {*takes.get("read", ()), *takes.get("update", ()), *_OURS_LATER_FOR.get(kind, ())} - idle
    if "SageMaker" in stack.nested:
        later |= set(_OURS_LATER_WITH_RESEARCH)
    if "Fargate" in stack.nested:
        later |= set(_OURS_LATER_WITH_TRADER)
    needed_now, needed_later, needed_never = (set(_named(actions)) for actions in (now, later, never))
    return Needed(
        sorted(needed_now), sorted(needed_later - needed_now), sorted(needed_never - needed_later - needed_now)
    )


def _takes_tags_off(action: str) -> bool:
    """Whether it does what only a change of a resource's tags would want."""
    return action.partition(":")[2].lower().startswith(("untag", "deletetags"))


def _named(actions: set[str]) -> Iterator[str]:
    for action in actions:
        if "*" in action:
            yield from STANDS_FOR[action]
        else:
            yield action


def principal(caller: Caller) -> str | None:
    """The user or role whose policies count; None for the account's root, which may do everything.

    The name of a session does not tell the path that its role stands in: see ``in_its_path``.
    """
    service, resource = caller.arn.split(":")[2], caller.arn.split(":", 5)[5]
    if resource == "root":
        return None
    if service == "sts" and resource.startswith("assumed-role/"):
        partition = caller.arn.split(":")[1]
        return f"arn:{partition}:iam::{caller.account}:role/{resource.split('/')[1]}"
    return caller.arn


def in_its_path(client: "IAMClient", principal: str) -> str:
    """The same user or role; a role with the path that it stands in, as those of single sign-on do, if IAM tells it."""
    if ":role/" not in principal:
        return principal
    try:
        return client.get_role(RoleName=principal.rpartition("/")[2])["Role"]["Arn"]
    except ClientError:
        return principal


def denied(client: "IAMClient", principal: str, actions: list[str]) -> list[str]:
    """Those of the actions that the policies of a user or a role do not allow.

    Policies that name resources or conditions may deny what this finds allowed, and the other way round.

    Raises:
        ClientError: IAM does not tell; asking needs a permission too.
    """
    ask = client.get_paginator("simulate_principal_policy").paginate
    results = [
        result
        for first in range(0, len(actions), _ASKED_AT_ONCE)
        for page in ask(PolicySourceArn=principal, ActionNames=actions[first : first + _ASKED_AT_ONCE])
        for result in page["EvaluationResults"]
    ]
    return sorted(result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed")
