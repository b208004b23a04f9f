"""What controls are worth: ``python -m tests.calibration variance``.

Variance of plain over that of controlled estimates between seeds, how often the controlled 95 % intervals hold the
truth, and the recommended job to a stated precision both ways.
"""

import argparse
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

import montecarlo as mc
from benchmarks import recommended
from benchmarks.markdown import table
from montecarlo.accounting import rows as row_files
from montecarlo.statistics.tally import Tally

STATISTICS = ("return_mean", "return_median", "probability_of_loss")
LENGTHS = (2000, 20_000)  # paths of a job
TRUTH = 4_000_000  # paths
TRUTH_SEED = 2**63  # of no job
AT_LEAST, AT_MOST = 0.93, 0.97
NOISE = 3.0  # standard deviations of a count
HALF_WIDTH = 0.01  # of the mean return that the recommended job is to be known to

JOBS: Mapping[str, tuple[str, mc.Strategy, mc.Rules]] = {
    "`gbm`": ("gbm", recommended.STRATEGY, mc.Rules()),
    "`normal`": ("normal", recommended.STRATEGY, mc.Rules()),
    "`student_t`": ("student_t", recommended.STRATEGY, mc.Rules()),
    "`gbm`, 400 shares": ("gbm", recommended.STRATEGY, mc.Rules(shares=400.0)),
    "`gbm`, selling short": ("gbm", replace(recommended.STRATEGY, shorting=True), mc.Rules()),
}


@dataclass(frozen=True)
class Cell:
    """Of one statistic over the jobs of one kind and length.

    Attributes:
        jobs: How many there were.
        ratio: Variance of the plain estimates over that of the controlled ones.
        held: How many controlled intervals held the truth.
        held_plain: How many plain ones did.
    """

    jobs: int
    ratio: float
    held: int
    held_plain: int

    @property
    def coverage(self) -> float:
        return self.held / self.jobs

    @property
    def good(self) -> bool:
        """Whether the coverage is within its bounds, or beyond them by the noise of the count at most."""
        low, high = (bound * (1 - bound) / self.jobs for bound in (AT_LEAST, AT_MOST))
        return AT_LEAST - NOISE * math.sqrt(low) <= self.coverage <= AT_MOST + NOISE * math.sqrt(high)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=4000, help="jobs of 2,000 paths, of each kind")
    parser.add_argument("--long-seeds", type=int, default=1000, help="jobs of 20,000 paths, of each kind")
    parser.add_argument("--truth", type=int, default=TRUTH, help="paths that the truth is taken from")


def measured(given: argparse.Namespace) -> tuple[str, bool]:
    found = {}
    for label in JOBS:
        truth = estimates_of(label, given.truth, TRUTH_SEED)
        for length, seeds in zip(LENGTHS, (given.seeds, given.long_seeds), strict=True):
            found[label, length] = measure(label, length, seeds, truth)
            print(label, f"{seeds:,} jobs of {length:,} paths", found[label, length], sep="\n  ", flush=True)
    to_precision = [precise(name, controlled) for name in ("gbm", "normal") for controlled in (False, True)]
    command = f"python -m tests.calibration variance --seeds {given.seeds} --long-seeds {given.long_seeds}"
    command += f" --truth {given.truth}"
    return as_section(found, to_precision, command), all(
        cell.good for cells in found.values() for cell in cells.values()
    )


def job(label: str, paths: int, seed: int) -> mc.Simulation:
    model, strategy, rules = JOBS[label]
    return mc.Simulation(
        model=recommended.model(model),
        strategy=strategy,
        rules=rules,
        days=recommended.DAYS,
        iterations=paths,
        seed=seed,
        rows=paths <= max(LENGTHS),
    )


