"""Trying each permission that submitting, watching and sending again take, in a way that disturbs nobody's work.

On a queue a request is tried whose only entry must be refused by itself: a delay that SQS does not know, a receipt
handle of nobody.  SQS answers for each entry of a batch, and only when the batch as a whole is allowed; so nothing is
ever on the work queue, where a worker would take it and a machine be started for it.  Dead letters are received for no
time at all.  In the bucket keys are used that are none of ours, so everything passes them over.

Sources:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from fleet import keys
from fleet.connection import s3_client, sqs_client
from fleet.errors import FleetError
from fleet.foreign import LISTING, require
from fleet.reasons import NO_AWS, error_code, reason
from fleet.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Outcome = Literal["allowed", "missing", "unknown"]

SCRATCH = "permission-trial"  # after the folder; no key of ours is like that

_TOO_LATE = 901  # seconds, one more than SQS knows of a delay
_NO_WORK = "No work: somebody tries whether sending is allowed."

_DENIED = {
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "KmsAccessDenied",
    "UnauthorizedOperation",
}
# AWS says which action it was, which may be another one: that of the key that encrypts a bucket.
_SAID = re.compile(r"not authorized to perform: (?P<action>[a-z0-9-]+:\w+)(?: on resource: \"?(?P<arn>arn:[^\s\",]+))?")


@dataclass(frozen=True)
class Tried:
    """One permission.

    Attributes:
        action: As IAM calls it, such as sqs:SendMessage.
        resource: ARN of what it is about.
        why: What takes it.
        outcome: Whether it is there.
        told: What was answered, where it is not "allowed", and what to do about that.
    """

    action: str
    resource: str
    why: str
    outcome: Outcome
    told: str = ""

    @property
    def statement(self) -> dict[str, str]:
        """Of an IAM policy, that would grant it."""
        return {"Effect": "Allow", "Action": self.action, "Resource": self.resource}


def policy(tried: Sequence[Tried]) -> str:
    """An IAM policy with the statements that are missing; empty where none is."""
    missing = [each.statement for each in tried if each.outcome == "missing"]
    return json.dumps({"Version": "2012-10-17", "Statement": missing}, indent=2) if missing else ""


def try_all(settings: Settings, *, own_rules: bool = True) -> list[Tried]:
    """Each permission on the queue, its dead-letter queue and the bucket that submitting and looking take.

    Args:
        settings: Where they are.
        own_rules: Whether people's own rules are submitted, too.

    Raises:
        FleetError: boto3 cannot make clients of these settings.
    """
    sqs, s3 = sqs_client(settings, for_a_page=True), s3_client(settings, for_a_page=True)
    with ThreadPoolExecutor(2) as pool:
        of_queues = pool.submit(lambda: list(_queues(sqs, settings)))
        of_bucket = pool.submit(lambda: list(_bucket(s3, settings, own_rules=own_rules)))
        return [*of_queues.result(), *of_bucket.result()]


def tried(action: str, resource: str, why: str, ask: Callable[[], object], *, fine: Sequence[str] = ()) -> Tried:
    """What became of a request.

    Args:
        action: That the request takes.
        resource: That it is about.
        why: What takes it.
        ask: Makes the request.
        fine: Codes of errors that say that the request was allowed.
    """
    try:
        ask()
    except ClientError as error:
        if error_code(error) in fine:
            return Tried(action, resource, why, "allowed")
        if error_code(error) not in _DENIED:
            return Tried(action, resource, why, "unknown", reason(error))
        said = _SAID.search(str(error.response.get("Error", {}).get("Message", "")))
        if said and said["action"].lower() != action.lower():  # SQS writes it in small letters
            action, resource = said["action"], said["arn"] or "*"
        return Tried(action, resource, why, "missing", reason(error))
    except ResponseParserError:
        return Tried(action, resource, why, "unknown", NO_AWS)
    except (BotoCoreError, FleetError) as error:
        return Tried(
            action, resource, why, "unknown", reason(error) if isinstance(error, BotoCoreError) else str(error)
        )
    return Tried(action, resource, why, "allowed")


def _queues(sqs: "SQSClient", settings: Settings) -> Iterator[Tried]:
    url, known = settings.queue_url, dict[str, str]()
    arn = queue_arn(settings)

    def look() -> None:
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "RedrivePolicy"])
        require(answer, "Attributes")
        known.update({str(name): value for name, value in answer["Attributes"].items()})

    yield tried("sqs:GetQueueAttributes", arn, "see how much waits", look)
    late = {"Id": "trial", "MessageBody": _NO_WORK, "DelaySeconds": _TOO_LATE}
    yield tried(
        "sqs:SendMessage",
        arn,
        "submit jobs",
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[late]),  # type: ignore[list-item]
    )
    yield from _dead_letters(sqs, known)


def _dead_letters(sqs: "SQSClient", known: Mapping[str, str]) -> Iterator[Tried]:
    why = "see what failed, and send it again"
    actions = (
        "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
    )
    dead = json.loads(known["RedrivePolicy"])["deadLetterTargetArn"] if "RedrivePolicy" in known else ""
    if not dead:
        told = (
            "the queue has no dead-letter queue: give it a redrive policy"
            if known
            else "which queue has the dead letters is known only where sqs:GetQueueAttributes is allowed"
        )
        yield from (Tried(action, "the dead-letter queue", why, "unknown", told) for action in actions)
        return
    found = dict[str, str]()
    *_, account, name = dead.split(":")

    def look() -> None:
        found["url"] = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]

    first = tried(actions[0], dead, why, look)
    yield first
    if not found:
        told = f"tried only where {actions[0]} is allowed"
        yield from (Tried(action, dead, why, "unknown", told) for action in actions[1:])
        return
    nobodys = {"Id": "trial", "ReceiptHandle": SCRATCH}
    requests: tuple[Callable[[], object], ...] = (
        lambda: sqs.get_queue_attributes(QueueUrl=found["url"], AttributeNames=["QueueArn"]),
        lambda: sqs.receive_message(QueueUrl=found["url"], VisibilityTimeout=0, WaitTimeSeconds=0),
        lambda: sqs.change_message_visibility_batch(
            QueueUrl=found["url"],
            Entries=[{**nobodys, "VisibilityTimeout": 0}],  # type: ignore[typeddict-item]
        ),
        lambda: sqs.delete_message_batch(QueueUrl=found["url"], Entries=[nobodys]),  # type: ignore[list-item]
    )
    for action, request in zip(actions[1:], requests, strict=True):
        yield tried(action, dead, why, request)


def _bucket(s3: "S3Client", settings: Settings, *, own_rules: bool) -> Iterator[Tried]:
    name, arn = settings.bucket, f"arn:{partition(settings.region)}:s3:::{settings.bucket}"
    key = keys.JOBS + SCRATCH

    def put(key: str, **how: Any) -> object:
        return s3.put_object(Bucket=name, Key=key, Body=b"", **how)

    def get(key: str) -> object:
        return s3.get_object(Bucket=name, Key=key)["Body"].read()

    look = tried(
        "s3:ListBucket",
        arn,
        "list jobs, and see what is there",
        lambda: require(s3.list_objects_v2(Bucket=name, Prefix=key, MaxKeys=1), *LISTING),
    )
    yield look
    jobs, why = f"{arn}/{keys.JOBS}*", "store jobs, read results, cancel and send again"
    yield tried("s3:PutObject", jobs, why, partial(put, key))
    yield _told_apart(tried("s3:GetObject", jobs, why, partial(get, key), fine=["NoSuchKey"]), look)
    yield tried("s3:DeleteObject", jobs, why, lambda: s3.delete_object(Bucket=name, Key=key))
    folders = {keys.SUBMISSIONS: "list jobs in order"}
    for what, (folder, _) in keys.INPUTS.items():
        if what != "rule" or own_rules:
            folders[folder] = f"store and read {folder.rstrip('/')}"
    named = keys.NAMED_MODELS
    folders |= {
        named: "keep trained models under names",
        keys.HISTORY: "keep and read daily bars",
        keys.TRADERS: "create traders, watch and stop them",
    }
    for folder, why in folders.items():
        # What is there is left as it is, and otherwise it is an empty object.
        kept = partial(put, folder + SCRATCH, IfNoneMatch="*")
        yield tried("s3:PutObject", f"{arn}/{folder}*", why, kept, fine=["PreconditionFailed"])
    del folders[keys.SUBMISSIONS]  # of which the names are enough
    for folder, why in {named: "forget their names", keys.HISTORY: "delete daily bars that were kept"}.items():
        forget = partial(s3.delete_object, Bucket=name, Key=folder + SCRATCH)
        yield tried("s3:DeleteObject", f"{arn}/{folder}*", why, forget)
    for folder, why in {**folders, keys.WORKERS: "see who works"}.items():
        read = tried("s3:GetObject", f"{arn}/{folder}*", why, partial(get, folder + SCRATCH), fine=["NoSuchKey"])
        yield _told_apart(read, look)


def _told_apart(read: Tried, look: Tried) -> Tried:
    """Whether reading is allowed; of what is not there, S3 tells that only to who may list."""
    if read.outcome == "missing" and look.outcome == "missing":
        told = f"tried only where {look.action} is allowed: to others S3 says of what is not there that it is forbidden"
        return Tried(read.action, read.resource, read.why, "unknown", told)
    return read


def queue_arn(settings: Settings) -> str:
    """That of the work queue, from its URL."""
    account, queue = settings.queue_url.split("/")[-2:]
    return f"arn:{partition(settings.region)}:sqs:{settings.region}:{account}:{queue}"


def partition(region: str) -> str:
    """Such as aws or aws-cn, in which a region is."""
    try:
        return boto3.Session().get_partition_for_region(region)
    except BotoCoreError:
        return "aws"
