"""What a peer is asked, and what it and we answer."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

import montecarlo as mc
from montecarlo.data.bars import Bars


@dataclass(frozen=True, eq=False)
class Case:
    """A price history, the position wanted after each fill, and rules.

    Attributes:
        name: For messages.
        closes: Dollars, shape (days,).
        wanted: Position that the strategy wants from each close on, already moved to the close of its fill; same shape.
        rules: Under which it is traded.
    """

    name: str
    closes: NDArray[np.float64]
    wanted: NDArray[np.int8]
    rules: mc.Rules


@dataclass(frozen=True, eq=False, kw_only=True)
class BracketCase(Case):
    """The same with a stop and a target; long only, or short only.

    Attributes:
        bars: Dollars, arrays of shape (days,).
        stop, target: Fractions of the price of the fill.
    """

    bars: Bars
    stop: float
    target: float


@dataclass(frozen=True, eq=False)
class Answer:
    """What a backtest found.

    Attributes:
        final_value: Dollars, an open position at the last close without the costs of selling it.
        max_drawdown: Positive fraction of the highest equity so far.
        entries, exits: Days on which round trips began and ended; one that is still open has no exit.
        profits: Of each round trip that has ended, dollars after costs.
    """

    final_value: float
    max_drawdown: float
    entries: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    exits: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    profits: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


TOLERANCE = 1e-9  # of the value itself, of the drawdown, and of the capital for profits


def differences(case: Case, ours: Answer, theirs: Answer) -> list[str]:
    """What the two answers disagree about, as messages; empty where they agree."""
    found = []
    for name in ("entries", "exits"):
        one, other = getattr(ours, name), getattr(theirs, name)
        if not np.array_equal(one, other):
            found.append(f"{name}: {len(one)} of ours on days {_some(one, other)}, {len(other)} of theirs")
    for name, scale in (("final_value", ours.final_value), ("max_drawdown", 1.0), ("profits", case.rules.capital)):
        one, other = np.atleast_1d(getattr(ours, name)), np.atleast_1d(getattr(theirs, name))
        if one.shape == other.shape and np.abs(one - other).max(initial=0.0) > TOLERANCE * scale:
            worst = np.abs(one - other).argmax()
            found.append(f"{name}: {one[worst]:.12g} is ours, {other[worst]:.12g} theirs")
    return [f"{case.name}: {message}" for message in found]


def _some(one: NDArray[np.int64], other: NDArray[np.int64]) -> str:
    return ", ".join(str(day) for day in sorted(set(one.tolist()) ^ set(other.tolist()))[:5])
