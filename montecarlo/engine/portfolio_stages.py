"""The stages of a portfolio joined by compiled loops: joint model, strategies and account, group after group."""

from typing import Any, NamedTuple, Self

import numpy as np
from numba import types
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT
from montecarlo.engine.lanes import DAY, LANES, Records, Stage, aligned, array_of, stage
from montecarlo.engine.normals import DAYS_AT_ONCE
from montecarlo.engine.portfolio_account import (
    HOLDING,
    PORTFOLIO,
    PORTFOLIO_TERMS,
    SLEEVE,
    begin_holding,
    hold_days,
    report_holding,
)
from montecarlo.engine.prices import DRAWS
from montecarlo.engine.stages import compiling

FloatArray = NDArray[np.float64]


class Outcome(NamedTuple):
    """What became of paths; those of whole groups.

    Attributes:
        results: Records RESULT, shape (paths,).
        curves: Equity over capital on the days of the fan, shape (paths, days).
        gains: What each symbol made of the capital, shape (symbols, paths).
        holds: Final value of all of it in one symbol, same shape.
        shares: Of each symbol in the account at the end, same shape.
    """

    results: Records
    curves: FloatArray
    gains: FloatArray
    holds: FloatArray
    shares: FloatArray

    @classmethod
    def of(cls, symbols: int, paths: int, days: int) -> Self:
        of_symbols = (np.empty((symbols, paths)) for _ in range(3))
        return cls(np.empty(paths, RESULT), np.empty((paths, days)), *of_symbols)


class HoldingSpace(NamedTuple):
    """Memory for a group of lanes whose symbols are held.

    Attributes:
        growth: Of DAYS_AT_ONCE days, of each symbol.
        draws: Scratch of the joint model stage.
        sleeves, state, weights: Of the account.
    """

    growth: Records
    draws: Records
    sleeves: Records
    state: Records
    weights: FloatArray

    @classmethod
    def of(cls, symbols: int) -> Self:
        growth, draws = aligned(DAY, symbols, DAYS_AT_ONCE), aligned(DRAWS, symbols)
        return cls(growth, draws, aligned(SLEEVE, symbols), aligned(PORTFOLIO, 1), np.empty(symbols))


@stage
def _hold_groups(fill_growth, drawing, holdings, terms, days, space, grid, outcome, fallen):  # type: ignore[no-untyped-def]
    seed, first, models = drawing
    growth, draws, sleeves, states, weights = space
    results, curves, gains, holds, shares = outcome
    state = states[0]
    for begin in range(0, len(results), LANES):
        model = models[begin // LANES % len(models)]
        begin_holding(state, sleeves, holdings, weights, terms[0])
        marked = 1 if len(grid) > 0 and grid[0] == 0 else 0
        if marked:
            for lane in range(LANES):
                curves[begin + lane, 0] = state.before[lane]
        for day in range(0, days, DAYS_AT_ONCE):
            fill_growth(growth, seed, first + begin, day, model, draws)
            count = min(DAYS_AT_ONCE, days - day)
            marked = hold_days(state, sleeves, weights, growth, day, count, terms[0], grid, marked, curves[begin:])
        fallen[begin // LANES] = report_holding(
            state,
            sleeves,
            holdings,
            weights,
            terms[0],
            results[begin:],
            gains[:, begin:],
            holds[:, begin:],
            shares[:, begin:],
        )


def hold_groups() -> Stage:
    """The loop over groups of lanes whose symbols are held, compiled for joint models of which it knows the type."""
    with compiling:
        if not _hold_groups.signatures:
            _hold_groups.compile(_hold_signature())
            _hold_groups.disable_compile()
    compiled: Stage = _hold_groups
    return compiled


def joint_signature() -> Any:
    """Of a joint model stage, as the loops call it."""
    return fill_growth_type().signature


def fill_growth_type() -> Any:
    whole, real = types.int64, types.float64
    arguments = array_of(DAY, 2), types.uint64, whole, whole, real[::1], array_of(DRAWS)
    return types.FunctionType(types.void(*arguments))


def _hold_signature() -> Any:
    key, whole, real = types.uint64, types.int64, types.float64
    drawing = types.Tuple((key, whole, real[:, ::1]))  # type: ignore[no-untyped-call]
    memory = array_of(DAY, 2), array_of(DRAWS), array_of(SLEEVE), array_of(PORTFOLIO), real[::1]
    space = types.NamedTuple(memory, HoldingSpace)  # type: ignore[no-untyped-call]
    terms = array_of(HOLDING), array_of(PORTFOLIO_TERMS)
    return types.void(fill_growth_type(), drawing, *terms, whole, space, whole[::1], outcome_type(), whole[::1])


def outcome_type() -> Any:
    matrix = types.float64[:, ::1]
    return types.NamedTuple((array_of(RESULT), *[matrix] * 4), Outcome)  # type: ignore[no-untyped-call]
