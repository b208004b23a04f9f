"""Rate and latency of a hosted model, beside those of a view of Flask that returns a constant.

``python -m benchmarks.hosting`` measures this alone.  Each is served by one process of the same gunicorn, and asked the
same row of features: by one client, whose waits are the latencies, and then by several, which keep the process busy.
All take turns in each round.
"""

import argparse
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import numpy as np

import montecarlo as mc
from benchmarks.learned import LOGISTIC, SIDE, TREES, learned
from benchmarks.markdown import replace_between_marks, table
from container.opt_ml import STRATEGY_FILE
from montecarlo.experiments.parallel import available_cores
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained import decisions, features
from spotmc.local_stack.ports import HOST
from spotmc.local_stack.processes import running, wait_until

MARKS = "<!-- measured of hosting -->", "<!-- end of what is measured of hosting -->"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

ROUNDS = 15
REQUESTS, CLIENTS = 400, 4  # of one client in a round, and of how many at once thereafter
COMPARED = 200  # rows, whose answers must be the library's
LEAST_OF_CONSTANT = 0.5
CONSTANT_VIEW = "a view that returns a constant"

_HEAD = "POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


class WrongAnswerError(Exception):
    """What is served is not what the library says."""


@dataclass(frozen=True)
class Took:
    """
    Attributes:
        rates: Requests a second of each round, by CLIENTS at once.
        seconds: Of each request, by one client alone.
    """

    rates: list[float]
    seconds: list[float]


def report(rounds: int = ROUNDS) -> str:
    """Compare, measure, and show what was measured.

    Raises:
        WrongAnswerError: an answer is not the library's; nothing is shown.
    """
    busy = f"Load of the machine before the run: {os.getloadavg()[0]:.1f}, on {available_cores()} cores."
    rows = _rows()
    with servers() as ports:
        for name in (TREES, LOGISTIC):
            _compare(ports[name], name, rows)
        took = measure(ports, _request(rows[0].tolist()), rounds)
    yardstick = took[CONSTANT_VIEW].rates
    shown = []
    for name, each in took.items():
        ratio = median(one / other for one, other in zip(each.rates, yardstick, strict=True))
        met = "" if name == CONSTANT_VIEW else "yes" if ratio >= LEAST_OF_CONSTANT else "**no**"
        waits = [f"{1e3 * value:.2f}" for value in _quantiles(each.seconds)]
        shown.append((name, f"{median(each.rates):,.0f}", f"{ratio:.2f}", met, *waits))
    head = (
        "",
        f"requests a second, {CLIENTS} at once",
        "/ the constant",
        f"at least {LEAST_OF_CONSTANT:g}",
        "one at a time: median, ms",
        "95 %, ms",
        "99 %, ms",
    )
    return f"{busy}\n\n{table(head, shown)}"


@contextmanager
def servers() -> Iterator[dict[str, int]]:
    """Ports by name of what is served while the block lasts, each by one process."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = {}
        for name in (CONSTANT_VIEW, LOGISTIC, TREES):
            with socket.socket() as unused:
                unused.bind((HOST, 0))
                port = unused.getsockname()[1]
            address = f"{HOST}:{port}"
            command = ["container", "serve"]
            if name == CONSTANT_VIEW:
                command = ["benchmarks.constant_view", address]
            else:
                _artefacts(folder / name / "model", name)
            told = {"SPOTMC_OPT_ML": str(folder / name), "SPOTMC_BIND": address, "SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
            os.environ.update(told)
            [child] = stack.enter_context(running({name.replace(" ", "-"): command}, folder))
            wait_until(lambda port=port: _listens(port), child)  # type: ignore[misc]
            found[name] = port
        yield found


def measure(ports: Mapping[str, int], request: bytes, rounds: int) -> dict[str, Took]:
    """In so many rounds all take turns; the first is not counted."""
    took = {name: Took([], []) for name in ports}
    for number in range(1 + rounds):
        for name, port in ports.items():
            seconds = _ask_again(port, request, REQUESTS)
            began = time.perf_counter()
            with ThreadPoolExecutor(CLIENTS) as clients:
                list(clients.map(lambda _, port=port: _ask_again(port, request, REQUESTS), range(CLIENTS)))  # type: ignore[misc]
            rate = CLIENTS * REQUESTS / (time.perf_counter() - began)
            if number:
                took[name].rates.append(rate)
                took[name].seconds.extend(seconds)
    return took


def _artefacts(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    strategy = learned(name).strategy
    (folder / STRATEGY_FILE).write_text(json.dumps(strategy.to_dict()))
    (folder / MODEL_FILE).write_bytes(learned(name).model.to_json())


def _rows() -> np.ndarray:
    """Features of real days."""
    closes = mc.load_history("AAPL", source="sample").closes[:, None]
    return features(closes, learned(TREES).model.n)[-COMPARED:, 0]


def _compare(port: int, name: str, rows: np.ndarray) -> None:
    model = learned(name).model
    with socket.create_connection((HOST, port)) as connection:
        found = [json.loads(_ask(connection, _request(row.tolist())))["predictions"][0] for row in rows]
    told = [each[f"probability_{SIDE}"] for each in found], [each["signal"] for each in found]
    right = model.sides[SIDE].probabilities(rows).tolist(), decisions(model, rows).tolist()
    if told != right:
        raise WrongAnswerError(f"what is served of {name} is not what the library says")


def _request(row: list[float]) -> bytes:
    body = json.dumps({"instances": [row]}).encode("ascii")
    return _HEAD.format(len(body)).encode("ascii") + body


def _ask_again(port: int, request: bytes, times: int) -> list[float]:
    """Seconds of each of so many requests, by one connection."""
    seconds = []
    with socket.create_connection((HOST, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(times):
            began = time.perf_counter()
            _ask(connection, request)
            seconds.append(time.perf_counter() - began)
    return seconds


def _ask(connection: socket.socket, request: bytes) -> bytes:
    """The body of the answer: read with as little work as can be, so that the client is not what is measured."""
    connection.sendall(request)
    answer = connection.recv(65536)
    while True:
        head, between, body = answer.partition(b"\r\n\r\n")
        if between and len(body) == int(head.rpartition(b"Content-Length: ")[2].partition(b"\r\n")[0]):
            break
        more = connection.recv(65536)
        if not more:
            raise WrongAnswerError(f"an answer breaks off: {answer[:200]!r}")
        answer += more
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise WrongAnswerError(f"the answer was {answer[:200]!r}")
    return body


def _quantiles(seconds: list[float]) -> tuple[float, float, float]:
    of_hundred = quantiles(seconds, n=100)
    return of_hundred[49], of_hundred[94], of_hundred[98]


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hosting", description=__doc__)
    parser.add_argument("--record", action="store_true", help="also put the tables into docs/performance.md")
    record = parser.parse_args().record
    measured = report()
    print(measured)
    if record:
        PAGE.write_text(replace_between_marks(PAGE.read_text(), measured, MARKS))


if __name__ == "__main__":
    sys.exit(main())
