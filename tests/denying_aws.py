"""AWS as it answers who lacks permissions: in front of the emulator, it denies some actions in AWS's own words.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.cloudformation.asking import PERMISSIONS
from tests.http_service import Answer, HttpService, Request, passed_on

WHO = "arn:aws:sts::123456789012:assumed-role/somebody/i-0123456789abcdef0"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


class DenyingAws(HttpService):
    """In front of the emulator.

    Args:
        emulator: Its address.

    Attributes:
        denied: Actions, each with how the key of what it is about begins; of a queue that is nothing.
        encrypted: Whether the bucket has a key of its own that nobody may use.
    """

    def __init__(self, emulator: str) -> None:
        self.denied: set[tuple[str, str]] = set()
        self.encrypted = False
        self._emulator = emulator
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Answer:
        target = request.headers.get("X-Amz-Target") or request.headers.get("x-amz-target")
        if target:
            operation = target.rpartition(".")[2]
            action = f"sqs:{PERMISSIONS.get(operation, operation)}"
            return _json(action) if (action, "") in self.denied else passed_on(request, self._emulator)
        address = urlsplit(request.path)
        bucket, _, key = address.path.strip("/").partition("/")
        if "list-type" in parse_qs(address.query):
            action, key = "s3:ListBucket", ""
        else:
            action = {
                "GET": "s3:GetObject",
                "HEAD": "s3:GetObject",
                "PUT": "s3:PutObject",
                "DELETE": "s3:DeleteObject",
            }[request.method]
        if any(action == denied and key.startswith(begins) for denied, begins in self.denied):
            return _xml(action, f'"arn:aws:s3:::{bucket}{f"/{key}" if key else ""}"')
        if self.encrypted and action == "s3:PutObject":
            return _xml("kms:GenerateDataKey", KEY)
        told = passed_on(request, self._emulator)
        return replace(told, headers={**told.headers, "x-amz-request-id": "4442587FB7D0A2F9"})


def _json(action: str) -> Answer:
    small = action.lower()  # as SQS writes it
    said = f"User: {WHO} is not authorized to perform: {small} on resource: arn:aws:sqs:us-east-1:123456789012:jobs"
    body = {"__type": "com.amazon.coral.service#AccessDeniedException", "message": f"{said} {_because(small)}"}
    return Answer(403, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.0"})


def _xml(action: str, resource: str) -> Answer:
    said = escape(f"User: {WHO} is not authorized to perform: {action} on resource: {resource} {_because(action)}")
    body = f"<Error><Code>AccessDenied</Code><Message>{said}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>"
    return Answer(403, body.encode(), {"Content-Type": "application/xml"})


def _because(action: str) -> str:
    return f"because no identity-based policy allows the {action} action"
