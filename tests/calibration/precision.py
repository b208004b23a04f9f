"""How often an interval contains the truth where a simulation stops as soon as it is narrow enough.

``python -m tests.calibration.precision`` writes the table in docs/calibration.md.  The recommended job is simulated
under many seeds.  Each statistic is wanted as precisely as 5,000 and as 20,000 paths know it, so that a simulation
stops in one of a few rounds around these; and beside the coverage at that stop stands the coverage of the intervals of
the same seeds after the fixed number of paths, which no looking could have chosen.
"""

import argparse
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import montecarlo as mc
from fleet.new_job import RECOMMENDED
from montecarlo.experiments.precision import Goal, Precision, estimates, round_ends
from montecarlo.experiments.simulate import make_simulation
from montecarlo.statistics.estimators import Estimate
from montecarlo.statistics.summary import summarise
from montecarlo.statistics.tally import Tally

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"
BEGIN, END = "<!-- precision: made by tests.calibration.precision -->", "<!-- end of precision -->"

MODELS = ("normal", "gbm", "student_t", "bootstrap")
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
KNOWN_BY = (5_000, 20_000)
"""As precisely as so many paths know a statistic, it is wanted."""

SEEDS = 4_000
TRUTH_PATHS = 10**7
TRUTH_SEED = 2**63  # of none of the simulations that are judged
QUANTILES = ("return", "max_drawdown")  # columns of rows that quantiles are made of


@dataclass
class Coverage:
    """What became of one statistic, wanted so precisely, under all seeds."""

    goal: Goal
    truth: float
    missed: int = 0  # seeds under which it was not reached
    paths: list[int] = field(default_factory=list)
    contained: list[bool] = field(default_factory=list)
    contained_fixed: list[bool] = field(default_factory=list)


def recommended(model: str, seed: int, iterations: int, days: int) -> mc.Simulation:
    """The job that people try first, or a shorter one."""
    history = mc.load_history(str(RECOMMENDED["symbol"]), source="sample")
    return make_simulation(
        mc.fit(history, model),
        mc.SmaCrossover(short=40, long=100),
        days=days,
        iterations=iterations,
        seed=seed,
        rules=mc.Rules(),
        warm_up=None,
        rows=True,
    )


def truth(model: str, paths: int, days: int) -> dict[str, Estimate]:
    """Each statistic from very many paths, quantiles to the last digit."""
    simulation = recommended(model, TRUTH_SEED, paths, days)
    total, kept = _done(simulation, 0, paths, None)
    return _as_estimates(simulation, total, kept)


def coverage(
    model: str, known: dict[str, Estimate], known_paths: int, seeds: Iterable[int], days: int
) -> list[Coverage]:
    """Of each statistic, wanted in each way.

    Args:
        model: How prices are drawn.
        known: The truth, and its intervals after so many paths:
        known_paths: These tell how precisely fewer paths know a statistic.
        seeds: One simulation each.
        days: Trading days simulated.
    """
    ends = round_ends(8 * max(KNOWN_BY))
    found = []
    for paths in KNOWN_BY:
        for name in STATISTICS:
            value, low, high = known[name]
            width = float(f"{(high - low) / 2 * math.sqrt(known_paths / paths):.3g}")
            found.append((paths, Coverage(Goal(name, width, relative=False), value)))
    fixed = {paths: min(end for end in ends if end >= paths) for paths in KNOWN_BY}
    base = recommended(model, 0, ends[-1], days)
    for seed in seeds:
        _one_seed(replace(base, seed=seed), ends, fixed, found)
    return [each for _, each in found]


