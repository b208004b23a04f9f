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
    way = 1.0 if side == "long" else -1.0
    stop, target = filled * (1 - way * barrier.stop_loss), filled * (1 + way * barrier.take_profit)
    undecided = np.ones(ends.shape, np.bool_)
    for day in range(0 if at_open else 1, barrier.max_holding + 1):
        first = barrier.delay + day
        opened, high, low = (each[first : first + signals] for each in (bars.open, bars.high, bars.low))
        end = _bar(opened, high, low, stop, target, way, barrier.intrabar == "stop-first")
        ends = np.where(undecided, end, ends)
        undecided &= end == TIME
    return ends


def _bar(opened, high, low, stop, target, way, stop_first):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """What a bar does to trades: gaps first, then whatever it reaches."""
    against, favour = (low, high) if way > 0 else (high, low)
    stopped, hit = way * against <= way * stop, way * favour >= way * target
    inside = np.where(stopped & (~hit | stop_first), STOP, np.where(hit, TARGET, TIME))
    gap = np.where(way * opened <= way * stop, STOP, np.where(way * opened >= way * target, TARGET, TIME))
    return np.where(gap != TIME, gap, inside).astype(np.int8)
