"""Jobs for the fleet under rehearsal: of made-up prices, because only their length matters."""

from datetime import datetime

import numpy as np
import pandas as pd

from fleet.boots import failed_boots, report
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.new_job import make_job
from fleet.progress import Status, cancel, status
from fleet.queue import Depth, Queue
from fleet.submit import submit
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.strategies import SmaCrossover

# Powers of ten, so that a job begins with ten messages, for which the fleet starts several machines at once.
ENDLESS = 10_000
"""Chunks that no three machines simulate in an hour."""

SOME_MINUTES = 100
"""Chunks that take two machines of 2 vCPUs about twenty minutes, and two of 8 about five."""

HELD_AT_MOST = 2
"""Messages that one worker has: see cloudformation/scaling.yaml."""

_DAYS = 252


def all_busy(workers: int, depth: Depth) -> bool:
    """Whether so many workers must be busy, because fewer could not hold the messages in flight."""
    return depth.in_flight > HELD_AT_MOST * (workers - 1)


class Work:
    """What is on a stack's queue.

    Args:
        queue: The work queue.
        bucket: Of results.
    """

    def __init__(self, queue: Queue, bucket: Bucket) -> None:
        self._queue, self._bucket = queue, bucket

    def submit(self, chunks: int, seed: int) -> Job:
        """A job of so many chunks.

        Raises:
            QueueError, BucketError
        """
        history = prices()

        def of(paths: int) -> Job:
            return make_job(history, strategy=SmaCrossover(5, 20), days=_DAYS, iterations=paths, seed=seed, rows=False)

        job = of(chunks * of(1).chunk)
        submit(job, history, self._queue, self._bucket)
        return job

    def cancel(self, job: Job) -> None:
        cancel(self._bucket, job.id)

    def status(self, job_id: str) -> Status:
        return status(self._bucket, job_id)

    def depth(self) -> Depth:
        return self._queue.depth()

    def dead(self) -> int:
        """Messages that were given up."""
        return self._queue.dead_letters().depth().visible

    def failed_boots(self, since: datetime, until: datetime) -> list[str]:
        """What machines that could not boot have reported, the newest first."""
        return [report(self._bucket, boot) for boot in failed_boots(self._bucket, since, until)]


def prices() -> PriceHistory:
    """A year of daily closes that wander by a percent a day, the same each time."""
    steps = np.random.default_rng(1).normal(0.0, 0.01, 260)
    days = pd.bdate_range("2024-01-01", periods=len(steps), name="date")
    return check_history(pd.DataFrame({"close": 100 * np.exp(np.cumsum(steps))}, index=days), "REHEARSAL", "csv")
