"""A request and its answer, between Tornado's connections and the application, which speaks WSGI."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from io import BytesIO
from time import monotonic
from typing import Any
from urllib.parse import unquote_to_bytes

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from werkzeug.exceptions import BadRequest, RequestHeaderFieldsTooLarge, ServiceUnavailable

from webui.shared_look import ARRIVED

PIECE_BYTES = 65_536  # of an answer
MOST_HEAD_BYTES = 65_536
# More than the application takes: it says itself what is too large, but need not have it all.
MOST_BODY_BYTES = 6_000_000
SMALL_BODY_BYTES = 600_000  # what each request may have; what is beyond that, all of them share

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

_HOST = r"[\w.~%:\[\]-]+"


class Room:
    """Memory for what is large: files of prices, of which a stranger could send as many as there are connections.

    Args:
        size: Bytes.
    """

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int) -> bool:
        """Whether there is so much; then it is taken."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give_back(self, size: int) -> None:
        self._left += size


class Request(HTTPMessageDelegate):
    """What comes on a connection until the request is whole.

    Args:
        connection: On which it comes.
        take: Called with it when it is whole.
        room: For what is beyond SMALL_BODY_BYTES.
    """

    def __init__(self, connection: HTTP1Connection, take: Callable[["Request"], object], room: Room) -> None:
        self.connection = connection
        self._take, self._room = take, room
        self._body, self._length = bytearray(), 0
        self._taken = 0
        self._has_no_room = False

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, RequestStartLine)
        self._line, self._headers = start_line, headers

    def data_received(self, chunk: bytes) -> None:
        self._length += len(chunk)
        kept = chunk[: max(0, MOST_BODY_BYTES - len(self._body))]
        beyond = max(0, len(self._body) + len(kept) - max(SMALL_BODY_BYTES, len(self._body)))
        if not self._room.take(beyond):
            self._has_no_room = True
            return
        self._taken += beyond
        self._body += kept

    def finish(self) -> None:
        self._arrived = monotonic()
        self._take(self)

    def on_connection_close(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Make room for others: it is answered, or nobody waits for that any more."""
        self._body.clear()
        self._room.give_back(self._taken)
        self._taken = 0

    def __str__(self) -> str:
        return f"{self._line.method} {self._line.path.partition('?')[0]}"

    @property
    def refusal(self) -> Application | None:
        """What answers in the application's place, if it cannot be asked this."""
        head = [*self._line, *(text for field in self._headers.get_all() for text in field)]
        if sum(map(len, head)) > MOST_HEAD_BYTES:
            return RequestHeaderFieldsTooLarge()
        if self._line.version != "HTTP/1.0" and not re.fullmatch(_HOST, self._target[0], re.ASCII):
            return BadRequest("The request does not say, or not clearly, which host it is for.")
        if self._has_no_room:
            return ServiceUnavailable("Others are sending large files just now: please send it once more.")
        return None

    @property
    def environ(self) -> Environ:
        """By WSGI."""
        host, path, query = self._target
        headers = {f"HTTP_{name.replace('-', '_').upper()}": value for name, value in self._headers.items()}
        more = {}
        if headers.pop("HTTP_TRANSFER_ENCODING", None):  # that is over
            more["CONTENT_LENGTH"] = str(self._length)
        for name in ("CONTENT_LENGTH", "CONTENT_TYPE"):  # by these names alone
            if (value := headers.pop(f"HTTP_{name}", None)) is not None:
                more[name] = value
        if host:
            headers["HTTP_HOST"] = host
        context: Any = self.connection.context
        return {
            "REQUEST_METHOD": self._line.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path.encode("latin1")).decode("latin1"),
            "QUERY_STRING": query,
            "REMOTE_ADDR": context.remote_ip,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443" if context.protocol == "https" else "80",
            "SERVER_PROTOCOL": self._line.version,
            ARRIVED: self._arrived,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": context.protocol,
            "wsgi.input": BytesIO(self._body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **more,
            **headers,
        }

    @property
    def _target(self) -> tuple[str, str, str]:
        """Host, path and query.  The path may come with a host, which counts (RFC 9112, 3.2.2)."""
        path, _, query = self._line.path.partition("?")
        host = self._headers.get("Host", "")
        if whole := re.fullmatch(r"https?://([^/]+)(.*)", path, re.IGNORECASE):
            host, path = whole[1], whole[2] or "/"
        return re.sub(r"\.(?=(:\d*)?$)", "", host.lower()), path, query


class Answer:
    """What the application answers to one request, some of it at a time; its methods are for threads.

    Attributes:
        line, headers: Of the answer, once it has begun.
        ended: Whether all of it is there, or nobody wants any more.
    """

    line: ResponseStartLine
    headers: HTTPHeaders

    def __init__(self) -> None:
        self.ended = False
        self._content: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())

    def begin(self, application: Application, environ: Environ) -> bytes:
        """The first bytes; line and headers are known then."""
        self._content = application(environ, self._start)
        self._chunks = iter(self._content)
        return self.go_on()

    def go_on(self) -> bytes:
        """The next bytes: some PIECE_BYTES, or what the application gave at once if that is more."""
        gathered, size = [], 0
        for chunk in self._chunks:
            gathered.append(chunk)
            size += len(chunk)
            if size >= PIECE_BYTES:
                break
        else:
            self.end()
        return b"".join(gathered)  # does not copy a single one

    def end(self) -> None:
        """Let the application forget it, and forget what it gave."""
        self.ended = True
        content, self._content, self._chunks = self._content, (), iter(())
        if hasattr(content, "close"):  # by WSGI it need not have it
            content.close()

    def _start(self, status: str, headers: list[tuple[str, str]], error: object = None) -> None:
        code, _, reason = status.partition(" ")
        self.line = ResponseStartLine("HTTP/1.1", int(code), reason)
        self.headers = HTTPHeaders()
        for name, value in headers:
            self.headers.add(name, value)
        self.headers.setdefault("Date", formatdate(usegmt=True))
