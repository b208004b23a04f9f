"""Rows from the records that the account stage leaves, by the formulas of ``montecarlo.accounting.path_statistics``."""

import math

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.controls import CONTROLS, Expectation
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import Rules
from montecarlo.engine.tolerances import EVEN, NO_DEVIATION, NO_RETURN

FloatArray = NDArray[np.float64]


def rows_of_results(
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
    """What became of each path.

    Args:
        results: Records RESULT, shape (paths,).
        curves: Equity over capital on the days of the fan, shape (paths, days).
        horizon: Days that were simulated.
        first_fill: First day at whose close the strategy could trade.
        rules: What it was traded under.
        bars_per_year: How many days make a year.
        first_path: Number of the first path.
        expected: What the model expects, where days are independent: then there are controls.
    """
    capital, risk_free = rules.capital, rules.risk_free / bars_per_year
    days = horizon - first_fill + 1
    per_year = math.sqrt(bars_per_year)
    excess, deviation = results["total"] / days - risk_free, _deviation(results, days)
    falls = results["downside"] - np.minimum(results["first"] - risk_free, 0.0) ** 2 > days * NO_RETURN
    downside = np.where(falls, np.sqrt(results["downside"] / days), np.nan)
    max_drawdown, annual_return = results["max_drawdown"].copy(), results["growth"] - 1
    columns = {
        "path": np.arange(first_path, first_path + len(results)),
        "final_price": results["final_price"].copy(),
        "final_value": results["final_value"] * capital,
        "return": results["final_value"] - 1,
        "max_drawdown": max_drawdown,
        "sharpe": sharpe(results, days, risk_free, bars_per_year),
        "trades": results["trades"].astype(np.int64),
        "exposure": results["exposed"] / horizon,
        "buy_and_hold_value": results["hold_value"] * capital,
        "hold": results["hold_value"].copy(),
        "unfilled": results["unfilled"] > 0,
        "annual_return": annual_return,
        "annual_volatility": per_year * deviation,
        "sortino": per_year * excess / downside,
        "calmar": annual_return / np.where(max_drawdown > EVEN, max_drawdown, np.nan),
        "longest_drawdown": results["longest"].copy(),
        "wins": results["wins"].copy(),
        "turnover": bars_per_year * results["traded"] / np.where(results["area"] > 0, results["area"], np.nan),
        "equity": curves,
    }
    if expected is not None:
        columns |= {name: results[name].copy() for name in CONTROLS[:-1]}
        columns[CONTROLS[-1]] = results["final_price"] / expected.price - 1
    return columns


def sharpe(results: NDArray[np.void], days: int, risk_free: float, bars_per_year: int) -> FloatArray:
    """Sharpe ratio per year over ``risk_free`` per day, NaN where equity does not deviate.

    Args:
        results: Records with the fields ``total`` and ``squares`` of RESULT, any shape.
        days: How many they sum up.
        risk_free: Return per day.
        bars_per_year: How many days make a year.
    """
    deviation = _deviation(results, days)
    deviates = np.where(deviation > 0, deviation, np.nan)
    return math.sqrt(bars_per_year) * (results["total"] / days - risk_free) / deviates


def _deviation(results: NDArray[np.void], days: int) -> FloatArray:
    if days == 1:
        return np.full(results.shape, np.nan)
    total, squares, first = results["total"], results["squares"], results["first"]
    spread = squares - total * (total / days)
    rest = squares - first * first - (total - first) * ((total - first) / (days - 1))
    deviates = rest > NO_DEVIATION * squares + days * NO_RETURN
    return np.sqrt(np.where(deviates, spread, 0.0) / (days - 1))
