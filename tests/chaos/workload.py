"""The jobs that the workers are given to do, and the same jobs done undisturbed."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from fleet.job import Job
from fleet.new_job import make_job, make_sweep_job
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.sources import load_history
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from spotmc.run import run_job


@dataclass(frozen=True)
class Work:
    """Jobs that are submitted together.

    Attributes:
        kinds: Of each job: "rows" and "summary" simulate with and without rows, "sweep" compares combinations.
        chunks: Of each job.
        paths: Of a chunk.
        days: Of a path.
    """

    kinds: tuple[str, ...]
    chunks: int
    paths: int
    days: int

    def made(self, seed: int) -> list[Job]:
        """The jobs; another seed gives others."""
        jobs = [self._made(kind, seed + number) for number, kind in enumerate(self.kinds)]
        return [replace(job, chunk=self.paths) for job in jobs]

    def _made(self, kind: str, seed: int) -> Job:
        iterations = self.chunks * self.paths - 10  # the last chunk is short
        if kind == "sweep":
            over = {"short": [3, 5], "long": [15, 20]}
            return make_sweep_job(
                history(), strategy=SmaCrossover(), over=over, days=self.days, iterations=iterations, seed=seed
            )
        return make_job(
            history(),
            strategy=SmaCrossover(5, 20),
            days=self.days,
            iterations=iterations,
            seed=seed,
            rows=kind == "rows",
        )


MANY = Work(("rows", "sweep", "summary"), chunks=25, paths=BLOCK_PATHS, days=25)
"""Shards of a moment each, so that it is the fleet that is busy and not the simulation; a tree of three levels."""

FEW = Work(("rows", "sweep"), chunks=12, paths=BLOCK_PATHS, days=25)

LONG = Work(("summary", "sweep"), chunks=5, paths=128 * BLOCK_PATHS, days=1000)
"""Shards of a second each, so that there is a simulation to be interrupted."""

SINGLE = Work(("summary",) * 3, chunks=1, paths=512 * BLOCK_PATHS, days=2000)
"""So few that most workers have nothing to do."""

SLOW = Work(("summary",), chunks=1, paths=512 * BLOCK_PATHS, days=6000)
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
