"""A simulation that stops when it is precise enough: what is asked for, its rounds, and where it stands after one.

Asked for is the half-width of the 95 % interval of one or more statistics, in the unit of the statistic or relative to
its value.  Whether that is reached is looked at only at the ends of fixed rounds, and follows from the tally alone:
from exact counts and sums, by operations that IEEE 754 rounds in one way.  So the number of paths is a function of the
job.

A quantile's interval comes from the bins of the tally's histograms, whether rows are kept or not, and is taken to be
wider by the bins' error; so the one in the summary is never wider than what was asked for.

Looking again and again until an interval is narrow enough makes it contain the truth a little less often than 95 %
(Anscombe, 1953, J. Roy. Statist. Soc. B 15: the less, the larger the first round); docs/calibration.md has how often.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from montecarlo.errors import ParameterError
from montecarlo.experiments.experiment import Standing
from montecarlo.experiments.rounds import round_ends
from montecarlo.limits import MAX_ITERATIONS
from montecarlo.parameters import plain, shown
from montecarlo.statistics.estimators import NAN, Estimate, annualised
from montecarlo.statistics.histogram import RELATIVE_ERROR
from montecarlo.statistics.summary import WITH_TRADES
from montecarlo.typed_numbers import read_number
from montecarlo.wording import count

WITHOUT_INTERVAL = (
    "paths",
    "capital",
    "commission",
    "slippage",
    "risk_free",
    "unfilled_paths",
    "absorbed_paths",
    "quantile_error",
    "ambiguous_bars",
)
"""Statistics that are known, or only counted."""

NO_FRACTIONS = {
    "sharpe_mean": "",
    "sortino_mean": "",
    "calmar_mean": "",
    "turnover_mean": "",
    "longest_drawdown_mean": " days",
    "profit_factor": "",
    "sqn_mean": "",
    "longest_losing_streak_mean": " trades",
    "average_holding": " days",
}
"""Statistics that are not told in percent, and what they are told in."""

OF_WEALTH = ("return_median", "return_q", "value_at_risk", "expected_shortfall")
"""How the names of those begin that come from the histogram of final value over capital, which is 1 + return."""

OF_DRAWDOWN = ("max_drawdown_q",)

NOT_IN_A_SWEEP = (
    "cannot be given: a sweep compares all combinations on the same number of paths; give iterations, and a precision "
    "to the simulation of the combination of your choice"
)
_EXAMPLES = "must be such as probability_of_loss=0.005 or return_mean=1%"


@dataclass(frozen=True)
class Goal:
    """How precisely one statistic shall be known.

    Attributes:
        statistic: Its name.
        width: Half of the widest interval, in the statistic's unit or in percent of its value.
        relative: Whether it is in percent of the value.
    """

    statistic: str
    width: float
    relative: bool

    def __str__(self) -> str:
        return f"{self.statistic}={_plain(self.width)}{'%' if self.relative else ''}"

    def width_of(self, estimate: Estimate) -> float:
        """Half of the present interval, as ``width`` is told; NaN where there is none.

        Infinitely many percent of a value of 0, unless it is known to be just that.
        """
        value, low, high = estimate
        half = (high - low) / 2
        if not self.relative or not half > 0:
            return half
        return 100 * half / abs(value) if value else math.inf

    def needed(self, estimate: Estimate, paths: int) -> float:
        """How many paths it may take, by what so many tell; infinitely many where none are enough, or none can tell.

        An interval is narrower by the root of the number of paths, but for the bins.
        """
        width, least = self.width_of(estimate), self.least(estimate)
        if not math.isfinite(width) or self.width <= least:
            return math.inf
        times = (width - least) / (self.width - least)
        return paths * times * times

    def least(self, estimate: Estimate) -> float:
        """What the bins leave of ``width_of`` however many paths there are; 0 where it does not come from bins."""
        value, low, high = estimate
        error = _error_of_bins(self.statistic, low, high)
        return self.width_of((value, -error, error))

    def words(self, width: float) -> str:
        """How wide it is, and how wide it may be."""
        times, unit = self._told_in
        wanted = _rounded(times * self.width, 6)
        if math.isnan(width):
            return f"no interval of {self.statistic}, wanted ± {_plain(wanted)}{unit}"
        if math.isinf(width):
            return f"{self.statistic} is 0, wanted ± {_plain(wanted)}{unit} of it"
        exact = times * width
        rounded = (_rounded(exact, digits) for digits in (2, 3, 4, 6))
        now = next((each for each in rounded if (each <= wanted) == (width <= self.width)), exact)
        return f"± {_plain(now)}{unit} of {self.statistic}, wanted ± {_plain(wanted)}"

    @property
    def _told_in(self) -> tuple[int, str]:
        if self.relative:
            return 1, " %"
        return (1, NO_FRACTIONS[self.statistic]) if self.statistic in NO_FRACTIONS else (100, " points")


@dataclass(frozen=True)
class Precision:
    """How precisely some statistics shall be known.

    Attributes:
        goals: In the order of the summary, each statistic once.
    """

    goals: tuple[Goal, ...]

    @classmethod
    def read(cls, asked: str | Mapping[str, Any]) -> Self:
        """From text such as "probability_of_loss=0.005, return_mean=1%", or from a mapping of such pairs.

        Raises:
            ParameterError: it cannot be used.
        """
        if not isinstance(asked, str | Mapping):
            raise _problem(f"{_EXAMPLES}, not {shown(asked)}")
        pairs = asked.items() if isinstance(asked, Mapping) else _pairs(asked)
        found: dict[str, Goal] = {}
        for name, width in pairs:
            if name not in WITH_TRADES or name in WITHOUT_INTERVAL:
                known = ", ".join(each for each in WITH_TRADES if each not in WITHOUT_INTERVAL)
                raise _problem(f"must name a statistic that has an interval, not {shown(name)}: {known}")
            if name in found:
                raise _problem(f"names {name} twice")
            found[name] = _goal(name, width)
        if not found:
            raise _problem(f"{_EXAMPLES}, not empty")
        return cls(tuple(found[name] for name in WITH_TRADES if name in found))

    def __str__(self) -> str:
        return ", ".join(map(str, self.goals))

    def standing(self, estimates: Mapping[str, Estimate], paths: int, ceiling: int) -> Standing:
        """Where a simulation stands after so many paths.

        Args:
            estimates: Of all statistics, from ``estimates``.
            paths: How many are done, the end of a round.
            ceiling: How many are done at most.
        """
        widths = {goal: goal.width_of(estimates[goal.statistic]) for goal in self.goals}
        enough = all(width <= goal.width for goal, width in widths.items())
        needed = {goal: goal.needed(estimates[goal.statistic], paths) for goal in self.goals}
        told = max(self.goals, key=lambda goal: needed[goal])
        words = told.words(widths[told])
        if enough:
            return Standing(enough, words, paths, "")
        ends, wanted = round_ends(ceiling), ceiling
        if math.isnan(widths[told]):
            advice, wanted = "more iterations help if paths differ in it at all", paths + 1
        elif math.isinf(widths[told]):
            advice, wanted = "no share of 0 can be reached: give a width without %", paths + 1
        elif told.width <= told.least(estimates[told.statistic]):
            advice = "the bins that quantiles are read from are wider, however many iterations: ask for less"
        elif needed[told] > MAX_ITERATIONS:
            advice = f"that would take more than {count(MAX_ITERATIONS, 'path')}, the most of a job: ask for less"
        else:
            advice = f"that may take {_rounded(needed[told], 2):,.0f} paths: give more iterations"
            wanted = max(math.ceil(needed[told]), paths + 1)
        expected = next((end for end in ends if end >= wanted), ceiling)
        begin = f"the precision was not reached with {count(paths, 'path')}: {words}"
        return Standing(enough, words, expected, f"{begin}; {advice}")


def estimates(summary: Any, days: int, bars_per_year: int) -> dict[str, Estimate]:
    """Value and interval of each statistic, as far as they decide when to stop.

    Args:
        summary: From the tally alone, see ``montecarlo.statistics.summary``.
        days: How many were simulated.
        bars_per_year: How many of them make a year.
    """
    found: dict[str, Estimate] = {}
    for name, value, low, high in summary[["statistic", "value", "low", "high"]].itertuples(index=False):
        error = _error_of_bins(name, low, high)
        found[name] = value, low - error, high + error
    value, low, high = (annualised(each, days, bars_per_year) for each in found["return_median"])
    return found | {"annual_return_median": (value, low, high)}


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for each in text.split(","):
        name, equals, width = (part.strip() for part in each.partition("="))
        if not (name and equals and width):
            raise _problem(f"{_EXAMPLES}, not {shown(text)}")
        yield name, width


def _goal(name: str, asked: object) -> Goal:
    relative = isinstance(asked, str) and asked.endswith("%")
    try:
        width = read_number(asked.removesuffix("%").strip()) if isinstance(asked, str) else float(asked)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        width = NAN
    if isinstance(plain(asked), bool) or not 0 < width < math.inf:
        raise _problem(f"must have a width above 0 for {name}, such as 0.005 or 1%, not {shown(asked)}")
    return Goal(name, width, relative)


def _problem(message: str) -> ParameterError:
    return ParameterError({"precision": message})


def _error_of_bins(name: str, low: float, high: float) -> float:
    """Of a quantile between these, at most: half of the bin in which it is."""
    if not name.startswith((*OF_WEALTH, *OF_DRAWDOWN)):
        return 0.0
    largest = max(abs(low), abs(high)) + name.startswith(OF_WEALTH)
    return math.ldexp(RELATIVE_ERROR, math.frexp(largest)[1] - 1) if largest > 0 else 0.0


def _rounded(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")


def _plain(number: float) -> str:
    """Such as 1 and 0.005, which reads back as the same number."""
    return repr(number).removesuffix(".0")
