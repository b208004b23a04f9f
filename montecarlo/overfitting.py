"""How often the best of many backtests is the best by luck: combinatorially symmetric cross-validation.

Source: Bailey, Borwein, López de Prado, Zhu (2017), "The probability of backtest overfitting", Journal of Computational
Finance 20 (4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from montecarlo.account import keep_account
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.history import PriceHistory
from montecarlo.models import DAYS_PER_YEAR
from montecarlo.rules import Rules
from montecarlo.strategies import Strategy

FloatArray = NDArray[np.float64]

BLOCKS = 16  # as in the paper: 12,870 ways to choose half of them
DAYS_AT_LEAST = 4 * BLOCKS  # fewer leave a Sharpe ratio nothing to stand on

# Of the mean square: a smaller variance is rounding, and such returns have a Sharpe ratio of zero.
_NO_VARIANCE = 1e-12


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
        return float(np.mean(self.sharpe_elsewhere < 0))

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
    fill: str = "next-close",
    capital: float = 100_000.0,
    shares: float | None = None,
    commission: float = 0.0005,
    slippage: float = 0.0005,
    risk_free: float = 0.0,
) -> Overfitting:
    """Cross-validate the choice of the best strategy on a price history.

    The strategies are compared on the same days: from the first on which all of them can trade.

    Args:
        history: From ``load_history``.
        strategies: At least two, of which the best would be chosen.
        fill, capital, shares, commission, slippage, risk_free: See ``Rules``.

    Raises:
        ParameterError: a rule cannot be used, or there are fewer than two strategies.
        HistoryError: the history is too short.
    """
    rules = Rules(
        capital=capital, shares=shares, commission=commission, slippage=slippage, fill=fill, risk_free=risk_free
    )
    if len(strategies) < 2:
        raise ParameterError({"strategies": f"must be at least two, not {len(strategies)}"})
    closes = history.closes[:, None]
    start = max(strategy.first_decision for strategy in strategies) + rules.delay
    days = len(closes) - 1 - start
    if days < DAYS_AT_LEAST:
        raise HistoryError(
            f"{history.symbol} has {max(days, 0):,} days on which all strategies can trade, and cross-validation needs "
            f"{DAYS_AT_LEAST}: take a longer history or shorter windows"
        )
    targets = np.hstack([strategy.targets(closes) for strategy in strategies])
    equity = keep_account(np.broadcast_to(closes, targets.shape), targets, rules.delay, rules).equity[start:]
    gains, before = np.diff(equity, axis=0), equity[:-1]
    returns = np.divide(gains, before, out=np.zeros_like(gains), where=before > 0)
    return cross_validate(returns - rules.risk_free / DAYS_PER_YEAR)


def cross_validate(returns: FloatArray) -> Overfitting:
    """Choose the best strategy on each half of the days' blocks, and judge it on the other half.

    Args:
        returns: Daily returns over the risk-free rate, shape (days, strategies).  Days that would make the BLOCKS
            blocks unequal are left out at the beginning.
    """
    days, strategies = len(returns) - len(returns) % BLOCKS, returns.shape[1]
    blocks = returns[len(returns) - days :].reshape(BLOCKS, -1, strategies)
    halves = np.zeros((math.comb(BLOCKS, BLOCKS // 2), BLOCKS))
    for half, chosen in zip(halves, combinations(range(BLOCKS), BLOCKS // 2), strict=True):
        half[list(chosen)] = 1
    sharpe = _sharpe(halves @ blocks.sum(axis=1), halves @ (blocks**2).sum(axis=1), days // 2)
    elsewhere = sharpe[::-1]  # the blocks not chosen: combinations come in lexicographic order
    best = sharpe.argmax(axis=1)
    splits = np.arange(len(halves))
    return Overfitting(
        best=best,
        sharpe=sharpe[splits, best],
        sharpe_elsewhere=elsewhere[splits, best],
        rank=relative_rank(elsewhere, best),
        days=days,
    )


def relative_rank(scores: FloatArray, chosen: NDArray[np.intp]) -> FloatArray:
    """Rank of each row's chosen column, from 1 (lowest) to n (highest), divided by n + 1: the median has 0.5.

    Equal scores share the middle of their ranks.

    Args:
        scores: Shape (rows, n).
        chosen: Shape (rows,).
    """
    own = np.take_along_axis(scores, chosen[:, None], axis=1)
    below, equal = (scores < own).sum(axis=1), (scores == own).sum(axis=1)
    return np.asarray((below + (equal + 1) / 2) / (scores.shape[1] + 1))


def _sharpe(totals: FloatArray, squares: FloatArray, days: int) -> FloatArray:
    """Sharpe ratio per year from sums of daily returns and of their squares."""
    mean = totals / days
    spread = squares - days * mean**2
    varies = spread > _NO_VARIANCE * squares
    deviation = np.sqrt(np.where(varies, spread, 1.0) / (days - 1))
    return np.where(varies, math.sqrt(DAYS_PER_YEAR) * mean / deviation, 0.0)
