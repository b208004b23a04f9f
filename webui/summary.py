"""A job's summary as a person reads it."""

import math
from dataclasses import dataclass

from montecarlo.statistics.summary import STATISTICS, summary_from_csv
from webui.display import cost, percent, ratio, thousands

HEADLINE = (
    "return_median",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "expected_shortfall_95",
)

GROUPS = {
    "Return over the whole horizon": {
        "return_mean": "Mean return",
        "return_median": "Median return",
        "return_std": "Standard deviation of return",
        "return_q01": "1 % quantile",
        "return_q05": "5 % quantile",
        "return_q25": "25 % quantile",
        "return_q75": "75 % quantile",
        "return_q95": "95 % quantile",
        "return_q99": "99 % quantile",
    },
    "Odds": {
        "probability_of_loss": "Probability of loss",
        "probability_of_beating_buy_and_hold": "Probability of beating buy and hold",
    },
    "Risk": {
        "value_at_risk_95": "Value at risk, 95 %",
        "value_at_risk_99": "Value at risk, 99 %",
        "expected_shortfall_95": "Expected shortfall, 95 %",
        "expected_shortfall_99": "Expected shortfall, 99 %",
        "max_drawdown_mean": "Mean maximum drawdown",
        "max_drawdown_q95": "95 % quantile of maximum drawdown",
        "longest_drawdown_mean": "Mean longest drawdown, days",
    },
    "Per year": {
        "annual_return_median": "Median compound return",
        "annual_volatility_mean": "Mean volatility",
        "sharpe_mean": "Mean Sharpe ratio",
        "sortino_mean": "Mean Sortino ratio",
        "calmar_mean": "Mean Calmar ratio",
    },
    "Trading": {
        "win_rate": "Trades that gained",
        "turnover_mean": "Mean turnover per year, times equity",
    },
    "What it rests on": {
        "paths": "Paths",
        "capital": "Capital, dollars",
        "commission": "Commission",
        "slippage": "Slippage",
        "risk_free": "Risk-free rate per year",
        "unfilled_paths": "Paths with an order not filled",
        "absorbed_paths": "Paths that fell to zero",
        "quantile_error": "Relative error of quantiles",
    },
}

# All others are fractions of some size.
_WRITTEN_BY = (
    dict.fromkeys(("paths", "capital", "unfilled_paths", "absorbed_paths"), thousands)
    | dict.fromkeys(("commission", "slippage", "quantile_error"), cost)
    | dict.fromkeys(("sharpe_mean", "sortino_mean", "calmar_mean", "turnover_mean", "longest_drawdown_mean"), ratio)
)


@dataclass(frozen=True)
class Line:
    """One statistic: its name, its value and 95 % interval as text (empty where undefined), and what it means."""

    name: str
    value: str
    interval: str
    explanation: str


@dataclass(frozen=True)
class Summary:
    """The few lines that are read first, and all of them by group."""

    headline: list[Line]
    groups: dict[str, list[Line]]


def read(content: bytes) -> Summary:
    """The summary in a summary.csv."""
    table = summary_from_csv(content).set_index("statistic")
    names = {statistic: name for group in GROUPS.values() for statistic, name in group.items()}
    lines = {
        statistic: Line(names[statistic], *_written(statistic, *numbers), STATISTICS[statistic])
        for statistic, *numbers in table.itertuples()
    }
    return Summary(
        [lines[statistic] for statistic in HEADLINE],
        {heading: [lines[statistic] for statistic in group] for heading, group in GROUPS.items()},
    )


def _written(statistic: str, value: float, low: float, high: float) -> tuple[str, str]:
    write = _WRITTEN_BY.get(statistic, percent)
    return (
        "undefined" if math.isnan(value) else write(value),
        "" if math.isnan(low) or math.isnan(high) else f"{write(low)} to {write(high)}",
    )
