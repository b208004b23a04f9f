"""Rows of accounts that keep orders within the day, from what their broker says, in plain NumPy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.account import Ledger
from montecarlo.accounting.broker import Outcome, Trade
from montecarlo.accounting.controls import Expectation
from montecarlo.accounting.path_statistics import over_mean_equity, rows_of
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import Rules
from montecarlo.accounting.trade_statistics import trade_statistics, won
from montecarlo.engine.tolerances import EVEN

FloatArray = NDArray[np.float64]


def rows_of_outcomes(
    outcomes: Sequence[Outcome],
    prices: FloatArray,
    hold_value: FloatArray,
    first_fill: int,
    rules: Rules,
    *,
    bars_per_year: int,
    first_path: int = 0,
    expected: Expectation | None = None,
) -> Rows:
    """What became of each path.

    Args:
        outcomes: Of each path.
        prices: Closes, shape (days + 1, paths).
        hold_value, first_fill, rules, bars_per_year, first_path, expected: As ``rows_of`` takes them.
    """
    held, equity, traded, unfilled, ambiguous = (
        np.stack([getattr(outcome, name) for outcome in outcomes], axis=1)
        for name in ("held", "equity", "traded", "unfilled", "ambiguous")
    )
    ledger = Ledger(rules.capital, held, equity, unfilled)
    rows = rows_of(
        ledger,
        prices,
        hold_value,
        first_fill,
        rules,
        bars_per_year=bars_per_year,
        first_path=first_path,
        expected=expected,
    )
    # What closes alone cannot tell: trades may begin and end between two of them, at prices of their own.
    rows["trades"] = np.array([len(outcome.trades) for outcome in outcomes])
    rows["wins"] = np.array([won(outcome.trades) for outcome in outcomes], np.float64)
    rows["turnover"] = over_mean_equity(traded.cumsum(axis=0)[-1], ledger, first_fill, bars_per_year)
    statistics = [trade_statistics(outcome.trades) for outcome in outcomes]
    rows |= {name: np.array([each[name] for each in statistics]) for name in statistics[0]}
    rows |= {"ambiguous_bars": ambiguous.sum(axis=0)}
    return rows | _sums([outcome.trades for outcome in outcomes], rules.capital)


def _sums(trades: Sequence[Sequence[Trade]], capital: float) -> Rows:
    """What a tally needs of all trades of each path."""
    profits = [[each.profit for each in some if abs(each.profit) > EVEN * each.capital] for some in trades]
    return {
        "gains": np.array([sum(each for each in some if each > 0) / capital for some in profits]),
        "losses": np.array([-sum(each for each in some if each < 0) / capital for some in profits]),
        "days_held": np.array([float(sum(each.holding for each in some)) for some in trades]),
    }
