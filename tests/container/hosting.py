"""``serve`` as a process on artefacts, and a client that speaks HTTP to it."""

import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from container.opt_ml import STRATEGY_FILE
from montecarlo.strategies import Strategy
from montecarlo.strategies.ml_forecast import MODEL_FILE, MlForecast
from montecarlo.trained import Barrier, TrainedModel
from spotmc.local_stack.processes import Child, start, stop, wait_until
from tests.montecarlo.any_forecast import TRAINED_ON, forecast_of, random_logistic, random_trees

PATIENCE = 120  # seconds
CSV, JSON = "text/csv", "application/json"


def both_sides() -> MlForecast:
    """Trees for one side and a regression for the other."""
    random = np.random.default_rng(11)
    forecasts = forecast_of(random_trees(random, 8, count=20)), forecast_of(random_logistic(random, 8), threshold=0.6)
    return MlForecast(TrainedModel("both", 8, Barrier(), *forecasts, trained_on=TRAINED_ON, made_by="numpy"))


def artefacts(folder: Path, strategy: Strategy) -> Path:
    """Those of a job with this strategy, as they lie below the folder; which is given back."""
    model = folder / "model"
    model.mkdir(parents=True)
    (model / STRATEGY_FILE).write_text(json.dumps(strategy.to_dict()))
    if isinstance(strategy, MlForecast):
        (model / MODEL_FILE).write_bytes(strategy.at_hand.to_json())
    return folder


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    type: str
    body: bytes
    attributes: str | None

    @property
    def value(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        return str(self.value["error"])


@dataclass(frozen=True)
class Endpoint:
    """A process that serves."""

    port: int
    child: Child

    def ask(
        self,
        body: bytes | str | object,
        given: str | None = JSON,
        path: str = "/invocations",
        method: str = "POST",
        **headers: str,
    ) -> Answered:
        """
        Args:
            body: Bytes or text as they are, anything else as JSON.
            given: Its type.
            headers: With underscores for dashes.
        """
        content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else json.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, content, sent | ({"Content-Type": given} if given else {}))
            answer = connection.getresponse()
            attributes = answer.headers["X-Amzn-SageMaker-Custom-Attributes"]
            return Answered(answer.status, answer.headers["Content-Type"], answer.read(), attributes)
        finally:
            connection.close()

    def pings(self) -> bool:
        """Whether it answers a ping."""
        try:
            return self.ask(b"", None, "/ping", "GET").status == 200
        except OSError:
            return False

    def send(self, content: bytes) -> socket.socket:
        """A client that has sent this."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        client.sendall(content)
        return client

    def end(self) -> int:
        """Its exit code after SIGTERM."""
        self.child.process.send_signal(signal.SIGTERM)
        return self.child.process.wait(PATIENCE)


@contextmanager
def endpoint(root: Path, port: int, **environment: str) -> Iterator[Endpoint]:
    """``serve`` on the artefacts below a folder, while the block lasts."""
    before = dict(os.environ)
    os.environ.update({"SPOTMC_OPT_ML": str(root), "SPOTMC_BIND": f"127.0.0.1:{port}", **environment})
    try:
        child = start("serve", ["container", "serve"], root)
    finally:
        os.environ.clear()
        os.environ.update(before)
    try:
        found = Endpoint(port, child)
        wait_until(found.pings, child)
        yield found
    finally:
        stop([child])
