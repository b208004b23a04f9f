"""Actions that creating and deleting a resource takes only where it has a property that not everybody's has.

A schema says which actions a type takes, not what for: this list does, for what our templates do not use.  An action
that does not stand here is taken to be needed.  A type's documentation describes its properties:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

# By type of resource and property; "Name=value" is a property with that value, "Name.Part" a part of one.
ONLY_FOR: dict[str, dict[str, tuple[str, ...]]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": {
        "RoleARN": ("iam:PassRole",),
        "ScheduledActions": ("application-autoscaling:PutScheduledAction",),
        "ServiceNamespace=lambda": (
            "lambda:DeleteProvisionedConcurrencyConfig",
            "lambda:GetProvisionedConcurrencyConfig",
            "lambda:PutProvisionedConcurrencyConfig",
        ),
    },
    "AWS::ApplicationAutoScaling::ScalingPolicy": {
        "PredictiveScalingPolicyConfiguration": ("cloudwatch:GetMetricData",),
    },
    "AWS::AutoScaling::AutoScalingGroup": {
        "MetricsCollection": ("autoscaling:EnableMetricsCollection",),
        "NotificationConfigurations": ("autoscaling:PutNotificationConfiguration",),
        "TargetGroupARNs": ("elasticloadbalancing:Describe*",),
        "TrafficSources": (
            "vpc-lattice:DeregisterTargets",
            "vpc-lattice:GetTargetGroup",
            "vpc-lattice:ListTargets",
            "vpc-lattice:RegisterTargets",
        ),
    },
    "AWS::AutoScaling::ScalingPolicy": {"PredictiveScalingConfiguration": ("cloudwatch:GetMetricData",)},
    "AWS::Batch::ComputeEnvironment": {
        "EksConfiguration": (
            "eks:AssociateAccessPolicy",
            "eks:CreateAccessEntry",
            "eks:DeleteAccessEntry",
            "eks:DescribeAccessEntry",
            "eks:DescribeCluster",
            "eks:ListAssociatedAccessPolicies",
        ),
    },
    "AWS::EC2::EIP": {"InstanceId": ("ec2:AssociateAddress",), "TransferAddress": ("ec2:AcceptAddressTransfer",)},
    "AWS::EC2::Route": {"NetworkInterfaceId": ("ec2:DescribeNetworkInterfaces",)},
    "AWS::EC2::VPC": {"VpcEncryptionControl": ("ec2:CreateVpcEncryptionControl",)},
    "AWS::EC2::VPCEndpoint": {
        "ServiceNetworkArn": ("vpc-lattice:CreateServiceNetworkVpcEndpointAssociation",),
        "ServiceRegion": ("vpce:AllowMultiRegion",),
    },
    "AWS::EC2::VPCGatewayAttachment": {
        "VpnGatewayId": ("ec2:AttachVpnGateway", "ec2:DescribeVpnGateways", "ec2:DetachVpnGateway"),
    },
    "AWS::ECR::Repository": {
        "EncryptionConfiguration.EncryptionType=KMS": ("kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"),
        "RepositoryPolicyText": ("ecr:SetRepositoryPolicy",),
    },
    "AWS::ECS::Cluster": {"Configuration": ("kms:DescribeKey",)},
    "AWS::IAM::ManagedPolicy": {
        "Groups": ("iam:AttachGroupPolicy", "iam:DetachGroupPolicy"),
        "Roles": ("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        "Users": ("iam:AttachUserPolicy", "iam:DetachUserPolicy"),
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": ("logs:PutBearerTokenAuthentication",),
        "DataProtectionPolicy": (
            "firehose:TagDeliveryStream",
            "logs:CreateLogDelivery",
            "logs:DeleteDataProtectionPolicy",
            "logs:GetDataProtectionPolicy",
            "logs:PutDataProtectionPolicy",
        ),
        "FieldIndexPolicies": ("logs:DescribeIndexPolicies", "logs:PutIndexPolicy"),
        "ResourcePolicyDocument": ("logs:DescribeResourcePolicies", "logs:PutResourcePolicy"),
    },
    "AWS::S3::Bucket": {
        "AbacStatus": ("s3:PutBucketAbac", "s3:TagResource"),
        "AccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
        "AccessControl": ("s3:PutObjectAcl",),
        "AnalyticsConfigurations": ("s3:PutAnalyticsConfiguration",),
        "CorsConfiguration": ("s3:PutBucketCORS",),
        "IntelligentTieringConfigurations": ("s3:PutIntelligentTieringConfiguration",),
        "InventoryConfigurations": ("s3:PutInventoryConfiguration",),
        "LoggingConfiguration": ("s3:GetBucketAcl", "s3:PutBucketLogging"),
        "MetadataTableConfiguration": (
            "s3:CreateBucketMetadataTableConfiguration",
            "s3:GetBucketMetadataTableConfiguration",
            "s3tables:CreateNamespace",
            "s3tables:CreateTable",
            "s3tables:CreateTableBucket",
            "s3tables:GetTable",
            "s3tables:GetTableMetadataLocation",
            "s3tables:PutTableBucketPolicy",
            "s3tables:PutTableEncryption",
            "s3tables:PutTablePolicy",
            "s3tables:UpdateTableMetadataLocation",
        ),
        "MetricsConfigurations": ("s3:PutMetricsConfiguration",),
        "NotificationConfiguration": ("s3:PutBucketNotification",),
        "ObjectLockEnabled": ("s3:PutBucketObjectLockConfiguration",),
        "ReplicationConfiguration": ("iam:PassRole", "s3:PutReplicationConfiguration"),
        "WebsiteConfiguration": ("s3:PutBucketWebsite",),
    },
    "AWS::SNS::Topic": {
        "DataProtectionPolicy": ("sns:PutDataProtectionPolicy",),
        "DeliveryStatusLogging": ("iam:GetRole", "iam:PassRole"),
    },
    "AWS::SageMaker::NotebookInstance": {
        "KmsKeyId": ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"),
        "SubnetId": (
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
    },
    "AWS::SecretsManager::Secret": {
        "GenerateSecretString": ("secretsmanager:GetRandomPassword",),
        "ReplicaRegions": ("secretsmanager:RemoveRegionsFromReplication", "secretsmanager:ReplicateSecretToRegions"),
    },
}


def unused(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Actions of a type that a resource with these properties does not take."""
    for name, actions in ONLY_FOR.get(kind, {}).items():
        if not _has(properties, name):
            yield from actions


def _has(properties: Mapping[str, Any], name: str) -> bool:
    path, _, value = name.partition("=")
    here: Any = properties
    for part in path.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return False
        here = here[part]
    return not value or here == value
