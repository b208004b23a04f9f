from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.chaos.operations import Operation, operation

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)

ENDPOINT = "http://127.0.0.1:1"
QUEUE = f"{ENDPOINT}/123456789012/work"
WHOLE = {"Bucket": "b", "Key": "jobs/a b/paths/0-1.csv"}


@pytest.mark.parametrize(
    ("service", "method", "arguments", "expected"),
    [
        ("sqs", "receive_message", {"QueueUrl": QUEUE, "VisibilityTimeout": 3}, {"key": "work", "hidden_for": 3}),
        ("sqs", "delete_message", {"QueueUrl": QUEUE, "ReceiptHandle": "h"}, {"key": "work", "handle": "h"}),
        (
            "sqs",
            "change_message_visibility",
            {"QueueUrl": QUEUE, "ReceiptHandle": "h", "VisibilityTimeout": 0},
            {"key": "work", "handle": "h", "hidden_for": 0},
        ),
        ("s3", "put_object", {**WHOLE, "Body": b"rows"}, {"key": WHOLE["Key"]}),
        ("s3", "get_object", WHOLE, {"key": WHOLE["Key"]}),
        ("s3", "head_object", WHOLE, {"key": WHOLE["Key"]}),
        ("s3", "delete_object", WHOLE, {"key": WHOLE["Key"]}),
        ("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "jobs/"}, {"key": "jobs/"}),
        ("s3", "head_bucket", {"Bucket": "b"}, {}),
    ],
)
def test_an_operation_of_boto3_is_recognised_on_the_wire(
    service: str,
    method: str,
    arguments: dict[str, Any],
    expected: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "machine-1")
    client: Any = boto3.Session("key", "secret").client(  # type: ignore[call-overload]
        service, region_name="us-east-1", endpoint_url=ENDPOINT, config=Config(s3={"addressing_style": "path"})
    )
    seen: list[Any] = []

    def stop_here(request: Any, **_: Any) -> None:
        """Look at what would be sent, in place of sending it."""
        seen.append(request)
        raise _LookedAt

    client.meta.events.register("before-send", stop_here)
    with pytest.raises(_LookedAt):
        getattr(client, method)(**arguments)
    [request] = seen
    headers = {
        name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()
    }
    signed = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    body = request.body if isinstance(request.body, bytes) else b""
    target = request.url.removeprefix(ENDPOINT)
    name = "".join(word.capitalize() for word in method.split("_"))
    wanted = Operation(service=service, name=name, worker="machine-1", **expected)
    assert operation(request.method, target, headers, body, signed) == wanted


class _LookedAt(Exception):  # noqa: N818
    """The request was made."""


def test_a_clock_that_is_off_is_seen_by_the_signature() -> None:
    headers = {"x-amz-date": "20261121T123000Z"}
    assert operation("GET", "/b/k", headers, b"", NOW).clock_off == 1800
    assert operation("GET", "/b/k", {}, b"", NOW) == Operation(service="s3", name="GetObject", key="k")
