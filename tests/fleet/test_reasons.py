"""What AWS says when something is wrong, and what a person reads of it."""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from fleet import silence
from fleet.bucket import Bucket
from fleet.connection import check
from fleet.errors import FleetError
from fleet.queue import Queue
from fleet.reasons import SENTENCE_AT_MOST, in_one_line
from fleet.settings import Settings
from tests.aws_server import Blank, Page, Refusal, RefusingAws

HOURS = 60 * 60

SKEWED = Refusal(
    403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
)
EXPIRED_SIGNATURE = (
    "Signature expired: 20260102T030405Z is now earlier than 20260102T144905Z (20260102T150405Z - 15 min.)"
)
KMS = (
    "User: arn:aws:sts::123456789012:assumed-role/worker/i-0123456789abcdef0 is not authorized to perform: "
    "kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab "
    "because no identity-based policy allows the kms:GenerateDataKey action"
)
USE_THE_ENDPOINT = (
    "The bucket you are attempting to access must be addressed using the specified endpoint. "
    "Please send all future requests to this endpoint."
)


@pytest.fixture
def said(settings: Settings) -> Callable[..., list[str]]:
    """What every way to ask is answered, when AWS refuses so: of the check, and of what `submit` and pages do."""

    def ask(*, sqs: Refusal | None = None, s3: Refusal | None = None, seconds_ahead: float = 0) -> list[str]:
        other = Refusal(403, "AccessDenied", "not asked here")
        with RefusingAws(sqs=sqs or other, s3=s3 or other, seconds_ahead=seconds_ahead) as aws:
            if sqs:
                queue = Queue.connect(aws.settings)
                ways = [
                    lambda: queue.send("body", {}),
                    lambda: queue.send_all(["body"], {}),
                    lambda: queue.receive(wait_seconds=0, visibility_seconds=1),
                    queue.depth,
                ]
            else:
                bucket = Bucket.connect(aws.settings)
                ways = [
                    lambda: bucket.get("key"),
                    lambda: bucket.put("key", b"content"),
                    lambda: bucket.exists("key"),
                    lambda: list(bucket.list("")),
                ]
            texts = [check(aws.settings)["queue_url" if sqs else "bucket"]]
            for way in ways:
                with pytest.raises(FleetError) as error:
                    way()
                texts.append(str(error.value))
        return texts

    return ask


@pytest.mark.parametrize(
    "refusal",
    [
        {"sqs": Refusal(403, "ExpiredToken", "The security token included in the request is expired")},
        {"s3": Refusal(400, "ExpiredToken", "The provided token has expired.")},
    ],
    ids=["SQS", "S3, whose answer to HEAD does not say so"],
)
def test_expired_credentials_are_named_and_no_region(
    said: Callable[..., list[str]], refusal: dict[str, Refusal]
) -> None:
    for text in said(**refusal):
        assert "have expired; sign in again" in text
        assert "region" not in text


@pytest.mark.parametrize(
    "refusal",
    [
        {"sqs": Refusal(403, "SignatureDoesNotMatch", EXPIRED_SIGNATURE)},
        {
            "sqs": Refusal(
                403, "InvalidSignatureException", "Signature not yet current: 20260102T150405Z is still later"
            )
        },
        {"s3": SKEWED},
    ],
    ids=["SQS, behind", "SQS, ahead", "S3"],
)
def test_a_wrong_clock_is_named(said: Callable[..., list[str]], refusal: dict[str, Refusal]) -> None:
    for text in said(**refusal):
        assert "this machine's clock is wrong; set it" in text
        assert "sign in" not in text
        assert "permission" not in text


def test_how_wrong_the_clock_is_tells_the_time_of_the_answer(said: Callable[..., list[str]]) -> None:
    assert all("clock is wrong, 12.0 hours behind;" in text for text in said(s3=SKEWED, seconds_ahead=12 * HOURS))
    unsaid = Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")
    assert all("clock is wrong, 30 minutes ahead;" in text for text in said(sqs=unsaid, seconds_ahead=-HOURS / 2))
    assert all("sign in again" in text for text in said(sqs=unsaid))


@pytest.mark.parametrize(
    "refusal",
    [{"s3": Refusal(403, "AccessDenied", KMS)}, {"sqs": Refusal(400, "KMS.AccessDeniedException", KMS)}],
    ids=["S3", "SQS"],
)
def test_what_AWS_says_stays_beside_the_advice(said: Callable[..., list[str]], refusal: dict[str, Refusal]) -> None:  # noqa: N802
    for text in said(**refusal):
        assert "no permission for this; ask for it" in text
        assert text.endswith(f"(AWS says: {KMS})")


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(301, "PermanentRedirect", USE_THE_ENDPOINT, headers={"x-amz-bucket-region": "eu-west-1"}),
        Refusal(301, "PermanentRedirect", USE_THE_ENDPOINT, {"Endpoint": "results.s3.eu-west-1.amazonaws.com"}),
        Refusal(301, "PermanentRedirect", USE_THE_ENDPOINT, {"Endpoint": "results.s3-eu-west-1.amazonaws.com"}),
        Refusal(
            400, "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        ),
        Refusal(
            400, "IllegalLocationConstraintException",
            "The eu-west-1 location constraint is incompatible for the region specific endpoint this was sent to.",
        ),
    ],
)  # fmt: skip
def test_the_region_of_the_bucket_is_named_whoever_asks(said: Callable[..., list[str]], refusal: Refusal) -> None:
    assert all(
        "not in the region that is set but in eu-west-1; set AWS_REGION to that" in text for text in said(s3=refusal)
    )


