"""Closes of several symbols by a joint model stage, for whoever wants the prices themselves."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from montecarlo.engine.joint_draws import JOINT_DRAWS, joint_stage_type
from montecarlo.engine.lanes import DAY, LANES, Stage, aligned, array_of, stage
from montecarlo.engine.normals import DAYS_AT_ONCE
from montecarlo.engine.stages import compiling

FloatArray = NDArray[np.float64]


@stage
def _draw_groups(fill_growth, drawing, table, growth, scratch, closes):  # type: ignore[no-untyped-def]
    seed, first, models = drawing
    days, symbols = len(closes) - 1, len(growth)
    for begin in range(0, closes.shape[2], LANES):
        model = models[begin // LANES % len(models)]
        for first_day in range(0, days, DAYS_AT_ONCE):
            fill_growth(growth, seed, first + begin, first_day, model, table, scratch)
            for day in range(min(DAYS_AT_ONCE, days - first_day)):
                today = first_day + day + 1
                for k in range(symbols):
                    for lane in range(LANES):
                        grown = closes[today - 1, k, begin + lane] * growth[k, day].lane[lane]
                        closes[today, k, begin + lane] = grown


def draw_joint_closes(
    fill_growth: Stage, seed: int, first: int, models: FloatArray, table: NDArray[np.float32], closes: FloatArray
) -> None:
    """Fill ``closes``, shape (days + 1, symbols, paths), where paths are groups of lanes, with prices from path
    ``first`` on; those of day 0 are there.

    Of ``models``, parameters of shape (models, parameters), each group takes the next, and after the last the first.
    """
    with compiling:
        if not _draw_groups.signatures:
            _draw_groups.compile(_signature())
            _draw_groups.disable_compile()
    symbols = closes.shape[1]
    growth, scratch = aligned(DAY, symbols, DAYS_AT_ONCE), aligned(JOINT_DRAWS, symbols)
    _draw_groups(fill_growth, (np.uint64(seed), first, models), table, growth, scratch, closes)


def _signature() -> Any:
    key, whole, real, single = types.uint64, types.int64, types.float64, types.float32
    drawing = types.Tuple((key, whole, real[:, ::1]))  # type: ignore[no-untyped-call]
    records = array_of(DAY, 2), array_of(JOINT_DRAWS)
    return types.void(joint_stage_type(), drawing, single[::1], *records, real[:, :, ::1])
