"""The pieces of a range of paths, one after the other: their rows written, their tallies added up."""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Protocol, Self, TypeVar

from montecarlo.accounting import rows as row_files
from montecarlo.accounting.rows import Rows
from montecarlo.experiments.experiment import Progress, TellSoFar
from montecarlo.statistics.tally import BLOCK_PATHS

MOST_BLOCKS = 16  # in a piece: enough that NumPy's overhead vanishes, few enough to stay in a cache
PIECE_PATH_DAYS = 2**25  # in a piece at most, unless a block has more: a fraction of a second


class Counted(Protocol):
    """What a piece adds to the whole."""

    @property
    def units(self) -> int: ...

    def __add__(self, other: Any) -> Self: ...

    def to_bytes(self) -> bytes: ...


Total = TypeVar("Total", bound=Counted)


def blocks_at_once(work: int) -> int:
    """How many blocks a piece has at most, of paths that are so much work each."""
    return max(min(MOST_BLOCKS, PIECE_PATH_DAYS // (work * BLOCK_PATHS)), 1)


def in_units(progress: Progress | None, units: int, beside: int) -> Callable[[int], None]:
    """Tells, of the paths that are done, how many units that is, where so many paths are simulated beside the units.

    Each unit stands for as much of all the work.
    """

    def tell(paths: int) -> None:
        if progress:
            progress(max(units * paths // (units + beside), 1))

    return tell


def added_up(
    pieces: Iterable[tuple[Rows, Total]], rows: BinaryIO | None, tell: Callable[[int], None], so_far: TellSoFar | None
) -> Total:
    """The tally of all pieces.

    Args:
        pieces: Rows and tally of each, in the order of their paths.
        rows: Takes the rows as they come, if anybody wants them.
        tell: Called with the number of paths that are done after each.
        so_far: As in ``Experiment.run``.
    """
    total: Total | None = None
    for piece, tally in pieces:
        if rows is not None:
            rows.write(row_files.to_csv(piece, header=total is None))
        total = tally if total is None else total + tally
        if so_far:
            so_far(total)
        tell(total.units)
    if total is None:
        raise ValueError("there are no paths to add up")
    return total
