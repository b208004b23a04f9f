"""A strategy stage for targets that are known beforehand, because plain NumPy worked them out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.lanes import LANES, Records, aligned, stage

_HEAD = 64  # bytes before the targets; the first eight of them are the number of matrices that were handed out


def given(targets: Sequence[NDArray[np.int8]]) -> Records:
    """Scratch from which ``replay`` hands out the targets, for one group of lanes after the other.

    Args:
        targets: Of each strategy in turn, shape (closes, paths); the last closes are the same, and paths are groups.
    """
    closes, paths = max(len(each) for each in targets), targets[0].shape[1]
    groups = paths // LANES
    scratch = aligned(np.dtype([("byte", "i1")]), _HEAD + groups * len(targets) * closes * LANES)
    matrices = scratch["byte"][_HEAD:].reshape(groups, len(targets), closes, LANES)
    for number, each in enumerate(targets):
        by_group = each.reshape(len(each), groups, LANES).transpose(1, 0, 2)
        matrices[:, number, closes - len(each) :] = by_group
    return scratch


@stage
def replay(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    """The parameter is the number of closes in a matrix of ``given``; the targets are its last ones."""
    handed_out, matrices = scratch[:8].view(np.int64), scratch[_HEAD:].view(np.int8)
    closes = np.int64(parameters[0])
    start = ((handed_out[0] + 1) * closes - len(targets)) * LANES
    for day in range(len(targets)):
        for lane in range(LANES):
            targets[day].lane[lane] = matrices[start + day * LANES + lane]
    handed_out[0] += 1
