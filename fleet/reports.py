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
from functools import partial
from typing import Any, TypeVar

from fleet import keys, reading
from fleet.bucket import Bucket, Entry
from fleet.canonical import read_json
from fleet.errors import MessageError, MissingObjectError, UnreadableObjectError
from fleet.job import Job
from fleet.tree import Range

SAID_EVERY_SECONDS = 60  # by a worker, that it is there
FRESH_SECONDS = 150  # since a report was stored, for which it counts
NAMES_AT_MOST = 1000  # of reports, which one request lists
NAMES_REQUESTS = 3  # of those: so many workers a day are not overlooked
READ_AT_MOST = 100  # of what workers say about themselves
READ_AT_MOST_OF_A_JOB = 16
HEAD_BYTES = 4096  # of a report, in which its first line is

_REQUESTS_AT_ONCE = 8

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

    def to_json(self) -> bytes:
        return json.dumps(self.to_dict()).encode()


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

    @property
    def is_done(self) -> bool:
        """Whether only storing it is left."""
        return self.done == self.shard.stop - self.shard.first


@dataclass(frozen=True)
class JobReport:
    """What a worker said about a job that it works on.

    Attributes:
        worker: Itself.
        stored: When it said so, by the time of the bucket.
        chunks: What it had in hand.
    """

    worker: WorkerReport
    stored: datetime
    chunks: tuple[ChunkReport, ...] = ()

    @property
    def units_per_second(self) -> float:
        """How fast it is; 0 where that cannot be told."""
        return sum(chunk.done / chunk.seconds for chunk in self.chunks if chunk.seconds > 0 and not chunk.is_done)


def content_of(worker: WorkerReport, chunks: Sequence[ChunkReport]) -> bytes:
    """A report about a job: a line of JSON, and behind it the partial results of the chunks, one after the other."""
    told = [
        {
            "first": each.shard.first,
            "stop": each.shard.stop,
            "done": each.done,
            "seconds": round(each.seconds, 3),
            "units": each.units,
            "bytes": len(each.content or b""),
        }
        for each in chunks
    ]
    head = {"worker": worker.to_dict(), "chunks": told}
    return b"\n".join([json.dumps(head).encode(), b"".join(each.content or b"" for each in chunks)])


def seen_lately(bucket: Bucket, now: datetime, at_most: int = READ_AT_MOST) -> list[WorkerReport]:
    """The workers that have said something within the last minutes, those that said it last first, and so many at most.

    Raises:
        BucketError
    """
    return _those_that_can_be_read(partial(_read_worker, bucket), _fresh(bucket, keys.WORKERS, now)[:at_most])


def told_to_go(bucket: Bucket, since: datetime, reason: str) -> tuple[list[WorkerReport], bool]:
    """The workers that were told to go for that reason, as far back as reports are kept, which is a day.

    Args:
        bucket: Where they say it.
        since: When.
        reason: How the reason begins.

    Returns:
        Those among the hundred that said something last; and whether these are all that did since then.

    Raises:
        BucketError
    """
    found = _stored_since(bucket, keys.WORKERS, since)
    said = _those_that_can_be_read(partial(_read_worker, bucket), found[:READ_AT_MOST])
    return [each for each in said if each.notice.startswith(reason)], len(found) <= READ_AT_MOST


def of_job(bucket: Bucket, job_id: str, now: datetime, *, whole: bool = False) -> list[JobReport]:
    """What the workers say that are at a job; sixteen at most.

    These are the first by their names, and so the same ones at each look: what they have done does not seem to shrink.

    Args:
        bucket: Where they say it.
        job_id: Name of the job.
        now: The present.
        whole: Whether partial results are wanted, too, which are longer than the rest.

    Raises:
        BucketError
    """

    def read(entry: Entry) -> JobReport:
        content = bucket.get(entry.key) if whole else next(bucket.pieces(entry.key, HEAD_BYTES), b"")
        with reading.making_sense_of(entry.key):
            return _job_report(content, entry.stored, whole)

    fresh = sorted(_fresh(bucket, keys.progress_folder(job_id), now), key=lambda entry: entry.key)
    return _those_that_can_be_read(read, fresh[:READ_AT_MOST_OF_A_JOB])


