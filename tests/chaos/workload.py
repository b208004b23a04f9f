"""The jobs that the workers are given to do, and the same jobs done undisturbed."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from fleet.job import Job, make_job
from montecarlo.history import PriceHistory, check_history
from montecarlo.sources import load_history
from montecarlo.tally import BLOCK_PATHS
from spotmc.run import run_job


@dataclass(frozen=True)
class Work:
    """Jobs that are submitted together.

    Attributes:
        jobs: How many.
        sittings: Of each job.
        paths: Of a sitting.
        days: Of a path.
        rows: Whether every second job keeps its rows.
    """

    jobs: int
    sittings: int
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
                    iterations=self.sittings * self.paths - 10,  # the last sitting is short
                    seed=seed + number,
                    paths=self.rows and number % 2 == 0,
                ),
                sitting=self.paths,
            )
            for number in range(self.jobs)
        ]


MANY = Work(jobs=3, sittings=25, paths=BLOCK_PATHS, days=25, rows=True)
"""Shards of a moment each, so that it is the fleet that is busy and not the simulation; a tree of three levels."""

FEW = replace(MANY, jobs=2, sittings=12)

LONG = Work(jobs=2, sittings=5, paths=128 * BLOCK_PATHS, days=1000)
"""Shards of a second each, so that there is a simulation to be interrupted."""

SINGLE = Work(jobs=3, sittings=1, paths=512 * BLOCK_PATHS, days=2000)
"""So few that most workers have nothing to do."""

SLOW = Work(jobs=1, sittings=1, paths=512 * BLOCK_PATHS, days=6000)
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
