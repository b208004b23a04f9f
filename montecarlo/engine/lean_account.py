"""The account stage of a sweep: several strategies on the same prices, and of each only what a sweep reports.

Same orders and same operations as ``montecarlo.engine.account``, so same bits.  It takes two thirds of the time:
the strategies share the division by the price, and so few numbers are kept that orders and equity need but one loop.
"""

import numpy as np

from montecarlo.engine.account import carry_out, change_of, deepest, hold_value
from montecarlo.engine.lanes import LANES, inline, stage

_NAMES = ("value", "cash", "held", "side", "trades", "exposed", "total", "squares", "peak", "fall", "fall_peak")

STATE = np.dtype([(name, "f8", (LANES,)) for name in _NAMES])
RESULT = np.dtype(
    [(name, "f8") for name in ("final_value", "hold_value", "max_drawdown", "trades", "exposed", "total", "squares")]
)
"""One strategy on one path: see ``montecarlo.engine.account.RESULT``."""


@stage
def fill_keep_per_price(groups, keep_per_price, cost):  # type: ignore[no-untyped-def]
    """Fill ``keep_per_price`` with the shares that one unit of cash buys, costs included, on each day.

    Args:
        groups: Prices, records DAY, shape (groups, days + 1).
        keep_per_price: Records DAY, same shape.
        cost: Of a fill, as a fraction of the traded value.
    """
    keep = 1.0 / (1.0 + cost)
    for group in range(len(groups)):
        prices, filled = groups[group], keep_per_price[group]
        for day in range(len(prices)):
            for lane in range(LANES):
                filled[day].lane[lane] = keep / prices[day].lane[lane]


@stage
def account_lean(groups, keep_per_price, targets, first_fill, delay, cost, shares, scratch, results):  # type: ignore[no-untyped-def]
    """Fill ``results`` for every strategy and every path of the groups.

    Args:
        groups: Prices, records DAY, shape (groups, days + 1).
        keep_per_price: From ``fill_keep_per_price``, same shape.
        targets: Records TARGET, shape (strategies, groups, days + 1).
        first_fill, delay, cost, shares: As for ``montecarlo.engine.account.account``, the same for all strategies.
        scratch: One record STATE.
        results: Records RESULT, shape (strategies, groups * LANES).
    """
    state = scratch[0]
    for strategy in range(len(targets)):
        for group in range(len(groups)):
            prices, per_price, wanted = groups[group], keep_per_price[group], targets[strategy, group]
            _open(state)
            for day in range(first_fill, len(prices)):
                if shares > 0.0:  # the sizing as a literal, as in the account stage
                    _trade(state, prices[day], per_price[day], wanted[day - delay], cost, shares, False)
                else:
                    _trade(state, prices[day], per_price[day], wanted[day - delay], cost, shares, True)
            _close(state, prices, first_fill, cost, shares, results[strategy, group * LANES :])


@inline
def _open(state):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        state.value[lane] = state.cash[lane] = state.peak[lane] = state.fall_peak[lane] = 1.0
        state.held[lane] = state.side[lane] = state.trades[lane] = state.exposed[lane] = 0.0
        state.total[lane] = state.squares[lane] = state.fall[lane] = 0.0


@inline
def _trade(state, today, per_price, targets, cost, shares, all_in):  # type: ignore[no-untyped-def]
    keep = 1.0 / (1.0 + cost)
    for lane in range(LANES):
        price, want = today.lane[lane], np.float64(targets.lane[lane])
        before, was = state.value[lane], state.side[lane]
        value, cash, held, side, _, changing, _ = carry_out(
            price, want, state.cash[lane], state.held[lane], was, cost, keep, per_price.lane[lane], shares, all_in
        )
        state.value[lane], state.cash[lane], state.held[lane], state.side[lane] = value, cash, held, side
        state.exposed[lane] += abs(was)
        state.trades[lane] += abs(side) if changing else 0.0
        change = change_of(value, before)
        state.total[lane] += change
        state.squares[lane] += change * change
        peak, fall, fall_peak = deepest(value, state.peak[lane], state.fall[lane], state.fall_peak[lane])
        state.peak[lane], state.fall[lane], state.fall_peak[lane] = peak, fall, fall_peak


@inline
def _close(state, prices, first_fill, cost, shares, results):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        row = results[lane]
        row.final_value = state.value[lane]
        row.hold_value = hold_value(prices[first_fill].lane[lane], prices[len(prices) - 1].lane[lane], cost, shares)
        row.max_drawdown = state.fall[lane] / state.fall_peak[lane]
        row.trades, row.exposed = state.trades[lane], state.exposed[lane]
        row.total, row.squares = state.total[lane], state.squares[lane]
