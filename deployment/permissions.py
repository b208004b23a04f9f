"""Which actions whoever deploys needs permission for.

CloudFormation creates every resource with the permissions of whoever asks.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deployment.account import Caller

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

# By type of resource: to create it, and to delete it again.
_ACTIONS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:DeregisterScalableTarget",
        "iam:CreateServiceLinkedRole",
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        "application-autoscaling:PutScalingPolicy",
        "application-autoscaling:DeleteScalingPolicy",
    ),
    "AWS::AutoScaling::AutoScalingGroup": (
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:DeleteAutoScalingGroup",
        "autoscaling:UpdateAutoScalingGroup",
        "iam:CreateServiceLinkedRole",
        "iam:PassRole",
    ),
    "AWS::AutoScaling::ScalingPolicy": ("autoscaling:PutScalingPolicy", "autoscaling:DeletePolicy"),
    "AWS::Batch::ComputeEnvironment": (
        "batch:CreateComputeEnvironment",
        "batch:DeleteComputeEnvironment",
        "iam:CreateServiceLinkedRole",
    ),
    "AWS::Batch::JobDefinition": ("batch:RegisterJobDefinition", "batch:DeregisterJobDefinition"),
    "AWS::Batch::JobQueue": ("batch:CreateJobQueue", "batch:DeleteJobQueue"),
    "AWS::CloudFormation::Stack": (
        "cloudformation:CreateStack",
        "cloudformation:DeleteStack",
        "cloudformation:UpdateStack",
    ),
    "AWS::CloudFormation::WaitCondition": (),
    "AWS::CloudFormation::WaitConditionHandle": (),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"),
    "AWS::EC2::EIP": ("ec2:AllocateAddress", "ec2:ReleaseAddress"),
    "AWS::EC2::InternetGateway": ("ec2:CreateInternetGateway", "ec2:DeleteInternetGateway"),
    "AWS::EC2::LaunchTemplate": ("ec2:CreateLaunchTemplate", "ec2:DeleteLaunchTemplate", "ssm:GetParameters"),
    "AWS::EC2::Route": ("ec2:CreateRoute", "ec2:DeleteRoute"),
    "AWS::EC2::RouteTable": ("ec2:CreateRouteTable", "ec2:DeleteRouteTable"),
    "AWS::EC2::SecurityGroup": ("ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup"),
    "AWS::EC2::SecurityGroupIngress": ("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"),
    "AWS::EC2::SpotFleet": ("ec2:RequestSpotFleet", "ec2:CancelSpotFleetRequests", "ec2:RunInstances", "iam:PassRole"),
    "AWS::EC2::Subnet": ("ec2:CreateSubnet", "ec2:DeleteSubnet", "ec2:ModifySubnetAttribute"),
    "AWS::EC2::SubnetRouteTableAssociation": ("ec2:AssociateRouteTable", "ec2:DisassociateRouteTable"),
    "AWS::EC2::VPC": ("ec2:CreateVpc", "ec2:DeleteVpc", "ec2:ModifyVpcAttribute"),
    "AWS::EC2::VPCEndpoint": ("ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints"),
    "AWS::EC2::VPCGatewayAttachment": ("ec2:AttachInternetGateway", "ec2:DetachInternetGateway"),
    "AWS::ECR::Repository": (
        "ecr:CreateRepository",
        "ecr:DeleteRepository",
        # For the image.
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetAuthorizationToken",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ),
    "AWS::IAM::InstanceProfile": (
        "iam:CreateInstanceProfile",
        "iam:DeleteInstanceProfile",
        "iam:AddRoleToInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
    ),
    "AWS::IAM::ManagedPolicy": ("iam:CreatePolicy", "iam:DeletePolicy"),
    "AWS::IAM::Role": (
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:GetRole",
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
    ),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:DeleteBucket", "s3:PutLifecycleConfiguration"),
    "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    "AWS::SNS::Topic": ("sns:CreateTopic", "sns:DeleteTopic", "sns:Subscribe"),
    "AWS::SQS::Queue": ("sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes"),
    "AWS::SQS::QueuePolicy": ("sqs:SetQueueAttributes",),
    "AWS::SecretsManager::Secret": ("secretsmanager:CreateSecret", "secretsmanager:DeleteSecret"),
}

# All that belongs to a stack gets its tag, by the service whose permission this is.
_TAGGING = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling:TagResource",
    "AWS::Batch::JobQueue": "batch:TagResource",
    "AWS::CloudWatch::Alarm": "cloudwatch:TagResource",
    "AWS::EC2::VPC": "ec2:CreateTags",
    "AWS::ECR::Repository": "ecr:TagResource",
    "AWS::IAM::InstanceProfile": "iam:TagInstanceProfile",
    "AWS::IAM::ManagedPolicy": "iam:TagPolicy",
    "AWS::IAM::Role": "iam:TagRole",
    "AWS::Logs::LogGroup": "logs:TagResource",
    "AWS::S3::Bucket": "s3:PutBucketTagging",
    "AWS::SNS::Topic": "sns:TagResource",
    "AWS::SQS::Queue": "sqs:TagQueue",
    "AWS::SecretsManager::Secret": "secretsmanager:TagResource",
}

_OURS = (
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet",
    "s3:CreateBucket",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutObject",
)


def needed(types: Iterable[str]) -> list[str]:
    """Actions that creating resources of these types takes.

    Raises:
        KeyError: nobody has written down what a type takes.
    """
    created = set(types)
    tagging = {action for kind, action in _TAGGING.items() if kind in created}
    return sorted({*_OURS, *tagging, *(action for kind in created for action in _ACTIONS[kind])})


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
    pages = client.get_paginator("simulate_principal_policy").paginate(PolicySourceArn=principal, ActionNames=actions)
    results = [result for page in pages for result in page["EvaluationResults"]]
    return sorted(result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed")
