"""Which operation of SQS or S3 a request is, read off the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

HEARTBEAT_AND_HAND_BACK = "ChangeMessageVisibility"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A request to SQS or S3.

    Attributes:
        service: "sqs" or "s3".
        name: As AWS calls it, such as ReceiveMessage or PutObject.
        worker: Who asks; empty where the request does not tell.
        key: Of the object, the prefix of a listing, or the name of the queue.
        handle: The receipt handle; empty where there is none.
        stale: Whether its message was delivered again since, with another handle.
        hidden_for: Seconds for which a message is to be hidden; None where it is not about that.
        clock_off: Seconds by which the clock of whoever signed the request is ahead of ours.
    """

    service: str
    name: str
    worker: str = ""
    key: str = ""
    handle: str = ""
    stale: bool = False
    hidden_for: int | None = None
    clock_off: float = 0.0

    @property
    def heartbeat(self) -> bool:
        """Whether it keeps a message hidden, in contrast to handing it back."""
        return self.name == HEARTBEAT_AND_HAND_BACK and bool(self.hidden_for)


def operation(method: str, target: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Operation:
    """What the request asks for.

    Args:
        method: Of HTTP.
        target: Path and query.
        headers: By name in small letters.
        body: Only that of a request to SQS matters.
        now: With time zone.
    """
    worker, clock_off = _app_id(headers.get("user-agent", "")), _clock_off(headers.get("x-amz-date"), now)
    if called := headers.get("x-amz-target"):
        values = json.loads(body)
        return Operation(
            service="sqs",
            name=called.partition(".")[2],
            worker=worker,
            key=values.get("QueueUrl", "").rsplit("/", 1)[-1],
            handle=values.get("ReceiptHandle", ""),
            hidden_for=values.get("VisibilityTimeout"),
            clock_off=clock_off,
        )
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    key = unquote(url.path).removeprefix("/").partition("/")[2]
    return Operation(
        service="s3",
        name=_s3_name(method, key, query),
        worker=worker,
        key=key or query.get("prefix", [""])[0],
        clock_off=clock_off,
    )


def _s3_name(method: str, key: str, query: Mapping[str, object]) -> str:
    if "delete" in query:
        return "DeleteObjects"
    if method == "GET" and not key:
        return "ListObjectsV2"
    return f"{method.capitalize()}{'Object' if key else 'Bucket'}"


def _app_id(user_agent: str) -> str:
    """What AWS_SDK_UA_APP_ID is for the process that asks."""
    return next((word.removeprefix("app/") for word in user_agent.split() if word.startswith("app/")), "")


def _clock_off(signed_at: str | None, now: datetime) -> float:
    if signed_at is None:
        return 0.0
    return (datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) - now).total_seconds()
