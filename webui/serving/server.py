"""The web UI on Tornado: who is slow waits in the event loop, and holds up nobody.

The application's threads work out the next bytes of an answer once the whole request is there, and never wait for a
client.  Clients must be through with a request's head, with its body, and with each piece of the answer in time; when
there are very many connections, the one that has kept us waiting longest makes room for another.
"""

import asyncio
import logging
import re
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar, cast

from tornado.gen import with_timeout
from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection
from tornado.iostream import IOStream, StreamClosedError

from fleet.errors import SettingsError
from webui.serving.wsgi import MOST_HEAD_BYTES, PIECE_BYTES, Answer, Application, Environ, Request, Room

THREADS = 16  # one is busy for as long as a price history is fetched, or a bucket says nothing
WATCHING_THREADS = 6  # for open pages, which look again and again how far a job is: nobody who acts waits for them
QUICK_THREADS = 4  # for what needs neither
HEAD_SECONDS = 15.0  # from connecting, or from the last answer, to the end of a request's head
BODY_SECONDS = 30.0
PIECE_SECONDS = 30.0  # to take PIECE_BYTES of an answer
MOST_CONNECTIONS = 600  # a stranger can have us keep so many bodies
LARGE_BYTES = 100_000_000  # for what is large of them, all together
GRACE_SECONDS = 3.0  # for what is still asked when it is told to stop
DESCRIPTORS = 4 * MOST_CONNECTIONS  # open files, if the system lets us

log = logging.getLogger(__name__)

T = TypeVar("T")


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
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
        self._watching_threads = ThreadPoolExecutor(WATCHING_THREADS, thread_name_prefix="web-watching")
        self._quick_threads = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix="web-quick")
        self._answering: set[asyncio.Task[None]] = set()
        self._room = Room(LARGE_BYTES)
        self._waiting_for: dict[IOStream, None] = {}  # clients that have something to send or to take, in this order
        super().initialize(
            self,
            ssl_options=context,
            idle_connection_timeout=HEAD_SECONDS,
            body_timeout=BODY_SECONDS,
            max_header_size=2 * MOST_HEAD_BYTES,  # beyond that it hangs up without a word
            max_body_size=sys.maxsize,  # it would, too; most of what is too large is not kept
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

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> Request:
        return Request(cast(HTTP1Connection, request_conn), self._take, self._room)

    def _take(self, request: Request) -> None:
        task = asyncio.create_task(self._answer(request))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, request: Request) -> None:
        connection, answer = request.connection, Answer()
        self._waiting_for.pop(connection.stream, None)
        threads = self._threads
        try:
            environ, application = request.environ, request.refusal or self._application
            if _asks_nobody(environ):
                threads = self._quick_threads
            elif _is_watching(environ):
                threads = self._watching_threads
            pieces = _cut(await _in(threads, lambda: answer.begin(application, environ)))
            self._waiting_for[connection.stream] = None
            await _in_time(connection.write_headers(answer.line, answer.headers, next(pieces, b"")))
            while True:
                for piece in pieces:
                    await _in_time(connection.write(piece))
                if answer.ended:
                    break
                pieces = _cut(await _in(threads, answer.go_on))
            connection.finish()
        except Exception as error:
            if not isinstance(error, StreamClosedError | TimeoutError):  # not a client that leaves, or does not read
                log.exception("%s was not answered to the end", request)
            connection.close()
            if not answer.ended:
                await _in(threads, answer.end)
        finally:
            request.forget()


def _asks_nobody(environ: Environ) -> bool:
    """Whether it needs neither queue nor bucket nor prices: the files of pages, log-in, and the form for other ones."""
    path = environ["PATH_INFO"]
    if path == "/configuration":
        return environ["REQUEST_METHOD"] in ("GET", "HEAD")
    return path.startswith("/static/") or path in (
        "/plotly.min.js",
        "/login",
        "/logout",
        "/healthz",
        "/api/openapi.json",
    )


def _is_watching(environ: Environ) -> bool:
    """Whether a page asks by itself, as long as it is open, how far a job is or what has changed."""
    watched = re.fullmatch(r"/api/jobs/[^/]+(/so-far)?|/jobs/rows|/fleet/parts", environ["PATH_INFO"])
    return environ["REQUEST_METHOD"] == "GET" and watched is not None


async def _in(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, work)


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
