"""An AWS service that speaks the Query protocol, over HTTP: what is common to all its actions.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

HOST = "127.0.0.1"


class RefusedError(Exception):
    """An action was not done; the client is told a code and a message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class QueryServer:
    """A service on a free port of this machine, while the ``with`` block lasts; it does one request at a time.

    Args:
        act: Gets an action and its parameters, lists and structures as such; gives the result, or raises RefusedError.
    """

    def __init__(self, act: Callable[[str, dict[str, Any]], Mapping[str, Any]]) -> None:
        self._act, self._lock = act, Lock()
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="query service")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, body = answer(dict(parse_qsl(form, keep_blank_values=True)))
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        return Handler

    def _answer(self, form: dict[str, str]) -> tuple[int, bytes]:
        action, _ = form.pop("Action"), form.pop("Version")
        try:
            with self._lock:
                result = xml(self._act(action, structured(form)))
        except RefusedError as error:
            told = f"<Error><Type>Sender</Type>{xml({'Code': error.code, 'Message': error.message})}</Error>"
            return error.status, f"<ErrorResponse>{told}<RequestId>0</RequestId></ErrorResponse>".encode()
        body = f"<{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>"
        return 200, f"<{action}Response>{body}</{action}Response>".encode()


def structured(form: Mapping[str, str]) -> dict[str, Any]:
    """``Tags.member.1.Key`` and so on as lists and dictionaries."""
    found: dict[str, Any] = {}
    for name, value in form.items():
        here, *path = name.split(".")
        place = found
        for part in path:
            place = place.setdefault(here, {})
            here = part
        place[here] = value
    return {name: _lists(value) for name, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"}:
        return [_lists(each) for _, each in sorted(value["member"].items(), key=lambda item: int(item[0]))]
    return {name: _lists(each) for name, each in value.items()}


def xml(value: Any) -> str:
    """As the protocol writes it; what is None is left out."""
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{xml(each)}</{name}>" for name, each in value.items() if each is not None)
    if isinstance(value, list | tuple):
        return "".join(f"<member>{xml(each)}</member>" for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(value.isoformat() if isinstance(value, datetime) else str(value))
