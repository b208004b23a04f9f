"""The services of a world over HTTP, and traders that are processes: they are killed where the world says so."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests import alpaca_server
from tests.alpaca_server import Do
from tests.http_service import Answer, HttpService, NoAnswerError, Request
from tests.trader_soak.broker import as_it_came, told_as
from tests.trader_soak.faults import BROKER, BUCKET
from tests.trader_soak.world import Killed, LostError, World

IDLE = 6  # looks at the clock without anything written or sent, after which time passes until something happens


class Network:
    """Serves a world while the ``with`` block lasts.

    Attributes:
        process: Which is killed where the world says so.
    """

    def __init__(self, world: World) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._world, self._idle = world, 0
        self._bucket = HttpService(self._of_bucket, keep_alive=True)

    def __enter__(self) -> "Network":
        self._bucket.__enter__()
        self._world.server.interfere = self._of_broker
        return self

    def __exit__(self, *raised: object) -> None:
        self._bucket.__exit__(None, None, None)

    def start(self, command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
        """A Python module with its arguments, which finds bucket and broker here."""
        environment = {
            **os.environ,
            **self._world.server.environment,
            "AWS_ENDPOINT_URL": self._bucket.url,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_REGION": "us-east-1",
            "SPOTMC_BUCKET": BUCKET,
            "SPOTMC_QUEUE_URL": "http://127.0.0.1/123456789012/none",
        }
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command], stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment
            )
        return self.process

    def _of_bucket(self, request: Request) -> Answer:
        if request.method in {"PUT", "DELETE"} and not request.path.endswith("/lease.json"):
            self._idle = 0
        return self._carried(BUCKET, request)

    def _of_broker(self, asked: alpaca_server.Request, do: Do) -> alpaca_server.Answer | None:
        del do
        if asked.method != "GET":
            self._idle = 0
        elif asked.path == "/v2/clock":
            self._idle += 1
            if self._idle > IDLE:
                self._idle = 0
                self._world.pass_until_something_happens()
        try:
            return told_as(self._carried(BROKER, as_it_came(asked)))
        except NoAnswerError:
            return None

    def _carried(self, service: str, request: Request) -> Answer:
        try:
            return self._world.carry(service, request)
        except LostError as lost:
            raise NoAnswerError from lost
        except Killed as killed:
            assert self.process is not None
            self.process.kill()
            self.process.wait()
            raise NoAnswerError from killed