def estimates_of(label: str, paths: int, seed: int) -> dict[str, tuple[float, float, float]]:
    """(value, low, high) of each statistic of a job."""
    simulation = job(label, paths, seed)
    kept, total = [], None
    for piece, tally in simulation.parts(0, paths):
        total = tally if total is None else total + tally
        if simulation.rows:
            kept.append({name: piece[name] for name in row_files.COLUMNS})
    assert isinstance(total, Tally)
    summary = simulation.summary(total, row_files.join(kept) if kept else None)
    return {name: tuple(numbers) for name, *numbers in summary.itertuples(index=False)}


def measure(label: str, paths: int, seeds: int, truth: Mapping[str, tuple[float, float, float]]) -> dict[str, Cell]:
    """Of each of STATISTICS, over as many jobs, of which the truth is controlled."""
    jobs = [estimates_of(label, paths, seed) for seed in range(seeds)]
    found = {}
    for name in STATISTICS:
        plain, controlled = (np.array([each[n] for each in jobs]) for n in (name, f"{name}_controlled"))
        true = truth[f"{name}_controlled"][0]
        held, held_plain = ((ends[:, 1] <= true) & (true <= ends[:, 2]) for ends in (controlled, plain))
        ratio = plain[:, 0].var(ddof=1) / controlled[:, 0].var(ddof=1)
        found[name] = Cell(seeds, float(ratio), int(held.sum()), int(held_plain.sum()))
    return found


@dataclass(frozen=True)
class Precise:
    """A job whose mean return is known to HALF_WIDTH.

    Attributes:
        model: Its name.
        controlled: Whether the estimate is.
        paths: How many it took.
        half_width: Half of the interval's width that they gave.
        seconds: From the job to its summary, by one thread, without rows; the best of three.
    """

    model: str
    controlled: bool
    paths: int
    half_width: float
    seconds: float


def precise(model: str, controlled: bool) -> Precise:
    statistic = "return_mean_controlled" if controlled else "return_mean"

    def simulate(paths: int) -> tuple[float, float]:
        began = time.perf_counter()
        result = mc.simulate(
            recommended.model(model),
            recommended.STRATEGY,
            days=recommended.DAYS,
            iterations=paths,
            seed=recommended.SEED,
            rows=False,
            threads=1,
        )
        taken = time.perf_counter() - began
        _, low, high = result.summary.set_index("statistic").loc[statistic]
        return (high - low) / 2, taken

    pilot = 20_000
    half, _ = simulate(pilot)
    paths = math.ceil(pilot * (half / HALF_WIDTH) ** 2)
    runs = [simulate(paths) for _ in range(3)]
    return Precise(model, controlled, paths, runs[0][0], min(seconds for _, seconds in runs))


def as_section(found: Mapping[tuple[str, int], Mapping[str, Cell]], both: list[Precise], command: str) -> str:
    columns = ["job", "statistic"]
    columns += [f"{what}, {length:,} paths" for length in LENGTHS for what in ("variance ÷", "covers, %", "plain, %")]
    lines = []
    for label in dict.fromkeys(label for label, _ in found):
        for name in STATISTICS:
            line = [label, f"`{name}`"]
            for length in LENGTHS:
                cell = found[label, length][name]
                covers = f"{100 * cell.coverage:.1f}"
                line += [f"{cell.ratio:.3g}", covers if cell.good else f"**{covers}**"]
                line += [f"{100 * cell.held_plain / cell.jobs:.1f}"]
            lines.append(line)
    timed = [
        [
            f"`{one.model}`",
            "controlled" if one.controlled else "plain",
            f"{one.paths:,}",
            f"± {one.half_width:.4f}",
            f"{one.seconds:.2f} s",
        ]
        for one in both
    ]
    jobs = " and ".join(f"{next(iter(found[label, n].values())).jobs:,} jobs of {n:,}" for label, n in list(found)[:2])
    return "\n\n".join(
        [
            f"`{command}`: {jobs} paths of each kind.",
            table(columns, lines),
            f"The recommended job until its mean return is known to ± {HALF_WIDTH:g}, by one thread, without rows:",
            table(["model", "estimate", "paths", "half-width", "time"], timed),
        ]
    )
