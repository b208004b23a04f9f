"""How far a job has come, as the bucket shows it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, ClassVar, Literal

from fleet import failures, keys, markers, partial_results, reading, reports, rounds
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, UnreadableObjectError
from fleet.job import Job
from fleet.job_store import load_job
from fleet.reasons import in_one_line
from fleet.reports import JobReport, WorkerReport
from fleet.shards import Stored, key_of
from fleet.throughput import rate_of, stored
from montecarlo.experiments.experiment import SUMMARY, Standing

State = Literal["not sent", "queued", "running", "complete", "failed", "cancelled"]

AHEAD_AT_MOST = 12  # jobs that are looked at for one that waits
WORKERS_AT_MOST = 8  # that are read for one that waits
LACKS_AT_MOST = 300  # characters
CHUNKS_FOR_A_RATE = 10  # must be stored, that they tell better than the workers how fast a job is

_REQUESTS_AT_ONCE = 8


@dataclass(frozen=True)
class Status:
    """How far a job has come.

    Attributes:
        job: The job.
        state: Where it is.
        submitted: When it was submitted first.
        done: How many of its units, such as paths, are stored or, by what workers say, done of the chunks that they
            have in hand; of a complete job all that were needed.
        rate: Units per second that are done at present; None as long as that cannot be told.
        reason: Why it failed; empty otherwise.
        lacks: What the worker lacked that took it last and left it to others; empty where none did, or one does it.
        damage: What of it in the bucket cannot be read and is not needed, in a sentence; empty otherwise.
        standing: How a job that may be enough before its last unit stood at the end of the last round; None before the
            end of the first, and for other jobs.
        workers: Those that are at it, as they said last, and of a job that is queued those that may take it; not all of
            them where there are very many.
        ahead: Of a job that is queued, how many of the AHEAD_AT_MOST that were submitted before it are queued or
            running; None of others, and in lists.
    """

    job: Job
    state: State
    submitted: datetime
    done: int
    rate: float | None = None
    reason: str = ""
    lacks: str = ""
    damage: str = ""
    standing: Standing | None = None
    workers: tuple[WorkerReport, ...] = ()
    ahead: int | None = None

    @property
    def id(self) -> str:
        """Name of the job."""
        return self.job.id

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about it."""
        missed = (self.standing.warning,) if self.standing and self.state == "complete" else ()
        left = (f"no worker that took it so far can do it: {self.lacks}",) if self.lacks else ()
        return (*left, *self.job.experiment.warnings, *filter(None, missed))

    @property
    def expected(self) -> int:
        """How many units it will have when it is complete, as far as that can be told now."""
        if self.state == "complete":
            return self.done
        if self.standing:
            return max(self.standing.expected, self.done)
        return max(self.job.experiment.rounds[0], self.done)

    @property
    def seconds_left(self) -> float | None:
        """Until it is complete at the present rate; None where that cannot be told."""
        return (self.expected - self.done) / self.rate if self.rate else None

    @property
    def unfinished(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in ("queued", "running")

    def to_dict(self) -> dict[str, Any]:
        """What there is to tell of it in a list, for JSON."""
        experiment = self.job.experiment
        return {
            "job_id": self.id,
            "symbol": self.job.symbol,
            "kind": experiment.kind,
            "title": experiment.title,
            "state": self.state,
            "submitted": self.submitted.isoformat(),
            "done": self.done,
            "units": experiment.units,
            "unit": experiment.unit,
            "expected_units": self.expected,
            "standing": self.standing.words if self.standing else None,
            "units_per_second": self.rate,
            "seconds_left": self.seconds_left,
            "reason": self.reason,
            "lacks": self.lacks,
            "damage": self.damage,
        }


@dataclass(frozen=True)
class UnreadableJob:
    """A job of which not even that can be told.

    Attributes:
        id: Its name.
        submitted: When it was submitted last.
        reason: Why, and what to do.
    """

    id: str
    submitted: datetime
    reason: str

    state: ClassVar[str] = "unreadable"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        submitted = self.submitted.isoformat()
        return {"job_id": self.id, "state": self.state, "submitted": submitted, "reason": self.reason}


def state_of(names: Collection[str]) -> State:
    """The state of a job from the names of what lies in its folder; folders among them end with "/"."""
    by_rank: tuple[tuple[str, State], ...] = (
        (SUMMARY, "complete"),
        (keys.CANCELLED, "cancelled"),
        (keys.DEAD, "failed"),
        (keys.RUNNING, "running"),
        (keys.SENT, "queued"),
    )
    return next((state for mark, state in by_rank if mark in names), "not sent")


def state(bucket: Bucket, job_id: str) -> State:
    """The state of the job of that name, which may be damaged or not there at all.

    Raises:
        BucketError
    """
    return state_of(_names(bucket, job_id))


def status(bucket: Bucket, job_id: str) -> Status:
    """How far the job has come.

    Raises:
        As ``load_job``.
    """
    job, damage = load_job(bucket, job_id), ""
    try:
        submitted = markers.time_of(bucket, keys.submitted_key(job_id))
    except (MissingObjectError, UnreadableObjectError) as error:
        submitted = bucket.names(keys.folder(job_id)).get(keys.JOB) or datetime.now(UTC)
        damage = f"when it was submitted is taken from when it was stored: {error}"
    found, sent = _look(bucket, job, submitted)
    return replace(_in_company(bucket, found, sent), damage=damage or found.damage)


def submissions(bucket: Bucket) -> Iterator[tuple[str, datetime]]:
    """Names of all jobs, and when they were submitted, newest first.

    Raises:
        BucketError
    """
    found = (keys.submission_of(entry.key) for entry in bucket.list(keys.SUBMISSIONS))
    return (each for each in found if each is not None)


def cancel(bucket: Bucket, job_id: str) -> None:
    """Tell the workers that nobody wants the job any more; a job that is complete stays so.

    Raises:
        NoSuchJobError: there is no such job in the bucket.
        BucketError
    """
    load_job(bucket, job_id)
    markers.write_marker(bucket, keys.cancelled_key(job_id))


def _names(bucket: Bucket, job_id: str) -> Mapping[str, datetime | None]:
    """What lies in the folder of the job, and since when; that of what was given up only if something was."""
    names = bucket.names(keys.folder(job_id))
    if keys.DEAD in names and not failures.given_up(bucket, job_id):
        del names[keys.DEAD]
    return names


def status_of(bucket: Bucket, job: Job, submitted: datetime) -> Status:
    """The same of a job that is known, submitted at that time.

    Raises:
        As ``load_job``.
    """
    return _look(bucket, job, submitted)[0]


def _look(bucket: Bucket, job: Job, submitted: datetime) -> tuple[Status, datetime | None]:
    """How far it has come, and when it was sent last."""
    names = _names(bucket, job.id)
    state, sent = state_of(names), names.get(keys.SENT)
    standing, damage = _standing(bucket, job) if job.experiment.stops_early and keys.TALLIES in names else (None, "")
    if state == "complete":
        done = rounds.whole(bucket, job).stop if job.experiment.stops_early else job.experiment.units
        return Status(job, state, submitted, done, standing=standing, damage=damage), sent
    now = datetime.now(UTC)
    reported: list[JobReport] = []
    if state in ("queued", "running") and keys.PROGRESS in names and sent is not None:
        # Before what is stored is looked for: so a chunk that is stored meanwhile is not missed for a moment.
        # S3 tells times in whole seconds, and the first report comes half a second after the beginning.
        reported = [each for each in reports.of_job(bucket, job.id, now) if each.stored >= sent]
    parts = stored(bucket, job) if keys.TALLIES in names else []
    since_sent = [part for part in parts if sent is not None and part.at > sent]
    in_hand = reports.furthest(job, reported, [part.shard for part in parts])
    if state == "queued" and (since_sent or in_hand):
        state = "running"  # by workers that knew the job already
    found = Status(
        job,
        state,
        submitted,
        done=sum(part.units for part in parts) + sum(chunk.done for chunk in in_hand),
        rate=_rate(since_sent, reported, now) if state == "running" else None,
        reason=failures.last_reason(bucket, job.id) if state == "failed" else "",
        lacks=_lacks(bucket, job.id) if state == "queued" and keys.LACKING in names else "",
        standing=standing,
        damage=damage,
        workers=tuple(each.worker for each in reported if each.chunks),
    )
    return found, sent


def _rate(parts: Sequence[Stored], reported: Sequence[JobReport], now: datetime) -> float | None:
    """Units per second: of many chunks what is stored says it, of few the workers that have them in hand."""
    by_what_is_stored = rate_of(parts, now)
    by_workers = sum(report.units_per_second for report in reported)
    some_say_nothing = len(reported) >= reports.READ_AT_MOST_OF_A_JOB
    if by_what_is_stored is not None and (len(parts) >= CHUNKS_FOR_A_RATE or some_say_nothing):
        return by_what_is_stored
    return by_workers or by_what_is_stored


def _lacks(bucket: Bucket, job_id: str) -> str:
    with suppress(MissingObjectError, UnreadableObjectError):  # the next worker that leaves it writes it anew
        return in_one_line(markers.read_marker(bucket, keys.lacking_key(job_id)).get("lacks", ""), LACKS_AT_MOST)
    return ""


def _in_company(bucket: Bucket, status: Status, sent: datetime | None) -> Status:
    """The status with who is there, and what is to be done before, where the job waits for both."""
    if status.state != "queued" or sent is None:
        return status
    there = reports.seen_lately(bucket, datetime.now(UTC), WORKERS_AT_MOST)
    there = [each for each in there if not each.left and not each.notice]
    return replace(status, workers=tuple(there), ahead=_ahead(bucket, status.id, sent))


def _ahead(bucket: Bucket, job_id: str, sent: datetime) -> int:
    """How many of the jobs that were submitted before that are queued or running."""
    before = bucket.some(keys.SUBMISSIONS, at_most=2 * AHEAD_AT_MOST, after=keys.submission_key("", sent))
    found = (keys.submission_of(entry.key) for entry in before.entries)
    others = dict.fromkeys(each for each, _ in filter(None, found) if each != job_id)
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        states = pool.map(lambda each: state(bucket, each), islice(others, AHEAD_AT_MOST))
        return sum(each in ("queued", "running") for each in states)


def _standing(bucket: Bucket, job: Job) -> tuple[Standing | None, str]:
    """At the end of the last round, and why that cannot be told."""
    last = rounds.last_ended(job, rounds.folder(bucket, job))
    if last is None:
        return None, ""
    try:
        total = partial_results.load(bucket, job, job.tree.whole(last))
        with reading.making_sense_of(key_of(job, job.tree.whole(last))):
            return job.experiment.standing(total), ""
    except (MissingObjectError, UnreadableObjectError) as error:
        return None, f"how precise it is cannot be told: {error}"
