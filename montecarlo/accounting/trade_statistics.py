"""Statistics of the trades of one account, as analysers of this field give them.

With n trades of profits p, dollars after costs, each made with a capital c, the equity before its entry:

    profit_factor          sum of the gains over the sum of the losses
    expectancy             mean of p / c: what a trade makes of the equity it finds, on average
    sqn                    sqrt(n) mean(p) / deviation(p), with n - 1: the system quality number
    longest_losing_streak  the most losses in a row
    average_holding        mean days from entry to exit, none for a trade that ended on the bar it began

A trade that is still open counts at its market value.  A profit within EVEN of its capital is rounding, and counts as
none.  NaN: the profit factor without a loss; expectancy and average holding without a trade; the system quality
number of fewer than two trades, or of trades whose profits do not deviate beyond rounding.

Source: Van K. Tharp (2008), "The Definitive Guide to Position Sizing": expectancy and system quality number.  He takes
profits as multiples of what was risked, and counts 100 trades at most, so that a system does not win by their number
alone; here they are dollars, and all of them count.
"""

from collections.abc import Sequence

import numpy as np

from montecarlo.accounting.broker import Trade
from montecarlo.engine.tolerances import EVEN, NO_DEVIATION


def trade_statistics(trades: Sequence[Trade]) -> dict[str, float]:
    """By name."""
    profits = np.array([trade.profit for trade in trades])
    capital = np.array([trade.capital for trade in trades])
    gains, losses = profits > EVEN * capital, profits < -EVEN * capital
    profits = np.where(gains | losses, profits, 0.0)
    lost = -profits[losses].sum()
    return {
        "profit_factor": float(profits[gains].sum() / lost) if lost > 0 else np.nan,
        "expectancy": float((profits / capital).mean()) if trades else np.nan,
        "sqn": _system_quality(profits),
        "longest_losing_streak": float(_longest_streak(losses.tolist())),
        "average_holding": float(np.mean([trade.holding for trade in trades])) if trades else np.nan,
    }


def won(trades: Sequence[Trade]) -> int:
    """Trades that left more than they took, beyond rounding."""
    return sum(trade.profit > EVEN * trade.capital for trade in trades)


def _system_quality(profits: np.ndarray) -> float:
    trades = len(profits)
    if trades < 2:
        return np.nan
    squares = float(((profits - profits.mean()) ** 2).sum())
    if squares <= NO_DEVIATION * float((profits**2).sum()):
        return np.nan
    return float(np.sqrt(trades) * profits.mean() / np.sqrt(squares / (trades - 1)))


def _longest_streak(losses: list[bool]) -> int:
    longest = current = 0
    for lost in losses:
        current = current + 1 if lost else 0
        longest = max(longest, current)
    return longest
