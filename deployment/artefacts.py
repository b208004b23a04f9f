"""What machines and CloudFormation fetch at launch: in a bucket, in a folder that is named by its content.

The same content gives the same name, so what is published already is not sent again, and nothing that a running fleet
may still fetch is ever overwritten.  Archives are large and change rarely, so they lie beside the folders, each under
its own hash.
"""

from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files as files_in
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from cloudformation.partitions import partition
from cloudformation.template import PARENT, read
from deployment import checksums
from deployment.account import DeploymentError
from deployment.archives import SUFFIX
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

FOLDER = "spotmc"  # in the bucket, for all that is published
ARCHIVES = f"{FOLDER}/archives"
TEMPLATE_FOLDER = "cloudformation"

_UPLOADS_AT_ONCE = 4
_RETIRED_AFTER = timedelta(days=1)  # what was published today may be launched today


@dataclass(frozen=True)
class Published:
    """Artefacts in a bucket.

    Attributes:
        bucket: Its name.
        prefix: Folder in it.
        region: Of the bucket.
    """

    bucket: str
    prefix: str
    region: str

    @property
    def name(self) -> str:
        """The same for the same content."""
        return self.prefix.rpartition("/")[2]

    @property
    def template_url(self) -> str:
        """Address of the parent template, for CloudFormation."""
        host = f"{self.bucket}.s3.{self.region}.{partition(self.region).url_suffix}"
        return f"https://{host}/{self.prefix}/{TEMPLATE_FOLDER}/{PARENT}"

    @property
    def parameters(self) -> dict[str, str]:
        """What the parent template has to know of them."""
        return {"ArtefactBucket": self.bucket, "ArtefactPrefix": self.prefix}

    def launch_url(self, stack_name: str) -> str:
        """A page of the console that asks for the remaining parameters and creates the stack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
        """
        given = {f"param_{name}": value for name, value in self.parameters.items()}
        query = urlencode({"templateURL": self.template_url, "stackName": stack_name, **given})
        console = read(PARENT)["Mappings"]["Console"][partition(self.region).name]["Host"]
        return f"https://{self.region}.{console}/cloudformation/home?region={self.region}#/stacks/create/review?{query}"


def files_of(folder: Path) -> dict[str, Path]:
    """What is to be published: the files in a folder, and the templates.

    Returns:
        Files by key below the prefix.
    """
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    templates = Path(str(files_in(TEMPLATE_FOLDER)))
    return found | {f"{TEMPLATE_FOLDER}/{path.name}": path for path in sorted(templates.glob("*.yaml"))}


def keys(prefix: str, listing: str) -> dict[str, str]:
    """Where in the bucket what is listed lies: archives by their hashes, once for all versions; the rest in its folder.

    Returns:
        What is listed, by its key.
    """
    lines = (line.split("  ", 1) for line in listing.splitlines())
    return {f"{ARCHIVES}/{digest}" if name.endswith(SUFFIX) else f"{prefix}/{name}": name for digest, name in lines}


@dataclass(frozen=True)
class Sending:
    """What is to be sent.

    Attributes:
        place: Where it will be.
        listing: Of all files, those that are there included.
        files: Those that are not, by key in the bucket.
    """

    place: Published
    listing: str
    files: dict[str, Path]

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(file.stat().st_size for file in self.files.values())


def missing(s3: "S3Client", bucket: str, *, region: str, files: dict[str, Path]) -> Sending:
    """What of these files is not in the bucket yet.

    Args:
        s3: Client of the bucket's region.
        bucket: Its name.
        region: Its region.
        files: By key, from ``files_of``.

    Raises:
        DeploymentError: the bucket cannot be looked at.
    """
    listing = checksums.listing(files)
    place = Published(bucket, f"{FOLDER}/{checksums.name(listing)}", region)
    with explained(DeploymentError, f"publish to the bucket {bucket}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{FOLDER}/")
        there = {item["Key"] for page in pages for item in page.get("Contents", [])}
    wanted = keys(place.prefix, listing)
    return Sending(place, listing, {key: files[name] for key, name in wanted.items() if key not in there})


