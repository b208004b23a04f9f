"""A portfolio on the real histories."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd

from montecarlo.accounting.account import FloatArray, buy_and_hold, idle_cash
from montecarlo.accounting.portfolio_account import PortfolioLedger, keep_portfolio, total
from montecarlo.accounting.portfolio_rows import rows_of_portfolio, shares_of
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rows import COLUMNS, Rows
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.joint_history import JointHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments.backtest import MORE
from montecarlo.experiments.holdings import Holding, holdings_problems, reserve_of, rules_problems


@dataclass(frozen=True, eq=False)
class PortfolioBacktest:
    """What came of it.

    Attributes:
        equity: Dollars at each close, index ``date``.
        buy_and_hold: The same of the first weights, never rebalanced and without strategies, bought at the first
            possible fill.
        weights: Of each symbol at each close after that day's fills, columns by symbol, and ``cash``; index ``date``.
            What a strategy keeps out of the market is cash; NaN where nothing is left of the account.
        rebalanced: The days on which weights were put back.
        summary: Columns ``statistic`` and ``value``, as of a backtest.
        rules: What it was traded under.
        warnings: What is doubtful about the histories.
    """

    equity: "pd.Series[float]"
    buy_and_hold: "pd.Series[float]"
    weights: pd.DataFrame
    rebalanced: pd.DatetimeIndex
    summary: pd.DataFrame
    rules: Rules
    warnings: tuple[str, ...]


def backtest_portfolio(
    history: JointHistory,
    holdings: Sequence[Holding],
    *,
    rebalancing: Rebalancing | None = None,
    rules: Rules | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> PortfolioBacktest:
    """Trade the holdings on the days of the history, in plain NumPy: the same bits on every machine.

    Args:
        history: From ``align``.
        holdings: One for each of its symbols, in its order; from ``holdings_of``.
        rebalancing: When weights are put back; None is every 21 trading days.
        rules: Money, fills and costs; they can also be given one by one, such as ``commission=0.001``.
        rule_by_rule: See ``Rules``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    rules, rebalancing = rules_of(rules, rule_by_rule), rebalancing or Rebalancing()
    if found := _problems(history, holdings, rules):
        raise ParameterError(found)
    prices, idle = history.closes[:, :, None], rules.idle_growth(history.bars_per_year)
    weights = [each.weight for each in holdings]
    reserve, first_fills = reserve_of(weights), [each.strategy.first_decision + rules.delay for each in holdings]
    targets = np.stack([each.strategy.targets(prices[:, k]) for k, each in enumerate(holdings)], axis=1)
    ledger = keep_portfolio(
        prices,
        targets,
        weights=weights,
        reserve=reserve,
        first_fills=first_fills,
        rebalancing=rebalancing,
        rules=rules,
        idle=idle,
    )
    first_fill = min(first_fills)
    kept = [buy_and_hold(prices[:, k], first_fill, rules, idle) * weight for k, weight in enumerate(weights)]
    hold = total([reserve * idle_cash(rules.capital, idle, kept[0].shape), *kept])
    row = rows_of_portfolio(
        ledger,
        prices,
        weights=weights,
        reserve=reserve,
        hold_value=hold[-1],
        first_fill=first_fill,
        rules=rules,
        bars_per_year=history.bars_per_year,
    )
    dates = pd.DatetimeIndex(history.dates, name="date")
    shares = pd.DataFrame(shares_of(ledger)[:, :, 0], index=dates, columns=list(history.symbols))
    return PortfolioBacktest(
        equity=pd.Series(ledger.equity[:, 0], index=dates, name="equity"),
        buy_and_hold=pd.Series(hold[:, 0], index=dates, name="buy_and_hold"),
        weights=shares.assign(cash=_cash(ledger)),
        rebalanced=dates[ledger.rebalanced[:, 0]],
        summary=_summary(row, ledger, rules, history.bars_per_year),
        rules=rules,
        warnings=tuple(dict.fromkeys((*history.warnings, *_warnings_of(holdings), *rules.warnings))),
    )


def _problems(history: JointHistory, holdings: Sequence[Holding], rules: Rules) -> dict[str, str]:
    symbols = tuple(each.symbol for each in holdings)
    if symbols != history.symbols:
        words = f"must be one for each of {', '.join(history.symbols)}, in this order, not {', '.join(symbols)}"
        return {"holdings": words}
    found = {**holdings_problems(holdings), **rules_problems(rules)}
    for each in holdings:
        found |= each.strategy.problems(len(history.closes) - 1, longer="longer histories")
    return found


def _warnings_of(holdings: Sequence[Holding]) -> list[str]:
    return [words for each in holdings for words in each.strategy.warnings]


def _cash(ledger: PortfolioLedger) -> FloatArray:
    equity = np.where(ledger.equity > 0, ledger.equity, np.nan)
    flat = np.where(ledger.held == 0, ledger.worth, 0.0)
    return np.asarray((total([ledger.reserve, *flat.transpose(1, 0, 2)]) / equity)[:, 0])


def _summary(row: Rows, ledger: PortfolioLedger, rules: Rules, year: int) -> pd.DataFrame:
    statistics = {name: float(row[name][0]) for name in (*COLUMNS, *MORE) if name != "path"}
    statistics["win_rate"] = float(row["wins"][0] / row["trades"][0]) if row["trades"][0] else math.nan
    statistics["rebalancings"] = float(ledger.rebalanced.sum())
    statistics |= {"capital": rules.capital, "commission": rules.commission, "slippage": rules.slippage}
    statistics |= {"risk_free": rules.risk_free, "bars_per_year": float(year)}
    return pd.DataFrame({"statistic": list(statistics), "value": list(statistics.values())})
