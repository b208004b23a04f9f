"""The stages joined for orders within the day: model with bars, strategy and order account."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numba import types
from numpy.typing import NDArray

from montecarlo.engine import stages
from montecarlo.engine.lanes import BAR, DAY, LANES, TARGET, Records, Stage, aligned, array_of, inline, stage
from montecarlo.engine.order_account import (
    ORDER,
    ORDER_RESULT,
    ORDER_STATE,
    ORDER_TERMS,
    keep_orders,
    report_orders,
)
from montecarlo.engine.order_costs import fill_slips
from montecarlo.engine.prices import DRAWS

FloatArray = NDArray[np.float64]


class OrderSpace(NamedTuple):
    """Memory for a group of lanes, which the stages share.

    Attributes:
        lead: Closes of a warm-up that stand before the simulated days.
        start: The real bar of the start price, if it is known, with those of the warm-up; otherwise empty, and the bars
            of these days are their closes alone.
        prices, growth, bars, targets: Of ``lead + days + 1`` closes.
        slips: Slippage of as many days, or one record where it is the same on all.
        draws: Scratch of the model stage.
        scratch: Of the strategy stage, as bytes.
        state: Of the order account.
    """

    lead: int
    start: Records
    prices: Records
    growth: Records
    bars: Records
    targets: Records
    slips: Records
    draws: Records
    scratch: NDArray[np.uint8]
    state: Records

    @classmethod
    def of(
        cls,
        days: int,
        warm_up: Sequence[float],
        slips: Records | None,
        scratch: Records,
        warm_up_bars: Sequence[tuple[float, float, float]] = (),
    ) -> Self:
        """For so many days behind these closes; ``slips`` is None where slippage changes from day to day."""
        closes = len(warm_up) + days + 1
        prices, growth, bars, targets = (aligned(dtype, closes) for dtype in (DAY, DAY, BAR, TARGET))
        before = np.reshape(warm_up, (-1, 1))
        prices["lane"][: len(warm_up)] = before
        for name in ("open", "high", "low"):
            bars[name][: len(warm_up)] = before
        start = aligned(BAR, min(len(warm_up_bars), 1))
        if warm_up_bars:
            for name, known in zip(("open", "high", "low"), np.transpose(warm_up_bars)[..., None], strict=True):
                bars[name][: len(warm_up)], start[name] = known[:-1], known[-1]
        slips = aligned(DAY, closes) if slips is None else slips
        draws, state = aligned(DRAWS, 1), aligned(ORDER_STATE, 1)
        return cls(len(warm_up), start, prices, growth, bars, targets, slips, draws, scratch.view(np.uint8), state)


@stage
def no_bars(prices, growth, bars, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    """A bar stage for where closes are enough."""


@stage
def no_closes(prices, growth, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    """A model stage for where there is a bar stage."""


@stage
def _run_order_groups(  # type: ignore[no-untyped-def]
    fill_prices, fill_bars, has_bars, drawing, fill_targets, parameters, orders, terms, space, results, grid, curves
):
    seed, first, start, models = drawing
    lead, known, prices, growth, bars, targets, slips, draws, scratch, state = space
    for begin in range(0, results.shape[1], LANES):
        group = begin // LANES
        model = models[group % len(models)]
        if has_bars:
            fill_bars(prices[lead:], growth[lead:], bars[lead:], seed, first + begin, start, model, draws)
        else:
            fill_prices(prices[lead:], growth[lead:], seed, first + begin, start, model, draws)
            _bars_of_closes(prices[lead:], bars[lead:])
        if len(known) > 0:
            _put(bars[lead], known[0])
        for k in range(len(terms)):
            unused, result = terms[k].unused, results[k, begin:]
            if terms[k].asked == 0:
                fill_targets(prices[unused:], bars[unused:], targets[unused:], parameters[k], scratch)
            slipped = slips
            if terms[k].multiple >= 0.0:
                slipped = slips[unused:]
                fill_slips(prices[unused:], slipped, terms[k].multiple)
            ordered = orders[k, group % orders.shape[1]]
            keep_orders(
                state[0],
                prices[unused:],
                growth[unused:],
                bars[unused:],
                targets[unused:],
                ordered[unused if len(ordered) > 1 else 0 :],
                slipped,
                terms[k],
                fill_targets,
                parameters[k],
                scratch,
                grid,
                curves[begin:],
            )
            report_orders(state[0], prices[unused:], bars[unused:], slipped, terms[k], result)


@inline
def _put(bar, known):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        bar.open[lane], bar.high[lane], bar.low[lane] = known.open[lane], known.high[lane], known.low[lane]


@inline
def _bars_of_closes(prices, bars):  # type: ignore[no-untyped-def]
    """Days that open at the close before and go straight to their own: of a model that knows closes alone."""
    for lane in range(LANES):
        bars[0].open[lane] = bars[0].high[lane] = bars[0].low[lane] = prices[0].lane[lane]
    for day in range(1, len(prices)):
        for lane in range(LANES):
            earlier, close = prices[day - 1].lane[lane], prices[day].lane[lane]
            bars[day].open[lane], bars[day].high[lane] = earlier, max(earlier, close)
            bars[day].low[lane] = min(earlier, close)


@stage
def _draw_bar_groups(fill_bars, drawing, found):  # type: ignore[no-untyped-def]
    seed, first, start, models, prices, growth, bars, draws = drawing
    for begin in range(0, found.shape[2], LANES):
        model = models[begin // LANES % len(models)]
        fill_bars(prices, growth, bars, seed, first + begin, start, model, draws)
        for day in range(found.shape[1]):
            for lane in range(LANES):
                found[0, day, begin + lane], found[1, day, begin + lane] = bars[day].open[lane], bars[day].high[lane]
                found[2, day, begin + lane], found[3, day, begin + lane] = bars[day].low[lane], prices[day].lane[lane]


def draw_bars(fill_bars: Stage, seed: int, first: int, start: float, models: FloatArray, found: FloatArray) -> None:
    """Fill ``found``, shape (4, days + 1, paths), with open, high, low and close from path ``first`` on.

    Paths are groups of lanes; of ``models``, each group takes the next, as in ``stages.draw_closes``.
    """
    with stages.compiling:
        if not _draw_bar_groups.signatures:
            _draw_bar_groups.compile(_signature_of_bars())
            _draw_bar_groups.disable_compile()
    days = found.shape[1]
    memory = aligned(DAY, days), aligned(DAY, days), aligned(BAR, days), aligned(DRAWS, 1)
    _draw_bar_groups(fill_bars, (np.uint64(seed), first, start, models, *memory), found)


def loop_over_order_groups() -> Stage:
    """The loop over groups, compiled for stages of which it knows the types alone; see ``stages.loop_over_groups``."""
    with stages.compiling:
        if not _run_order_groups.signatures:
            _run_order_groups.compile(_signature())
            _run_order_groups.disable_compile()
    compiled: Stage = _run_order_groups
    return compiled


def _fill_bars() -> Any:
    days, bars, real = array_of(DAY), array_of(BAR), types.float64
    drawing = types.uint64, types.int64, real, real[::1]
    return types.FunctionType(types.void(days, days, bars, *drawing, array_of(DRAWS)))


def _signature_of_bars() -> Any:
    key, whole, real, days = types.uint64, types.int64, types.float64, array_of(DAY)
    drawing = types.Tuple(  # type: ignore[no-untyped-call]
        (key, whole, real, real[:, ::1], days, days, array_of(BAR), array_of(DRAWS))
    )
    return types.void(_fill_bars(), drawing, types.Array(real, 3, "C"))


def _signature() -> Any:
    key, whole, real = types.uint64, types.int64, types.float64
    days, bars, targets, draws = array_of(DAY), array_of(BAR), array_of(TARGET), array_of(DRAWS)
    drawing = types.Tuple((key, whole, real, real[:, ::1]))  # type: ignore[no-untyped-call]
    memory = (whole, bars, days, days, bars, targets, days, draws, types.uint8[::1], array_of(ORDER_STATE))
    space = types.NamedTuple(memory, OrderSpace)  # type: ignore[no-untyped-call]
    fill_prices, fill_targets = stages.signatures()
    named = types.FunctionType(fill_prices), _fill_bars(), types.boolean, drawing, types.FunctionType(fill_targets)
    kept = real[:, ::1], array_of(ORDER, 3), array_of(ORDER_TERMS), space
    return types.void(*named, *kept, array_of(ORDER_RESULT, 2), whole[::1], real[:, ::1])