def _one_seed(
    simulation: mc.Simulation, ends: tuple[int, ...], fixed: dict[int, int], found: list[tuple[int, Coverage]]
) -> None:
    open_, total, kept, first = list(found), None, None, 0
    for stop in ends:
        total, kept = _done(simulation, first, stop, (total, kept))
        decides = estimates(simulation.summary(total, None), simulation.days, simulation.model.bars_per_year)
        reached = [each for each in open_ if Precision((each[1].goal,)).standing(decides, stop, ends[-1]).enough]
        stopping = open_ if stop == ends[-1] else reached
        if stopping or stop in fixed.values():
            shown = _as_estimates(simulation, total, kept)
            for paths, each in found:
                if fixed[paths] == stop:
                    each.contained_fixed.append(_contains(shown[each.goal.statistic], each.truth))
            for paths, each in stopping:
                each.missed += (paths, each) not in reached
                each.paths.append(stop)
                each.contained.append(_contains(shown[each.goal.statistic], each.truth))
        open_ = [each for each in open_ if each not in stopping]
        if not open_ and stop >= max(fixed.values()):
            return
        first = stop


def _done(
    simulation: mc.Simulation,
    first: int,
    stop: int,
    before: tuple[Tally | None, dict[str, np.ndarray] | None] | None,
) -> tuple[Tally, dict[str, np.ndarray]]:
    total, kept = before or (None, None)
    columns = {name: [kept[name]] if kept else [] for name in QUANTILES}
    for piece, tally in simulation.parts(first, stop, threads=1):
        total = tally if total is None else total + tally
        for name in QUANTILES:
            columns[name].append(piece[name])
    assert total is not None
    return total, {name: np.concatenate(pieces) for name, pieces in columns.items()}


def _as_estimates(simulation: mc.Simulation, total: Tally, kept: dict[str, np.ndarray]) -> dict[str, Estimate]:
    """Those of the summary, with quantiles that are order statistics however many rows there are."""
    rows = {name: kept[name] for name in QUANTILES}
    table = summarise(total, simulation.rules, simulation.days, simulation.model.bars_per_year, rows)
    return {name: (value, low, high) for name, value, low, high in table.itertuples(index=False)}


def _contains(estimate: Estimate, value: float) -> bool:
    _, low, high = estimate
    return low <= value <= high


def table(model: str, found: list[Coverage]) -> list[str]:
    """Lines of Markdown."""
    return [
        f"| {model} | `{each.goal}` | {np.mean(each.paths):,.0f} | {min(each.paths):,} to {max(each.paths):,} "
        f"| {100 * np.mean(each.contained):.1f} % | {100 * np.mean(each.contained_fixed):.1f} % "
        f"| {100 * each.missed / len(each.paths):.1f} % |"
        for each in found
    ]


def page_with(page: str, lines: Iterable[str]) -> str:
    """The page with this text between its marks, at its end where it has none."""
    text = "\n".join((BEGIN, "", *lines, "", END))
    before, begin, rest = page.partition(BEGIN)
    if not begin:
        return f"{page.rstrip()}\n\n{text}\n"
    return before + text + rest.partition(END)[2]


def main(arguments: list[str] | None = None) -> None:
    """Measure it, and write it into the page if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--truth", type=int, default=TRUTH_PATHS)
    parser.add_argument("--days", type=int, default=RECOMMENDED["days"])
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--record", action="store_true", help=f"write the table into {PAGE.name}")
    given = parser.parse_args(arguments)
    lines = [
        f"{given.seeds:,} seeds each, truth from {given.truth:,} paths; the noise of the count is "
        f"± {100 * 1.96 * math.sqrt(0.05 * 0.95 / given.seeds):.1f} points.",
        "",
        "| model | wanted | paths at the stop | between | coverage at the stop | with a fixed number | not reached |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for model in given.model or MODELS:
        began = time.monotonic()
        known = truth(model, given.truth, given.days)
        seeds = range(given.first_seed, given.first_seed + given.seeds)
        lines += table(model, coverage(model, known, given.truth, seeds, given.days))
        print("\n".join(lines), f"({time.monotonic() - began:.0f} s)", sep="\n", flush=True)
    if given.record:
        PAGE.write_text(page_with(PAGE.read_text(), lines))


if __name__ == "__main__":
    main()
