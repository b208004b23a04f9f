"""Lists of jobs, newest first, a page at a time; however many jobs there are, a page takes so many requests at most.

There is no index but the names in ``submissions/``, which sort with the newest first.  A page begins after the last
name of the one before it; a search for a symbol or an id looks at names alone; whatever else is asked for is looked up
job by job, through so many jobs and no more, and the answer says how far back that was.
"""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import NamedTuple

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import NoSuchJobError, UnreadableObjectError
from fleet.job import Job
from fleet.job_store import load_job
from fleet.progress import Status, UnreadableJob, status_of

STATES: tuple[str, ...] = ("queued", "running", "complete", "failed", "cancelled", "not sent", "unreadable")

ROWS = 20  # of a page, usually
ROWS_AT_MOST = 100
LOOKS_AT_MOST = 200  # at jobs, for one page
LOOKS_FOR_EACH = 5  # for each of the recent ones
NAMES_AT_ONCE = 1000  # of submissions, which one request lists
NAMES_REQUESTS = 5  # of those, for one page

_REQUESTS_AT_ONCE = 8
_FIRST_YEAR, _LAST_YEAR = 1971, 2285  # that the names of submissions can tell
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Wanted:
    """Which jobs are asked for; all where nothing is said.

    Attributes:
        name: How a symbol or the id of a job begins.
        words: Each must be in its title or its symbol, whatever the case.
        states: Some of STATES.
        kind: Such as "sweep".
        before: When it was submitted at the latest.
        after: The cursor of the page before, from ``Listed.older``.
    """

    name: str = ""
    words: str = ""
    states: Collection[str] = ()
    kind: str = ""
    before: datetime | None = None
    after: str = ""

    @property
    def narrows(self) -> bool:
        """Whether not all are asked for, of whatever time."""
        return bool(self.name or self.words or self.states or self.kind)


@dataclass(frozen=True)
class Listed:
    """A page of jobs.

    Attributes:
        rows: Newest first.
        older: Cursor of the next page; empty where there is no more.  There may be one though there are fewer rows than
            were asked for: then it has looked as far back as it does at a time.
        back_to: When the last submission that was considered was made; None where there was none.
        looked: At so many jobs.
        names: So many names were read.
    """

    rows: list[Status | UnreadableJob]
    older: str
    back_to: datetime | None
    looked: int
    names: int


class _Submission(NamedTuple):
    job_id: str
    at: datetime
    key: str


def jobs(
    bucket: Bucket,
    wanted: Wanted,
    limit: int = ROWS,
    *,
    looks: int = LOOKS_AT_MOST,
    load: Callable[[Bucket, str], Job] = load_job,
) -> Listed:
    """A page of the jobs that are asked for.

    Submissions may be of jobs that are gone, or of nothing at all: these are passed over.

    Args:
        bucket: Where they are.
        wanted: Which.
        limit: How many at the most.
        looks: At how many it looks for them.
        load: ``load_job``, or what remembers its answers: a job never changes.

    Raises:
        BucketError
    """

    def look(submission: _Submission) -> Status | UnreadableJob | None:
        return _row(bucket, submission, wanted, load)

    names = _Names(bucket, wanted, looks)
    submissions = iter(names)
    rows: dict[str, Status | UnreadableJob] = {}
    looked, last, left = 0, None, list[_Submission]()
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        while len(rows) < limit and looked < looks:
            at_once = min(max(limit - len(rows), _REQUESTS_AT_ONCE), looks - looked)
            if not (left := list(islice(submissions, at_once))):
                break
            looked += len(left)
            for row in pool.map(look, tuple(left)):
                if len(rows) == limit:
                    break
                last = left.pop(0)
                if row is not None:
                    rows.setdefault(row.id, row)
    if last is not None and next(chain(left, submissions), None):
        return Listed(list(rows.values()), _cursor(last.key), last.at, looked, names.read)
    older = _cursor(names.after) if names.more else ""
    return Listed(list(rows.values()), older, names.back_to, looked, names.read)


class _Names:
    """Submissions whose names are wanted, newest first, as far as NAMES_REQUESTS go.

    Attributes:
        after: Key of the last one that was read.
        more: Whether there are some behind it.
        read: So many were.
        back_to: When the last one was made.
    """

    def __init__(self, bucket: Bucket, wanted: Wanted, looks: int) -> None:
        self._bucket, self._name = bucket, wanted.name.casefold()
        self._at_once = NAMES_AT_ONCE if self._name else min(looks + 1, NAMES_AT_ONCE)
        self.after, self.more, self.read = _first(wanted), True, 0
        self.back_to: datetime | None = None

    def __iter__(self) -> Iterator[_Submission]:
        for _ in range(NAMES_REQUESTS):
            part = self._bucket.some(keys.SUBMISSIONS, at_most=self._at_once, after=self.after)
            self.read += len(part.entries)
            found = [_Submission(*told, each.key) for each in part.entries if (told := keys.submission_of(each.key))]
            yield from (each for each in found if self._fits(each.job_id))
            self.back_to = found[-1].at if found else self.back_to
            self.after = part.entries[-1].key if part.entries else self.after
            self.more = part.more
            if not part.more:
                return

    def _fits(self, job_id: str) -> bool:
        begins = job_id, job_id.rpartition("-")[2]
        return any(each.casefold().startswith(self._name) for each in begins)


def recent(bucket: Bucket, limit: int = 50) -> Listed:
    """The jobs that were submitted last, and no more than ``limit``.

    Raises:
        BucketError
    """
    return jobs(bucket, Wanted(), limit, looks=LOOKS_FOR_EACH * limit)


def read_moment(text: str) -> datetime:
    """A day, which stands for its beginning, or a moment, as ISO 8601 writes them; UTC where no other zone is named.

    Raises:
        ValueError: it is neither, or before 1971 or after 2285.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        found = _NEVER
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(f"must be a day such as 2026-01-31, or a moment such as 2026-01-31T15:30, not {text[:40]!r}")
    return found


def is_cursor(text: str) -> bool:
    """Whether it may be one of ``Listed.older``."""
    return keys.submission_of(keys.SUBMISSIONS + text) is not None


def _cursor(key: str) -> str:
    return key.removeprefix(keys.SUBMISSIONS)


def _first(wanted: Wanted) -> str:
    """The key behind which it begins."""
    if wanted.after:
        return keys.SUBMISSIONS + wanted.after
    return keys.submission_key("", wanted.before) if wanted.before else keys.SUBMISSIONS


def _row(
    bucket: Bucket, submission: _Submission, wanted: Wanted, load: Callable[[Bucket, str], Job]
) -> Status | UnreadableJob | None:
    """One job, if it is there and wanted."""
    try:
        job = load(bucket, submission.job_id)
        if not _fits(job, wanted):
            return None
        row: Status | UnreadableJob = _status(bucket, job, submission.at)
        if row.state == "not sent" and not bucket.exists(keys.job_key(job.id)):
            return None  # somebody has deleted it, and ``load`` remembers
    except NoSuchJobError:
        return None  # its submission never came as far as the job itself, or somebody has deleted it
    except UnreadableObjectError as error:
        if wanted.words or wanted.kind:
            return None
        row = UnreadableJob(submission.job_id, submission.at, str(error))
    return row if not wanted.states or row.state in wanted.states else None


def _status(bucket: Bucket, job: Job, submitted: datetime) -> Status:
    """With one request for most of the jobs that are complete."""
    if not job.experiment.stops_early and bucket.exists(keys.summary_key(job.id)):
        return Status(job, "complete", submitted, job.experiment.units)
    return status_of(bucket, job, submitted)


def _fits(job: Job, wanted: Wanted) -> bool:
    title = f"{job.symbol} {job.experiment.title}".casefold()
    return job.experiment.kind == (wanted.kind or job.experiment.kind) and all(
        word in title for word in wanted.words.casefold().split()
    )
