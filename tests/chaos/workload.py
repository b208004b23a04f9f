"""The jobs that the workers are given to do, and the same jobs done undisturbed."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from fleet.job import Job
from fleet.new_job import make_job
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.sources import load_history
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.run import run_job


@dataclass(frozen=True)
class Work:
    """Jobs that are submitted together.

    Attributes:
        jobs: How many.
        chunks: Of each job.
        paths: Of a chunk.
        days: Of a path.
        rows: Whether every second job keeps its rows.
    """

    jobs: int
    chunks: int
    paths: int
    days: int
    rows: bool = False

    def made(self, seed: int) -> list[Job]:
        """The jobs; another seed gives others."""
        return [
            replace(
                make_job(
                    history(),
                    short=5,
                    long=20,
                    days=self.days,
                    iterations=self.chunks * self.paths - 10,  # the last chunk is short
                    seed=seed + number,
                    paths=self.rows and number % 2 == 0,
                ),
                chunk=self.paths,
            )
            for number in range(self.jobs)
        ]


MANY = Work(jobs=3, chunks=25, paths=BLOCK_PATHS, days=25, rows=True)
"""Shards of a moment each, so that it is the fleet that is busy and not the simulation; a tree of three levels."""

FEW = replace(MANY, jobs=2, chunks=12)

LONG = Work(jobs=2, chunks=5, paths=128 * BLOCK_PATHS, days=1000)
"""Shards of a second each, so that there is a simulation to be interrupted."""

SINGLE = Work(jobs=3, chunks=1, paths=512 * BLOCK_PATHS, days=2000)
"""So few that most workers have nothing to do."""

SLOW = Work(jobs=1, chunks=1, paths=512 * BLOCK_PATHS, days=6000)
"""A shard of many seconds, longer than a notice of 30 seconds leaves time for."""


@cache
def history() -> PriceHistory:
    """Real bars of less than a year, a crash among them."""
    return check_history(load_history("AAPL", "sample").bars[:200], "AAPL", "sample")


def undisturbed(job: Job, folder: Path) -> Path:
    """The folder with the same job's results, done in this process."""
    if not (folder / "summary.csv").exists():
        run_job(job, folder, threads=None)
    return folder