def furthest(job: Job, reported: Sequence[JobReport], stored: Iterable[Range]) -> list[ChunkReport]:
    """The chunks in hand that are no part of what is stored; of one that two workers have, what is further."""
    done, found = list(stored), dict[Range, ChunkReport]()
    for chunk in (chunk for report in reported for chunk in report.chunks):
        first, stop = chunk.shard
        if not job.tree.is_leaf(chunk.shard) or any(each.first <= first and stop <= each.stop for each in done):
            continue
        if chunk.shard not in found or chunk.done > found[chunk.shard].done:
            found[chunk.shard] = chunk
    return list(found.values())


def _fresh(bucket: Bucket, folder: str, now: datetime) -> list[Entry]:
    return _stored_since(bucket, folder, now - timedelta(seconds=FRESH_SECONDS))


def _stored_since(bucket: Bucket, folder: str, since: datetime) -> list[Entry]:
    """What was stored since, by the time of the bucket, which knows nothing of a worker's clock; the last first."""
    found, after = list[Entry](), ""
    for _ in range(NAMES_REQUESTS):
        part = bucket.some(folder, at_most=NAMES_AT_MOST, after=after)
        found += [entry for entry in part.entries if entry.stored > since and keys.is_ours(entry.key)]
        if not part.more:
            break
        after = part.entries[-1].key
    return sorted(found, key=lambda entry: entry.stored, reverse=True)


def _those_that_can_be_read(read: Callable[[Entry], T], of: Sequence[Entry]) -> list[T]:
    def look(entry: Entry) -> T | None:
        try:
            return read(entry)
        except (MissingObjectError, UnreadableObjectError):
            return None

    if not of:
        return []
    with ThreadPoolExecutor(min(_REQUESTS_AT_ONCE, len(of))) as pool:
        return [each for each in pool.map(look, of) if each is not None]


def _read_worker(bucket: Bucket, entry: Entry) -> WorkerReport:
    return reading.read(bucket, entry.key, lambda content: _worker(read_json(content)))


def _job_report(content: bytes, stored: datetime, whole: bool) -> JobReport:
    head, _, rest = content.partition(b"\n")
    told: Any = read_json(head)
    chunks, at = [], 0
    for each in told["chunks"]:
        numbers = [each[name] for name in ("first", "stop", "done", "units", "bytes")]
        if not all(type(number) is int and 0 <= number < 2**63 for number in numbers):
            raise MessageError("it says nothing sensible about a chunk")
        first, stop, done, units, length = numbers
        if not (first < stop and max(done, units) <= stop - first):
            raise MessageError("it says nothing sensible about a chunk")
        partial = rest[at : at + length] if whole and length else None
        if partial is not None and len(partial) != length:
            raise MessageError("it breaks off")
        at += length
        chunks.append(ChunkReport(Range(first, stop), done, float(each["seconds"]), units, partial))
    return JobReport(_worker(told["worker"]), stored, tuple(chunks))


def _worker(told: Any) -> WorkerReport:
    times = {name: _time(told[name]) for name in ("since", "at")}
    report = WorkerReport(**{**told, **times})
    texts = (report.worker, report.instance, report.version, report.engine, report.notice)
    if not all(isinstance(text, str) for text in texts) or not all(
        text is None or isinstance(text, str) for text in (report.type, report.zone, report.job)
    ):
        raise MessageError("it names no worker")
    if not all(number is None or type(number) is int for number in (report.first, report.stop, report.done)):
        raise MessageError("it says nothing sensible about a chunk")
    return report


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
