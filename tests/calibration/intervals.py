"""How often the 95 % interval of each statistic holds the truth: ``python -m tests.calibration intervals``.

The job is the recommended one.  Paths 0 to n - 1 of a seed are the job of n paths with that seed, so a simulation of
the longest job is one of each length.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd

import montecarlo as mc
from benchmarks.markdown import table
from montecarlo.accounting import rows as row_files
from montecarlo.accounting.rows import Rows
from montecarlo.models import Model
from montecarlo.statistics.summary import STATISTICS
from montecarlo.statistics.tally import BLOCK_PATHS, Tally

MODELS = ("normal", "gbm", "bootstrap", "student_t")
LENGTHS = (200, 2000, 20_000)  # paths of a job
TRUTH = 10_000_000  # paths
TRUTH_SEED = 2**63  # of no job
AT_LEAST, AT_MOST = 0.93, 0.97
NOISE = 3.0  # standard deviations of a count

_FEW = 25  # paths beyond a quantile: with fewer, the interval between two order statistics covers as it can


@dataclass(frozen=True)
class Cell:
    """Of one statistic over the jobs of one model and length.

    Attributes:
        jobs: How many were simulated.
        known: How many of them gave an interval.
        held: How many of these held the truth.
    """

    jobs: int
    known: int
    held: int

    @property
    def coverage(self) -> float:
        return self.held / self.known if self.known else math.nan

    def too_low(self) -> bool:
        """Beyond the noise of the count."""
        return self.coverage < AT_LEAST - NOISE * math.sqrt(AT_LEAST * (1 - AT_LEAST) / max(self.known, 1))

    def too_high(self) -> bool:
        return self.coverage > AT_MOST + NOISE * math.sqrt(AT_MOST * (1 - AT_MOST) / max(self.known, 1))


Cells = Mapping[tuple[str, int], Mapping[str, Cell]]
"""By model and length, those of each statistic with an interval."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=4000, help="jobs of 200 and of 2,000 paths, for each model")
    parser.add_argument("--long-seeds", type=int, help="jobs of 20,000 paths; as many, if left out")


def measured(given: argparse.Namespace) -> tuple[str, bool]:
    long_seeds = min(given.long_seeds or given.seeds, given.seeds)
    seeds = {length: long_seeds if length == max(LENGTHS) else given.seeds for length in LENGTHS}
    cells: dict[tuple[str, int], dict[str, Cell]] = {}
    for model in MODELS:
        for length, column in measure(model, seeds):
            cells[model, length] = column
            found = faults({(model, length): column})
            print(f"{model}, {seeds[length]:,} jobs of {length:,} paths:", *(found or ["good"]), sep="\n  ", flush=True)
    command = f"python -m tests.calibration intervals --seeds {given.seeds} --long-seeds {long_seeds}"
    return as_section(cells, command), not faults(cells)


@cache
def fitted(model: str) -> Model:
    return mc.fit(mc.load_history("AAPL", source="sample"), model)


def simulation(model: str, paths: int, seed: int) -> mc.Simulation:
    """The recommended job, of another model, length and seed."""
    return mc.Simulation(
        model=fitted(model),
        strategy=mc.SmaCrossover(short=40, long=100),
        days=1260,
        iterations=paths,
        seed=seed,
        rows=True,
    )


def truth(model: str, paths: int = TRUTH) -> pd.Series:
    """Of each statistic, from so many paths that nothing of its own error is seen."""
    job = mc.Simulation(**vars(simulation(model, BLOCK_PATHS, TRUTH_SEED)) | {"iterations": paths, "rows": False})
    return job.summary(job.run(0, paths, threads=1), None).set_index("statistic")["value"]


def summaries(model: str, lengths: Sequence[int], seed: int) -> Iterator[pd.DataFrame]:
    """Of the jobs of each length with that seed."""
    job = simulation(model, max(lengths), seed)
    rows = row_files.join(piece for piece, _ in job.parts(0, max(lengths), threads=1))
    for length in lengths:
        first: Rows = {name: column[:length] for name, column in rows.items()}
        yield job.summary(Tally.of(first), first).set_index("statistic")


def measure(model: str, seeds: Mapping[int, int], paths_of_truth: int = TRUTH) -> Iterator[tuple[int, dict[str, Cell]]]:
    """The cells of one model, by the length of the jobs.

    Args:
        seeds: For each length, how many jobs, with the seeds from 0 on; longer jobs are no more than shorter ones.
        paths_of_truth: See ``truth``.
    """
    true = truth(model, paths_of_truth).to_numpy()
    jobs, known, held = ({length: np.zeros(len(STATISTICS), int) for length in seeds} for _ in range(3))
    for start, stop in pairwise([0, *sorted(set(seeds.values()))]):
        lengths = [length for length, count in seeds.items() if count >= stop]
        for seed in range(start, stop):
            for length, summary in zip(lengths, summaries(model, lengths, seed), strict=True):
                low, high = summary["low"].to_numpy(), summary["high"].to_numpy()
                there = ~(np.isnan(low) & np.isnan(high))  # an end that is empty is bounded by nothing
                jobs[length] += 1
                known[length] += there
                held[length] += there & ~(low > true) & ~(high < true)
    for length in seeds:
        counts = zip(STATISTICS, jobs[length], known[length], held[length], strict=True)
        yield length, {name: Cell(int(jobs_), int(known_), int(held_)) for name, jobs_, known_, held_ in counts}


def is_rough(statistic: str, length: int) -> bool:
    """Whether its interval lies between order statistics that are so few that it must hold the truth too often."""
    _, _, percent = statistic.rpartition("_q") if "_q" in statistic else statistic.rpartition("value_at_risk_")
    return percent.isdigit() and length * min(int(percent), 100 - int(percent)) / 100 < _FEW


def faults(cells: Cells) -> list[str]:
    """In words, the cells that are beyond the bounds and the noise of the count."""
    found = []
    for (model, length), column in cells.items():
        for name, cell in column.items():
            if cell.too_low() or (cell.too_high() and not is_rough(name, length)):
                found.append(f"{name} of {length:,} paths, {model}: {cell.coverage:.1%} of {cell.known:,} intervals")
    return found


def as_section(cells: Cells, command: str) -> str:
    """The table for docs/calibration.md."""
    columns = list(cells)
    with_interval = [name for name in cells[columns[0]] if any(cells[column][name].known for column in columns)]
    header = ["statistic", *(f"{model} {length:,}" for model, length in columns)]
    shown = [
        [f"`{name}`", *(_shown(name, column[1], cells[column][name]) for column in columns)] for name in with_interval
    ]
    jobs = [["jobs", *(f"{next(iter(cells[column].values())).jobs:,}" for column in columns)]]
    bad = faults(cells)
    verdict = (
        "None is beyond the bounds." if not bad else "Beyond the bounds:\n\n" + "\n".join(f"- {each}" for each in bad)
    )
    return "\n\n".join([f"`{command}`", table(header, [*jobs, *shown]), verdict])


def _shown(statistic: str, length: int, cell: Cell) -> str:
    if not cell.known:
        return "none"
    text = f"{100 * cell.coverage:.1f}"
    if cell.too_low() or (cell.too_high() and not is_rough(statistic, length)):
        text = f"**{text}**"
    empty = 1 - cell.known / cell.jobs
    return text if not empty else f"{text} ({empty:.1%} empty)"
