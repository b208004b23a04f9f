"""The stages joined by a compiled loop: model, strategy and account, for one group of lanes after the other."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple, Self

import numpy as np
from numba import types
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT, STATE, TERMS, account
from montecarlo.engine.lanes import BAR, DAY, LANES, TARGET, Records, Stage, aligned, array_of, stage
from montecarlo.engine.prices import DRAWS

FloatArray = NDArray[np.float64]

compiling = Lock()
"""Held by whoever compiles a loop."""


class Space(NamedTuple):
    """Memory for a group of lanes, which the stages share.

    Attributes:
        lead: Closes of a warm-up that stand before the simulated days.
        prices, growth, targets: Of ``lead + days + 1`` closes.
        bars: Empty, because accounts at closes need none.
        draws: Scratch of the model stage.
        scratch: Of the strategy stage, as bytes.
        state: Of the account stage.
    """

    lead: int
    prices: Records
    growth: Records
    bars: Records
    targets: Records
    draws: Records
    scratch: NDArray[np.uint8]
    state: Records

    @classmethod
    def of(cls, days: int, warm_up: Sequence[float], scratch: Records) -> Self:
        """For so many days behind these closes."""
        closes = len(warm_up) + days + 1
        prices, growth, targets = aligned(DAY, closes), aligned(DAY, closes), aligned(TARGET, closes)
        prices["lane"][: len(warm_up)] = np.reshape(warm_up, (-1, 1))
        draws, state = aligned(DRAWS, 1), aligned(STATE, 1)
        return cls(len(warm_up), prices, growth, aligned(BAR, 0), targets, draws, scratch.view(np.uint8), state)


@stage
def _run_groups(  # type: ignore[no-untyped-def]
    fill_prices, drawing, fill_targets, parameters, terms, minimal, space, results, grid, curves
):
    seed, first, start, models = drawing
    lead, prices, growth, bars, targets, draws, scratch, state = space
    for begin in range(0, results.shape[1], LANES):
        model = models[begin // LANES % len(models)]
        fill_prices(prices[lead:], growth[lead:], seed, first + begin, start, model, draws)
        for k in range(len(terms)):
            unused, result = terms[k].unused, results[k, begin:]
            fill_targets(prices[unused:], bars, targets[unused:], parameters[k], scratch)
            account(
                prices[unused:],
                growth[unused:],
                targets[unused:],
                terms[k],
                minimal,
                state[0],
                result,
                grid,
                curves[begin:],
            )


@stage
def _draw_groups(fill_prices, drawing, closes):  # type: ignore[no-untyped-def]
    seed, first, start, models, prices, growth, draws = drawing
    for begin in range(0, closes.shape[1], LANES):
        model = models[begin // LANES % len(models)]
        fill_prices(prices, growth, seed, first + begin, start, model, draws)
        for day in range(len(closes)):
            for lane in range(LANES):
                closes[day, begin + lane] = prices[day].lane[lane]


def draw_closes(
    fill_prices: Stage, seed: int, first: int, start: float, models: FloatArray, closes: FloatArray
) -> None:
    """Fill ``closes``, shape (days + 1, paths), where paths are groups of lanes, with prices from path ``first`` on.

    Of ``models``, parameters of shape (models, parameters), each group takes the next, and after the last the first.
    """
    with compiling:
        if not _draw_groups.signatures:
            _draw_groups.compile(_signature_of_draws())
            _draw_groups.disable_compile()
    prices, growth = aligned(DAY, len(closes)), aligned(DAY, len(closes))
    _draw_groups(fill_prices, (np.uint64(seed), first, start, models, prices, growth, aligned(DRAWS, 1)), closes)


def loop_over_groups() -> Stage:
    """The loop over groups, compiled for stages of which it knows the types alone: one for all models and strategies.

    It lets go of Python's lock until all groups are done.  Called one by one from Python, the stages of two threads
    kept waiting for each other to let go of it, and even those of one took a tenth longer.
    """
    with compiling:
        if not _run_groups.signatures:
            _run_groups.compile(_signature())
            _run_groups.disable_compile()
    compiled: Stage = _run_groups
    return compiled


def signatures() -> tuple[Any, Any]:
    """Of a model stage and of a strategy stage, as the loop calls them."""
    return _fill_prices().signature, strategy_stage_type().signature


def _signature_of_draws() -> Any:
    key, whole, real, days = types.uint64, types.int64, types.float64, array_of(DAY)
    drawing = types.Tuple((key, whole, real, real[:, ::1], days, days, array_of(DRAWS)))  # type: ignore[no-untyped-call]
    return types.void(_fill_prices(), drawing, real[:, ::1])


def _fill_prices() -> Any:
    days, real = array_of(DAY), types.float64
    return types.FunctionType(types.void(days, days, types.uint64, types.int64, real, real[::1], array_of(DRAWS)))


def strategy_stage_type() -> Any:
    """Numba's type of a strategy stage."""
    days, bars, targets = array_of(DAY), array_of(BAR), array_of(TARGET)
    return types.FunctionType(types.void(days, bars, targets, types.float64[::1], types.uint8[::1]))


def _signature() -> Any:
    key, whole, real = types.uint64, types.int64, types.float64
    days, targets, draws, scratch = array_of(DAY), array_of(TARGET), array_of(DRAWS), types.uint8[::1]
    drawing = types.Tuple((key, whole, real, real[:, ::1]))  # type: ignore[no-untyped-call]
    memory = (whole, days, days, array_of(BAR), targets, draws, scratch, array_of(STATE))
    space = types.NamedTuple(memory, Space)  # type: ignore[no-untyped-call]
    stages = _fill_prices(), drawing, strategy_stage_type(), real[:, ::1], array_of(TERMS), types.boolean
    return types.void(*stages, space, array_of(RESULT, 2), whole[::1], real[:, ::1])
