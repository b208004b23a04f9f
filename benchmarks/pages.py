"""Time from a click to the answer of each page, beside the raw cost of what the page asks bucket and queue for.

``python -m benchmarks.pages`` measures this alone.  Pages come from a web UI in a process of its own, on an emulator of
S3 and SQS.  The raw cost is that of the same requests, one after another, by the same client without a page around
them; a page sends several at a time where it can.  Both are medians of rounds in which all pages take turns.
"""

import argparse
import http.client
import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

import montecarlo as mc
from benchmarks.crowd import come
from benchmarks.markdown import replace_between_marks, table
from fleet import keys
from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.job import Job
from fleet.new_job import RECOMMENDED, make_job, make_sweep_job
from fleet.queue import Queue
from fleet.results import summary
from fleet.settings import Settings
from fleet.submit import submit
from montecarlo.experiments.parallel import available_cores
from montecarlo.strategies import SmaCrossover
from spotmc.local_stack import emulator
from spotmc.local_stack.ports import HOST
from spotmc.local_stack.processes import running, wait_until
from webui import connection, create_app

MARKS = "<!-- measured of pages -->", "<!-- end of what is measured of pages -->"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

ROUNDS = 15
LISTED = 25  # jobs, so that a list is full
OPEN_PAGES, SUBMISSIONS = 200, 50  # of the crowd
PATIENCE = 120.0  # seconds

HISTORY = mc.load_history("AAPL", source="sample")


class WrongPageError(Exception):
    """A page does not say what is so, or does not come."""


@dataclass(frozen=True)
class Click:
    """A page that is asked for.

    Attributes:
        name: In tables.
        address: Where it is.
        right: Words or numbers that stand on it.
        sent: The JSON that is sent to it; nothing is where it is None.
    """

    name: str
    address: str
    right: str
    sent: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Took:
    """Medians, in seconds.

    Attributes:
        page: From the click to the whole answer.
        raw: The same requests to bucket and queue alone.
        requests: How many these are.
    """

    page: float
    raw: float
    requests: int


@dataclass(frozen=True)
class Place:
    """A web UI with jobs.

    Attributes:
        port: Where it listens.
        queue, bucket: That it uses.
        jobs: Newest first: one that is queued, then complete ones, of which the last is a sweep.
    """

    port: int
    queue: Queue
    bucket: Bucket
    jobs: Sequence[Job]


def report(rounds: int = ROUNDS) -> str:
    """Measure, and show what was measured.

    Raises:
        WrongPageError: a page does not say what is so; nothing is shown.
    """
    busy = f"Load of the machine before the run: {os.getloadavg()[0]:.1f}, on {available_cores()} cores."
    with place() as ours:
        clicks = pages(ours)
        asked = _asked_by(ours, clicks)
        took = measure(ours, clicks, asked, rounds)
        crowd = _crowd(ours)
    rows = [
        (name, f"{each.requests}", f"{1e3 * each.page:,.1f}", f"{1e3 * each.raw:,.1f}", _ratio(each))
        for name, each in took.items()
    ]
    return (
        f"{busy}\n\n"
        + table(("", "requests", "page, ms", "its requests, ms", "page / its requests"), rows)
        + "\n\n"
        + crowd
    )


@contextmanager
def place() -> Iterator[Place]:
    """A web UI on an emulator with some jobs, all complete but the newest, while the block lasts."""
    with socket.socket() as unused, socket.socket() as other:
        unused.bind((HOST, 0))
        other.bind((HOST, 0))
        port, web_port = unused.getsockname()[1], other.getsockname()[1]
    settings = emulator.settings(port)
    os.environ.update(emulator.environment(settings, os.environ))
    with (
        tempfile.TemporaryDirectory() as folder,
        running({"emulator": emulator.command(port)}, Path(folder)) as [first],
    ):
        wait_until(lambda: emulator.answers(port), first)
        os.environ["SPOTMC_WEB_DATA"] = str(Path(folder, "data"))
        queue, bucket = _made(settings)
        done = [make_job(HISTORY, strategy=SmaCrossover(40, 100), seed=seed) for seed in range(LISTED)]
        over = {"short": range(10, 60, 10), "long": range(60, 160, 20)}
        done.append(make_sweep_job(HISTORY, strategy=SmaCrossover(10, 60), over=over, seed=1))
        for job in reversed(done):
            submit(job, HISTORY, queue, bucket)
        with running({"worker": ["spotmc.cli", "worker"]}, Path(folder)) as [worker]:
            wait_until(lambda: all(bucket.exists(keys.summary_key(job.id)) for job in done), worker)
        queued = make_job(HISTORY, strategy=SmaCrossover(40, 100), seed=10**6)
        submit(queued, HISTORY, queue, bucket)
        with running({"web": ["spotmc.cli", "web", "--port", str(web_port)]}, Path(folder)) as [web]:
            wait_until(lambda: _serves(web_port), web)
            yield Place(web_port, queue, bucket, [queued, *done])


def pages(place: Place) -> list[Click]:
    """Each with something that stands on it if it is right."""
    queued, one, two, *_, sweep = place.jobs
    value = summary(place.bucket, one).set_index("statistic")["value"]
    asked = {**RECOMMENDED, "seed": 1}
    return [
        Click("New simulation", "/", one.id),
        Click("its preview", "/api/preview", '"headline"', asked),
        Click("Jobs", "/jobs", one.id),
        Click("a job that waits", f"/jobs/{queued.id}", queued.id),
        Click("a job that is complete", f"/jobs/{one.id}", f"{100 * value['probability_of_loss']:,.2f} %"),
        Click("its fan", f"/api/jobs/{one.id}/charts/fan", '"data"'),
        Click("its report", f"/jobs/{one.id}/report.html", one.id),
        Click("a sweep", f"/jobs/{sweep.id}", sweep.id),
        Click("two jobs compared", f"/compare?job={one.id}&job={two.id}", two.id),
        Click("Fleet", "/fleet", "queue"),
        Click("Configuration", "/configuration", place.bucket.name),
        Click("/api/jobs", "/api/jobs", one.id),
        Click("/api/jobs/{queued}", f"/api/jobs/{queued.id}", '"queued"'),
        Click("/api/jobs/{complete}/results", f"/api/jobs/{one.id}/results", repr(float(value["return_mean"]))),
    ]


def measure(
    place: Place, clicks: Sequence[Click], asked: Mapping[str, list[Callable[[], object]]], rounds: int
) -> dict[str, Took]:
    """In so many rounds all pages, and all of their requests, take turns."""
    page: dict[str, list[float]] = {each.name: [] for each in clicks}
    raw: dict[str, list[float]] = {each.name: [] for each in clicks}
    connection = http.client.HTTPConnection(HOST, place.port, timeout=PATIENCE)
    for _ in range(1 + rounds):  # the first is not counted: what the web UI keeps, it has afterwards
        for click in clicks:
            page[click.name].append(_seconds(lambda click=click: ask(connection, click)))
            raw[click.name].append(_seconds(lambda click=click: [request() for request in asked[click.name]]))
    connection.close()
    return {
        name: Took(median(page[name][1:]), median(raw[name][1:]), len(asked[name])) for name in (c.name for c in clicks)
    }


