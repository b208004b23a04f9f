"""Two simulations on the same paths: what is left when each path's one result is taken from its other.

Sums are taken over each block of BLOCK_PATHS paths, counted from path 0, and then added without rounding, so it does
not matter in which pieces the rows came.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.tolerances import EVEN
from montecarlo.errors import DamageError
from montecarlo.statistics.estimators import Estimate, proportion_estimate, quantile_estimate
from montecarlo.statistics.histogram import Distribution, Histogram
from montecarlo.statistics.moments import Moments
from montecarlo.statistics.tally import BLOCK_PATHS

QUANTITIES = ("return", "final_value", "max_drawdown")
"""Columns whose differences are kept."""

PIECE = 16 * BLOCK_PATHS  # paths that are in memory at a time, of each simulation

Rows = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class PairedTally:
    """Of the first paths of two simulations.

    Attributes:
        paths: How many of them.
        above: On how many the first ends above the second, by its final value over capital.
        below: On how many it ends below; on the others they are even, but for rounding.
        differences: Sums of each of QUANTITIES, the first's less the second's.
        returns: Sums of both returns by themselves.
        histograms: Of the differences, by quantity.
    """

    paths: int
    above: int
    below: int
    differences: Moments
    returns: Moments
    histograms: Mapping[str, Histogram]

    @classmethod
    def of(cls, first: Rows, second: Rows) -> Self:
        """Of adjoining paths, of which the first begins a block.

        Raises:
            DamageError: they are not the same paths.
        """
        if not np.array_equal(first["path"], second["path"]) or first["path"][0] % BLOCK_PATHS:
            raise DamageError("the rows of the two are not of the same paths, from the first path on without a gap")
        differences = np.array([first[name] - second[name] for name in QUANTITIES], np.float64)
        returns = np.array([first["return"], second["return"]], np.float64)
        wealth, other = 1 + returns
        even = EVEN * np.maximum(np.abs(wealth), np.abs(other))
        return cls(
            paths=len(wealth),
            above=int(np.count_nonzero(wealth - other > even)),
            below=int(np.count_nonzero(other - wealth > even)),
            differences=_by_block(differences),
            returns=_by_block(returns),
            histograms={name: Histogram.of(values) for name, values in zip(QUANTITIES, differences, strict=True)},
        )

    def __add__(self, other: "PairedTally") -> "PairedTally":
        return PairedTally(
            paths=self.paths + other.paths,
            above=self.above + other.above,
            below=self.below + other.below,
            differences=self.differences + other.differences,
            returns=self.returns + other.returns,
            histograms={name: mine + other.histograms[name] for name, mine in self.histograms.items()},
        )

    @cached_property
    def distributions(self) -> Mapping[str, Distribution]:
        """Of the differences, by quantity."""
        return {name: Distribution.of_histogram(each) for name, each in self.histograms.items()}

    @property
    def means(self) -> dict[str, Estimate]:
        """The mean difference of each quantity, whose interval knows the differences' skewness."""
        skewness = [self.distributions[name].skewness() for name in QUANTITIES]
        return dict(zip(QUANTITIES, self.differences.means(skewness), strict=True))

    @property
    def median_return(self) -> Estimate:
        """On half of the paths the return differs by less."""
        return quantile_estimate(self.distributions["return"], self.paths, 0.5)

    @property
    def probability_above(self) -> Estimate:
        return proportion_estimate(self.above, self.paths)

    @property
    def probability_below(self) -> Estimate:
        return proportion_estimate(self.below, self.paths)

    @property
    def narrowing(self) -> float:
        """How many times as wide the interval of the mean return's difference would be if each had paths of its own.

        Infinite where the two differ by the same everywhere; NaN for a single path.
        """
        first, second = self.returns.deviations()
        apart = self.differences.deviations()[QUANTITIES.index("return")]
        own = math.hypot(first, second)
        return own / apart if apart else (math.inf if own > 0 else math.nan)


def paired_tallies(first: Iterable[Rows], others: Sequence[tuple[Iterable[Rows], int]]) -> list[PairedTally]:
    """The tallies of a simulation with each of the others, whose rows are read side by side.

    Args:
        first: Its rows, in order and in pieces of any length.
        others: The rows of each other one, and how many paths are compared: as many as both have, at most.

    Raises:
        DamageError: rows are missing, or are not of the same paths.
    """
    most = max(paths for _, paths in others)
    left = _blocks(first, most)
    rights = [_blocks(rows, paths) for rows, paths in others]
    totals: list[PairedTally | None] = [None] * len(others)
    for start in range(0, most, PIECE):
        piece = next(left)
        for number, (_, paths) in enumerate(others):
            if start < paths:
                stop = min(paths - start, PIECE)
                tally = PairedTally.of(_cut(piece, 0, stop), next(rights[number]))
                total = totals[number]
                totals[number] = tally if total is None else total + tally
    return [total for total in totals if total is not None]


def _by_block(values: NDArray[np.float64]) -> Moments:
    """Of values of shape (quantities, paths), the first of which begins a block."""
    starts = range(0, values.shape[1], BLOCK_PATHS)
    return reduce(add, (Moments.of(np.ascontiguousarray(values[:, at : at + BLOCK_PATHS])) for at in starts))


def _blocks(pieces: Iterable[Rows], paths: int) -> Iterator[Rows]:
    """The rows of the first paths in pieces of PIECE, but for the last; no more is read than that takes."""
    held: list[Rows] = []
    done = count = 0
    wanted = min(PIECE, paths)
    for piece in pieces:
        start, length = 0, len(piece["path"])
        while wanted and count + length - start >= wanted:
            stop = start + wanted - count
            yield _joined([*held, _cut(piece, start, stop)])
            done, held, count, start = done + wanted, [], 0, stop
            wanted = min(PIECE, paths - done)
        if not wanted:
            return
        held.append(_cut(piece, start, length))
        count += length - start
    raise DamageError("rows are missing at the end")


def _cut(piece: Rows, start: int, stop: int) -> Rows:
    return {name: piece[name][start:stop] for name in ("path", *QUANTITIES)}


def _joined(held: Sequence[Rows]) -> Rows:
    return {name: np.concatenate([each[name] for each in held]) for name in held[0]}
