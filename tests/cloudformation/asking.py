"""Which requests the program makes of AWS, noted as botocore makes them, in the words of IAM.

As a module it runs a command and notes its requests in a file: ``python -m tests.cloudformation.asking FILE worker``.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botocore import handlers


@dataclass(frozen=True, order=True)
class Request:
    """A request, as a policy sees it.

    Attributes:
        action: Such as sqs:SendMessage.
        resource: What it is about, as an ARN.
    """

    action: str
    resource: str


# Operations whose permission has another name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
PERMISSIONS = {
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}


def request(service: str, operation: str, params: dict[str, Any]) -> Request:
    action = f"{service}:{PERMISSIONS.get(operation, operation)}"
    if service == "s3":
        return Request(action, "arn:aws:s3:::" + "/".join(params[name] for name in ("Bucket", "Key") if name in params))
    assert service == "sqs", f"say here what a policy sees of {service}"
    queue = params.get("QueueName") or params["QueueUrl"].rsplit("/", 1)[-1]
    return Request(action, f"arn:aws:sqs:us-east-1:123456789012:{queue}")


@contextmanager
def noted(note: Callable[[Request], object]) -> Iterator[None]:
    """Note what clients that are made meanwhile ask for."""

    def handler(params: dict[str, Any], model: Any, **_: object) -> None:
        note(request(model.service_model.service_name, model.name, params))

    entry = ("provide-client-params", handler)
    handlers.BUILTIN_HANDLERS.append(entry)
    try:
        yield
    finally:
        handlers.BUILTIN_HANDLERS.remove(entry)


def read(file: Path) -> list[Request]:
    return [Request(**json.loads(line)) for line in file.read_text().splitlines()]


if __name__ == "__main__":
    from spotmc.cli import main

    with (
        open(sys.argv[1], "a", buffering=1) as output,
        noted(lambda each: print(json.dumps(asdict(each)), file=output)),
    ):
        main(sys.argv[2:])
