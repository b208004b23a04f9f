"""What came of a portfolio, as its page shows it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fleet import results
from fleet.bucket import Bucket
from fleet.job import Job
from montecarlo.experiments import uncertainty
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.portfolio_files import BEATING, CONTRIBUTIONS, CORRELATIONS, STYLIZED_FACTS
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.statistics.summary import WITH_TRADES, summary_from_csv
from montecarlo.wording import percent as about
from webui.display import percent
from webui.forms.frontiers import HOW_TO_READ
from webui.forms.portfolios import texts_of
from webui.results import portfolio_charts as drawn
from webui.results import portfolio_tables as tables
from webui.results import simulation_charts, summary
from webui.results.kind import Chart, Figure, Kind
from webui.results.simulation import GROUPS, WRITTEN_BY, worth_of
from webui.results.simulation import NAMES as NAMES_OF_ONE
from webui.results.summary import UNDEFINED

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = ("return_median", "probability_of_loss", "max_drawdown_q95", "expected_shortfall_95")

_AT_A_GLANCE = {
    "probability_of_loss": "Loses",
    "return_median": "Median return",
    "value_at_risk_95": "5 % value at risk",
    "expected_shortfall_95": "5 % shortfall",
}
_OTHERWISE = {  # than of one symbol
    "probability_of_beating_buy_and_hold": "Probability of beating the same weights, never rebalanced",
    "win_rate": "Positions that gained",
    "turnover_mean": "Mean turnover per year, times equity",
}
_CONTROLLED = {name for name in NAMES_OF_ONE if name.endswith("_controlled")}  # of several symbols there are none
NAMES = {statistic: _OTHERWISE.get(statistic, name) for statistic, name in NAMES_OF_ONE.items()}
PAIRS_SHOWN = 15  # of symbols; correlations.csv has them all


def read(bucket: Bucket, job: Job) -> dict[str, Any]:
    """What came of it: in a sentence, in the figures that are read first, and in tables."""
    portfolio: Any = job.experiment
    table = results.summary(bucket, job)
    parts, odds, pairs, facts = (
        results.parsed(bucket, job, tables.reader(name), name)
        for name in (CONTRIBUTIONS, BEATING, CORRELATIONS, STYLIZED_FACTS)
    )
    with results.making_sense_of(job):
        found = grouped(table)
    found |= {
        "sentence": results.sentence(bucket, job),
        "worth": None,
        "rows": portfolio.rows,
        "parts": tables.parts(parts, table),
        "odds": tables.odds(odds),
        "pairs": tables.pairs(pairs, PAIRS_SHOWN),
        "more_pairs": max(0, len(pairs) - PAIRS_SHOWN),
        "stylized_facts": tables.stylized_facts(facts),
    }
    if UNCERTAINTY not in portfolio.result_files:
        return found
    ranges = results.parsed(bucket, job, uncertainty.from_csv, UNCERTAINTY)
    with results.making_sense_of(job, UNCERTAINTY):
        worth = worth_of(found, ranges, NAMES)
    headline = [replace(line, range=worth["ranges"].get(line.name, "")) for line in found["headline"]]
    return found | {"worth": worth, "headline": headline}


def grouped(table: "pd.DataFrame") -> dict[str, Any]:
    """The statistics of a summary that are read first, and all of them by group."""
    lines = summary.read(table, NAMES, WITH_TRADES, WRITTEN_BY)
    shown = {name for name, line in lines.items() if name not in _CONTROLLED or line.value != UNDEFINED}
    groups = {
        heading: [lines[statistic] for statistic in group if statistic in shown] for heading, group in GROUPS.items()
    }
    return {
        "headline": [lines[statistic] for statistic in HEADLINE],
        "groups": {heading: found for heading, found in groups.items() if found},
    }


def figures(content: bytes) -> list[Figure]:
    """What tells portfolios apart at a glance."""
    value = summary_from_csv(content).set_index("statistic")["value"]
    return [Figure(name, summary.written(percent, value[statistic])) for statistic, name in _AT_A_GLANCE.items()]


def so_far(job: Job, total: Any, units: int) -> dict[str, Any]:
    """What it amounts to before it is complete: the figures that are read first, and charts."""
    portfolio: Any = job.experiment
    table = portfolio.summary(total, None)
    tally = drawn.tally_in(total)
    return {
        "lines": grouped(table)["headline"],
        "charts": {
            "fan": simulation_charts.fan_of(job, tally),
            "returns": simulation_charts.returns_of(table, tally),
        },
    }


def repeated(job: Job) -> Mapping[str, str]:
    """What the form has to be filled in with to simulate the same again."""
    return texts_of(job)


def _is_joint(job: Job) -> bool:
    portfolio: Any = job.experiment
    return isinstance(portfolio, Portfolio) and len(portfolio.symbols) > 1


def _has_reserve(job: Job) -> str:
    portfolio: Any = job.experiment
    return f"{about(portfolio.reserve)} of the capital is cash." if portfolio.reserve else ""


KIND = Kind(
    template="portfolio.html",
    read=read,
    charts={
        "fan": Chart("How equity spreads day by day", drawn.fan, "trading day", wide=True),
        "contributions": Chart(
            "Which symbol the worst outcomes are due to",
            drawn.contributions,
            "",
            "the table below says the same in numbers",
            wide=True,
            note=_has_reserve,
        ),
        "beating": Chart(
            "Is it better than something simpler?",
            drawn.beating,
            "share of the paths",
            "the table below says the same in numbers",
        ),
        "returns": Chart(
            "How often each return came",
            drawn.returns,
            "return",
            "the summary below says the same in numbers",
            note=lambda job: "Buy and hold is the same weights, bought once and never rebalanced.",
        ),
        "frontier": Chart(
            "Among all weightings of the past",
            drawn.frontier,
            "volatility",
            wide=True,
            wanted=_is_joint,
            note=lambda job: HOW_TO_READ,
        ),
        "correlations": Chart(
            "How the symbols move together",
            drawn.correlations,
            "",
            "the table below has the pairs that differ most",
            wanted=_is_joint,
        ),
        "stylized_facts": Chart(
            "Stylized facts: are these days like the real ones?",
            drawn.stylized_facts,
            "half-widths",
            "the table below says the same in numbers",
        ),
        "equity": Chart(
            "The portfolio on the real history", drawn.equity, "date", "equity.csv has its numbers", wide=True
        ),
        "drawdowns": Chart(
            "How deep the falls on the way were",
            drawn.drawdowns,
            "maximum drawdown",
            "the summary below has its mean and its 95 % quantile",
        ),
        "drifts": Chart(
            "How the odds change with the drift",
            drawn.drifts,
            "drift",
            "the table below says the same in numbers",
            wanted=lambda job: UNCERTAINTY in job.experiment.result_files,
        ),
    },
    sentence=results.sentence,
    figures=figures,
    repeated=repeated,
    form="portfolio.show",
    so_far=so_far,
)
