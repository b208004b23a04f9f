"""What became of each path, from its ledger, in plain NumPy.

Statistics of daily returns are of the days from the first possible fill on.
"""

import math

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.account import Ledger, with_interest
from montecarlo.accounting.controls import Expectation, controls
from montecarlo.accounting.equity_days import equity_days
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import Rules
from montecarlo.engine.tolerances import EVEN, MAX_LOG_GROWTH, NO_DEVIATION, NO_RETURN

FloatArray = NDArray[np.float64]

OF_CURVES = ("annual_return", "annual_volatility", "sortino", "calmar", "longest_drawdown")


def rows_of(
    ledger: Ledger,
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
        ledger: Account of the strategy, arrays of shape (days + 1, paths).
        prices: Closes, same shape.
        hold_value: Final value of buy and hold, dollars, shape (paths,).
        first_fill: First day at whose close the strategy could trade.
        rules: What it was traded under.
        bars_per_year: How many days make a year.
        first_path: Number of the first path.
        expected: What the model expects, where days are independent: then there are controls.

    Sources:
        Sharpe (1994), "The Sharpe Ratio", J. Portfolio Management 21.  Sortino and Price (1994), "Performance
        Measurement in a Downside Risk Framework", J. Investing 3.  Young (1991), "Calmar Ratio: A Smoother Tool",
        Futures 20.
    """
    days, paths = len(prices) - 1, prices.shape[1]
    capital = rules.capital
    side = np.sign(ledger.held)
    opened = (side != 0) & (side != np.vstack([np.zeros(paths), side[:-1]]))
    of_curve = curve_statistics(ledger.equity, first_fill, rules, bars_per_year)
    return {
        "path": np.arange(first_path, first_path + paths),
        "final_price": prices[-1],
        "final_value": ledger.equity[-1],
        "return": ledger.equity[-1] / capital - 1,
        "max_drawdown": of_curve["max_drawdown"],
        "sharpe": of_curve["sharpe"],
        "trades": opened.sum(axis=0),
        "exposure": (side[:-1] != 0).sum(axis=0) / days,
        "buy_and_hold_value": hold_value,
        "hold": hold_value / capital,
        "unfilled": ledger.unfilled.any(axis=0),
        **{name: of_curve[name] for name in OF_CURVES},
        "wins": wins(ledger, prices, rules.cost, rules.idle_growth(bars_per_year)),
        "turnover": turnover(ledger, prices, first_fill, bars_per_year),
        "equity": ledger.equity[equity_days(first_fill, days)].T / capital,
        **({} if expected is None else controls(ledger, prices, expected)),
    }


def curve_statistics(equity: FloatArray, first_fill: int, rules: Rules, bars_per_year: int) -> Rows:
    """What equity alone tells, dollars at each close, of shape (days + 1, paths)."""
    days, paths = len(equity) - 1, equity.shape[1]
    before = np.vstack([np.full(paths, rules.capital), equity])
    peak = np.maximum.accumulate(before, axis=0)[1:]
    max_drawdown = ((peak - equity) / peak).max(axis=0)
    returns = daily_returns(before[first_fill:])
    annual_return = annualised(equity[-1] / rules.capital, days, bars_per_year)
    risk_free = rules.risk_free / bars_per_year
    return {
        "max_drawdown": max_drawdown,
        "sharpe": sharpe(returns, risk_free, bars_per_year),
        "annual_return": annual_return,
        "annual_volatility": math.sqrt(bars_per_year) * deviation(returns),
        "sortino": sortino(returns, risk_free, bars_per_year),
        "calmar": calmar(annual_return, max_drawdown),
        "longest_drawdown": longest_run(equity < peak * (1 - EVEN)),
    }


def daily_returns(equity: FloatArray) -> FloatArray:
    """Returns of shape (days, paths), zero where there was nothing to earn on; equity of shape (days + 1, paths)."""
    earlier = equity[:-1]
    gains = np.diff(equity, axis=0)
    return np.divide(gains, earlier, out=np.zeros_like(gains), where=earlier > 0)


def deviation(returns: FloatArray) -> FloatArray:
    """Standard deviation (n - 1) of daily returns: zero where it is rounding, NaN for a single day.

    Zero, too, where all days but the first are alike: on that one, the first possible fill can cost, and nothing can be
    earned.
    """
    days = len(returns)
    if days == 1:
        return np.full(returns.shape[1], np.nan)
    deviates = _squares_about_mean(returns[1:]) > _sum_of_days(NO_DEVIATION * returns**2 + NO_RETURN)
    return np.sqrt(np.where(deviates, _squares_about_mean(returns), 0.0) / (days - 1))


def sharpe(returns: FloatArray, risk_free: float, bars_per_year: int) -> FloatArray:
    """Sharpe ratio per year of daily returns over ``risk_free`` per day, NaN where they do not deviate."""
    excess = _sum_of_days(returns) / len(returns) - risk_free
    spread = deviation(returns)
    deviates = spread > 0
    return np.where(deviates, math.sqrt(bars_per_year) * excess / np.where(deviates, spread, 1.0), np.nan)


def sortino(returns: FloatArray, risk_free: float, bars_per_year: int) -> FloatArray:
    """Sortino ratio per year: the deviation is that of days below ``risk_free``; NaN where none but the first is."""
    days = len(returns)
    excess = _sum_of_days(returns) / days - risk_free
    squares = np.minimum(returns - risk_free, 0.0) ** 2
    downside = _sum_of_days(squares) / days
    falls = _sum_of_days(squares[1:]) > days * NO_RETURN if days > 1 else np.zeros(returns.shape[1], np.bool_)
    return np.where(falls, math.sqrt(bars_per_year) * excess / np.sqrt(np.where(falls, downside, 1.0)), np.nan)


def annualised(wealth: FloatArray, days: int, bars_per_year: int) -> FloatArray:
    """The return per year that compounds to ``wealth`` over capital; NaN in debt, or beyond double precision."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_growth = np.log(wealth) * (bars_per_year / days)
    return np.expm1(np.where(log_growth <= MAX_LOG_GROWTH, log_growth, np.nan))


def calmar(annual_return: FloatArray, max_drawdown: FloatArray) -> FloatArray:
    """Compound return per year over maximum drawdown, NaN where there is none; over the whole horizon."""
    falls = max_drawdown > EVEN
    return np.where(falls, annual_return / np.where(falls, max_drawdown, 1.0), np.nan)


def longest_run(happens: NDArray[np.bool_]) -> FloatArray:
    """The most days in a row on which something happens, of shape (days, paths)."""
    day = np.arange(1, len(happens) + 1)[:, None]
    last_without = np.maximum.accumulate(np.where(happens, 0, day), axis=0)
    return np.asarray((day - last_without).max(axis=0), np.float64)


def wins(ledger: Ledger, prices: FloatArray, cost: float, idle: float) -> FloatArray:
    """Trades that left more cash than they took, after costs; one still open counts at its market value."""
    held, equity = ledger.held, ledger.equity
    won, entry = np.zeros(prices.shape[1]), np.full(prices.shape[1], ledger.capital)
    for day in range(1, len(prices)):
        was = held[day - 1]
        changing = np.sign(held[day]) != np.sign(was)
        cash = with_interest(equity[day - 1] - was * prices[day - 1], idle)
        closed = cash + was * prices[day] - cost * np.abs(was) * prices[day]
        won += changing & (was != 0) & (closed > entry * (1 + EVEN))
        entry = np.where(changing, closed, entry)
    won += (held[-1] != 0) & (equity[-1] > entry * (1 + EVEN))
    return won


def turnover(ledger: Ledger, prices: FloatArray, first_fill: int, bars_per_year: int) -> FloatArray:
    """Value bought and sold per year over mean equity, from the first possible fill on; NaN where nothing was left."""
    flat = np.zeros((1, prices.shape[1]))
    traded = _sum_of_days(np.abs(np.diff(ledger.held, axis=0, prepend=flat)) * prices)
    return over_mean_equity(traded, ledger, first_fill, bars_per_year)


def over_mean_equity(traded: FloatArray, ledger: Ledger, first_fill: int, bars_per_year: int) -> FloatArray:
    """A value of each path, dollars, per year over its mean equity from the first possible fill on."""
    equity = _sum_of_days(ledger.equity[first_fill:]) / ledger.capital
    worth = equity > 0
    return np.where(worth, bars_per_year * traded / ledger.capital / np.where(worth, equity, 1.0), np.nan)


def _squares_about_mean(returns: FloatArray) -> FloatArray:
    return _sum_of_days((returns - _sum_of_days(returns) / len(returns)) ** 2)


def _sum_of_days(values: FloatArray) -> FloatArray:
    # One day after the other: sum() would add up a single path in another order than many of them.
    return np.asarray(values.cumsum(axis=0)[-1])
