"""What is left of a stack, in every partition; ``spotmc destroy`` has its own tests."""

from typing import TYPE_CHECKING

import pytest

from deployment import orphans
from deployment.account import Account
from deployment.stack import TAG
from fleet.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import TagTypeDef


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_buckets_and_logs_are_known_by_the_arns_of_their_partition(settings: Settings, region: str) -> None:
    account, bucket = Account(region), f"{settings.bucket}-{region}"
    account.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]
    account.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": TAG, "Value": settings.bucket}]})
    account.logs.create_log_group(logGroupName=f"/{settings.bucket}/worker", tags={TAG: settings.bucket})
    assert orphans.find(account, settings.bucket) == [
        orphans.Orphan("log group", f"/{settings.bucket}/worker"),
        orphans.Orphan("bucket", bucket),
    ]


def test_what_sagemaker_has_of_a_stack_that_is_gone_is_found_by_its_tag_and_ended(settings: Settings) -> None:
    account, name = Account(settings.region), settings.bucket[:20]
    tags: list[TagTypeDef] = [{"Key": TAG, "Value": name}]
    role = "arn:aws:iam::123456789012:role/x"
    account.sagemaker.create_notebook_instance(
        NotebookInstanceName=f"{name}-notebook", InstanceType="ml.t3.medium", RoleArn=role, Tags=tags
    )
    container = {"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}
    account.sagemaker.create_model(
        ModelName=f"{name}-m",
        PrimaryContainer=container,  # type: ignore[arg-type]
        ExecutionRoleArn=role,
        Tags=tags,
    )
    left = orphans.find(account, name)
    assert left == [orphans.Orphan("model", f"{name}-m"), orphans.Orphan("notebook instance", f"{name}-notebook")]
    orphans.end(account, name, left)
    assert orphans.find(account, name) == []
