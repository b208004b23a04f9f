"""A worker in this process, on the queue and the bucket of the test, and what it tells."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.events import Event
from fleet.job import Job
from fleet.queue import Queue
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.worker.one_message import Claim
from worker.compute import Provenance
from worker.handler import MessageHandler
from worker.instance_metadata import off_ec2
from worker.job_cache import JobCache
from worker.lease import Lease, Leases
from worker.reports import Reports
from worker.shutdown import Shutdown


@pytest.fixture
def four_chunks(job: Job) -> Job:
    """The last of them is short."""
    return replace(job.with_experiment(iterations=3 * BLOCK_PATHS + 10), chunk=BLOCK_PATHS)


@pytest.fixture
def twelve_chunks(job: Job) -> Job:
    """Of one block each: two messages to begin with, one for ten of them and one for two."""
    return replace(job.with_experiment(days=25, iterations=12 * BLOCK_PATHS), chunk=BLOCK_PATHS)


@pytest.fixture
def endless(job: Job) -> Job:
    """One chunk of many hours."""
    return replace(job.with_experiment(iterations=10**10, rows=False), chunk=10**7 * BLOCK_PATHS)


@pytest.fixture
def emitted() -> list[Event]:
    """What was emitted, in order."""
    return []


@pytest.fixture
def shutdown() -> Shutdown:
    """Lets the test tell the worker to go."""
    return Shutdown()


@pytest.fixture
def handler(queue: Queue, bucket: Bucket, shutdown: Shutdown, emitted: list[Event]) -> MessageHandler:
    provenance, jobs = Provenance("tester", "0", off_ec2()), JobCache(bucket, "tester")
    reports = Reports(provenance, bucket, shutdown, emitted.append)
    return MessageHandler(
        provenance, queue, queue.dead_letters(), bucket, jobs, threading.Lock(), shutdown, emitted.append, reports
    )


@pytest.fixture
def claim(queue: Queue) -> Claim:
    """Receive the next message, and hold it while the block lasts."""
    leases = Leases(queue, 300, lambda event: None)

    @contextmanager
    def received() -> Iterator[Lease]:
        [message] = queue.receive(wait_seconds=5, visibility_seconds=300)
        with leases.held(message) as lease:
            yield lease

    return received


@pytest.fixture
def results() -> Callable[[Bucket, Job], dict[str, bytes]]:
    """What a job leaves in its folder that must be the same whoever did it, by the key in the folder."""

    def stored(bucket: Bucket, job: Job) -> dict[str, bytes]:
        folder = keys.folder(job.id)
        listed = [entry.key for name in ("paths/", keys.TALLIES, SUMMARY) for entry in bucket.list(folder + name)]
        return {key.removeprefix(folder): bucket.get(key) for key in listed}

    return stored
