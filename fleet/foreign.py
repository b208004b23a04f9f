"""Answers that are not AWS's: of a proxy, or of a page where one logs in to a network."""

from typing import Any

from botocore.exceptions import BotoCoreError

_ITS_IDS = ("x-amz-request-id", "x-amzn-requestid")

_PROXY_LOG_IN = 407

LISTING = ("Name", "IsTruncated")
"""Fields of which a listing has one at least, an empty one, too."""


class ForeignAnswerError(BotoCoreError):
    """What answered is not AWS, nor anything that stands in for it."""

    fmt = (
        "what answers there is not AWS: {what}; check the network (a log-in page?), HTTPS_PROXY and HTTP_PROXY, and "
        "AWS_ENDPOINT_URL"
    )


def refuse_pages(*, http_response: Any, **_: object) -> None:
    """For the event ``after-call``: of a page of HTML botocore makes an answer that says nothing.

    Raises:
        ForeignAnswerError
    """
    headers = http_response.headers
    if "html" in headers.get("Content-Type", "").lower() and not any(name in headers for name in _ITS_IDS):
        status = http_response.status_code
        what = "it is a proxy that asks for a password" if status == _PROXY_LOG_IN else "it sent a page of HTML"
        raise ForeignAnswerError(what=f"{what} (HTTP status {status})")


def require(answer: Any, *fields: str) -> None:
    """
    Args:
        answer: As botocore gives it.
        fields: Of which AWS's answer always has one at least.

    Raises:
        ForeignAnswerError
    """
    if not any(name in answer for name in fields):
        raise ForeignAnswerError(what=f"its answer has no {' and no '.join(fields)}")
