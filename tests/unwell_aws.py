"""AWS when it has too much to do: in front of the emulator, it refuses requests at first, or is slow to change a fleet.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
"""

import urllib.error
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

REFUSED = (
    b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error>"
    b"</Errors><RequestID>4442587F</RequestID></Response>"
)


class UnwellAws:
    """Listens on a free port of this machine while the ``with`` block lasts.

    Args:
        emulator: Its address.

    Attributes:
        url: Its own.
        refuse: How often each action is still refused, by its name.
        modifying: How often a Spot Fleet is still said to be in the state "modifying".
        asked: How often each action was asked for, refused or not.
        answered: How often it was answered.
        parameters: What each action was last asked with.
    """

    def __init__(self, emulator: str) -> None:
        self.refuse: Counter[str] = Counter()
        self.modifying = 0
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.parameters: dict[str, dict[str, str]] = {}
        self._emulator, self._lock = emulator, Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _is_refused(self, action: str) -> bool:
        with self._lock:
            self.asked[action] += 1
            refused = self.refuse[action] > 0
            (self.refuse if refused else self.answered)[action] += -1 if refused else 1
            return refused

    def _is_modifying(self, action: str) -> bool:
        with self._lock:
            modifying = action == "DescribeSpotFleetRequests" and self.modifying > 0
            self.modifying -= modifying
            return modifying

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parameters = dict(parse_qsl(body.decode(errors="replace")))
                action = parameters.get("Action", "")
                service.parameters[action] = parameters
                status, content = 503, REFUSED
                if not service._is_refused(action):
                    status, content = self._forward(body)
                if service._is_modifying(action):
                    content = content.replace(b"RequestState>active<", b"RequestState>modifying<")
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _forward(self, body: bytes) -> tuple[int, bytes]:
                own = {"content-length", "host"}
                headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
                url = service._emulator + self.path
                request = urllib.request.Request(url, body or None, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request, timeout=60) as answer:
                        return answer.status, answer.read()
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code, error.read()

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler
