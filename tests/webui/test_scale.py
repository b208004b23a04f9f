"""With 10,000 jobs in the bucket the web UI asks it for no more, and takes no longer, than with ten."""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from tests.memory_bucket import MemoryBucket
from webui import connection, create_app

FEW, MANY = 10, 10_000
RATIO = 2.0
ROUNDS, AT_LEAST = 60, 3  # of looking at each page; the machine may be busy with other things for a while

NEWEST = datetime(2026, 11, 27, 12, tzinfo=UTC)
MARKS = {0: (), 1: (keys.RUNNING,), 2: (keys.RUNNING, keys.CANCELLED)}  # of jobs that are not complete, newest first


@pytest.fixture
def filled(settings, job: Job, submit_job, do_job, bucket) -> Callable[[int], tuple[MemoryBucket, list[Job]]]:
    """A bucket with so many jobs, and those newest first; the newest ten are the same however many there are."""
    submit_job(job)
    do_job(job)
    folder = keys.folder(job.id)
    done = {entry.key.removeprefix(folder): bucket.get(entry.key) for entry in bucket.list(folder)}
    prices = {entry.key: bucket.get(entry.key) for entry in bucket.list("prices/")}

    def fill(number: int) -> tuple[MemoryBucket, list[Job]]:
        into, jobs = MemoryBucket(settings.bucket), [job.with_experiment(seed=seed) for seed in range(number)]
        for key, content in prices.items():
            into.put(key, content)
        for age, each in enumerate(jobs):
            at = NEWEST - timedelta(minutes=age)
            note = json.dumps({"at": at.isoformat()}).encode()
            contents = {**done, keys.SUBMITTED: note, keys.SENT: note, keys.RUNNING: note}
            if age in MARKS:
                contents = dict.fromkeys((keys.SUBMITTED, keys.SENT, *MARKS[age]), note)
            for name, content in {**contents, keys.JOB: each.to_json()}.items():
                into.put(keys.folder(each.id) + name, content)
            into.put(keys.submission_key(each.id, at), b"")
        return into, jobs

    return fill


@dataclass(frozen=True)
class Look:
    """A page that is looked at.

    Attributes:
        address: Where it is.
        requests: To the bucket, at the most.
        lists: Whether it lists jobs.
        searches: Whether it looks through names of jobs, as far back as it does: that takes so many requests and no
            more, but with a few jobs far fewer.
    """

    address: str
    requests: int
    lists: bool = False
    searches: bool = False


def pages(jobs: list[Job]) -> dict[str, Look]:
    """By what is looked at."""
    queued, running, _, complete, other, *_ = (each.id for each in jobs)
    age = len(jobs) // 2
    after = keys.submission_key(jobs[age].id, NEWEST - timedelta(minutes=age)).removeprefix(keys.SUBMISSIONS)
    return {
        "new simulation": Look("/", 25, lists=True),
        "jobs": Look("/jobs", 90, lists=True),
        "jobs of one name": Look(f"/jobs?name={complete.rpartition('-')[2]}", 10, lists=True, searches=True),
        "a job that is queued": Look(f"/jobs/{queued}", 25),
        "a job that is running": Look(f"/jobs/{running}", 6),
        "a job that is complete": Look(f"/jobs/{complete}", 8),
        "who computed it": Look(f"/jobs/{complete}/computed", 10),
        "what a running one amounts to": Look(f"/api/jobs/{running}/so-far", 10),
        "two jobs": Look(f"/compare?job={complete}&job={other}", 16),
        "fleet": Look("/fleet", 10),
        "configuration": Look("/configuration", 0),
        "/api/jobs": Look("/api/jobs?limit=10", 35, lists=True),
        "/api/jobs, older ones": Look(f"/api/jobs?limit=5&after={after}", 30, lists=True),
        "/api/jobs of one name": Look(f"/api/jobs?name={complete.rpartition('-')[2]}", 10, lists=True, searches=True),
        "/api/jobs/{queued}": Look(f"/api/jobs/{queued}", 25),
        "/api/jobs/{running}": Look(f"/api/jobs/{running}", 6),
        "/api/jobs/{complete}/results": Look(f"/api/jobs/{complete}/results", 12),
        "/api/fleet": Look("/api/fleet", 5),
    }


class Web:
    """The pages, on one bucket after the other."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        environment = {**os.environ, "SPOTMC_WEB_DATA": str(folder / "web")}
        self._client: FlaskClient = create_app({"ENVIRONMENT": environment}).test_client()
        self._patch = patch

    def look(self, bucket: Bucket, address: str) -> float:
        """Seconds that a page takes; what it has looked up for later ones, which no page waits for, is done then."""
        self._patch.setattr(connection, "bucket", lambda: bucket)
        others = set(threading.enumerate())
        began = time.perf_counter()
        answer = self._client.get(address)
        seconds = time.perf_counter() - began
        for thread in set(threading.enumerate()) - others:
            _join(thread)
        assert answer.status_code == 200, f"{address}: {answer.text[:1000]}"
        return seconds


def _join(thread: threading.Thread) -> None:
    """Wait for its end, also where another thread is about to start it."""
    while True:
        try:
            return thread.join()
        except RuntimeError:  # not started yet
            time.sleep(0.001)


@pytest.fixture
def web(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    return Web(tmp_path, monkeypatch)


@pytest.mark.thorough
def test_with_10_000_jobs_each_page_asks_for_so_much_and_takes_as_long_as_with_ten(web, filled):
    (few, few_jobs), (many, many_jobs) = filled(FEW), filled(MANY)
    with_few, with_many = pages(few_jobs), pages(many_jobs)
    for name, page in with_many.items():
        for bucket, address in ((few, with_few[name].address), (many, page.address)):
            bucket.asked.clear()
            web.look(bucket, address)  # nothing is remembered as yet
            assert len(bucket.asked) <= page.requests, f"{name}: {bucket.asked}"
        # What else the machine does only ever adds.
        best = [float("inf"), float("inf")]
        for number in range(1, ROUNDS + 1):
            best[0] = min(best[0], web.look(few, with_few[name].address))
            best[1] = min(best[1], web.look(many, page.address))
            if page.searches or (number >= AT_LEAST and best[1] <= RATIO * best[0]):
                break
        assert page.searches or best[1] <= RATIO * best[0], f"{name}: {best} s"


def test_a_client_of_s3_sends_as_many_requests_as_are_counted_in_memory(web, filled, clients):
    memory, jobs = filled(FEW)
    bucket = Bucket(clients[1], "for-counting")
    clients[1].create_bucket(Bucket=bucket.name)
    for entry in memory.list(""):
        bucket.put(entry.key, memory.get(entry.key))
    asked: list[str] = []

    def note(request, **_: object) -> None:
        asked.append(f"{request.method} {request.url}")

    clients[1].meta.events.register("before-send.s3", note)
    try:
        for name, page in pages(jobs).items():
            asked.clear()
            memory.asked.clear()
            web.look(bucket, page.address)
            web.look(memory, page.address)
            assert len(asked) <= page.requests, f"{name}: {asked}"
            if not page.lists:  # which looks at some more jobs than it has rows, several at a time
                assert len(asked) == len(memory.asked), f"{name}: {asked} and {memory.asked}"
    finally:
        clients[1].meta.events.unregister("before-send.s3", note)
