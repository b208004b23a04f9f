"""Jobs beside each other: what of them can be compared, and why the others cannot."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fleet import joined_rows, partial_results, progress, results
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, NoSuchJobError, NotCompleteError, UnreadableObjectError
from fleet.job import PRICES, Job
from fleet.job_store import load_job
from montecarlo.accounting import rows as row_files
from montecarlo.accounting.rows import Rows
from montecarlo.errors import DamageError
from montecarlo.experiments.comparison import (
    FEWEST,
    MOST,
    NAMES,
    Compared,
    Comparison,
    RowsError,
    comparison_of,
    plain,
    require_usable,
)
from montecarlo.experiments.simulation import Simulation
from montecarlo.parameters import Parameter, Word
from montecarlo.statistics.tally import Tally

if TYPE_CHECKING:
    import pandas as pd

PIECE = 4_000_000  # bytes of rows that are read at a time, of each job

_PRICES = Parameter.of("prices", Word(100), label="Prices")
_DIGEST = Parameter.of("digest", Word(64), label="SHA-256 of the prices")
_ENGINE = Parameter.of("engine", Word(32), label="Engine")


@dataclass(frozen=True)
class LeftOut:
    """A job that cannot be compared.

    Attributes:
        id: Its name.
        reason: Why, in a sentence.
    """

    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class JobsCompared:
    """What came of comparing some jobs.

    Attributes:
        jobs: Those that could be, called A, B, C … in their order.
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
            "left_out": [{"job_id": each.id, "reason": each.reason} for each in self.left_out],
            "comparison": None if self.comparison is None else plain(self.comparison),
        }


@dataclass(frozen=True, eq=False)
class _Loaded:
    job: Job
    summary: "pd.DataFrame"
    tally: Tally


def compare_jobs(bucket: Bucket, job_ids: Sequence[str], at_most: int | None = None) -> JobsCompared:
    """Compare simulations that are complete; jobs that cannot be compared are left out, and it is said why.

    Args:
        bucket: Where they are.
        job_ids: Two to five different ones.
        at_most: How many paths are compared one by one at most, each of which is about 120 bytes to be read of each
            job; None compares all.

    Raises:
        BucketError
    """
    with ThreadPoolExecutor(MOST) as pool:
        found = list(pool.map(lambda job_id: _load(bucket, job_id), job_ids))
    loaded = dict(zip(NAMES, (each for each in found if isinstance(each, _Loaded)), strict=False))
    those = [_compared(bucket, name, each) for name, each in loaded.items()]
    return JobsCompared(
        jobs={name: each.job for name, each in loaded.items()},
        left_out=tuple(each for each in found if isinstance(each, LeftOut)),
        comparison=comparison_of(those, at_most) if len(those) >= FEWEST else None,
    )


def _load(bucket: Bucket, job_id: str) -> _Loaded | LeftOut:
    try:
        job = load_job(bucket, job_id)
        if not isinstance(job.experiment, Simulation):
            return LeftOut(job_id, f"{job_id} is a {job.experiment.kind}; only simulations can be compared")
        state = progress.state(bucket, job_id)
        if state != "complete":
            return LeftOut(job_id, f"{job_id} has no results yet: it is {state}")
        tally: Any = partial_results.load(bucket, job)
        with partial_results.making_sense_of(bucket, job):
            require_usable(job.experiment, tally)
        return _Loaded(job, results.summary(bucket, job), tally)
    except NoSuchJobError as error:
        return LeftOut(job_id, str(error))
    except (NotCompleteError, UnreadableObjectError, MissingObjectError) as error:
        return LeftOut(job_id, f"{job_id} cannot be read: {error}")


def _compared(bucket: Bucket, name: str, each: _Loaded) -> Compared:
    job, simulation = each.job, each.job.experiment
    assert isinstance(simulation, Simulation)
    prices = (_PRICES, f"{job.symbol} from {job.source}"), (_DIGEST, f"{job.inputs[PRICES][:12]} …")
    return Compared(
        name,
        simulation,
        each.tally,
        each.summary,
        (lambda: rows_of(bucket, job, name)) if results.rows_file(job) is not None else None,
        engine=job.engine,
        also=(*prices, (_ENGINE, f"version {job.engine}")),
    )


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
