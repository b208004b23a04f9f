"""The services of a world over HTTP and HTTPS, and a trader that is a process, killed where the world says so."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from tests import alpaca_server
from tests.alpaca_server import AlpacaServer, Do
from tests.http_service import Answer, HttpService, NoAnswerError, Request
from tests.trader_soak.broker import as_it_came, told_as
from tests.trader_soak.faults import BROKER, BUCKET
from tests.trader_soak.world import Killed, LostError, World

FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(["tests.trader_soak.process"])

IDLE = 6  # looks at the clock without anything written or sent, after which time passes until something happens


class Network:
    """Serves a world to one process while the ``with`` block lasts; several may serve the same world.

    Args:
        world: Which is served.
        name: Of the process; threads that do what it asks are called so.
    """

    def __init__(self, world: World, name: str = "") -> None:
        self._process: subprocess.Popen[bytes] | BaseProcess | None = None
        self._world, self._name, self._idle, self._told = world, name, 0, False
        self._bucket = HttpService(self._of_bucket, keep_alive=True)
        self._folder = TemporaryDirectory()
        self._broker = AlpacaServer(world.exchange, Path(self._folder.name))
        self._broker.interfere = self._of_broker

    def __enter__(self) -> Self:
        self._bucket.__enter__()
        self._broker.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()
        self._broker.__exit__(kind, error, trace)
        self._folder.cleanup()
        self._bucket.__exit__(kind, error, trace)

    def start(self, command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
        """A Python module with its arguments, which finds bucket and broker here, and is killed where a fault says so.

        It is told to end once the world's days are over.
        """
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environment},
            )
        self._told = False
        return self._process

    def fork(self, target: Callable[..., object], *arguments: object) -> BaseProcess:
        """A function in a process that is forked from one that has imported it already, in place of a command.

        Args:
            target: What it does; its first argument are the variables with which it finds bucket and broker here.
            arguments: The others.
        """
        self._process = FORKING.Process(target=target, args=(self.environment, *arguments))
        self._process.start()
        return self._process

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables with which a process asks here."""
        return {
            **self._broker.environment,
            "AWS_ENDPOINT_URL": self._bucket.url,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_REGION": "us-east-1",
            "SPOTMC_BUCKET": BUCKET,
            "SPOTMC_QUEUE_URL": "http://127.0.0.1/123456789012/none",
        }

    def _of_bucket(self, request: Request) -> Answer:
        if request.method in {"PUT", "DELETE"} and not request.path.endswith("/lease.json"):
            self._idle = 0
        return self._carried(BUCKET, request)

    def _of_broker(self, asked: alpaca_server.Request, do: Do) -> alpaca_server.Answer | None:
        del do  # the world asks the broker itself
        self._let_time_pass(asked)
        try:
            return told_as(self._carried(BROKER, as_it_came(asked)))
        except NoAnswerError:
            return None

    def _let_time_pass(self, asked: alpaca_server.Request) -> None:
        if asked.method != "GET":
            self._idle = 0
        elif asked.path == "/v2/clock":
            self._idle += 1
        if self._world.over and not self._told:
            self._told = True
            assert self._process is not None
            self._process.terminate()
        elif self._idle > IDLE:
            self._idle = 0
            self._world.pass_until_something_happens()

    def _carried(self, service: str, request: Request) -> Answer:
        threading.current_thread().name = self._name
        try:
            return self._world.carry(service, request)
        except LostError as lost:
            raise NoAnswerError from lost
        except Killed as killed:
            self._kill()
            raise NoAnswerError from killed

    def _kill(self) -> None:
        if isinstance(self._process, subprocess.Popen):
            self._process.kill()
            self._process.wait()
        elif self._process:
            self._process.kill()
            self._process.join()
