"""What joint model stages share: draws of several symbols for a group of lanes, and how they are correlated."""

from typing import Any

import numpy as np
from numba import types

from montecarlo.engine.generator import draw_normals
from montecarlo.engine.lanes import DAY, LANES, array_of, inline
from montecarlo.engine.normals import DAYS_AT_ONCE

JOINT_DRAWS = np.dtype(
    [
        ("words", "u4", (DAYS_AT_ONCE * LANES,)),
        ("draws", "f4", (DAYS_AT_ONCE * LANES,)),
        ("wide", "f8", (DAYS_AT_ONCE * LANES,)),
        ("total", "f8", (DAYS_AT_ONCE * LANES,)),
        ("place", "u4", (LANES,)),
    ]
)
"""Scratch of a joint model stage, a record for each symbol, laid out [day * LANES + lane]: random words, the draws made
of them, the same in double precision, what they are mixed to; and each lane's place in a table of days.  A stage finds
what it left there when it is called for the group's next days."""

_AT_ONCE = 4  # symbols in one pass over a sum, which is read and written once for all of them; two sums in one pass, so
# that draws are read once for both, measured slower


def joint_stage_type() -> Any:
    """Numba's type of a joint model stage; see ``montecarlo.models.joint.JointModel.stage``."""
    key, whole, real, single = types.uint64, types.int64, types.float64, types.float32
    given = (array_of(DAY, 2), key, whole, whole, real[::1], single[::1], array_of(JOINT_DRAWS))
    return types.FunctionType(types.void(*given))


@inline
def draw_all_normals(scratch, seed, first_path, first_day):  # type: ignore[no-untyped-def]
    """Fill ``wide`` of every symbol with standard normals, from a stream of random numbers for each."""
    for k in range(len(scratch)):
        own = scratch[k]
        draw_normals(own, seed, first_path, first_day, None, k)
        for i in range(DAYS_AT_ONCE * LANES):
            own.wide[i] = np.float64(own.draws[i])


@inline
def fill_growth(growth, scratch, means, factors, grow):  # type: ignore[no-untyped-def]
    """Fill the growth of every symbol from all draws.

    Args:
        growth: Records DAY, shape (symbols, DAYS_AT_ONCE).
        scratch: Records JOINT_DRAWS, shape (symbols,), whose ``wide`` are the draws.
        means: What ``grow`` is told of each symbol beside the sum.
        factors: A lower triangle, row by row: symbol i's sum is that of factors[i, j] · draws[j] over j up to i, in
            this order.
        grow: Inline function (mean, sum) that gives a day's price over that of the day before.
    """
    for i in range(len(growth)):
        total, row, draws = scratch[i].total, factors[i * (i + 1) // 2 :], scratch[0].wide
        factor, mean = row[0], means[i]
        for at in range(DAYS_AT_ONCE * LANES):
            total[at] = factor * draws[at]
        whole = 1 + i // _AT_ONCE * _AT_ONCE
        for j in range(1, whole, _AT_ONCE):
            _add_four(total, scratch[j:], row[j], row[j + 1], row[j + 2], row[j + 3])
        for j in range(whole, i + 1):
            _add_one(total, scratch[j].wide, row[j])
        for at in range(DAYS_AT_ONCE * LANES):
            total[at] = grow(mean, total[at])
        for day in range(DAYS_AT_ONCE):
            for lane in range(LANES):
                growth[i, day].lane[lane] = total[day * LANES + lane]


@inline
def _add_four(total, scratch, first, second, third, fourth):  # type: ignore[no-untyped-def]
    one, two, three, four = scratch[0].wide, scratch[1].wide, scratch[2].wide, scratch[3].wide
    for at in range(DAYS_AT_ONCE * LANES):
        so_far = total[at] + first * one[at]
        so_far += second * two[at]
        so_far += third * three[at]
        total[at] = so_far + fourth * four[at]


@inline
def _add_one(total, draws, factor):  # type: ignore[no-untyped-def]
    for at in range(DAYS_AT_ONCE * LANES):
        total[at] += factor * draws[at]
