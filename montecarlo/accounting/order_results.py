"""Rows from the records that the order account leaves: those of any account, and what they tell of its trades."""

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.controls import Expectation
from montecarlo.accounting.results import rows_of_results
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import Rules
from montecarlo.engine.tolerances import NO_DEVIATION

FloatArray = NDArray[np.float64]


def rows_of_order_results(
    results: NDArray[np.void],
    curves: FloatArray,
    horizon: int,
    first_fill: int,
    rules: Rules,
    *,
    bars_per_year: int,
    first_path: int,
    expected: Expectation | None,
) -> Rows:
    """What became of each path: the arguments are those of ``rows_of_results``, of records ORDER_RESULT.

    ORDER_COLUMNS are by the formulas of ``montecarlo.accounting.trade_statistics``, from sums.
    """
    rows = rows_of_results(
        results,
        curves,
        horizon,
        first_fill,
        rules,
        bars_per_year=bars_per_year,
        first_path=first_path,
        expected=expected,
    )
    trades, losses = results["trades"], results["losses"]
    made = np.where(trades > 0, trades, np.nan)
    return rows | {
        "profit_factor": results["gains"] / np.where(losses > 0, losses, np.nan),
        "expectancy": results["ratios"] / made,
        "sqn": _system_quality(results),
        "longest_losing_streak": results["streak"].astype(np.int64),
        # Of a trade, so many days begin with its position as there are from its entry to its exit.
        "average_holding": results["exposed"] / made,
        "ambiguous_bars": results["ambiguous"].astype(np.int64),
        **{name: results[name].copy() for name in ("gains", "losses")},
        "days_held": results["exposed"].copy(),
    }


def _system_quality(results: NDArray[np.void]) -> FloatArray:
    """The root of n times the mean profit over its deviation, NaN where that is rounding, or of fewer than two."""
    trades, profit, squares = results["trades"], results["gains"] - results["losses"], results["squared_profits"]
    several = np.where(trades > 1, trades, np.nan)
    mean = profit / several
    spread = squares - profit * mean
    deviates = np.where(spread > NO_DEVIATION * squares, spread, np.nan)
    return np.asarray(np.sqrt(several) * mean / np.sqrt(deviates / (several - 1)))
