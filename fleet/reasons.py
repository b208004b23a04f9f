"""Why a request to AWS failed, and what to do about it, for the person who has to mend it.

AWS's own sentence stands beside the advice: it knows which key, which action and which user.

Sources:
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

import re
from collections.abc import Mapping

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from fleet.clock import wrong_clock

NO_AWS = (
    "what answered is no AWS, but perhaps a proxy or the log-in page of a network; check the network, and "
    "AWS_ENDPOINT_URL if it is set"
)

SENTENCE_AT_MOST = 400  # characters; a long one that names user, action and key has 350

REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")


def reason(error: ClientError | BotoCoreError) -> str:
    """Why a request to AWS failed and what to do about it."""
    if isinstance(error, ClientError):
        return _refusal(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return "there are no AWS credentials here; set AWS_PROFILE, or sign in with the AWS command line"
    if isinstance(error, ConnectionError | HTTPClientError):
        return f"no answer; check the network, the region and AWS_ENDPOINT_URL ({error})"
    return str(error)


def error_code(error: ClientError) -> str:
    """Such as NoSuchKey; newer SQS clients give QueueDoesNotExist, older ones a longer name that ends in it."""
    return str(_told(error).get("Code", "unknown")).rsplit(".", 1)[-1]


def in_one_line(text: str, at_most: int = SENTENCE_AT_MOST) -> str:
    """Text from elsewhere, without line breaks and what does things to a terminal, cut where it is long."""
    line = readable(" ".join(text[: 4 * at_most].split()))
    return line if len(line) <= at_most else f"{line[:at_most].rstrip()} …"


def readable(text: str) -> str:
    """Text from elsewhere in its lines, without the characters that SQS refuses, or that do things to a terminal."""
    return "".join(each if each.isprintable() or each in "\t\n" else "?" for each in text)


def _told(error: ClientError) -> Mapping[str, object]:
    """Empty where the answer is XML, but not AWS's."""
    return error.response.get("Error", {})


def _refusal(error: ClientError) -> str:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if not _told(error):
        return f"{NO_AWS} (HTTP status {status})"
    code, sentence = error_code(error), _sentence(error)
    advice = _advice(code or str(status), error)
    if not advice:
        code = code or f"HTTP status {status}"
        return f"{sentence or 'no reason given'} ({code})"
    return f"{advice} (AWS says: {sentence.rstrip('.')})" if sentence else advice


def _advice(code: str, error: ClientError) -> str:
    message, headers = _message(error), _headers(error)
    if words := wrong_clock(code, message, headers):
        return words
    if code in _REDIRECTS:
        where = _there(error)
        return (
            f"the bucket is not in the region that is set but in {where}; set AWS_REGION to that"
            if where
            else _ELSEWHERE
        )
    if _OTHER_SCOPE.search(message):
        return "it is in another region than the one that is set"
    return _ADVICE.get(code, "")


def _message(error: ClientError) -> str:
    return str(_told(error).get("Message") or "")


def _sentence(error: ClientError) -> str:
    """What AWS says, where it says more than the code, without the ids of the request."""
    sentence = in_one_line(_REQUEST_IDS.sub("", _message(error)))
    return "" if sentence.rstrip(".").lower() in _SAYS_NOTHING else sentence


def _headers(error: ClientError) -> dict[str, str]:
    return error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})


def _there(error: ClientError) -> str:
    """The region that the answer names; empty where it names none."""
    told = _told(error)
    texts = f"{told.get('Endpoint')} {_message(error)}"
    named = _headers(error).get("x-amz-bucket-region"), told.get("Region"), *_REGION_IN.findall(texts)
    return next((each for each in map(str, named) if REGION.fullmatch(each)), "")


_REGION_IN = re.compile(r"(?:\bs3[.-]|expecting '|\bThe )([a-z]{2,4}(?:-[a-z]+)+-\d+)(?:\.|'| location)")
_OTHER_SCOPE = re.compile(r"scoped to a valid region", re.IGNORECASE)
_REQUEST_IDS = re.compile(
    r"\s*\((?:Service|Request ?ID)[^)]*\)|[,;]?\s*\b(?:extended )?(?:request|host) ?id\b\s*[:=]?\s*[\w+/=-]+;?",
    re.IGNORECASE,
)
_SAYS_NOTHING = {"", "forbidden", "not found", "bad request", "moved permanently", "access denied", "none", "null"}

_NO_QUEUE = "there is no such queue; check its URL and the region"
_NO_BUCKET = "there is no such bucket; check its name and the region"
_FORBIDDEN = "the credentials in use have no permission for this; ask for it, or use another profile"
_REFUSED = "the AWS credentials are not valid or have expired; sign in again"
_ELSEWHERE = "the bucket is in another region than the one that is set"
_UNSAID = "the credentials may have expired (sign in again), or the bucket is in another region; AWS does not say which"

_REDIRECTS = {
    "301",
    "307",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "TemporaryRedirect",
}

_ADVICE = {
    "NonExistentQueue": _NO_QUEUE,
    "QueueDoesNotExist": _NO_QUEUE,
    "InvalidAddress": _NO_QUEUE,
    "NoSuchBucket": _NO_BUCKET,
    "404": _NO_BUCKET,
    "AccessDenied": _FORBIDDEN,
    "AccessDeniedException": _FORBIDDEN,
    "KmsAccessDenied": _FORBIDDEN,
    "403": _FORBIDDEN,
    "ExpiredToken": _REFUSED,
    "ExpiredTokenException": _REFUSED,
    "InvalidAccessKeyId": _REFUSED,
    "InvalidClientTokenId": _REFUSED,
    "InvalidSignatureException": _REFUSED,
    "InvalidToken": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "UnrecognizedClientException": _REFUSED,
    "ConditionalRequestConflict": "others write to it at the same time; try again",
    "400": _UNSAID,
    "407": "a proxy between here and AWS asks for a password; check HTTPS_PROXY and HTTP_PROXY",
}
