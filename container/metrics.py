"""What a training job measures: the lines that it prints, and beside them the expressions that find the numbers.

SageMaker looks for each expression in all that a container prints, takes what its one group has found for a number,
and has the last one as the final value of a metric.  Numbers are printed with all their digits; one that is undefined
is not printed.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST = 40
"""Metrics that a training job can have."""

_NUMBER = "([-+.0-9e]+)"


@dataclass(frozen=True)
class Metric:
    """One that a training job can be asked for.

    Attributes:
        name: As the service lists it.
        regex: What finds it among all that is printed.
        statistic: Where it comes from: a statistic of summary.csv, or words.
        work: The kind of work that has it; empty where several have.
    """

    name: str
    regex: str
    statistic: str
    work: str = ""


TOTAL_PNL = Metric("Total PnL", r"Total PnL:(.*?)]", "final value less capital")
SHARPE_RATIO = Metric("Sharpe Ratio", r"Sharpe Ratio:(.*?),", "Sharpe ratio per year")
"""The two of the customary expressions; of a simulation they are means, of a sweep those of its best combination."""

UNITS_DONE = Metric("units_done", r"progress ([0-9]+) of [0-9]+;", "units of work that are done")

BEST = "best_"
"""Of a sweep: a column of sweep.csv for the combination with the highest mean return."""

BY_WORK: Mapping[str, tuple[str, ...]] = {
    "backtest": (
        "final_value",
        "return",
        "annual_return",
        "annual_volatility",
        "sharpe",
        "sortino",
        "calmar",
        "max_drawdown",
        "trades",
        "exposure",
        "win_rate",
        "buy_and_hold_value",
    ),
    "simulate": (
        "paths",
        "return_mean",
        "return_median",
        "probability_of_loss",
        "probability_of_beating_buy_and_hold",
        "value_at_risk_95",
        "expected_shortfall_95",
        "max_drawdown_mean",
        "sharpe_mean",
        "annual_return_median",
    ),
    "sweep": (
        f"{BEST}return_mean",
        f"{BEST}sharpe_mean",
        "chosen_return",
        "validated_return",
        "shrinkage",
        "validated_rank",
    ),
    "train": (
        "validation",
        "judged",
        "long_auc",
        "long_excess_auc",
        "long_brier",
        "short_auc",
        "short_excess_auc",
        "short_brier",
    ),
}
"""The names that each kind of work prints, one a line."""


def _own(name: str, work: str) -> Metric:
    return Metric(name, f"metric {name}={_NUMBER};", name, work)


METRICS: tuple[Metric, ...] = (
    TOTAL_PNL,
    SHARPE_RATIO,
    UNITS_DONE,
    *(_own(name, work) for work, names in BY_WORK.items() for name in names),
)


def definitions() -> list[dict[str, str]]:
    """For MetricDefinitions of CreateTrainingJob; the same for every kind of work."""
    return [{"Name": each.name, "Regex": each.regex} for each in METRICS]


def found_in(log: str) -> dict[str, float]:
    """The final value of each metric that has one, by name, as SageMaker finds them in what was printed."""
    found = {}
    for each in METRICS:
        for text in re.findall(each.regex, log):
            try:
                found[each.name] = float(text)
            except ValueError:  # somebody else's words
                continue
    return found


def lines(work: str, values: Mapping[str, float]) -> Iterable[str]:
    """What is printed of what came of the work, by name; what is undefined is left out."""
    for name in BY_WORK[work]:
        if is_defined(values.get(name)):
            yield f"metric {name}={values[name]!r};"
    pnl, sharpe = values.get(TOTAL_PNL.name), values.get(SHARPE_RATIO.name)
    if is_defined(pnl):
        yield f"[{f'Sharpe Ratio:{sharpe!r}, ' if is_defined(sharpe) else ''}Total PnL:{pnl!r}]"


def progress_line(done: int, units: int) -> str:
    """What is printed now and then."""
    return f"progress {done} of {units};"


def is_defined(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
