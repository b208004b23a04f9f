"""The jobs that the workers are given to do, and the same jobs done undisturbed."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from fleet.job import Job
from fleet.new_job import make_job, make_sweep_job
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.sources import load_history
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import rule_at_hand
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from montecarlo.strategies.own_rule import RULE
from spotmc.run import run_job

OWN_RULE = RuleFile(
    "own_rule.py",
    b"""
import numpy as np

def targets(closes, *, lookback: int = 5):
    wanted = np.zeros(closes.shape)
    wanted[lookback:] = closes[lookback:] > closes[:-lookback]
    return wanted

def first_decision(*, lookback):
    return lookback
""",
)


@dataclass(frozen=True)
class Work:
    """Jobs that are submitted together.

    Attributes:
        kinds: Of each job: "rows" and "summary" simulate with and without rows, "own rule" a rule of a person's own
            with rows, "sweep" compares combinations, "precise" has rows and stops when it is precise enough.
        chunks: Of each job, of one that is "precise" at most.
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
        with rule_at_hand(OWN_RULE) as own_rule:
            strategy = own_rule if kind == "own rule" else SmaCrossover(5, 20)
            return make_job(
                history(),
                strategy=strategy,
                days=self.days,
                iterations=iterations,
                seed=seed,
                rows=kind in ("rows", "own rule", "precise"),
                precision="probability_of_loss=0.01" if kind == "precise" else None,
            )


MANY = Work(("rows", "sweep", "summary", "own rule", "precise"), chunks=25, paths=BLOCK_PATHS, days=25)
"""Shards of a moment each, so that it is the fleet that is busy and not the simulation; a tree of three levels."""

FEW = Work(("rows", "sweep", "own rule"), chunks=12, paths=BLOCK_PATHS, days=25)

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


def inputs(job: Job) -> dict[str, bytes]:
    """What the job needs beside the prices."""
    return {RULE: OWN_RULE.source} if job.experiment.own_rule else {}


def undisturbed(job: Job, folder: Path) -> Path:
    """The folder with the same job's results, done in this process."""
    if not (folder / "summary.csv").exists():
        with rule_at_hand(OWN_RULE) as own_rule:
            if job.experiment.own_rule:
                job = replace(job, experiment=job.experiment.bound(own_rule.code))
            run_job(job, folder, threads=None)
    return folder