def test_a_queue_elsewhere_is_no_wrong_credentials(said: Callable[..., list[str]]) -> None:
    elsewhere = Refusal(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. ")
    for text in said(sqs=elsewhere):
        assert "another region than the one that is set" in text
        assert "sign in" not in text


def test_ids_of_requests_are_left_out_and_a_long_sentence_is_cut(said: Callable[..., list[str]]) -> None:
    noisy = Refusal(
        403, "AccessDenied", "Not for you (Service: Amazon S3; Status Code: 403; Request ID: ABC) RequestId: X1"
    )
    assert all(text.endswith("(AWS says: Not for you)") for text in said(s3=noisy))
    assert all(
        len(text) < SENTENCE_AT_MOST + 200 for text in said(s3=Refusal(403, "AccessDenied", "all of it " * 10_000))
    )
    assert in_one_line("one\n  line \x1b[31m") == "one line ?[31m"


@pytest.mark.parametrize("html", ["<html><body>Sign in</body></html>", "<!doctype html><p>Sign in<br></html>"])
@pytest.mark.parametrize("status", [200, 407])
def test_a_page_in_place_of_an_answer_is_not_taken_for_one(
    said: Callable[..., list[str]], status: int, html: str
) -> None:
    page = Page(status, "", html)
    for text in said(sqs=page) + said(s3=page):
        assert "what answers there is not AWS" in text
        assert "check the network" in text
        assert "Sign in" not in text
    if status == 407:
        assert "a proxy that asks for a password (HTTP status 407)" in text


@pytest.mark.usefixtures("settings")
def test_an_answer_without_what_aws_always_says_is_none() -> None:
    with RefusingAws(sqs=Blank(200, "", "{}"), s3=Blank(200, "", "<html></html>")) as aws:
        queue, bucket = Queue.connect(aws.settings), Bucket.connect(aws.settings)
        for ask in (
            lambda: queue.send("body", {}),
            lambda: queue.send_all(["body"], {}),
            queue.depth,
            lambda: bucket.get("key"),
            lambda: bucket.put("key", b"content"),
            lambda: bucket.put_new("key", b"content"),
            lambda: bucket.exists("key"),
            lambda: list(bucket.list("")),
            lambda: bucket.names(""),
        ):
            with pytest.raises(FleetError, match="not AWS: its answer has no "):
                ask()
        assert check(aws.settings).keys() == {"queue_url", "bucket"}


@pytest.mark.usefixtures("settings")
def test_messages_that_the_queue_does_not_say_it_took_are_not_sent() -> None:
    taken = Blank(200, "", '{"Successful": [{"Id": "0", "MessageId": "x", "MD5OfMessageBody": "y"}]}')
    with (
        RefusingAws(sqs=taken, s3=taken) as aws,
        pytest.raises(FleetError, match="cannot send 2 of 3 messages: the queue does not say why"),
    ):
        Queue.connect(aws.settings).send_all(["one", "two", "three"], {})


@pytest.mark.parametrize(("status", "words"), [(407, "asks for a password"), (418, "418")])
def test_a_refusal_without_a_code_names_its_status(said: Callable[..., list[str]], status: int, words: str) -> None:
    assert all(words in text for text in said(s3=Blank(status, "", "<a></a>")) + said(sqs=Blank(status, "", "")))


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def url(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.thorough
def test_a_command_says_that_nobody_answers_and_goes_on_waiting(settings: Settings, silent: socket.socket) -> None:
    command = [sys.executable, "-m", "spotmc.cli", "jobs"]
    environment = {**os.environ, "AWS_ENDPOINT_URL": url(silent)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stderr is not None
        assert child.stderr.readline() == f"no answer from {url(silent)} yet, still trying\n"
        assert child.poll() is None
        child.kill()


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "HeadObject", "PutObject", "SendMessageBatch"])
def test_whatever_is_asked_there_is_a_word_within_seconds(operation: str, *, answered: bool) -> None:
    seconds = silence.patience(operation, b'{"at": 5}', answered=answered)
    assert seconds is not None
    assert seconds < 4, "a command takes a second to start"
    assert silence.patience("PutObject", b"x" * 2**24, answered=answered) == silence.LARGE_SECONDS


@pytest.fixture
def falls_silent() -> Iterator[str]:
    """Answers its first request, and nothing that comes after it; its address."""
    body = (
        b"<ListBucketResult><Name>results</Name><Contents><Key>submissions/0000000000000-AAPL-0123456789ab</Key><ETag>x</ETag>"
        b"<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(2**16)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

        threading.Thread(target=answer, daemon=True).start()
        yield url(server)


@pytest.mark.thorough
def test_a_command_says_that_nobody_answers_any_more(settings: Settings, falls_silent: str) -> None:
    environment = {**os.environ, "AWS_ENDPOINT_URL": falls_silent}
    with subprocess.Popen(
        [sys.executable, "-m", "spotmc.cli", "jobs"], stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        assert child.stderr is not None
        assert child.stderr.readline() == f"no answer from {falls_silent} yet, still trying\n"
        child.kill()


def test_a_long_poll_is_silent_by_design(
    queue: Queue, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(silence, "FIRST_SECONDS", 0.05)
    with caplog.at_level(logging.WARNING):
        assert Queue.connect(settings).receive(wait_seconds=1, visibility_seconds=1) == []
    assert caplog.text == ""


def test_a_page_waits_for_no_second_try(settings: Settings, silent: socket.socket) -> None:
    found = check(replace(settings, endpoint_url=url(silent)), for_a_page=True)
    assert found.keys() == {"queue_url", "bucket"}
    assert all("no answer" in text for text in found.values())
    silent.setblocking(False)
    for _ in found:
        silent.accept()[0].close()
    with pytest.raises(BlockingIOError):
        silent.accept()
