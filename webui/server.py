"""The web UI on Tornado: who is slow waits in the event loop, and holds up nobody.

The application's threads work out the next bytes of an answer once the whole request is there, and never wait for a
client.  Clients must be through with a request's head, with its body, and with each piece of the answer in time; when
there are very many connections, the one that has kept us waiting longest makes room for another.
"""

import asyncio
import logging
import resource
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import formatdate
from typing import Any, TypeVar, cast

from tornado.gen import with_timeout
from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError
from tornado.wsgi import WSGIContainer

from fleet.errors import SettingsError

THREADS = 16  # one is busy for as long as a price history is fetched
HEAD_SECONDS = 15.0  # from connecting, or from the last answer, to the end of a request's head
BODY_SECONDS = 30.0
PIECE_SECONDS = 30.0  # to take PIECE_BYTES of an answer
PIECE_BYTES = 65_536
MOST_BODY_BYTES = 600_000  # the application says kindly what is too large for it, up to this
MOST_CONNECTIONS = 600  # a stranger can have us keep so many bodies
GRACE_SECONDS = 3.0  # for what is still asked when it is told to stop
DESCRIPTORS = 4 * MOST_CONNECTIONS  # open files, if the system lets us

log = logging.getLogger(__name__)

T = TypeVar("T")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def tls(certificate: str) -> ssl.SSLContext:
    """How to speak HTTPS with a PEM file of a certificate chain and its key.

    Raises:
        SettingsError: there is no such thing in it.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate)
    except OSError as error:
        raise SettingsError(
            f"{certificate} must have a certificate, those that vouch for it and its key, as PEM ({error})"
        ) from error
    return context


def serve(application: Application, listener: socket.socket, context: ssl.SSLContext | None) -> None:
    """Answer until SIGINT or SIGTERM comes, in the main thread; threads may still be at work then.

    Args:
        application: By WSGI.
        listener: Bound and listening.
        context: None for plain HTTP.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(DESCRIPTORS, hard)), hard))
    # It warns of every client that breaks a rule of HTTP or TLS, of which the internet is full.
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    listener.setblocking(False)
    asyncio.run(_serve(application, listener, context))


async def _serve(application: Application, listener: socket.socket, context: ssl.SSLContext | None) -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    server = Server(application, context)
    server.add_socket(listener)
    await told.wait()
    server.stop()
    await server.finish()


class Server(HTTPServer):
    """Serves one application; it is told of its listener by ``add_socket``.

    Args:
        application, context: As ``serve`` has them.
    """

    def initialize(self, application: Application, context: ssl.SSLContext | None) -> None:  # type: ignore[override]
        self._application = application
        self._environ = WSGIContainer(application).environ
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
        self._answering: set[asyncio.Task[None]] = set()
        self._waiting_for: dict[IOStream, None] = {}  # clients that have something to send or to take, in this order
        super().initialize(
            self._take,
            ssl_options=context,
            idle_connection_timeout=HEAD_SECONDS,
            body_timeout=BODY_SECONDS,
            max_body_size=MOST_BODY_BYTES,
        )

    async def finish(self) -> None:
        """Answer what was asked, as far as that takes GRACE_SECONDS, and let go of all connections."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=GRACE_SECONDS)
        await self.close_all_connections()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        self._waiting_for[stream] = None
        if len(self._connections) >= MOST_CONNECTIONS:
            longest = next(iter(self._waiting_for))
            del self._waiting_for[longest]  # at once, because others that have just come need one each
            longest.close()
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:
        self._waiting_for.pop(server_conn.stream, None)
        super().on_close(server_conn)

    def _take(self, request: HTTPServerRequest) -> None:
        task = asyncio.create_task(self._answer(request, cast(HTTP1Connection, request.connection)))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, request: HTTPServerRequest, connection: HTTP1Connection) -> None:
        self._waiting_for.pop(connection.stream, None)
        request.host = "localhost"  # a port that is no number is for the application to refuse, which has the header
        environ = self._environ(request) | {"wsgi.input_terminated": True}  # the whole body is there, however it came
        answer = _Answer()
        try:
            pieces = _cut(await self._in_thread(lambda: answer.begin(self._application, environ)))
            self._waiting_for[connection.stream] = None
            await _in_time(connection.write_headers(answer.line, answer.headers, next(pieces, b"")))
            while True:
                for piece in pieces:
                    await _in_time(connection.write(piece))
                if answer.ended:
                    break
                pieces = _cut(await self._in_thread(answer.go_on))
            connection.finish()
        except Exception as error:
            if not isinstance(error, StreamClosedError | TimeoutError):  # not a client that leaves, or does not read
                log.exception("%s %s was not answered to the end", request.method, request.path)
            connection.close()
            if not answer.ended:
                await self._in_thread(answer.end)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


class _Answer:
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

    def begin(self, application: Application, environ: dict[str, Any]) -> bytes:
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
        self.headers = HTTPHeaders({"Date": formatdate(usegmt=True)})
        for name, value in headers:
            self.headers.add(name, value)


def _cut(piece: bytes) -> Iterator[bytes]:
    """As much of it at a time as a client has PIECE_SECONDS for."""
    return (piece[start : start + PIECE_BYTES] for start in range(0, len(piece), PIECE_BYTES))


async def _in_time(written: Awaitable[None]) -> None:
    """
    Raises:
        TimeoutError: the client is slower than it may be.
        StreamClosedError: it has left.
    """
    await with_timeout(timedelta(seconds=PIECE_SECONDS), written, quiet_exceptions=StreamClosedError)
