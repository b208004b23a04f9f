"""Whether a range contains the truth as often as it says: many histories of a model whose parameters are known.

The truth is the probability of loss with those parameters.  Each history is fitted as a person would fit it.  Its range
should contain the truth for 95 % of them; the interval at the fit, which speaks of the number of paths alone, for few.
"""

from dataclasses import dataclass
from statistics import median

import montecarlo as mc
from montecarlo.experiments import uncertainty
from montecarlo.experiments.parallel import available_cores
from montecarlo.models import Model

TRUE: dict[str, Model] = {
    "gbm": mc.GbmModel(start_price=100.0, drift=0.1, volatility=0.3),
    "student_t": mc.StudentTModel(start_price=100.0, drift=0.1, volatility=0.3, degrees_of_freedom=4.0),
}
HISTORIES, HISTORY_DAYS = 300, 1260
TRUTH_PATHS = 200_000
STRATEGY, DAYS, PATHS = mc.SmaCrossover(40, 100), 1260, 2000
STATISTIC = "probability_of_loss"


@dataclass(frozen=True)
class Calibration:
    """How often the truth was found.

    Attributes:
        model: Name of the model that made the histories, and was fitted to them.
        truth: The probability of loss with the true parameters.
        histories: How many there were.
        in_range: For how many the range contains it.
        in_interval: For how many the 95 % interval at the fit does.
        median_range: Width of a range, in the middle of them all.
        median_interval: That of an interval.
    """

    model: str
    truth: float
    histories: int
    in_range: int
    in_interval: int
    median_range: float
    median_interval: float


def calibrate(name: str, histories: int = HISTORIES, *, seed: int = 1) -> Calibration:
    """Fit so many histories of the named model."""
    true, threads = TRUE[name], available_cores()
    truth = _probability(mc.simulate(true, STRATEGY, days=DAYS, iterations=TRUTH_PATHS, seed=seed, rows=False))[0]
    closes = mc.simulate_prices(true, days=HISTORY_DAYS, iterations=histories, seed=seed + 1)
    ranges, intervals = [], []
    for number in range(histories):
        model = type(true).fit(closes[number].to_numpy())
        at_the_fit = mc.simulate(model, STRATEGY, days=DAYS, iterations=PATHS, seed=number)
        draws = uncertainty.measure_draws(at_the_fit.simulation, threads, lambda paths: None)
        ranges.append(uncertainty.central(each.values[STATISTIC] for each in draws))
        intervals.append(_probability(at_the_fit)[1:])
    return Calibration(
        name,
        truth,
        histories,
        in_range=sum(low <= truth <= high for low, high in ranges),
        in_interval=sum(low <= truth <= high for low, high in intervals),
        median_range=_median_width(ranges),
        median_interval=_median_width(intervals),
    )


def markdown(found: list[Calibration]) -> str:
    """A table of all that was found."""
    lines = [
        f"Histories of {HISTORY_DAYS:,} days of a known model, the crossover {STRATEGY.short}/{STRATEGY.long} over "
        f"{DAYS:,} days; the truth is the probability of loss of {TRUTH_PATHS:,} paths with the true parameters.",
        "",
        "| model | histories | truth | in the range | width | in the interval at the fit | width |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.model} | {each.histories} | {each.truth:.1%} | {_share(each.in_range, each.histories)} | "
        f"{100 * each.median_range:.0f} points | {_share(each.in_interval, each.histories)} | "
        f"{100 * each.median_interval:.1f} points |"
        for each in found
    ]
    return "\n".join(lines)


def _probability(result: mc.Result) -> tuple[float, float, float]:
    value, low, high = result.summary.set_index("statistic").loc[STATISTIC, ["value", "low", "high"]]
    return float(value), float(low), float(high)


def _median_width(ends: list[tuple[float, float]]) -> float:
    return median(high - low for low, high in ends)


def _share(hits: int, of: int) -> str:
    return f"{hits / of:.1%}"
