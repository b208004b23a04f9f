"""What workers say while they work: that they are there, and how far the chunks are that they have in hand.

Each worker has one object for itself in the bucket, and one in the folder of each job that it works on.  In the latter
stands, beside how far a chunk is, the exact partial result of what is done of it.  A worker writes them over and over,
and cannot delete them.  So what is said there counts for a few minutes only, and not of a chunk that is stored since.

Nothing depends on them but what people see.  One that cannot be read is passed over: the next one comes soon.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Self, TypeVar

from fleet import keys, reading
from fleet.bucket import Bucket, Entry
from fleet.canonical import read_json
from fleet.errors import MessageError, MissingObjectError, UnreadableObjectError
from fleet.reasons import in_one_line
from fleet.tree import Range

SAID_EVERY_SECONDS = 60  # by a worker, that it is there
FRESH_SECONDS = 150  # since a report was stored, for which it counts
NAMES_AT_MOST = 1000  # of reports, which one request lists
READ_AT_MOST = 100  # of what workers say about themselves
READ_AT_MOST_OF_A_JOB = 16
HEAD_BYTES = 4096  # of a report, in which its first line is

_REQUESTS_AT_ONCE = 8
_NOTICE_AT_MOST = 300  # characters

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class WorkerReport:
    """What a worker said about itself.

    Attributes:
        worker: Its name.
        instance: EC2 instance id; off EC2 the host's name.
        type: Such as c7i.large; None off EC2, as is the zone.
        zone: Availability zone.
        version: Of the program.
        engine: Version of the engine.
        since: When the worker was started.
        at: When it said so.
        job: What it works on; None where it waits for work, as are first and stop.
        first, stop: Units of the chunk that it has in hand.
        done: How many of them are done.
        path_days_per_second: How fast it is at that; None where that cannot be told yet.
        notice: Why it is to go; empty while it is not.
        left: Whether it has gone.
    """

    worker: str
    instance: str
    type: str | None
    zone: str | None
    version: str
    engine: str
    since: datetime
    at: datetime
    job: str | None = None
    first: int | None = None
    stop: int | None = None
    done: int = 0
    path_days_per_second: float | None = None
    notice: str = ""
    left: bool = False

    def to_dict(self) -> dict[str, Any]:
        times = {name: getattr(self, name).isoformat(timespec="milliseconds") for name in ("since", "at")}
        return asdict(self) | times


@dataclass(frozen=True)
class ChunkReport:
    """How far a chunk was when its worker said so.

    Attributes:
        shard: Its units.
        done: How many of them were done; a unit stands for as much of all the work that the chunk is.
        seconds: How long it took so far.
        units: How many units the partial result is of; 0 where there is none.
        content: The partial result as it would be stored; None where it was not asked for, or is not there.
    """

    shard: Range
    done: int
    seconds: float
    units: int = 0
    content: bytes | None = None


@dataclass(frozen=True)
class JobReport:
    """What a worker said about a job that it works on.

    Attributes:
        worker: Itself.
        chunks: What it had in hand.
    """

    worker: WorkerReport
    chunks: tuple[ChunkReport, ...] = ()


def seen_lately(bucket: Bucket, now: datetime) -> list[WorkerReport]:
    """The workers that have said something within the last minutes, those that said it last first; a hundred at most.

    Raises:
        BucketError
    """
    raise NotImplementedError


def of_job(bucket: Bucket, job_id: str, now: datetime, *, whole: bool = False) -> list[JobReport]:
    """What the workers say that are at a job, those that said it last first; sixteen at most.

    Args:
        bucket: Where they say it.
        job_id: Name of the job.
        now: The present.
        whole: Whether partial results are wanted, too, which are longer than the rest.

    Raises:
        BucketError
    """
    raise NotImplementedError
