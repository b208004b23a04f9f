"""The stages of a portfolio joined by compiled loops: joint model, strategies and account, group after group."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numba import types
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT
from montecarlo.engine.joint_draws import JOINT_DRAWS, joint_stage_type
from montecarlo.engine.lanes import BAR, DAY, LANES, TARGET, Records, Stage, aligned, array_of, inline, stage
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
from montecarlo.engine.portfolio_sleeves import report_sleeves, trade_sleeves
from montecarlo.engine.stages import compiling, strategy_stage_type

FloatArray = NDArray[np.float64]
Days = NDArray[np.int64]

STAGES = 8  # of strategies, different ones


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
    def empty(cls, symbols: int, paths: int, days: int) -> Self:
        """Of so many paths, to fill in."""
        of_symbols = (np.empty((symbols, paths)) for _ in range(3))
        return cls(np.empty(paths, RESULT), np.empty((paths, days)), *of_symbols)

    def of(self, paths: Days | slice) -> "Outcome":
        """What became of some."""
        return Outcome(self.results[paths], self.curves[paths], *(each[:, paths] for each in self[2:]))

    @classmethod
    def joined(cls, parts: Sequence["Outcome"]) -> Self:
        """What became of adjoining ranges of paths."""
        axes = 0, 0, 1, 1, 1
        return cls(
            *(np.concatenate(each, axis=axis) for each, axis in zip(zip(*parts, strict=True), axes, strict=True))
        )

    def put(self, paths: Days, other: "Outcome") -> None:
        """Take for these paths what became of them there."""
        self.results[paths], self.curves[paths] = other.results, other.curves
        for own, each in zip(self[2:], other[2:], strict=True):
            own[:, paths] = each


class Space(NamedTuple):
    """Memory for a group of lanes, which the stages share.

    Attributes:
        drawn: Growth of DAYS_AT_ONCE days, of each symbol.
        draws: Scratch of the joint model stage.
        sleeves, state, weights: Of the account.
    """

    drawn: Records
    draws: Records
    sleeves: Records
    state: Records
    weights: FloatArray

    @classmethod
    def of(cls, symbols: int) -> Self:
        drawn, draws = aligned(DAY, symbols, DAYS_AT_ONCE), aligned(JOINT_DRAWS, symbols)
        return cls(drawn, draws, aligned(SLEEVE, symbols), aligned(PORTFOLIO, 1), np.empty(symbols))


class TradingSpace(NamedTuple):
    """What strategies need beside.

    Attributes:
        leads: Closes of the warm-up before those that each symbol's strategy needs.
        prices, growth, targets: Of each symbol, shape (symbols, warm-up + days + 1).
        bars: Empty, because accounts at closes need none.
        stage_of: Of each symbol, which of the strategy stages.
        parameters: Of all stages, behind each other; those of a symbol begin and end where ``told`` says.
        scratch: Likewise, where ``kept`` says.
        told, kept: Shape (symbols, 2).
    """

    leads: Days
    prices: Records
    growth: Records
    targets: Records
    bars: Records
    stage_of: Days
    parameters: FloatArray
    scratch: NDArray[np.uint8]
    told: Days
    kept: Days


@stage
def _hold_groups(fill_growth, drawing, holdings, terms, days, space, grid, outcome, fallen):  # type: ignore[no-untyped-def]
    seed, first, models, table = drawing
    drawn, draws, sleeves, states, weights = space
    results, curves, gains, holds, shares = outcome
    state = states[0]
    for begin in range(0, len(results), LANES):
        model = models[begin // LANES % len(models)]
        begin_holding(state, sleeves, holdings, weights, terms[0])
        marked = 0
        for day in range(0, days, DAYS_AT_ONCE):
            fill_growth(drawn, seed, first + begin, day, model, table, draws)
            count = min(DAYS_AT_ONCE, days - day)
            marked = hold_days(state, sleeves, weights, drawn, day, count, terms[0], grid, marked, curves[begin:])
        report_holding(
            state,
            sleeves,
            holdings,
            weights,
            terms[0],
            results[begin:],
            gains[:, begin:],
            holds[:, begin:],
            shares[:, begin:],
            fallen[begin:],
        )


@stage
def _trade_groups(  # type: ignore[no-untyped-def]
    fill_growth, drawing, holdings, terms, days, space, trading, grid, outcome, s0, s1, s2, s3, s4, s5, s6, s7
):
    strategies = (s0, s1, s2, s3, s4, s5, s6, s7)  # one by one: Numba warns of a tuple from outside
    seed, first, models, table = drawing
    drawn, draws, sleeves, states, weights = space
    leads, prices, growth, targets, bars, stage_of, parameters, scratch, told, kept = trading
    results, curves, gains, holds, shares = outcome
    lead = prices.shape[1] - days - 1
    for begin in range(0, len(results), LANES):
        model = models[begin // LANES % len(models)]
        for k in range(len(holdings)):
            for lane in range(LANES):
                prices[k, lead].lane[lane] = holdings[k].start
        for day in range(0, days, DAYS_AT_ONCE):
            fill_growth(drawn, seed, first + begin, day, model, table, draws)
            for k in range(len(holdings)):
                for ahead in range(min(DAYS_AT_ONCE, days - day)):
                    _grow(prices[k, lead + day :], growth[k, lead + day :], drawn[k], ahead)
        for k in range(len(holdings)):
            fill_targets = strategies[stage_of[k]]
            unused = leads[k]
            fill_targets(
                prices[k, unused:],
                bars,
                targets[k, unused:],
                parameters[told[k, 0] : told[k, 1]],
                scratch[kept[k, 0] : kept[k, 1]],
            )
        trade_sleeves(
            states[0],
            sleeves,
            holdings,
            weights,
            prices,
            growth,
            targets,
            lead,
            terms[0],
            grid,
            curves[begin:],
        )
        report_sleeves(
            states[0],
            sleeves,
            holdings,
            weights,
            prices,
            terms[0],
            results[begin:],
            gains[:, begin:],
            holds[:, begin:],
            shares[:, begin:],
        )


@inline
def _grow(prices, growth, drawn, ahead):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        factor = drawn[ahead].lane[lane]
        growth[ahead + 1].lane[lane] = factor
        prices[ahead + 1].lane[lane] = prices[ahead].lane[lane] * factor


def hold_groups() -> Stage:
    """The loop over groups of lanes whose symbols are held, compiled for joint models of which it knows the type."""
    return _compiled(_hold_groups, _hold_signature)


def trade_groups() -> Stage:
    """The loop over groups of lanes whose symbols strategies trade, compiled for stages of which it knows the type."""
    return _compiled(_trade_groups, _trade_signature)


def _compiled(loop: Any, signature: Callable[[], Any]) -> Stage:
    with compiling:
        if not loop.signatures:
            loop.compile(signature())
            loop.disable_compile()
    compiled: Stage = loop
    return compiled


def _hold_signature() -> Any:
    whole = types.int64
    before = joint_stage_type(), _drawing(), array_of(HOLDING), array_of(PORTFOLIO_TERMS), whole
    return types.void(*before, _space(), whole[::1], _outcome(), types.int8[::1])


def _trade_signature() -> Any:
    whole, real, days = types.int64, types.float64, array_of(DAY, 2)
    before = joint_stage_type(), _drawing(), array_of(HOLDING), array_of(PORTFOLIO_TERMS), whole
    memory = whole[::1], days, days, array_of(TARGET, 2), array_of(BAR), whole[::1], real[::1], types.uint8[::1]
    places = whole[:, ::1], whole[:, ::1]
    trading = types.NamedTuple((*memory, *places), TradingSpace)  # type: ignore[no-untyped-call]
    return types.void(*before, _space(), trading, whole[::1], _outcome(), *[strategy_stage_type()] * STAGES)


def _drawing() -> Any:
    parts = types.uint64, types.int64, types.float64[:, ::1], types.float32[::1]
    return types.Tuple(parts)  # type: ignore[no-untyped-call]


def _space() -> Any:
    memory = array_of(DAY, 2), array_of(JOINT_DRAWS), array_of(SLEEVE), array_of(PORTFOLIO), types.float64[::1]
    return types.NamedTuple(memory, Space)  # type: ignore[no-untyped-call]


def _outcome() -> Any:
    matrix = types.float64[:, ::1]
    return types.NamedTuple((array_of(RESULT), *[matrix] * 4), Outcome)  # type: ignore[no-untyped-call]
