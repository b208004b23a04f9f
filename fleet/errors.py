"""What can go wrong between here and the queue or the bucket, in words for the person who has to mend it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)


class FleetError(Exception):
    """Something about the queue, the bucket or a job in them; the message is for the person."""


class SettingsError(FleetError):
    """The environment does not say where the queue and the bucket are."""


class QueueError(FleetError):
    """The queue did not do what was asked."""


class HandleRefusedError(QueueError):
    """SQS does not take the receipt handle of a message any more."""


class BucketError(FleetError):
    """The bucket did not do what was asked."""


class MissingObjectError(BucketError):
    """There is no object of that name in the bucket."""


class MessageError(FleetError):
    """A message, or a job in it, that this version does not understand."""


class NoSuchJobError(FleetError):
    """There is no job of that name."""


class NotCompleteError(FleetError):
    """The job has no results yet."""


@contextmanager
def explained(kind: type[FleetError], action: str) -> Iterator[None]:
    """Raise what botocore raises inside as ``kind``: what was tried, why it failed, what to do next."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise kind(f"cannot {action}: {reason(error)}") from error


def reason(error: ClientError | BotoCoreError) -> str:
    """Why a request to AWS failed and what to do about it."""
    if isinstance(error, ClientError):
        code = error_code(error)
        if code in _ADVICE:
            return _ADVICE[code]
        return f"{error.response['Error'].get('Message') or 'no reason given'} ({code})"
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return "there are no AWS credentials here; set AWS_PROFILE, or sign in with the AWS command line"
    if isinstance(error, ConnectionError | HTTPClientError):
        return f"no answer; check the network, the region and AWS_ENDPOINT_URL ({error})"
    return str(error)


def error_code(error: ClientError) -> str:
    """Such as NoSuchKey; newer SQS clients give QueueDoesNotExist, older ones a longer name that ends in it."""
    return error.response["Error"].get("Code", "unknown").rsplit(".", 1)[-1]


_NO_QUEUE = "there is no such queue; check its URL and the region"
_NO_BUCKET = "there is no such bucket; check its name and the region"
_FORBIDDEN = "the credentials in use have no permission for this; ask for it, or use another profile"
_REFUSED = "the AWS credentials are not valid or have expired; sign in again"
_ELSEWHERE = "the bucket is in another region than the one that is set"

_ADVICE = {
    "NonExistentQueue": _NO_QUEUE,
    "QueueDoesNotExist": _NO_QUEUE,
    "InvalidAddress": _NO_QUEUE,
    "NoSuchBucket": _NO_BUCKET,
    "404": _NO_BUCKET,
    "AccessDenied": _FORBIDDEN,
    "AccessDeniedException": _FORBIDDEN,
    "403": _FORBIDDEN,
    "ExpiredToken": _REFUSED,
    "ExpiredTokenException": _REFUSED,
    "InvalidAccessKeyId": _REFUSED,
    "InvalidClientTokenId": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "UnrecognizedClientException": _REFUSED,
    "301": _ELSEWHERE,
    "400": _ELSEWHERE,
    "PermanentRedirect": _ELSEWHERE,
    "AuthorizationHeaderMalformed": _ELSEWHERE,
}
