"""Error answers in the shapes in which the services send them."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Refusal:
    """An error answer.

    Attributes:
        status: Of HTTP.
        code: As S3 names it in XML; what SQS adds to it is in ``sqs_type``.
        message: For a person.
        sqs_type: What SQS names it in JSON, where that is another name.
    """

    status: int
    code: str
    message: str = "injected by the test"
    sqs_type: str = ""


# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
INTERNAL_ERROR = Refusal(500, "InternalError", "We encountered an internal error. Please try again.", "InternalFailure")
SLOW_DOWN = Refusal(503, "SlowDown", "Please reduce your request rate.")
UNAVAILABLE = Refusal(503, "ServiceUnavailable", "The service is temporarily unavailable.")
THROTTLED = Refusal(400, "RequestThrottled", "Rate exceeded")
EXPIRED_TOKEN = Refusal(400, "ExpiredToken", "The provided token has expired.", "ExpiredTokenException")
ACCESS_DENIED = Refusal(403, "AccessDenied", "Access Denied", "AccessDeniedException")
NO_SUCH_QUEUE = Refusal(
    400, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", "QueueDoesNotExist"
)
NO_SUCH_BUCKET = Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
BAD_HANDLE = Refusal(400, "ReceiptHandleIsInvalid", "The input receipt handle is not a valid receipt handle.")
BEYOND_LIMIT = Refusal(
    400,
    "InvalidParameterValue",
    "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
)
CLOCK_OFF = Refusal(
    403,
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    "InvalidSignatureException",
)


def on_the_wire(refusal: Refusal, service: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer of ``service``, "sqs" or "s3"."""
    if service == "s3":
        xml = f"<Error><Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message></Error>"
        return refusal.status, {"Content-Type": "application/xml"}, f'<?xml version="1.0"?>\n{xml}'.encode()
    fault = "Sender" if refusal.status < 500 else "Receiver"
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-query-error": f"{refusal.code};{fault}"}
    name = f"com.amazonaws.sqs#{refusal.sqs_type or refusal.code}"
    return refusal.status, headers, json.dumps({"__type": name, "message": refusal.message}).encode()
