"""AWS as it answers when something is wrong: SQS in JSON, S3 in XML, over HTTP on 127.0.0.1."""

import json
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from fleet.settings import Settings


@dataclass(frozen=True)
class Refusal:
    """What is answered to every request.

    Attributes:
        status: Of HTTP.
        code: Such as AccessDenied.
        message: AWS's sentence.
        more: Further elements of S3's answer.
        headers: Further headers.
    """

    status: int
    code: str
    message: str
    more: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> bytes:
        return json.dumps({"__type": f"com.amazonaws.sqs#{self.code}", "message": self.message}).encode()

    def as_xml(self) -> bytes:
        elements = {"Code": self.code, "Message": self.message, **self.more, "RequestId": "4442587FB7D0A2F9"}
        inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
        return f'<?xml version="1.0" encoding="UTF-8"?><Error>{inner}</Error>'.encode()


class Blank(Refusal):
    """What is not AWS's: its ``message`` is the whole answer."""

    def as_json(self) -> bytes:
        return self.message.encode()

    def as_xml(self) -> bytes:
        return self.message.encode()


class Page(Blank):
    """What a proxy answers: a page of HTML."""


class RefusingAws:
    """Answers everything with one refusal while the block lasts.

    Args:
        sqs, s3: What each says.
        seconds_ahead: How much AWS's clock is ahead of this machine's.
    """

    def __init__(self, *, sqs: Refusal, s3: Refusal, seconds_ahead: float = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(sqs, s3, seconds_ahead))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def settings(self) -> Settings:
        url = f"http://127.0.0.1:{self._server.server_port}"
        return Settings(region="us-east-1", queue_url=f"{url}/123456789012/jobs", bucket="results", endpoint_url=url)


def _handler(sqs: Refusal, s3: Refusal, seconds_ahead: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            to_sqs = "X-Amz-Target" in self.headers
            refusal = sqs if to_sqs else s3
            content = refusal.as_json() if to_sqs else refusal.as_xml()
            self.send_response(refusal.status)
            of_aws = "application/x-amz-json-1.0" if to_sqs else "application/xml"
            self.send_header("Content-Type", "text/html; charset=utf-8" if isinstance(refusal, Page) else of_aws)
            for name, value in refusal.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":  # the answer to that has no body
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(time.time() + seconds_ahead, usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