def ask(connection: http.client.HTTPConnection, click: Click) -> None:
    """
    Raises:
        WrongPageError: the answer is not what it has to be.
    """
    content = None if click.sent is None else json.dumps(click.sent)
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    connection.request("GET" if content is None else "POST", click.address, content, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200 or click.right not in text:
        raise WrongPageError(f"{click.address} is {answer.status}, and lacks {click.right}: {text[:500]}")


def _asked_by(place: Place, clicks: Sequence[Click]) -> dict[str, list[Callable[[], object]]]:
    """The requests that each page makes, as they can be made again: found out in this process.

    The first look at a page is not counted, as when times are taken.
    """
    made: list[Callable[[], object]] = []
    application = create_app()
    setattr(connection, "bucket", lambda: place.bucket)  # noqa: B010 (a page is to ask by these clients)
    setattr(connection, "queue", lambda: place.queue)  # noqa: B010
    visitor = application.test_client()
    found: dict[str, list[Callable[[], object]]] = {}
    with ExitStack() as stack:
        for client in (place.bucket._client, place.queue._client):
            stack.enter_context(_noted(client, made))
        for click in clicks:
            for _ in range(2):
                made.clear()
                visitor.open(click.address, method="POST" if click.sent else "GET", json=click.sent)
            found[click.name] = list(made)
    return found


@contextmanager
def _noted(client: Any, made: list[Callable[[], object]]) -> Iterator[None]:
    """Note what the client is asked while the block lasts, so that it can be asked again."""

    def note(params: Mapping[str, Any], model: Any, **_: object) -> None:
        ask, again = getattr(client, xform_name(model.name)), dict(params)

        def make() -> None:
            with suppress(ClientError):  # that there is no such object, as the page was told
                answer = ask(**again)
                if "Body" in answer:
                    answer["Body"].read()

        made.append(make)

    client.meta.events.register("provide-client-params", note)
    yield
    client.meta.events.unregister("provide-client-params", note)


def _crowd(place: Place) -> str:
    """Many open pages and many submissions at once, beside loading, fitting and storing once."""

    def once(seed: int) -> None:
        history = mc.load_history("AAPL", source="sample")
        submit(make_job(history, strategy=SmaCrossover(40, 100), seed=seed), history, place.queue, place.bucket)

    alone = median(_seconds(lambda seed=seed: once(seed)) for seed in range(2 * 10**6, 2 * 10**6 + ROUNDS))
    watched = [job.id for job in place.jobs[:20]] * (OPEN_PAGES // 20)
    asked = [{**RECOMMENDED, "seed": 3 * 10**6 + number} for number in range(SUBMISSIONS)]
    one_by_one = median(
        answer.seconds
        for number in range(ROUNDS)
        for answer in come(place.port, [], [{**RECOMMENDED, "seed": number}]).submissions
    )
    crowd = come(place.port, watched, asked)
    dropped = [answer for answer in crowd.looks if answer.status != 200]
    dropped += [answer for answer in crowd.submissions if answer.status != 201]
    if dropped:
        raise WrongPageError(f"{len(dropped)} were dropped: {dropped[0]}")
    seconds = sorted(answer.seconds for answer in crowd.submissions)
    rows = [
        (name, f"{1e3 * took:,.0f}", f"{took / alone:,.2f}")
        for name, took in (
            ("loading, fitting and storing once, without a web UI", alone),
            ("one submission", one_by_one),
            (f"{SUBMISSIONS} submissions and {OPEN_PAGES} open pages at once: the median submission", median(seconds)),
            ("the last of them", seconds[-1]),
            ("the last of them / 50", seconds[-1] / SUBMISSIONS),
            ("the median look of an open page", median(answer.seconds for answer in crowd.looks)),
        )
    ]
    return table(("", "ms", "/ without a web UI"), rows)


def _made(settings: Settings) -> tuple[Queue, Bucket]:
    sqs, s3 = sqs_client(settings, for_a_page=True), s3_client(settings, for_a_page=True)
    emulator.create(sqs, s3, settings)
    return Queue(sqs, settings.queue_url), Bucket(s3, settings.bucket)


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _ratio(took: Took) -> str:
    return f"{took.page / took.raw:,.2f}" if took.requests else ""


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--record", action="store_true", help="also put the tables into docs/performance.md")
    arguments = parser.parse_args()
    found = report(arguments.rounds)
    print(found)
    if arguments.record:
        PAGE.write_text(replace_between_marks(PAGE.read_text(), found, MARKS))
