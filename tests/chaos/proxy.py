"""A proxy between workers and the emulator that knows what each request means and does to it what the rules say."""

import json
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.chaos import faults
from tests.chaos.deliveries import Deliveries
from tests.chaos.faults import Decision, Moment, Rule, WorkerFault, decide
from tests.chaos.operations import Operation, operation
from tests.chaos.refusals import on_the_wire

HOST = "127.0.0.1"

Hit = Callable[[str, WorkerFault, random.Random], None]
"""Does a fault to the worker of a name; what remains to be chosen is thrown with the dice."""

# Headers of one connection, which the next has of its own.
_OF_THE_CONNECTION = {
    "host",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "date",
    "server",
    "expect",
}


class Answer(NamedTuple):
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Proxy:
    """On a free port of this machine while the ``with`` block lasts.

    Args:
        emulator_port: Where requests are passed on to.
        queue: Name of the work queue.
        seed: Of all that is random.
        hit: What does a fault to a worker.

    Attributes:
        rules: May be changed at any time.
        struck: How often each rule struck.
        asked: How often each worker asked for each operation.
        deliveries: Of the work queue's messages.
    """

    def __init__(self, emulator_port: int, queue: str, seed: str, hit: Hit) -> None:
        self.rules: Sequence[Rule] = ()
        self.struck: Counter[Rule] = Counter()
        self.asked: Counter[tuple[str, str]] = Counter()
        self.deliveries = Deliveries()
        self._emulator_port, self._queue, self._seed, self._hit = emulator_port, queue, seed, hit
        self._began: float | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server((HOST, 0), self._handler())
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="proxy")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, seconds: float) -> None:
        """No longer than the proxy lasts."""
        self._closing.wait(seconds)

    def decide(self, asked: Operation) -> Decision | None:
        """Which rule strikes, if any."""
        with self._lock:
            if self._began is None and asked.name == "ReceiveMessage":
                self._began = time.monotonic()
            elapsed = -1.0 if self._began is None else time.monotonic() - self._began
            nth = self.asked[asked.worker, asked.name]
            self.asked[asked.worker, asked.name] += 1
            decision = decide(self.rules, asked, seed=self._seed, nth=nth, elapsed=elapsed, struck=self.struck)
            if decision:
                self.struck[decision.rule] += 1
            return decision

    def hit(self, asked: Operation, decision: Decision) -> None:
        """Do a fault to the worker that asked."""
        assert isinstance(decision.rule.fault, WorkerFault)
        self._hit(asked.worker, decision.rule.fault, decision.dice)

    def do(self, asked: Operation, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Pass the request on, and note what it did."""
        answer = self._forward(method, target, headers, body)
        if answer.status != 200:
            return answer
        now = time.monotonic()
        with self._lock:
            if asked.name == "ReceiveMessage" and asked.key == self._queue:
                self.deliveries.record(answer.body, asked.worker, now)
            elif asked.name == "DeleteMessage" or asked.hidden_for == 0:
                self.deliveries.settle(asked.handle, now)
        return answer

    def expose(self, headers: Mapping[str, str], asked: bytes, received: bytes) -> None:
        """Make visible again what was just received, with the headers and the body of the request for it."""
        for message in json.loads(received).get("Messages", []):
            request = {
                "QueueUrl": json.loads(asked)["QueueUrl"],
                "ReceiptHandle": message["ReceiptHandle"],
                "VisibilityTimeout": 0,
            }
            theirs = {**headers, "x-amz-target": "AmazonSQS.ChangeMessageVisibility"}
            self._forward("POST", "/", theirs, json.dumps(request).encode())

    def _forward(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = HTTPConnection(HOST, self._emulator_port)
        try:
            theirs = {name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION}
            connection.request(method, target, body, theirs)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def _handler(self) -> type["_Handler"]:
        return type("Handler", (_Handler,), {"proxy": self})


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A worker that was killed breaks its connections; anything else is a mistake of ours.
        if not isinstance(sys.exc_info()[1], ConnectionError | HTTPException):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        proxy, headers = self.proxy, {name.lower(): value for name, value in self.headers.items()}
        length = int(headers.get("content-length", 0))
        # The body says what a request to SQS is about; for S3 it is not needed, so an upload can break in its middle.
        body = self._read(length) if "x-amz-target" in headers else None
        asked = operation(self.command, self.path, headers, body or b"", datetime.now(UTC))
        if asked.handle:
            asked = replace(asked, stale=proxy.deliveries.stale(asked.handle))
        decision = proxy.decide(asked)
        if decision and isinstance(decision.rule.fault, faults.CutUpload):
            self.rfile.read(length // 2)
            self._break()
            return
        whole = self._read(length) if body is None else body

        def done() -> Answer:
            return proxy.do(asked, self.command, self.path, headers, whole)

        if decision is None:
            self._answer(done())
            return
        match decision.rule.fault:
            case faults.Refuse(refusal):
                self._answer(Answer(*on_the_wire(refusal, asked.service)))
            case faults.Pretend():
                self._answer(Answer(200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}"))
            case faults.Delay(seconds):
                proxy.wait(seconds)
                self._answer(done())
            case faults.Repeat():
                done()
                self._answer(done())
            case faults.Expose():
                answer = done()
                proxy.expose(headers, whole, answer.body)
                self._answer(answer)
            case faults.LoseAnswer(seconds):
                done()
                proxy.wait(seconds)
                self._break()
            case faults.CutAnswer():
                self._answer(done(), cut=True)
            case faults.Signal(moment=Moment.BEFORE | Moment.AFTER as moment):
                if moment is Moment.AFTER:
                    done()
                proxy.hit(asked, decision)
                self._break()
            case _:
                self._answer(done())
                proxy.hit(asked, decision)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST  # noqa: N815

    def _read(self, length: int) -> bytes:
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError("killed in the middle of a request")
        return body

    def _answer(self, answer: Answer, *, cut: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _OF_THE_CONNECTION:
                self.send_header(name, value)
        # The answer to HEAD tells the length of what it does not carry.
        length = answer.headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(answer.body))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        if cut:
            self._break()

    def _break(self) -> None:
        """Reset the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what is worth knowing is counted."""
