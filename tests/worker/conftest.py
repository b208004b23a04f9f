"""A worker in this process, on the queue and the bucket of the test, and what it tells."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.queue import Queue
from montecarlo.tally import BLOCK_PATHS
from tests.worker.one_message import Claim
from worker.doing import Doer
from worker.events import Event
from worker.instance import off_ec2
from worker.jobs import Jobs
from worker.lease import Lease, Leases
from worker.leaving import Leaving
from worker.work import Maker


@pytest.fixture
def four_sittings(job: Job) -> Job:
    """The last of them is short."""
    return replace(job, simulation=replace(job.simulation, iterations=3 * BLOCK_PATHS + 10), sitting=BLOCK_PATHS)


@pytest.fixture
def twelve_sittings(job: Job) -> Job:
    """Of one block each: two messages to begin with, one for ten of them and one for two."""
    return replace(job, simulation=replace(job.simulation, days=25, iterations=12 * BLOCK_PATHS), sitting=BLOCK_PATHS)


@pytest.fixture
def endless(job: Job) -> Job:
    """One sitting of many hours."""
    return replace(job, simulation=replace(job.simulation, iterations=10**10), sitting=10**7 * BLOCK_PATHS, paths=False)


@pytest.fixture
def heard() -> list[Event]:
    """What was told, in order."""
    return []


@pytest.fixture
def leaving() -> Leaving:
    """Lets the test tell the worker to go."""
    return Leaving()


@pytest.fixture
def doer(queue: Queue, bucket: Bucket, leaving: Leaving, heard: list[Event]) -> Doer:
    maker, jobs = Maker("tester", "0", off_ec2()), Jobs(bucket, "tester")
    return Doer(maker, queue, queue.dead_letters(), bucket, jobs, threading.Lock(), leaving, heard.append)


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
        listed = [
            entry.key for name in (keys.PATHS, keys.TALLIES, keys.SUMMARY) for entry in bucket.list(folder + name)
        ]
        return {key.removeprefix(folder): bucket.get(key) for key in listed}

    return stored
