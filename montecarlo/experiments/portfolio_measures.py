"""Stylized facts of the history and of simulated prices, and what a portfolio has made on the history itself.

Done where path 0 is, once for a job, of its first MEASURED_PATHS paths; so what it finds is plain values in the partial
result of that range.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.engine.lanes import LANES
from montecarlo.experiments.portfolio_backtest import backtest_portfolio
from montecarlo.experiments.price_paths import joint_closes
from montecarlo.statistics import stylized_facts
from montecarlo.statistics.histogram import rank_of

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

FloatArray = NDArray[np.float64]

MEASURED_PATHS = 256
_AT_ONCE = 2 * LANES  # paths whose prices are in memory: 30 MB of 50 symbols and ten years

_ENDS = ("history", "simulated", "low", "high")
CORRELATION_COLUMNS = ("first", "second", *_ENDS)
STYLIZED_FACT_COLUMNS = ("statistic", *_ENDS)
EQUITY_COLUMNS = ("date", "equity", "buy_and_hold")


class MeasuredTables(NamedTuple):
    """What was found, as tables.

    Attributes:
        correlations: CORRELATION_COLUMNS, a row for each pair: of daily returns, in the history, on average over the
            paths, and the ends of the central 95 % of them.
        stylized_facts: STYLIZED_FACT_COLUMNS, a row for each of ``montecarlo.statistics.stylized_facts``, likewise.
        equity: EQUITY_COLUMNS: dollars at each close of the history.
    """

    correlations: pd.DataFrame
    stylized_facts: pd.DataFrame
    equity: pd.DataFrame


def measure(portfolio: "Portfolio") -> dict[str, Any]:
    """What ``measured_tables`` takes, as plain values; the prices must be at hand."""
    history = portfolio.history.at_hand
    days = history.returns
    pairs: list[FloatArray] = []
    found: dict[str, list[FloatArray]] = {}
    for returns in _simulated(portfolio):
        pairs.append(stylized_facts.correlations(returns))
        for name, values in stylized_facts.measured(returns, days).items():
            found.setdefault(name, []).append(values)
    own, of_history = (
        stylized_facts.correlations(days[:, :, None])[:, 0],
        stylized_facts.measured(days[:, :, None], days),
    )
    backtest = backtest_portfolio(history, portfolio.holdings, rebalancing=portfolio.rebalancing, rules=portfolio.rules)
    return {
        "correlations": [
            [float(real), *_spread(simulated)]
            for real, simulated in zip(own, np.concatenate(pairs, axis=1), strict=True)
        ],
        "stylized_facts": [
            [name, float(of_history[name][0]), *_spread(np.concatenate(values))] for name, values in found.items()
        ],
        "equity": {
            "date": [f"{day:%Y-%m-%d}" for day in backtest.equity.index],
            "equity": backtest.equity.tolist(),
            "buy_and_hold": backtest.buy_and_hold.tolist(),
        },
    }


def measured_tables(measured: Mapping[str, Any], symbols: tuple[str, ...]) -> MeasuredTables:
    """The tables of what ``measure`` has found."""
    pairs = [(*pair, *values) for pair, values in zip(_pairs(symbols), measured["correlations"], strict=True)]
    return MeasuredTables(
        pd.DataFrame.from_records(pairs, columns=list(CORRELATION_COLUMNS)),
        pd.DataFrame.from_records(measured["stylized_facts"], columns=list(STYLIZED_FACT_COLUMNS)),
        pd.DataFrame(measured["equity"], columns=list(EQUITY_COLUMNS)),
    )


def _pairs(symbols: Sequence[str]) -> Iterator[tuple[str, str]]:
    """In the order of ``stylized_facts.correlations``."""
    for place, second in enumerate(symbols):
        for first in symbols[:place]:
            yield first, second


def _simulated(portfolio: "Portfolio") -> Iterator[FloatArray]:
    """Daily returns of the first paths, some at a time, shape (days, symbols, paths); none of a price that is zero."""
    measured = min(MEASURED_PATHS, portfolio.iterations)
    for first in range(0, measured, _AT_ONCE):
        paths = min(_AT_ONCE, measured - first)
        closes = joint_closes(portfolio.model, portfolio.seed, first, paths, portfolio.days)
        before = closes[:-1]
        yield np.divide(closes[1:], before, out=np.ones_like(before), where=before > 0) - 1


def _spread(values: FloatArray) -> tuple[float, float, float]:
    """Mean, and the ends of the central 95 % of what is defined; NaN where nothing is."""
    defined = sorted(values[~np.isnan(values)].tolist())
    if not defined:
        return (math.nan,) * 3
    rank = rank_of(0.025, len(defined))
    return math.fsum(defined) / len(defined), defined[rank - 1], defined[-rank]
