"""Two hundred open pages and fifty submissions at once: nothing is dropped."""

import time
from collections.abc import Callable
from statistics import median

import pytest

from benchmarks.crowd import Answer, come
from fleet import keys
from fleet.new_job import RECOMMENDED, make_job
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover

PAGES, SUBMISSIONS, WATCHED = 200, 50, 20


@pytest.fixture
def watched(submit_job, bucket, job) -> list[str]:
    """Jobs of which pages are open: some wait for a worker, and of some one has begun."""
    jobs = [job.with_experiment(seed=5000 + number) for number in range(WATCHED)]
    for number, each in enumerate(jobs):
        submit_job(each)
        if number % 2:
            bucket.put(keys.running_key(each.id), b"{}")
    return [each.id for each in jobs]


@pytest.fixture
def raw_seconds(queue, bucket) -> float:
    """What loading prices, fitting a model to them and storing the job takes, once, without a web UI."""

    def once(seed: int) -> float:
        began = time.perf_counter()
        history = load_history("AAPL", "sample")
        submit(make_job(history, strategy=SmaCrossover(40, 100), seed=seed), history, queue, bucket)
        return time.perf_counter() - began

    once(6000)
    return median(once(6001 + number) for number in range(5))


@pytest.fixture
def note_ratio(raw_seconds, record_property) -> Callable[[list[Answer]], None]:
    """Put it into the report of the tests; it is no claim."""

    def note(submissions: list[Answer]) -> None:
        ratio = median(answer.seconds for answer in submissions) / raw_seconds
        record_property("median submission / loading, fitting and storing once", ratio)

    return note


def test_200_open_pages_and_50_submissions_at_once(visitor, queue, bucket, watched, note_ratio):
    asked = [{**RECOMMENDED, "seed": 7000 + number} for number in range(SUBMISSIONS)]
    before = queue.depth().visible
    crowd = come(int(visitor.web.rpartition(":")[2]), watched * (PAGES // WATCHED), asked)

    assert {answer.status for answer in crowd.looks} == {200}
    assert len(crowd.looks) >= 2 * PAGES
    assert [answer.status for answer in crowd.submissions] == [201] * SUBMISSIONS
    made = {answer.value["job_id"] for answer in crowd.submissions}
    assert len(made) == SUBMISSIONS
    assert all(keys.SENT in bucket.names(keys.folder(job_id)) for job_id in made)
    assert queue.depth().visible == before + SUBMISSIONS, "each has its message"
    note_ratio(crowd.submissions)
