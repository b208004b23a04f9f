"""Doing a job: sitting by sitting into the bucket, then the summary.

Whatever is stored already is left as it is, so a job can be interrupted at any point and done by another worker;
two workers that do the same job at the same time write the same bytes.
"""

import io
import logging
import time
from collections.abc import Callable
from enum import Enum, auto
from functools import reduce
from operator import add

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from montecarlo import limits, rows
from montecarlo.simulate import simulate_to_csv
from montecarlo.summary import summarise, summary_to_csv
from montecarlo.tally import Tally

log = logging.getLogger(__name__)


class Outcome(Enum):
    """How the work on a job ended."""

    COMPLETE = auto()
    CANCELLED = auto()  # nobody wants the job any more
    STOPPED = auto()  # the worker has to go


class _StoppedError(Exception):
    """The worker has to go."""


def do(job: Job, bucket: Bucket, stopping: Callable[[], bool]) -> Outcome:
    """Store what is not yet stored of the job's results, the summary last.

    Memory is bounded by the sitting, and by limits.ROWS_BY_DEFAULT rows for exact quantiles.

    Args:
        job: What is to be done.
        bucket: Where the results go.
        stopping: Asked after each block of paths; true ends the work.

    Raises:
        BucketError: a result could not be stored or read.
    """
    if bucket.exists(keys.summary_key(job.id)):
        return Outcome.COMPLETE
    for first, stop in job.sittings():
        if bucket.exists(keys.tally_key(job.id, first, stop)):
            continue
        if bucket.exists(keys.cancelled_key(job.id)):
            return Outcome.CANCELLED
        try:
            _do_sitting(job, first, stop, bucket, stopping)
        except _StoppedError:
            return Outcome.STOPPED
    bucket.put(keys.summary_key(job.id), _summary(job, bucket))
    return Outcome.COMPLETE


def _do_sitting(job: Job, first: int, stop: int, bucket: Bucket, stopping: Callable[[], bool]) -> None:
    def look_up(done: int) -> None:
        if stopping():
            raise _StoppedError

    began = time.monotonic()
    csv = io.BytesIO() if job.paths else None
    tally = simulate_to_csv(job.simulation, first, stop, csv, progress=look_up)
    if csv is not None:
        bucket.put(keys.part_key(job.id, first, stop), csv.getvalue())
    # The tally says that the part is done, so it comes after the rows.
    bucket.put(keys.tally_key(job.id, first, stop), tally.to_json())
    log.info("job %s: paths %d to %d stored after %.1f s", job.id, first, stop, time.monotonic() - began)


def _summary(job: Job, bucket: Bucket) -> bytes:
    ranges = job.sittings()
    total = reduce(add, (Tally.from_json(bucket.get(keys.tally_key(job.id, *each))) for each in ranges))
    all_rows = None
    if job.paths and job.simulation.iterations <= limits.ROWS_BY_DEFAULT:
        all_rows = rows.join(rows.from_csv(bucket.get(keys.part_key(job.id, *each))) for each in ranges)
    return summary_to_csv(summarise(job.simulation, total, all_rows))
