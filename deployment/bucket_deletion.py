"""Deleting a bucket with all that is in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deployment.account import DeploymentError
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


def delete_bucket(s3: "S3Client", name: str) -> int:
    """Delete a bucket and every version of every object in it.

    It can be repeated when it was interrupted: a bucket that is not there is none to delete.

    Returns:
        How many objects were deleted, old versions and marks of deletion included.

    Raises:
        DeploymentError: some of it may be deleted.
    """
    deleted = delete_folder(s3, name, "")
    with explained(DeploymentError, f"delete the bucket {name}"), _perhaps_gone():
        s3.delete_bucket(Bucket=name)
    return deleted


def delete_folder(s3: "S3Client", name: str, folder: str) -> int:
    """Delete every version of what lies in a folder of a bucket that may be gone; tells and raises the same."""
    deleted = 0
    with explained(DeploymentError, f"delete what is in the bucket {name}"), _perhaps_gone():
        while objects := _some_versions(s3, name, folder):
            answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
            if errors := answer.get("Errors"):
                raise DeploymentError(
                    f"cannot delete {len(errors):,} objects of the bucket {name}, {errors[0].get('Key')} among "
                    f"them: {errors[0].get('Message')}"
                )
            deleted += len(objects)
    return deleted


@contextmanager
def _perhaps_gone() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error_code(error) != "NoSuchBucket":
            raise


def _some_versions(s3: "S3Client", name: str, folder: str) -> "list[ObjectIdentifierTypeDef]":
    """The first that a listing has, no more than one request may delete; none of an empty folder."""
    page = s3.list_object_versions(Bucket=name, Prefix=folder)
    return [
        {"Key": each["Key"], "VersionId": each["VersionId"]}
        for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    ]
