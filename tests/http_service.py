"""What stands in for a service of AWS: a function behind HTTP, which may pass requests on to the emulator."""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

HOST = "127.0.0.1"
XML = {"Content-Type": "text/xml"}

_OF_THE_CONNECTION = {"connection", "content-length", "host"}


@dataclass(frozen=True)
class Request:
    """As it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """What a form in its body says; of anything else nothing that means anything."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What is sent back; its length is added."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: XML)


class NoAnswerError(Exception):
    """Raised by what answers, to break the connection instead."""


class HttpService:
    """Listens on a free port of this machine while the ``with`` block lasts.

    Args:
        answer: What to say to a request; called by several threads.
        keep_alive: Whether a connection serves many requests, and a client that asks before it sends a body is told
            to go on.

    Attributes:
        url: Where it listens.
    """

    def __init__(self, answer: Callable[[Request], Answer], *, keep_alive: bool = False) -> None:
        self._server = ThreadingHTTPServer((HOST, 0), _handler(answer, "HTTP/1.1" if keep_alive else "HTTP/1.0"))
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name=type(self).__name__)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def passed_on(request: Request, to: str) -> Answer:
    """What another service says to the same request.

    Args:
        request: The request.
        to: Address of the service.
    """
    kept = {name: value for name, value in request.headers.items() if name.lower() not in _OF_THE_CONNECTION}
    asked = urllib.request.Request(f"{to}{request.path}", request.body or None, kept, method=request.method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as told:
            return Answer(told.status, told.read(), {"Content-Type": told.headers["Content-Type"] or "text/xml"})
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(), {"Content-Type": error.headers["Content-Type"] or "text/xml"})


def _handler(answer: Callable[[Request], Answer], version: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = version
        disable_nagle_algorithm = True  # or each answer of two packets waits for an acknowledgement

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                told = answer(Request(self.command, self.path, dict(self.headers), body))
            except NoAnswerError:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in {**told.headers, "Content-Length": str(len(told.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(told.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = reply  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler
