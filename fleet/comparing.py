"""Jobs beside each other: what of them can be compared, and why the others cannot."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet import joined_rows, partial_results, progress, results
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, NoSuchJobError, NotCompleteError, UnreadableObjectError
from fleet.job import PRICES, Job
from fleet.job_store import load_job
from montecarlo.accounting import rows as row_files
from montecarlo.accounting.rows import Rows
from montecarlo.errors import DamageError
from montecarlo.experiments.comparison import NAMES, Compared, Comparison, RowsError, comparison_of, plain
from montecarlo.experiments.simulation import Simulation
from montecarlo.parameters import Parameter, Word

FEWEST, MOST = 2, len(NAMES)

PIECE = 4_000_000  # bytes of rows that are read at a time, of each job

_PRICES = Parameter.of("prices", Word(100), label="Prices")
_DIGEST = Parameter.of("digest", Word(64), label="SHA-256 of the prices")
_ENGINE = Parameter.of("engine", Word(32), label="Engine")


@dataclass(frozen=True)
class LeftOut:
    """A job that cannot be compared.

    Attributes:
        name: What it would be called beside the others.
        id: Its name.
        reason: Why, in a sentence.
    """

    name: str
    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class JobsCompared:
    """What came of comparing some jobs.

    Attributes:
        jobs: Those that could be, by what they are called.
        left_out: The others.
        comparison: None where fewer than two could be.
    """

    jobs: dict[str, Job]
    left_out: tuple[LeftOut, ...]
    comparison: Comparison | None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "jobs": {name: job.id for name, job in self.jobs.items()},
            "left_out": [{"name": each.name, "job_id": each.id, "reason": each.reason} for each in self.left_out],
            "comparison": None if self.comparison is None else plain(self.comparison),
        }


def compare_jobs(bucket: Bucket, job_ids: Sequence[str], at_most: int | None = None) -> JobsCompared:
    """Compare simulations that are complete; jobs that cannot be compared are left out, and it is said why.

    Args:
        bucket: Where they are.
        job_ids: Two to five different ones; called A, B, C … in this order.
        at_most: How many paths are compared one by one at most, each of which is about 120 bytes to be read of each
            job; None compares all.

    Raises:
        BucketError
    """
    named = list(zip(NAMES, job_ids, strict=False))
    with ThreadPoolExecutor(MOST) as pool:
        found = list(pool.map(lambda each: load(bucket, *each), named))
    loaded = [each for each in found if not isinstance(each, LeftOut)]
    those = [compared for _, compared in loaded]
    return JobsCompared(
        jobs={compared.name: job for job, compared in loaded},
        left_out=tuple(each for each in found if isinstance(each, LeftOut)),
        comparison=comparison_of(those, at_most) if len(those) >= FEWEST else None,
    )


def load(bucket: Bucket, name: str, job_id: str) -> tuple[Job, Compared] | LeftOut:
    """A job as it can be compared, but for its rows, which are read when they are wanted."""
    try:
        job = load_job(bucket, job_id)
        if not isinstance(job.experiment, Simulation):
            return LeftOut(name, job_id, f"{job_id} is a {job.experiment.kind}; only simulations can be compared")
        state = progress.state(bucket, job_id)
        if state != "complete":
            return LeftOut(name, job_id, f"{job_id} has no results yet: it is {state}")
        summary, tally = results.summary(bucket, job), partial_results.load(bucket, job)
    except NoSuchJobError as error:
        return LeftOut(name, job_id, str(error))
    except (NotCompleteError, UnreadableObjectError, MissingObjectError) as error:
        return LeftOut(name, job_id, f"the results of {job_id} cannot be read: {error}")
    has_rows = results.rows_file(job) is not None
    compared = Compared(
        name,
        job.experiment,
        tally,  # type: ignore[arg-type]
        summary,
        (lambda: rows_of(bucket, job, name)) if has_rows else None,
        engine=job.engine,
        also=(
            (_PRICES, f"{job.symbol} from {job.source}"),
            (_DIGEST, f"{job.inputs[PRICES][:12]} …"),
            (_ENGINE, f"version {job.engine}"),
        ),
    )
    return job, compared


def rows_of(bucket: Bucket, job: Job, name: str) -> Iterator[Rows]:
    """The rows of a job in order, a few thousand at a time.

    Raises:
        RowsError: some are missing or damaged.
        BucketError
    """
    try:
        yield from _rows(joined_rows.joined_rows(bucket, job, PIECE))
    except (UnreadableObjectError, MissingObjectError, DamageError, ValueError, LookupError) as error:
        why = error if isinstance(error, UnreadableObjectError | MissingObjectError | DamageError) else "it is damaged"
        raise RowsError(name, f"the rows of {name} cannot be read: {why}") from error


def _rows(pieces: Iterator[bytes]) -> Iterator[Rows]:
    """Whole lines of each piece as rows."""
    header, rest, done = b"", b"", 0
    for piece in pieces:
        held = rest + piece
        end = held.rfind(b"\n") + 1
        lines, rest = held[:end], held[end:]
        if not header:
            header, _, lines = lines.partition(b"\n")
        if not lines:
            continue
        rows = row_files.from_csv(header + b"\n" + lines)
        paths = len(rows["path"])
        if not np.array_equal(rows["path"], np.arange(done, done + paths)):
            raise DamageError(f"after path {done:,} come others than the next")
        done += paths
        yield rows
