"""Between which bounds weights may lie: long only, and all of the money invested."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.errors import ParameterError
from montecarlo.parameters import Number, plain, shown

FloatArray = NDArray[np.float64]
Bound = Mapping[str, float] | float

WEIGHT = Number(0, 1)
ROUNDING = 1e-9  # of all of the money: bounds that miss it by less hold one weighting


@dataclass(frozen=True, eq=False)
class Bounds:
    """The least and the most of each weight, shapes (symbols,)."""

    lowest: FloatArray
    highest: FloatArray

    @classmethod
    def of(cls, symbols: Sequence[str], lowest: Bound, highest: Bound) -> Self:
        """Of bounds by symbol, or the same for all; a symbol that is not named has none.

        Raises:
            ParameterError: a bound is not from 0 to 1, or of no such symbol, or they leave no weighting.
        """
        least, wrong_least = _by_symbol(symbols, lowest, 0.0)
        most, wrong_most = _by_symbol(symbols, highest, 1.0)
        found = {
            name: "; ".join(problems)
            for name, problems in (("lowest", wrong_least), ("highest", wrong_most))
            if problems
        }
        if not found:
            found = _what_is_left(symbols, least, most)
        if found:
            raise ParameterError(found)
        return cls(np.array(least), np.array(most))

    def within(self, weights: FloatArray) -> FloatArray:
        """The weightings themselves where they keep to the bounds and add up to 1, else one near each that does.

        What is above the most goes to the others, by the room that each has left; what is below the least comes from
        the others, by what each has to spare.

        Args:
            weights: Shape (..., symbols).
        """
        kept = np.clip(weights, self.lowest, self.highest)
        missing = 1.0 - kept.sum(axis=-1, keepdims=True)
        room, spare = self.highest - kept, kept - self.lowest
        by_room = _share(missing, room)
        by_spare = _share(missing, spare)
        return np.clip(kept + np.where(missing > 0, by_room, by_spare), self.lowest, self.highest)

    def richest(self, returns: FloatArray) -> FloatArray:
        """The weights with the highest return: as much as may be of the best, then of the next, shape (symbols,)."""
        weights, left = self.lowest.copy(), 1.0 - float(self.lowest.sum())
        for place in np.argsort(-returns, kind="stable"):
            more = min(left, float(self.highest[place] - self.lowest[place]))
            weights[place] += more
            left -= more
        return weights

    @cached_property
    def only(self) -> FloatArray | None:
        """The one weighting where there is no other."""
        if self.lowest.sum() >= 1.0 - ROUNDING:
            return self.within(self.lowest)
        return self.within(self.highest) if self.highest.sum() <= 1.0 + ROUNDING else None


def _share(missing: FloatArray, parts: FloatArray) -> FloatArray:
    """What is missing, divided as the parts are."""
    total = parts.sum(axis=-1, keepdims=True)
    return parts * (missing / np.where(total > 0, total, 1.0))


def _by_symbol(symbols: Sequence[str], bound: object, otherwise: float) -> tuple[list[float], list[str]]:
    """The bound of each symbol, and what is wrong with it."""
    if not isinstance(bound, Mapping):
        return [float(plain(bound))] * len(symbols) if WEIGHT.accepts(bound) else [], _wrong("", bound)
    problems = [
        f"names {shown(name)}, which is not one of {', '.join(symbols)}" for name in bound if name not in symbols
    ]
    for symbol in symbols:
        problems += _wrong(f"of {symbol} ", bound[symbol]) if symbol in bound else []
    return ([] if problems else [float(plain(bound.get(symbol, otherwise))) for symbol in symbols]), problems


def _wrong(whose: str, value: object) -> list[str]:
    return [] if WEIGHT.accepts(value) else [f"{whose}must be {WEIGHT}, not {shown(value)}"]


def _what_is_left(symbols: Sequence[str], least: Sequence[float], most: Sequence[float]) -> dict[str, str]:
    """Why bounds leave no weighting."""
    crossed = [
        f"of {symbol} must be at most its highest weight {high:g}, not {low:g}"
        for symbol, low, high in zip(symbols, least, most, strict=True)
        if low > high
    ]
    if crossed:
        return {"lowest": "; ".join(crossed)}
    if (total := math.fsum(least)) > 1 + ROUNDING:
        return {
            "lowest": f"must add up to 1 at most over all {len(symbols)} symbols, not to {total:g}, which leaves no "
            "weighting: lower some"
        }
    if (total := math.fsum(most)) < 1 - ROUNDING:
        return {
            "highest": f"must add up to 1 at least over all {len(symbols)} symbols, not to {total:g}, which leaves no "
            "weighting of all of the money: raise some"
        }
    return {}
