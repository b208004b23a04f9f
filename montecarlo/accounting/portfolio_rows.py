"""What became of each path of a portfolio, from its ledger, in plain NumPy; by the formulas of ``path_statistics``."""

from collections.abc import Sequence

import numpy as np

from montecarlo.accounting.account import FloatArray
from montecarlo.accounting.equity_days import equity_days
from montecarlo.accounting.path_statistics import OF_CURVES, curve_statistics, over_mean_equity
from montecarlo.accounting.portfolio_account import PortfolioLedger, index_of, total
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import Rules


def rows_of_portfolio(
    ledger: PortfolioLedger,
    prices: FloatArray,
    *,
    weights: Sequence[float],
    reserve: float,
    hold_value: FloatArray,
    first_fill: int,
    rules: Rules,
    bars_per_year: int,
    first_path: int = 0,
) -> Rows:
    """What became of each path; the arguments are those of ``path_statistics.rows_of`` and of ``keep_portfolio``."""
    days, paths, capital = len(prices) - 1, prices.shape[2], rules.capital
    of_curve = curve_statistics(ledger.equity, first_fill, rules, bars_per_year)
    return {
        "path": np.arange(first_path, first_path + paths),
        "final_price": index_of(prices, weights, reserve, rules.idle_growth(bars_per_year))[-1],
        "final_value": ledger.equity[-1],
        "return": ledger.equity[-1] / capital - 1,
        "max_drawdown": of_curve["max_drawdown"],
        "sharpe": of_curve["sharpe"],
        "trades": ledger.opened.sum(axis=0).astype(np.int64),
        "exposure": total(invested(ledger)[:-1]) / days,
        "buy_and_hold_value": hold_value,
        "hold": hold_value / capital,
        "unfilled": ledger.unfilled.any(axis=0),
        **{name: of_curve[name] for name in OF_CURVES},
        "wins": ledger.won.sum(axis=0),
        "turnover": over_mean_equity(total(ledger.traded), ledger, first_fill, bars_per_year),
        "equity": ledger.equity[equity_days(first_fill, days)].T / capital,
    }


def shares_of(ledger: PortfolioLedger) -> FloatArray:
    """Of each symbol in the account at each close, shape (days + 1, symbols, paths).

    0 where nothing of it is held, NaN where nothing is left of the account.
    """
    equity = np.where(ledger.equity > 0, ledger.equity, np.nan)[:, None]
    return np.where(ledger.held != 0, ledger.worth, 0.0) / equity


def invested(ledger: PortfolioLedger) -> FloatArray:
    """The share of the account that is in positions at each close, shape (days + 1, paths)."""
    return np.nan_to_num(total(shares_of(ledger).transpose(1, 0, 2)))


def gains_of(ledger: PortfolioLedger, weights: Sequence[float]) -> FloatArray:
    """What each symbol made of the capital, its costs included, over the capital, shape (symbols, paths)."""
    gained = ledger.worth[-1] - ledger.moved[-1] - ledger.capital * np.array(weights)[:, None]
    return np.asarray(gained / ledger.capital)
