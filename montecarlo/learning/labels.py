"""Labels: how a trade would have ended that enters after a signal, by the fill rules of docs/conventions.md."""

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from montecarlo.trained.barrier import Barrier

Outcomes = NDArray[np.int8]

TARGET, TIME, STOP = 1, 0, -1
"""What a trade ends by."""


def outcomes(bars: Bars, barrier: Barrier, side: str) -> Outcomes:
    """What the trade ends by that enters after the signal of each close: TARGET, TIME or STOP.

    Only signals whose whole span lies within the bars have one, even where a trade ends early: to keep those that end
    early, and not the others, would choose days by what comes after them.

    Args:
        bars: Shape (days + 1, paths).
        barrier: Where and when trades end.
        side: "long" or "short".

    Returns:
        Shape (days + 1 - barrier.span, paths): of the signals at the closes of the first so many rows.
    """
    signals = max(len(bars.close) - barrier.span, 0)
    ends = np.full((signals, bars.close.shape[1]), TIME, np.int8)
    if not signals:
        return ends
    at_open = barrier.fill == "next-open"
    entries = bars.open if at_open else bars.close
    filled = entries[barrier.delay : barrier.delay + signals]
    stop_first, way = barrier.intrabar == "stop-first", 1.0 if side == "long" else -1.0
    # With their signs turned for a short trade, so that more is always better.
    stop, target = way * filled * (1 - way * barrier.stop_loss), way * filled * (1 + way * barrier.take_profit)
    undecided = np.ones(ends.shape, np.bool_)
    for day in range(0 if at_open else 1, barrier.max_holding + 1):
        first = barrier.delay + day
        opened, high, low = (way * each[first : first + signals] for each in (bars.open, bars.high, bars.low))
        best, worst = (high, low) if way > 0 else (low, high)
        stopped, hit = worst <= stop, best >= target
        inside = np.where(stopped & (~hit | stop_first), STOP, np.where(hit, TARGET, TIME))
        end = np.where(opened <= stop, STOP, np.where(opened >= target, TARGET, inside))
        ends = np.where(undecided, end, ends).astype(np.int8)
        undecided &= end == TIME
    return ends
