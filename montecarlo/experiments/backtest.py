"""A strategy on the one real history, under the rules of the simulations."""

import math
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.account import Ledger, buy_and_hold, keep_account
from montecarlo.accounting.path_statistics import daily_returns, rows_of
from montecarlo.accounting.rows import COLUMNS
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.models.model import drift_doubts, fitted
from montecarlo.strategies import Strategy

FloatArray = NDArray[np.float64]

MORE = ("annual_return", "annual_volatility", "sortino", "calmar", "longest_drawdown", "turnover")
"""Statistics of a path beside its COLUMNS."""


@dataclass(frozen=True, eq=False)
class Backtest:
    """What a backtest found.

    Attributes:
        equity: Value of the account at each close, dollars, by date.
        buy_and_hold: The same of an account that buys at the strategy's first possible fill and never sells.
        trades: One row for each round trip: ``entry_date``, ``entry_price``, ``exit_date``, ``exit_price``,
            ``shares``, ``profit`` (dollars, after costs); without an exit while still open, at the last close's value.
        summary: Columns ``statistic`` and ``value``.
        rules: What the strategy was traded under.
        warnings: What is doubtful about the price history.
    """

    equity: pd.Series
    buy_and_hold: pd.Series
    trades: pd.DataFrame
    summary: pd.DataFrame
    rules: Rules
    warnings: tuple[str, ...]


def backtest(
    history: PriceHistory,
    strategy: Strategy,
    *,
    rules: Rules | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Backtest:
    """Trade a strategy on a price history's adjusted closes.

    Args:
        history: From ``load_history``.
        strategy: What is traded when.
        rules: Money, fills and costs; they can also be given one by one, such as ``commission=0.001``.
        rule_by_rule: See ``Rules``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    rules = rules_of(rules, rule_by_rule)
    days = len(history.closes) - 1
    if found := strategy.problems(days, longer="a longer history"):
        raise ParameterError(found)
    prices = history.closes[:, None]
    first_fill = strategy.first_decision + rules.delay
    idle = rules.idle_growth(history.bars_per_year)
    ledger = keep_account(prices, strategy.targets(prices), first_fill, rules, idle)
    hold = buy_and_hold(prices, first_fill, rules, idle)
    row = rows_of(ledger, prices, hold[-1], first_fill, rules, bars_per_year=history.bars_per_year)
    statistics = {name: float(row[name][0]) for name in (*COLUMNS, *MORE) if name != "path"}
    statistics["win_rate"] = float(row["wins"][0] / row["trades"][0]) if row["trades"][0] else math.nan
    statistics["unfilled_orders"] = float(ledger.unfilled.sum())
    statistics |= {"capital": rules.capital, "commission": rules.commission, "slippage": rules.slippage}
    statistics |= {"risk_free": rules.risk_free, "bars_per_year": float(history.bars_per_year)}
    of_prices = fitted(daily_returns(prices)[:, 0], history.bars_per_year)
    statistics |= {"price_drift": of_prices["drift"], "price_drift_error": of_prices["drift_error"]}
    statistics |= {"price_volatility": of_prices["volatility"]}
    statistics |= {"price_volatility_error": of_prices["volatility_error"]}
    return Backtest(
        equity=pd.Series(ledger.equity[:, 0], index=history.bars.index, name="equity"),
        buy_and_hold=pd.Series(hold[:, 0], index=history.bars.index, name="buy_and_hold"),
        trades=_round_trips(ledger, history, rules),
        summary=pd.DataFrame({"statistic": list(statistics), "value": list(statistics.values())}),
        rules=rules,
        warnings=(
            *history.warnings,
            *drift_doubts(of_prices["drift"], of_prices["drift_error"], days / history.bars_per_year),
            *rules.warnings,
        ),
    )


def _round_trips(ledger: Ledger, history: PriceHistory, rules: Rules) -> pd.DataFrame:
    held: FloatArray = ledger.held[:, 0]
    before = np.concatenate([[0.0], held[:-1]])
    changes = np.flatnonzero(np.sign(held) != np.sign(before))
    entries, exits = changes[held[changes] != 0], changes[before[changes] != 0]
    dates, closes = history.bars.index, history.closes
    shares = held[entries]
    exit_prices = np.full(len(entries), np.nan)
    exit_prices[: len(exits)] = closes[exits]
    exit_costs = np.where(np.isnan(exit_prices), 0.0, rules.cost * exit_prices)
    worth = np.where(np.isnan(exit_prices), closes[-1], exit_prices)
    return pd.DataFrame(
        {
            "entry_date": dates[entries],
            "entry_price": closes[entries],
            "exit_date": pd.Series(dates[exits]).reindex(range(len(entries))),
            "exit_price": exit_prices,
            "shares": shares,
            "profit": shares * (worth - closes[entries]) - np.abs(shares) * (rules.cost * closes[entries] + exit_costs),
        }
    )
