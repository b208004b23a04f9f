"""How often the 95 % interval holds the truth where a job stops as soon as it is narrow enough.

``python -m tests.calibration precision``.  The job is the recommended one, under many seeds.  Each statistic is wanted
as precisely as 5,000 and as 20,000 paths know it, so that a job stops in one of a few rounds around these.  Beside the
coverage at that stop stands that of the same jobs after the next round end from there on, whatever they show: what
looking takes away is the difference.
"""

import argparse
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

import montecarlo as mc
from benchmarks.markdown import table
from montecarlo.experiments.precision import Goal, Precision, estimates
from montecarlo.experiments.rounds import round_ends
from montecarlo.statistics.estimators import Estimate
from montecarlo.statistics.summary import summarise
from montecarlo.statistics.tally import Tally

MODELS = ("normal", "gbm", "bootstrap", "student_t")
STATISTICS = (
    "return_mean",
    "return_median",
    "return_std",
    "expected_shortfall_95",
    "probability_of_loss",
    "max_drawdown_q95",
    "sharpe_mean",
    "win_rate",
)
KNOWN_BY = (5_000, 20_000)  # paths
CEILING = 8 * max(KNOWN_BY)
TRUTH = 10_000_000  # paths
TRUTH_SEED = 2**63  # of no job
AT_LEAST = 0.93
NOISE = 3.0  # standard deviations of a count

Columns = Mapping[str, NDArray[np.float64]]
QUANTILES_OF = ("return", "max_drawdown")


@dataclass(eq=False)
class Wanted:
    """One statistic, wanted so precisely, and what became of it in all jobs.

    Attributes:
        goal: What is wanted.
        known_by: So many paths know it as precisely.
        truth: Its true value.
        paths: Of each job.
        held: Whether the interval of each job held the truth.
        held_unasked: Whether that of so many paths did, where nobody looked.
        missed: How many jobs came to the ceiling.
    """

    goal: Goal
    known_by: int
    truth: float
    paths: list[int] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    held_unasked: list[bool] = field(default_factory=list)
    missed: int = 0

    @property
    def fixed(self) -> int:
        """The end of a round that comes next to what is ``known_by``."""
        return min(end for end in round_ends(CEILING) if end >= self.known_by)

    @property
    def coverage(self) -> float:
        return float(np.mean(self.held))

    def too_low(self) -> bool:
        """Beyond the noise of the count."""
        return self.coverage < AT_LEAST - NOISE * math.sqrt(AT_LEAST * (1 - AT_LEAST) / len(self.held))


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=2000, help="jobs of each model")
    parser.add_argument("--truth", type=int, default=TRUTH, help="paths of the truth")
    parser.add_argument("--model", action="append", choices=MODELS, help="all, if left out")


def measured(given: argparse.Namespace) -> tuple[str, bool]:
    found = {}
    for model in given.model or MODELS:
        base = job(model)
        found[model] = wanted(truth(base, given.truth), given.truth)
        measure(base, range(given.seeds), found[model])
        print(as_section({model: found[model]}), flush=True)
    good = not any(each.too_low() for column in found.values() for each in column)
    return as_section(found), good


def job(model: str, days: int = 1260) -> mc.Simulation:
    """The recommended job, of another model and ceiling."""
    fitted = mc.fit(mc.load_history("AAPL", source="sample"), model)
    return mc.Simulation(model=fitted, strategy=mc.SmaCrossover(40, 100), days=days, iterations=CEILING, seed=0)


def truth(base: mc.Simulation, paths: int) -> dict[str, Estimate]:
    """Of each statistic, with the interval that so many paths give."""
    return _shown(base, *_done(replace(base, seed=TRUTH_SEED), 0, paths))


def wanted(
    known: Mapping[str, Estimate],
    paths: int,
    statistics: Iterable[str] = STATISTICS,
    as_by: Iterable[int] = KNOWN_BY,
) -> list[Wanted]:
    """Each statistic, as precisely as each number of paths knows it, by the intervals that so many ``paths`` give."""
    found = []
    for known_by in as_by:
        for name in statistics:
            value, low, high = known[name]
            width = float(f"{(high - low) / 2 * math.sqrt(paths / known_by):.3g}")
            found.append(Wanted(Goal(name, width, relative=False), known_by, value))
    return found


def measure(base: mc.Simulation, seeds: Iterable[int], all_wanted: Sequence[Wanted]) -> None:
    """Do the job with each seed, and note what becomes of all that is wanted."""
    for seed in seeds:
        _do_job(replace(base, seed=seed), all_wanted)


def _do_job(simulation: mc.Simulation, all_wanted: Sequence[Wanted]) -> None:
    """All in one, up to the last round that any of them needs."""
    unasked = {each.fixed for each in all_wanted}
    going, first = list(all_wanted), 0
    total: Tally | None = None
    columns: Columns = {}
    for stop in round_ends(CEILING):
        total, columns = _done(simulation, first, stop, total, columns)
        decides = estimates(simulation.summary(total, None), simulation.days, simulation.model.bars_per_year)
        enough = [each for each in going if Precision((each.goal,)).standing(decides, stop, CEILING).enough]
        stopping = going if stop == CEILING else enough
        if stopping or stop in unasked:
            shown = _shown(simulation, total, columns)
            for each in all_wanted:
                if each.fixed == stop:
                    each.held_unasked.append(_holds(shown[each.goal.statistic], each.truth))
            for each in stopping:
                each.paths.append(stop)
                each.held.append(_holds(shown[each.goal.statistic], each.truth))
                each.missed += each not in enough
        going = [each for each in going if each not in stopping]
        if not going and stop >= max(unasked):
            return
        first = stop


def _done(
    simulation: mc.Simulation, first: int, stop: int, before: Tally | None = None, columns: Columns | None = None
) -> tuple[Tally, Columns]:
    """The tally of all paths until ``stop``, and those of their columns that quantiles are made of."""
    total, pieces = before, [columns] if columns else []
    for piece, tally in simulation.parts(first, stop, threads=1):
        total = tally if total is None else total + tally
        pieces.append(piece)
    assert total is not None
    return total, {name: np.concatenate([piece[name] for piece in pieces]) for name in QUANTILES_OF}


def _shown(simulation: mc.Simulation, total: Tally, columns: Columns) -> dict[str, Estimate]:
    """What the summary of a job shows that keeps its rows."""
    rows = dict(columns)
    summary = summarise(total, simulation.rules, simulation.days, simulation.model.bars_per_year, rows)
    return {name: (value, low, high) for name, value, low, high in summary.itertuples(index=False)}


def _holds(estimate: Estimate, value: float) -> bool:
    """An end that is empty is bounded by nothing."""
    _, low, high = estimate
    return not low > value and not high < value


def as_section(found: Mapping[str, Sequence[Wanted]]) -> str:
    """In Markdown."""
    rows = [
        (
            model,
            f"`{each.goal}`",
            f"{np.mean(each.paths):,.0f}",
            f"{min(each.paths):,} to {max(each.paths):,}",
            f"**{each.coverage:.1%}**" if each.too_low() else f"{each.coverage:.1%}",
            f"{np.mean(each.held_unasked):.1%}",
            f"{each.missed / len(each.paths):.1%}",
        )
        for model, column in found.items()
        for each in column
    ]
    jobs = len(next(iter(found.values()))[0].held)
    header = ("model", "wanted", "paths", "between", "coverage", "with a fixed number", "not reached")
    noise = 1.96 * math.sqrt(0.05 * 0.95 / jobs)
    return f"{jobs:,} jobs of each model; the noise of a count is ± {noise:.1%}.\n\n{table(header, rows)}"
