"""What is summed up over paths for controlled estimates: the controls, and their products with what they explain."""

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.controls import CONTROLS
from montecarlo.accounting.rows import Rows

FloatArray = NDArray[np.float64]

LOSS, BELOW_MEDIAN = "loss", "below_median"


def cross_products(rows: Rows, block: int) -> Iterator[tuple[str, FloatArray]]:
    """What of each path is summed up for controlled estimates; nothing where there are no controls.

    The median of all paths is not known where a range of them is summed up, so the indicator of being below it is taken
    at the median of each block, from which that of all differs by little: enough for coefficients, and a function of
    the block alone.
    """
    if CONTROLS[0] not in rows:
        return
    below = _below_median(np.asarray(rows["return"], np.float64), block)
    yield f"{BELOW_MEDIAN}**2", below * below
    explained = {"return": rows["return"], LOSS: (rows["return"] < 0).astype(np.float64), BELOW_MEDIAN: below}
    for name in CONTROLS:
        yield name, rows[name]
        for what, values in explained.items():
            yield f"{what}*{name}", values * rows[name]
    for one, other in combinations_with_replacement(CONTROLS, 2):
        yield f"{one}*{other}", rows[one] * rows[other]


def _below_median(returns: FloatArray, block: int) -> FloatArray:
    """Whether each is at most the median of its block, less how many of the block are."""
    found = np.empty(len(returns))
    whole = len(returns) - len(returns) % block
    for first, some in ((0, returns[:whole].reshape(-1, block)), (whole, returns[whole:].reshape(1, -1))):
        if some.size:
            rank = (some.shape[1] + 1) // 2 - 1
            below = some <= np.partition(some, rank, axis=1)[:, rank, None]
            shares = np.count_nonzero(below, axis=1)[:, None] / some.shape[1]
            found[first : first + some.size] = (below - shares).ravel()
    return found
