"""What came of a simulation, as its page shows it."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fleet import partial_results, results
from fleet.bucket import Bucket
from fleet.errors import NotCompleteError
from fleet.job import Job
from montecarlo.experiments import sentence as sentences
from montecarlo.experiments import uncertainty
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.experiments.uncertainty import Uncertainty
from montecarlo.statistics.fan import fan_table
from montecarlo.statistics.summary import STATISTICS, summary_from_csv
from montecarlo.wording import from_to, percent
from webui.display import cost, ratio, thousands
from webui.forms.form import texts_of
from webui.results import summary
from webui.results.kind import Chart, Figure, Kind

if TYPE_CHECKING:
    import plotly.graph_objects as go

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

_NAMES = {statistic: name for group in GROUPS.values() for statistic, name in group.items()}
_WRITTEN_BY = (
    dict.fromkeys(("paths", "capital", "unfilled_paths", "absorbed_paths"), thousands)
    | dict.fromkeys(("commission", "slippage", "quantile_error"), cost)
    | dict.fromkeys(("sharpe_mean", "sortino_mean", "calmar_mean", "turnover_mean", "longest_drawdown_mean"), ratio)
)


def read(bucket: Bucket, job: Job) -> dict[str, Any]:
    """The statistics that are read first, all of them by group, and what they are worth."""
    found = results.parsed(bucket, job, grouped)
    known = UNCERTAINTY in job.experiment.result_files
    return found | {"worth": results.parsed(bucket, job, partial(worth, found), UNCERTAINTY) if known else None}


def worth(found: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    """What a person reads of an uncertainty.csv: by statistic its range, a line for each, and one for each drift.

    Args:
        found: From ``grouped``.
        content: The file.
    """
    table = uncertainty.from_csv(content)
    by_statement = {name: lines.set_index("statistic") for name, lines in table.groupby("statement")}
    at_ranges, predictive = by_statement[uncertainty.RANGE], by_statement[uncertainty.PREDICTIVE]["value"]
    ranges = {name: from_to(*at_ranges.loc[name, ["low", "high"]]) for name in uncertainty.STATISTICS}
    at_the_fit = {line.name: line.value for lines in found["groups"].values() for line in lines}
    return {
        "ranges": {_NAMES[name]: each for name, each in ranges.items()},
        "lines": [
            (_NAMES[name], at_the_fit[_NAMES[name]], each, percent(predictive[name])) for name, each in ranges.items()
        ],
        "drifts": [
            (setting, percent(lines["drift"].iloc[0]), [percent(value) for value in lines["value"]])
            for setting, lines in by_statement[uncertainty.AT_DRIFT].groupby("setting", sort=False)
        ],
    }


def grouped(content: bytes) -> dict[str, Any]:
    """The same, of a summary.csv."""
    lines = summary.read(summary_from_csv(content), _NAMES, STATISTICS, _WRITTEN_BY)
    return {
        "headline": [lines[statistic] for statistic in HEADLINE],
        "groups": {
            heading: [lines[statistic] for statistic in group if statistic in lines]  # engine 4 controlled nothing
            for heading, group in GROUPS.items()
        },
    }


def sentence(bucket: Bucket, job: Job) -> str:
    """What came of it, as a person repeats it."""
    known = UNCERTAINTY in job.experiment.result_files
    table = results.parsed(bucket, job, uncertainty.from_csv, UNCERTAINTY) if known else None
    found = results.summary(bucket, job)
    simulation: Any = job.experiment
    with results.making_sense_of(job):
        return sentences.of_simulation(job.symbol, simulation, found, table)


def figures(content: bytes) -> list[Figure]:
    """What tells simulations apart at a glance."""
    value = summary_from_csv(content).set_index("statistic")["value"]
    return [Figure(name, summary.written(percent, value[statistic])) for statistic, name in _AT_A_GLANCE.items()]


def repeated(job: Job) -> dict[str, str]:
    """What the form has to be filled in with to simulate the same again, with another seed."""
    simulation: Any = job.experiment
    return texts_of(job, simulation)


def returns(bucket: Bucket, job: Job) -> "go.Figure":
    """How often each return came."""
    from montecarlo.charts import return_histogram  # plotly takes a while to import

    table = results.summary(bucket, job)
    tally: Any = partial_results.load(bucket, job)
    with results.making_sense_of(job):
        return return_histogram(table, tally.wealth.middles() - 1, tally.wealth.counts)


def drifts(bucket: Bucket, job: Job) -> "go.Figure":
    """How the odds change with the drift that the history leaves open."""
    from montecarlo import charts  # plotly takes a while to import

    results.require_complete(bucket, job)
    if UNCERTAINTY not in job.experiment.result_files:
        raise NotCompleteError(f"job {job.id} was not asked what its answer is worth")
    tally: Any = partial_results.load(bucket, job)
    with partial_results.making_sense_of(bucket, job):
        return charts.drifts(Uncertainty.from_dict(tally.uncertainty))


def fan(bucket: Bucket, job: Job) -> "go.Figure":
    """How equity spread day by day."""
    from montecarlo import charts  # plotly takes a while to import

    results.require_complete(bucket, job)
    simulation: Any = job.experiment
    tally: Any = partial_results.load(bucket, job)
    with partial_results.making_sense_of(bucket, job):
        return charts.fan(fan_table(tally.fan, simulation.first_fill, simulation.days))


KIND = Kind(
    template="simulation.html",
    read=read,
    charts={
        "fan": Chart("How equity spreads day by day", fan, "trading day"),
        "returns": Chart("How often each return came", returns, "return", "the summary below says the same in numbers"),
        "drifts": Chart(
            "How the odds change with the drift",
            drifts,
            "drift",
            "the table above says the same in numbers",
            wanted=lambda job: UNCERTAINTY in job.experiment.result_files,
        ),
    },
    sentence=sentence,
    figures=figures,
    repeated=repeated,
)
