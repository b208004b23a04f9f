"""What came of a simulation, as its page shows it."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fleet import results
from fleet.bucket import Bucket
from fleet.job import Job
from montecarlo.experiments import sentence as sentences
from montecarlo.experiments import uncertainty
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.statistics.summary import WITH_TRADES, summary_from_csv
from montecarlo.statistics.tally import Tally
from montecarlo.wording import from_to, percent
from webui.display import cost, ratio, thousands
from webui.forms.form import texts_of
from webui.results import simulation_charts, summary, verdicts
from webui.results.kind import Chart, Figure, Kind
from webui.results.verdict_chart import VERDICT

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = (
    "return_median",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "expected_shortfall_95",
)

_AT_A_GLANCE = {
    "probability_of_loss": "Loses",
    "probability_of_beating_buy_and_hold": "Beats holding",
    "return_median": "Median return",
    "expected_shortfall_95": "5 % shortfall",
}

GROUPS = {
    "Return over the whole horizon": {
        "return_mean": "Mean return",
        "return_mean_controlled": "Mean return, controlled",
        "return_median": "Median return",
        "return_median_controlled": "Median return, controlled",
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
        "probability_of_loss_controlled": "Probability of loss, controlled",
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
    "Trades, with orders within the day": {
        "profit_factor": "Profit factor",
        "expectancy_mean": "Mean expectancy of a trade",
        "sqn_mean": "Mean system quality number",
        "longest_losing_streak_mean": "Mean longest losing streak",
        "average_holding": "Average holding, days",
        "ambiguous_bars": "Ambiguous bars",
        "ambiguous_share": "Ambiguous bars for each trade",
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

NAMES = {statistic: name for group in GROUPS.values() for statistic, name in group.items()}
WRITTEN_BY = (
    dict.fromkeys(("paths", "capital", "unfilled_paths", "absorbed_paths", "ambiguous_bars"), thousands)
    | dict.fromkeys(("commission", "slippage", "quantile_error"), cost)
    | dict.fromkeys(("sharpe_mean", "sortino_mean", "calmar_mean", "turnover_mean", "longest_drawdown_mean"), ratio)
    | dict.fromkeys(("profit_factor", "sqn_mean", "longest_losing_streak_mean", "average_holding"), ratio)
)


def read(bucket: Bucket, job: Job) -> dict[str, Any]:
    """What came of it: in a sentence, in the figures that are read first, in all of them, and what they are worth."""
    simulation: Any = job.experiment
    table = results.summary(bucket, job)
    ranges = None
    if UNCERTAINTY in job.experiment.result_files:
        ranges = results.parsed(bucket, job, uncertainty.from_csv, UNCERTAINTY)
    with results.making_sense_of(job):
        found = grouped(table)
        said = sentences.of_simulation(job.symbol, simulation, table, ranges)
    found |= {"sentence": said, "worth": None, "rows": simulation.rows, "verdict": verdicts.known(job)}
    if ranges is None:
        return found
    with results.making_sense_of(job, UNCERTAINTY):
        worth = worth_of(found, ranges)
    headline = [replace(line, range=worth["ranges"].get(line.name, "")) for line in found["headline"]]
    return found | {"worth": worth, "headline": headline}


def worth_of(found: Mapping[str, Any], table: "pd.DataFrame", names: Mapping[str, str] = NAMES) -> dict[str, Any]:
    """What a person reads of what the answer is worth: by statistic its range, a line for each, one for each drift.

    Args:
        found: From ``grouped``.
        table: From ``uncertainty.from_csv``.
        names: What a person calls each statistic, as in ``found``.
    """
    by_statement = {name: lines.set_index("statistic") for name, lines in table.groupby("statement")}
    at_ranges, predictive = by_statement[uncertainty.RANGE], by_statement[uncertainty.PREDICTIVE]["value"]
    ranges = {name: from_to(*at_ranges.loc[name, ["low", "high"]]) for name in uncertainty.STATISTICS}
    at_the_fit = {line.name: line.value for lines in found["groups"].values() for line in lines}
    return {
        "ranges": {names[name]: each for name, each in ranges.items()},
        "lines": [
            (names[name], at_the_fit[names[name]], each, percent(predictive[name])) for name, each in ranges.items()
        ],
        "drifts": [
            (setting, percent(lines["drift"].iloc[0]), [percent(value) for value in lines["value"]])
            for setting, lines in by_statement[uncertainty.AT_DRIFT].groupby("setting", sort=False)
        ],
    }


def grouped(table: "pd.DataFrame") -> dict[str, Any]:
    """The statistics of a summary that are read first, and all of them by group."""
    lines = summary.read(table, NAMES, WITH_TRADES, WRITTEN_BY)
    for cost_of_trading in ("commission", "slippage"):
        if math.isnan(_value(table, cost_of_trading)):  # it is no fraction: what determines the answer says what it is
            del lines[cost_of_trading]
    groups = {  # engine 4 controlled nothing, and only orders within the day have trades of their own
        heading: [lines[statistic] for statistic in group if statistic in lines] for heading, group in GROUPS.items()
    }
    return {
        "headline": [lines[statistic] for statistic in HEADLINE],
        "groups": {heading: found for heading, found in groups.items() if found},
    }


def _value(table: "pd.DataFrame", statistic: str) -> float:
    return float(table.set_index("statistic")["value"][statistic])


def so_far(job: Job, total: Tally, units: int) -> dict[str, Any]:
    """What it amounts to before it is complete: the figures that are read first, and charts."""
    simulation: Any = job.experiment
    table = simulation.summary(total, None)
    return {
        "lines": grouped(table)["headline"],
        "charts": {
            "fan": simulation_charts.fan_of(job, total),
            "returns": simulation_charts.returns_of(table, total),
        },
    }


def figures(content: bytes) -> list[Figure]:
    """What tells simulations apart at a glance."""
    value = summary_from_csv(content).set_index("statistic")["value"]
    return [Figure(name, summary.written(percent, value[statistic])) for statistic, name in _AT_A_GLANCE.items()]


def repeated(job: Job) -> dict[str, str]:
    """What the form has to be filled in with to simulate the same again."""
    simulation: Any = job.experiment
    return texts_of(job, simulation)


def _exposure_of(job: Job) -> str:
    if job.experiment.units <= simulation_charts.ROWS_SHOWN:
        return ""
    return f"Of the first {simulation_charts.ROWS_SHOWN:,} paths."


KIND = Kind(
    template="simulation.html",
    read=read,
    charts={
        "verdict": VERDICT,
        "fan": Chart("How equity spreads day by day", simulation_charts.fan, "trading day", wide=True),
        "returns": Chart(
            "How often each return came",
            simulation_charts.returns,
            "return",
            "the summary below says the same in numbers",
            wide=True,
        ),
        "drawdowns": Chart(
            "How deep the falls on the way were",
            simulation_charts.drawdowns,
            "maximum drawdown",
            "the summary below has its mean and its 95 % quantile",
        ),
        "exposure": Chart(
            "Exposure against result",
            simulation_charts.exposure,
            "days with a position",
            "paths.csv has its numbers",
            note=_exposure_of,
            wanted=lambda job: results.rows_file(job) is not None,
        ),
        "drifts": Chart(
            "How the odds change with the drift",
            simulation_charts.drifts,
            "drift",
            "the table below says the same in numbers",
            wanted=lambda job: UNCERTAINTY in job.experiment.result_files,
        ),
    },
    sentence=results.sentence,
    figures=figures,
    repeated=repeated,
    so_far=so_far,
    compared=True,
)
