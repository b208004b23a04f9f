"""What is left of a stack, in every partition; ``spotmc destroy`` has its own tests."""

import pytest

from deployment import orphans
from deployment.account import Account
from deployment.stack import TAG
from fleet.settings import Settings


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
