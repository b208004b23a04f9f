"""Whether a range holds the truth as often as it says: ``python -m tests.calibration ranges``.

Histories come from a model whose parameters are known, and each is fitted as a person would fit it.  The truth is the
probability of loss with the true parameters.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import montecarlo as mc
from benchmarks.markdown import table
from montecarlo.experiments import uncertainty
from montecarlo.experiments.parallel import available_cores
from montecarlo.models import Model

TRUE: dict[str, Model] = {
    "gbm": mc.GbmModel(start_price=100.0, drift=0.1, volatility=0.3),
    "student_t": mc.StudentTModel(start_price=100.0, drift=0.1, volatility=0.3, degrees_of_freedom=4.0),
}
HISTORY_DAYS = 1260
TRUTH_PATHS = 200_000
STRATEGY, DAYS, PATHS = mc.SmaCrossover(40, 100), 1260, 2000
STATISTIC = "probability_of_loss"
SHARE = 0.95
NOISE = 2.4  # standard deviations of a count: 92 to 98 % of 300

Ends = tuple[float, float]


@dataclass(frozen=True)
class Calibration:
    """Of the histories of one model.

    Attributes:
        model: Made the histories, and was fitted to them.
        truth: With the true parameters.
        ranges: One for each history.
        intervals: At the fit, likewise.
    """

    model: str
    truth: float
    ranges: Sequence[Ends]
    intervals: Sequence[Ends]

    @property
    def held(self) -> float:
        """The share of the ranges that hold the truth."""
        return self._share(self.ranges)

    @property
    def held_at_the_fit(self) -> float:
        return self._share(self.intervals)

    @property
    def good(self) -> bool:
        """Whether as many ranges hold the truth as should, but for the noise of the count."""
        return abs(self.held - SHARE) <= NOISE * math.sqrt(SHARE * (1 - SHARE) / len(self.ranges))

    def _share(self, ends: Sequence[Ends]) -> float:
        return sum(low <= self.truth <= high for low, high in ends) / len(ends)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--histories", type=int, default=300, help="of each model")


def measured(given: argparse.Namespace) -> tuple[str, bool]:
    found = [calibrate(name, given.histories) for name in TRUE]
    return as_section(found), all(each.good for each in found)


def calibrate(name: str, histories: int, *, days: int = DAYS, seed: int = 1) -> Calibration:
    """Fit so many histories of the named model."""
    true, threads = TRUE[name], available_cores()
    truth, *_ = _probability(mc.simulate(true, STRATEGY, days=days, iterations=TRUTH_PATHS, seed=seed, rows=False))
    closes = mc.simulate_prices(true, days=HISTORY_DAYS, iterations=histories, seed=seed + 1)
    ranges, intervals = [], []
    for number in range(histories):
        model = type(true).fit(closes[number].to_numpy())
        at_the_fit = mc.simulate(model, STRATEGY, days=days, iterations=PATHS, seed=number)
        draws = uncertainty.measure_draws(at_the_fit.simulation, threads, lambda paths: None)
        ranges.append(uncertainty.central(each.values[STATISTIC] for each in draws))
        intervals.append(_probability(at_the_fit)[1:])
    return Calibration(name, truth, ranges, intervals)


def as_section(found: Sequence[Calibration]) -> str:
    """In Markdown."""
    rows = [
        (
            each.model,
            f"{each.truth:.1%}",
            f"{each.held:.1%}" if each.good else f"**{each.held:.1%}**",
            f"{_width(each.ranges):.0f} points",
            f"{each.held_at_the_fit:.1%}",
            f"{_width(each.intervals):.1f} points",
        )
        for each in found
    ]
    header = ("model", "truth", "held by the range", "as wide as", "held by the interval at the fit", "as wide as")
    return (
        f"{len(found[0].ranges):,} histories of {HISTORY_DAYS:,} days for each model, the crossover "
        f"{STRATEGY.short}/{STRATEGY.long} over {DAYS:,} days; the truth is the probability of loss on {TRUTH_PATHS:,} "
        f"paths.\n\n{table(header, rows)}"
    )


def _probability(result: mc.Result) -> tuple[float, float, float]:
    value, low, high = result.summary.set_index("statistic").loc[STATISTIC, ["value", "low", "high"]]
    return float(value), float(low), float(high)


def _width(ends: Sequence[Ends]) -> float:
    """In points of a percentage, in the middle of them all."""
    return 100 * median(high - low for low, high in ends)
