"""Rows by the hundred megabytes, for clients who take their time."""

import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.partial_results import rows_key
from fleet.results import fetch_results
from montecarlo.statistics.summary import STATISTICS
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.webui.served import Served
from webui import create_app

READERS = 10
MOST_BYTES = 1_500_000  # of memory for one of them

LINE = b"1.23456789012345678," * 200 + b"\n"


@pytest.fixture
def large(job: Job, bucket: Bucket) -> Job:
    """A complete job whose rows are of two chunks, of several megabytes each."""
    large = replace(job.with_experiment(iterations=2 * BLOCK_PATHS, rows=True), chunk=BLOCK_PATHS)
    for chunk in large.tree.leaves():
        bucket.put(rows_key(bucket, large, chunk), b"header\n" + LINE * BLOCK_PATHS)
    bucket.put(keys.job_key(large.id), large.to_json())
    summary = "".join(f"{name},1,,\n" for name in STATISTICS)
    bucket.put(keys.summary_key(large.id), f"statistic,value,low,high\n{summary}".encode())
    return large


@pytest.fixture
def served(settings: object, tmp_path: Path) -> Iterator[Served]:
    with Served(create_app({"ENVIRONMENT": {**os.environ, "SPOTMC_WEB_DATA": str(tmp_path)}})) as served:
        yield served


@pytest.fixture
def measured() -> Iterator[Callable[[], int]]:
    """The most memory that this process has taken meanwhile."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_rows_come_as_the_command_writes_them(large, served, bucket, tmp_path):
    fetch_results(bucket, large, tmp_path / "out")
    assert served.get(f"/jobs/{large.id}/paths.csv") == (200, (tmp_path / "out" / "paths.csv").read_bytes())


def test_who_does_not_read_rows_holds_little_of_them(large, served, measured):
    assert served.get(f"/jobs/{large.id}/summary.csv")[0] == 200
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    with ExitStack() as readers:
        asked = f"GET /jobs/{large.id}/paths.csv HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        for client in [readers.enter_context(served.send(asked)) for _ in range(READERS)]:
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert served.get(f"/jobs/{large.id}/summary.csv")[0] == 200
        assert measured() - before < READERS * MOST_BYTES
