"""The files that a portfolio writes: their names, what is in them, and whether one of them is whole."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from montecarlo.accounting import rows as row_files
from montecarlo.experiments import uncertainty
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.portfolio_measures import CORRELATION_COLUMNS, EQUITY_COLUMNS, STYLIZED_FACT_COLUMNS
from montecarlo.experiments.simulation import ROWS_BY_DEFAULT
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.experiments.uncertainty import Uncertainty
from montecarlo.statistics.portfolio_tally import BEATING_COLUMNS, CONTRIBUTION_COLUMNS, PortfolioTally
from montecarlo.statistics.summary import STATISTICS, require_summary, summary_to_csv
from montecarlo.statistics.tables import whole_table

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

CONTRIBUTIONS, BEATING, CORRELATIONS, STYLIZED_FACTS, EQUITY = (
    "contributions.csv",
    "beating.csv",
    "correlations.csv",
    "stylized_facts.csv",
    "equity.csv",
)
FILES = (UNCERTAINTY, EQUITY, CONTRIBUTIONS, BEATING, CORRELATIONS, STYLIZED_FACTS, SUMMARY)
"""All of them; the first one only where it is found out what the answer is worth."""


def files_of(portfolio: "Portfolio", total: PortfolioTally, rows: Iterable[bytes]) -> dict[str, bytes]:
    """By name, in the order of FILES; as ``Experiment.results``."""
    kept = None
    if portfolio.rows and total.paths <= ROWS_BY_DEFAULT:
        kept = row_files.join(map(row_files.from_csv, rows))
    found = {}
    if total.tally.uncertainty:
        worth = Uncertainty.from_dict(total.tally.uncertainty)
        found[UNCERTAINTY] = worth.table(portfolio.rules, portfolio.days, portfolio.model.bars_per_year)
    summary = portfolio.summary(total, kept)
    measured = portfolio.measured(total)
    tables = {
        **found,
        EQUITY: measured.equity,
        CONTRIBUTIONS: portfolio.contributions(total, summary),
        BEATING: portfolio.beating(total),
        CORRELATIONS: measured.correlations,
        STYLIZED_FACTS: measured.stylized_facts,
    }
    written = {name: table.to_csv(index=False).encode() for name, table in tables.items()}
    return {**written, SUMMARY: summary_to_csv(summary)}


def require_whole(portfolio: "Portfolio", name: str, content: bytes) -> None:
    """As ``Experiment.require_whole``."""
    symbols = len(portfolio.symbols)
    match name:
        case "summary.csv":
            require_summary(content, STATISTICS)
        case "uncertainty.csv":
            drifts = uncertainty.drifts_of(portfolio.mix, portfolio.rules)
            uncertainty.require_whole(content, len(drifts), len(STATISTICS))
        case "equity.csv":
            whole_table(content, EQUITY_COLUMNS, EQUITY_COLUMNS[1:], portfolio.history.closes)
        case "contributions.csv":
            whole_table(content, CONTRIBUTION_COLUMNS, CONTRIBUTION_COLUMNS[1:], symbols + 1)
        case "beating.csv":
            whole_table(content, BEATING_COLUMNS, BEATING_COLUMNS[1:], len(portfolio.others))
        case "correlations.csv":
            whole_table(content, CORRELATION_COLUMNS, CORRELATION_COLUMNS[2:], symbols * (symbols - 1) // 2)
        case _:
            lines = content.count(b"\n") - 1  # those of the version that wrote it
            whole_table(content, STYLIZED_FACT_COLUMNS, STYLIZED_FACT_COLUMNS[1:], lines)
