"""A strategy on the one real history, under the rules of the simulations, by the broker that is written for reading."""

import math
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.broker import END, Outcome, carry_out, hold
from montecarlo.accounting.fill_costs import slippage_of_days
from montecarlo.accounting.order_rows import rows_of_outcomes
from montecarlo.accounting.path_statistics import daily_returns
from montecarlo.accounting.rows import COLUMNS, ORDER_COLUMNS
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.bars import Bars
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
            ``exit_reason`` is signal, stop, target, time, ruin, or end while it is open; ``ambiguous`` says whether it
            met a bar that does not tell which of its stop and its target came first.
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
    """Trade a strategy on a price history, adjusted for splits and dividends.

    Args:
        history: From ``load_history``.
        strategy: What is traded when.
        rules: Money, fills and costs; they can also be given one by one, such as ``commission=0.001``.
        rule_by_rule: See ``Rules``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
        HistoryError: strategy or rules need the open, high and low of days, and the history has closes only.
    """
    rules = rules_of(rules, rule_by_rule)
    days = len(history.closes) - 1
    if found := strategy.problems(days, longer="a longer history"):
        raise ParameterError(found)
    within_days = strategy.gives_orders or rules.fill == "next-open"
    bars = bars_of(history, within_days)
    prices = history.closes[:, None]
    first_fill = strategy.first_decision + rules.delay
    slippage, idle = slippage_of_days(bars.close, rules), rules.idle_growth(history.bars_per_year)
    outcome = trade(bars, strategy, rules, history.bars_per_year)
    held = hold(bars, first_fill, rules, slippage=slippage, idle=idle)
    row = rows_of_outcomes([outcome], prices, held.equity[-1:], first_fill, rules, bars_per_year=history.bars_per_year)
    statistics = {name: float(row[name][0]) for name in (*COLUMNS, *MORE) if name != "path"}
    statistics["win_rate"] = float(row["wins"][0] / row["trades"][0]) if row["trades"][0] else math.nan
    statistics["unfilled_orders"] = float(outcome.unfilled.sum())
    statistics |= {"capital": rules.capital, **_costs(rules)}
    statistics |= {"risk_free": rules.risk_free, "bars_per_year": float(history.bars_per_year)}
    of_prices = fitted(daily_returns(prices)[:, 0], history.bars_per_year)
    statistics |= {"price_drift": of_prices["drift"], "price_drift_error": of_prices["drift_error"]}
    statistics |= {"price_volatility": of_prices["volatility"]}
    statistics |= {"price_volatility_error": of_prices["volatility_error"]}
    statistics |= {name: float(row[name][0]) for name in ORDER_COLUMNS}
    return Backtest(
        equity=pd.Series(outcome.equity, index=history.bars.index, name="equity"),
        buy_and_hold=pd.Series(held.equity, index=history.bars.index, name="buy_and_hold"),
        trades=round_trips(outcome, history.bars.index),
        summary=pd.DataFrame({"statistic": list(statistics), "value": list(statistics.values())}),
        rules=rules,
        warnings=(
            *history.warnings,
            *(history.bar_warnings if within_days else ()),
            *drift_doubts(of_prices["drift"], of_prices["drift_error"], days / history.bars_per_year),
            *strategy.warnings,
            *strategy.doubts_on(history),
            *rules.warnings,
        ),
    )


def bars_of(history: PriceHistory, within_days: bool) -> Bars:
    """Adjusted bars of shape (days + 1,); closes alone where nothing that is traded looks within the days.

    Raises:
        HistoryError: they are needed, and the history has none.
    """
    return history.adjusted_bars if within_days else Bars(*[history.closes] * 4)


def trade(bars: Bars, strategy: Strategy, rules: Rules, bars_per_year: int) -> Outcome:
    """What the broker makes of a strategy on bars of shape (days + 1,)."""
    targets, orders = strategy.ordered(Bars(*(each[:, None] for each in bars)))
    return carry_out(
        bars,
        targets[:, 0],
        orders.of_path(0),
        strategy.first_decision + rules.delay,
        rules,
        slippage=slippage_of_days(bars.close, rules),
        idle=rules.idle_growth(bars_per_year),
        signals=strategy.signals,
    )


def _costs(rules: Rules) -> dict[str, float]:
    """Those of the models that are chosen, by the names of the rules."""
    names = ("commission", "commission_per_share", "commission_minimum", "slippage", "slippage_volatility")
    return {name: float(getattr(rules, name) or 0.0) for name in names if rules.counts(name)}


def round_trips(outcome: Outcome, dates: pd.Index) -> pd.DataFrame:
    """The ``trades`` of a backtest, by what each row is called."""
    trades = outcome.trades
    ended = np.array([trade.reason != END for trade in trades], np.bool_)
    exits = np.array([trade.exit for trade in trades], np.int64)
    return pd.DataFrame(
        {
            "entry_date": dates[np.array([trade.entry for trade in trades], np.int64)],
            "entry_price": np.array([trade.entry_price for trade in trades], np.float64),
            "exit_date": pd.Series(dates[exits]).where(ended),
            "exit_price": np.where(ended, np.array([trade.exit_price for trade in trades], np.float64), np.nan),
            "shares": np.array([trade.shares for trade in trades], np.float64),
            "profit": np.array([trade.profit for trade in trades], np.float64),
            "exit_reason": pd.Series([trade.reason for trade in trades], dtype=object),
            "ambiguous": np.array([trade.ambiguous for trade in trades], np.bool_),
        }
    )
