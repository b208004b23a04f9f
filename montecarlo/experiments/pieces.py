"""The pieces of a range of paths, one after the other: their rows written or kept, their tallies added up."""

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
Take = Callable[[Rows], None]


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


def written_to(file: BinaryIO | None) -> Take:
    """Writes rows as CSV, the header before the first of them; where there is no file, nothing."""
    begun = False

    def take(rows: Rows) -> None:
        nonlocal begun
        if file is not None:
            file.write(row_files.to_csv(rows, header=not begun))
            begun = True

    return take


def kept_in(kept: list[Rows] | None) -> Take:
    """Keeps the columns of which a file has rows; where there is no list, nothing."""

    def take(rows: Rows) -> None:
        if kept is not None:
            kept.append({name: rows[name] for name in row_files.columns_of(rows)})

    return take


def added_up(
    pieces: Iterable[tuple[Rows, Total]], take: Take, tell: Callable[[int], object], so_far: TellSoFar | None = None
) -> Total:
    """The tally of all pieces.

    Args:
        pieces: Rows and tally of each, in the order of their paths.
        take: Called with the rows of each.
        tell: Called with the number of paths that are done after each.
        so_far: As in ``Experiment.run``.

    Raises:
        ValueError: there is none.
    """
    total: Total | None = None
    for piece, tally in pieces:
        take(piece)
        total = tally if total is None else total + tally
        if so_far:
            so_far(total)
        tell(total.units)
    if total is None:
        raise ValueError("there are no paths to add up")
    return total
