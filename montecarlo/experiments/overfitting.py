"""How often the best of many backtests is the best by luck: combinatorially symmetric cross-validation.

Source: Bailey, Borwein, López de Prado, Zhu (2017), "The probability of backtest overfitting", Journal of Computational
Finance 20 (4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.account import keep_account
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.history import PriceHistory
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.backtest import bars_of, trade
from montecarlo.statistics.ranks import best, relative_rank
from montecarlo.strategies import Strategy

FloatArray = NDArray[np.float64]

BLOCKS = 16  # as in the paper: 12,870 ways to choose half of them
DAYS_AT_LEAST = 4 * BLOCKS  # fewer leave a Sharpe ratio nothing to stand on

# Of the mean square: a smaller variance is rounding, and such returns have a Sharpe ratio of zero.
_NO_VARIANCE = 1e-12

TIE = 1e-9  # Sharpe ratios that differ by less are equal

_SUM_BITS = 62  # of a signed whole number, of which every sum of blocks must be one


@dataclass(frozen=True, eq=False)
class Overfitting:
    """Of each split of the days into two halves, what became of the first half's best strategy on the second.

    Attributes:
        best: Number of the strategy with the highest Sharpe ratio on the first half, shape (splits,).
        sharpe: Its Sharpe ratio there, per year, shape (splits,).
        sharpe_elsewhere: Its Sharpe ratio on the second half, per year, shape (splits,).
        rank: Its relative rank on the second half, shape (splits,); see ``relative_rank``.
        days: Number of days that were split.
    """

    best: NDArray[np.intp]
    sharpe: FloatArray
    sharpe_elsewhere: FloatArray
    rank: FloatArray
    days: int

    @property
    def probability(self) -> float:
        """Probability of backtest overfitting: how often the best one is below the median elsewhere.

        The median itself counts half, so that strategies without a difference give one half, however many they are.
        """
        return float(np.mean(self.rank < 0.5) + np.mean(self.rank == 0.5) / 2)

    @property
    def logits(self) -> FloatArray:
        """Logarithm of the odds rank / (1 - rank), shape (splits,): negative below the median."""
        return np.log(self.rank / (1 - self.rank))

    @property
    def probability_of_loss(self) -> float:
        """How often the best one has a negative Sharpe ratio elsewhere."""
        return float(np.mean(self.sharpe_elsewhere < -TIE))

    def to_dict(self) -> dict[str, float]:
        """In numbers; the Sharpe ratios are means over the splits."""
        return {
            "days": self.days,
            "splits": len(self.best),
            "probability_of_overfitting": self.probability,
            "probability_of_loss": self.probability_of_loss,
            "sharpe": float(self.sharpe.mean()),
            "sharpe_elsewhere": float(self.sharpe_elsewhere.mean()),
        }

    def __str__(self) -> str:
        here, elsewhere = self.sharpe.mean(), self.sharpe_elsewhere.mean()
        return (
            f"On the real history, the strategy with the highest Sharpe ratio on one half of {self.days:,} days "
            f"({here:.2f}, the mean over {len(self.best):,} splits) has {elsewhere:.2f} on the other half. "
            f"Probability of backtest overfitting: {self.probability:.0%}."
        )


def overfitting(
    history: PriceHistory,
    strategies: Sequence[Strategy],
    *,
    rules: Rules | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Overfitting:
    """Cross-validate the choice of the best strategy on a price history.

    The strategies are compared on the same days: from the first on which all of them can trade.

    Args:
        history: From ``load_history``.
        strategies: At least two, of which the best would be chosen.
        rules, rule_by_rule: As for ``backtest``.

    Raises:
        ParameterError: a rule cannot be used, or there are fewer than two strategies.
        HistoryError: the history is too short.
    """
    rules = rules_of(rules, rule_by_rule)
    if len(strategies) < 2:
        raise ParameterError({"strategies": f"must be at least two, not {len(strategies)}"})
    start = max(strategy.first_decision for strategy in strategies) + rules.delay
    days = len(history.closes) - 1 - start
    if days < DAYS_AT_LEAST:
        raise HistoryError(
            f"{history.symbol} has {max(days, 0):,} days on which all strategies can trade, and cross-validation needs "
            f"{DAYS_AT_LEAST}: take a longer history or shorter windows"
        )
    equity = _equity(history, strategies, rules)[start:]
    gains, before = np.diff(equity, axis=0), equity[:-1]
    returns = np.divide(gains, before, out=np.zeros_like(gains), where=before > 0)
    return cross_validate(returns - rules.risk_free / history.bars_per_year, history.bars_per_year)


def _equity(history: PriceHistory, strategies: Sequence[Strategy], rules: Rules) -> FloatArray:
    """Value of the account of each strategy at each close, shape (days + 1, strategies)."""
    gives_orders = any(strategy.gives_orders for strategy in strategies)
    if gives_orders or rules.needs_order_account:
        bars = bars_of(history, gives_orders or rules.fill == "next-open")
        accounts = [trade(bars, strategy, rules, history.bars_per_year) for strategy in strategies]
        return np.stack([account.equity for account in accounts], axis=1)
    closes = history.closes[:, None]
    targets = np.hstack([strategy.targets(closes) for strategy in strategies])
    prices, idle = np.broadcast_to(closes, targets.shape), rules.idle_growth(history.bars_per_year)
    return keep_account(prices, targets, rules.delay, rules, idle).equity


def cross_validate(returns: FloatArray, bars_per_year: int) -> Overfitting:
    """Choose the best strategy on each half of the days' blocks, and judge it on the other half.

    Sums over blocks are whole numbers, because matrix products round differently from processor to processor; and
    Sharpe ratios closer than ``TIE`` are equal, because accounts that held the same still round differently where one
    is worth more.

    Args:
        returns: Daily returns over the risk-free rate, shape (days, strategies).  Days that would make the BLOCKS
            blocks unequal are left out at the beginning.
        bars_per_year: How many of the days make a year.
    """
    days, strategies = len(returns) - len(returns) % BLOCKS, returns.shape[1]
    blocks = returns[len(returns) - days :].reshape(BLOCKS, -1, strategies)
    halves = np.zeros((math.comb(BLOCKS, BLOCKS // 2), BLOCKS), np.int64)
    for half, members in zip(halves, combinations(range(BLOCKS), BLOCKS // 2), strict=True):
        half[list(members)] = 1
    sharpe = _sharpe(_sums(halves, blocks), _sums(halves, blocks**2), days // 2, bars_per_year)
    elsewhere = sharpe[::-1]  # the blocks not chosen: combinations come in lexicographic order
    chosen = best(sharpe, tie=TIE)
    splits = np.arange(len(halves))
    return Overfitting(
        best=chosen,
        sharpe=sharpe[splits, chosen],
        sharpe_elsewhere=elsewhere[splits, chosen],
        rank=relative_rank(elsewhere, chosen, tie=TIE),
        days=days,
    )


def _sums(halves: NDArray[np.int64], blocks: FloatArray) -> FloatArray:
    """Of the blocks in each half, shape (splits, strategies), from whole numbers of a small power of two."""
    totals = np.array([[math.fsum(days) for days in block.T] for block in blocks])
    _, exponents = np.frexp(np.abs(totals).max(axis=0))
    scale = _SUM_BITS - BLOCKS.bit_length() - exponents
    whole = np.rint(np.ldexp(totals, scale)).astype(np.int64)
    return np.asarray(np.ldexp((halves @ whole).astype(np.float64), -scale))


def _sharpe(totals: FloatArray, squares: FloatArray, days: int, bars_per_year: int) -> FloatArray:
    """Sharpe ratio per year from sums of daily returns and of their squares."""
    mean = totals / days
    spread = squares - days * mean**2
    varies = spread > _NO_VARIANCE * squares
    deviation = np.sqrt(np.where(varies, spread, 1.0) / (days - 1))
    return np.where(varies, math.sqrt(bars_per_year) * mean / deviation, 0.0)