def send(s3: "S3Client", sending: Sending, progress: Callable[[int], object]) -> None:
    """Bring files into the bucket, and at last the list of all.

    Args:
        s3: Client of the bucket's region.
        sending: From ``missing``.
        progress: Told how many bytes have been sent, by any thread.

    Raises:
        DeploymentError: the bucket cannot be written to; what was sent stays, and is not sent again the next time.
    """
    bucket, lock, sent = sending.place.bucket, Lock(), 0

    def count(size: int) -> None:  # less than nothing where a part is tried again
        nonlocal sent
        with lock:
            sent += size
            progress(sent)

    def send_one(key: str) -> None:
        try:
            s3.upload_file(str(sending.files[key]), bucket, key, Callback=count)
        except S3UploadFailedError as error:
            name = sending.files[key].name
            raise DeploymentError(f"cannot send {name} to the bucket {bucket}: {error.__cause__ or error}") from error

    with explained(DeploymentError, f"publish to the bucket {bucket}"):
        with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
            list(pool.map(send_one, sorted(sending.files)))
        s3.put_object(Bucket=bucket, Key=f"{sending.place.prefix}/{checksums.FILE}", Body=sending.listing.encode())


def used_by_stacks(cloudformation: "CloudFormationClient", bucket: str) -> set[str]:
    """Folders of a bucket from which stacks of this account and region are made.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, "see which stacks there are"):
        stacks = [
            {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])}
            for page in cloudformation.get_paginator("describe_stacks").paginate()
            for stack in page["Stacks"]
        ]
    return {stack["ArtefactPrefix"] for stack in stacks if stack.get("ArtefactBucket") == bucket} - {""}


def retire(s3: "S3Client", bucket: str, *, keep: Set[str], now: datetime) -> int:
    """Delete what was published for stacks that are gone or have newer ones, if it is older than a day.

    Args:
        s3: Client of the bucket's region.
        bucket: A stack's own, in which nobody but us puts anything.
        keep: Folders that a stack uses, or may go back to; those of today are kept, too.
        now: The time.

    Returns:
        How many objects were deleted.

    Raises:
        DeploymentError: it cannot be told what the folders use, or the bucket cannot be changed.
    """
    with explained(DeploymentError, f"look into the bucket {bucket}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{FOLDER}/")
        times = {item["Key"]: item["LastModified"] for page in pages for item in page.get("Contents", [])}
    old = {key for key, time in times.items() if now - time > _RETIRED_AFTER}
    lists = {f"{prefix}/{checksums.FILE}" for prefix in keep}
    lists |= {key for key in times.keys() - old if key.endswith(f"/{checksums.FILE}")}
    used = set(lists)
    with explained(DeploymentError, f"read what is used in the bucket {bucket}"):
        for key in lists:
            listing = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            used |= keys(key.rpartition("/")[0], listing).keys()
    with explained(DeploymentError, f"delete what is no longer used in the bucket {bucket}"):
        for key in old - used:
            s3.delete_object(Bucket=bucket, Key=key)
    return len(old - used)


def own_bucket(stack_name: str, account: str, region: str) -> str:
    """Name of the bucket that is made for a stack's artefacts where a person names none."""
    return f"{stack_name}-artefacts-{account}-{region}"


def bucket_is_there(s3: "S3Client", bucket: str, region: str, account: str) -> bool:
    """Whether the account has such a bucket in the region.

    Raises:
        DeploymentError: somebody else has one of that name, or it is in another region.
    """
    try:
        answer = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        if error_code(error) == "404":
            return False
        if error_code(error) == "403":
            raise DeploymentError(
                f"the bucket {bucket} belongs to another account, or these credentials may not use it; name another"
            ) from error
        with explained(DeploymentError, f"use the bucket {bucket}"):
            raise
    if (elsewhere := answer.get("BucketRegion", region)) != region:
        raise DeploymentError(f"the bucket {bucket} is in {elsewhere}, not in {region}; name another, or that region")
    return True


def create_bucket(s3: "S3Client", bucket: str, region: str, tags: dict[str, str]) -> None:
    """A private bucket; S3 encrypts what is put into it.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"create the bucket {bucket}"):
        if region == "us-east-1":  # the one region that S3 does not let one name
            s3.create_bucket(Bucket=bucket)
        else:
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "broken-uploads",
                        "Status": "Enabled",
                        "Filter": {},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                ]
            },
        )
        s3.put_bucket_tagging(
            Bucket=bucket, Tagging={"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]}
        )
