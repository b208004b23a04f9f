"""What one day's orders do to one lane of the order account: scalar code, by the rules of docs/conventions.md.

``montecarlo.accounting.broker`` keeps the same rules bar by bar in plain Python.  Prices are compared with their signs
turned for a short position, as there, so that each rule is written once, for a long one.  ``state`` is a record
ORDER_STATE, ``terms`` a record ORDER_TERMS.
"""

import numpy as np

from montecarlo.engine.lanes import inline
from montecarlo.engine.order_costs import affordable, cost_of
from montecarlo.engine.tolerances import EVEN, NOTHING


@inline
def at_open(state, lane, day, earlier, bar, want, order, slip, terms):  # type: ignore[no-untyped-def]
    """What one day does to a lane before its close.

    Args:
        earlier: The close before.
        bar: Open, high, low and close.
        want: What was wanted at the close before.
        order: That came with it, a record ORDER.
        slip: Slippage of the day.
    """
    if not state.before[lane] > 0.0:  # ruined
        return
    open_, high, low, close = bar
    flat, limit, fresh, inside = state.side[lane] == 0.0, order.limit[lane], False, False
    if terms.next_open != 0:
        fresh = _at_market(state, lane, day, open_, want, state.side[lane], order, slip, terms)
    wanted = (want != 0.0) & (want != (state.blocked[lane] if terms.entries == 0 else 0.0))
    if flat & wanted & (limit >= 0.0):
        level = want * earlier * (1.0 - want * limit)
        if want * open_ <= level:
            fresh = _enter(state, lane, day, open_, want, order, 0.0, terms)
        elif (low if want > 0.0 else -high) <= level:
            fresh = inside = _enter(state, lane, day, want * level, want, order, 0.0, terms)
    side = state.side[lane]
    if side == 0.0:
        return
    stop, target = side * state.stop[lane], side * state.target[lane]
    if (not fresh) & (side * open_ <= stop):
        _end(state, lane, day, open_, slip, terms)
    elif (not fresh) & (side * open_ >= target):
        _end(state, lane, day, open_, 0.0, terms)
    else:
        # A position that was entered after the open came in on the way to the worst price of the day; the best may lie
        # before, so that only the close tells for certain.
        stopped = (low if side > 0.0 else -high) <= stop
        possible = (high if side > 0.0 else -low) >= target
        certain = side * close >= target if inside else possible
        if possible & (stopped | (not certain)):
            state.ambiguous[lane] += 1.0
        if possible if terms.target_first != 0 else certain & (not stopped):
            _end(state, lane, day, state.target[lane], 0.0, terms)
        elif stopped:
            _end(state, lane, day, state.stop[lane], slip, terms)


@inline
def at_close(state, lane, day, close, want, order, slip, terms):  # type: ignore[no-untyped-def]
    """And at its close: ruin, what is wanted, the time exit, and what equity became."""
    if not state.cash[lane] + state.held[lane] * close > 0.0:
        if state.side[lane] != 0.0:
            _leave(state, lane, day, close, slip, terms)
    else:
        if terms.next_open == 0:
            began = np.float64(state.steady[lane]) if terms.delay == 1 else state.side[lane]
            _at_market(state, lane, day, close, want, began, order, slip, terms)
        if (state.side[lane] != 0.0) & (np.float64(day) >= state.until[lane]):
            _end(state, lane, day, close, slip, terms)
    before, value = state.before[lane], state.cash[lane] + state.held[lane] * close
    state.value[lane], state.change[lane] = value, (value - before) / before if before > 0.0 else 0.0
    side = state.side[lane]
    state.steady[lane] = np.int8(side if side != 0.0 else state.blocked[lane])


@inline
def _at_market(state, lane, day, price, want, began, order, slip, terms):  # type: ignore[no-untyped-def]
    """Leave, enter or reverse as is wanted, and say whether it is entered; an order with a limit only leaves.

    Of entries, one counts that is not for the side on which the account ``began``.
    """
    side = state.side[lane]
    if terms.entries == 0:
        if want != state.blocked[lane]:
            state.blocked[lane] = 0.0
        counts = (want != side) & ((want == 0.0) | (want != state.blocked[lane]))
    else:
        counts = (want != 0.0) & (want != side) & (want != began)
    if not counts:
        return False
    if side != 0.0:
        _leave(state, lane, day, price, slip, terms)
    if (want == 0.0) | (order.limit[lane] >= 0.0):
        return False
    return _enter(state, lane, day, price, want, order, slip, terms)


@inline
def _enter(state, lane, day, price, want, order, slip, terms):  # type: ignore[no-untyped-def]
    """Buy or sell short, and say whether cash could pay for it."""
    commission, per_share, minimum, shares = terms.commission, terms.per_share, terms.minimum, terms.shares
    cash = state.cash[lane]
    count, payable = affordable(price, cash, slip, commission, per_share, minimum, shares)
    if not payable:
        state.unfilled[lane] = 1.0
        return False
    paid = cost_of(count, price, slip, commission, per_share, minimum)
    all_in = (shares <= 0.0) & (want > 0.0)  # then all of it is in shares: no rounding stays behind
    state.cash[lane] = 0.0 if all_in else cash - want * count * price - paid
    state.held[lane], state.side[lane], state.entry[lane] = want * count, want, cash
    stop, target = price * (1.0 - want * order.stop[lane]), price * (1.0 + want * order.target[lane])
    state.stop[lane], state.target[lane] = stop, target
    state.lower[lane], state.upper[lane] = (stop, target) if want > 0.0 else (target, stop)
    state.since[lane], state.until[lane] = np.float64(day), np.float64(day) + order.holding[lane]
    state.traded[lane] += count * price
    state.trades[lane] += 1.0
    return True


@inline
def _end(state, lane, day, price, slip, terms):  # type: ignore[no-untyped-def]
    """Leave by a stop, a target or the time, after which the same position is not entered at once."""
    if terms.entries == 0:
        state.blocked[lane] = state.side[lane]
    _leave(state, lane, day, price, slip, terms)


@inline
def _leave(state, lane, day, price, slip, terms):  # type: ignore[no-untyped-def]
    count = abs(state.held[lane])
    paid = cost_of(count, price, slip, terms.commission, terms.per_share, terms.minimum)
    left = state.cash[lane] + state.held[lane] * price - paid
    cash = left if abs(left) > NOTHING * state.entry[lane] else 0.0
    count_trade(state, lane, day, cash)
    state.traded[lane] += count * price
    state.cash[lane], state.held[lane], state.side[lane] = cash, 0.0, 0.0
    state.lower[lane], state.upper[lane], state.until[lane] = -np.inf, np.inf, np.inf


@inline
def count_trade(state, lane, day, closed):  # type: ignore[no-untyped-def]
    """Add the trade of a position that leaves the cash ``closed``."""
    entry = state.entry[lane]
    state.exposed[lane] += np.float64(day) - state.since[lane]
    won, lost = closed > entry * (1.0 + EVEN), closed < entry * (1.0 - EVEN)
    profit = closed - entry if won | lost else 0.0
    state.squared_profits[lane] += profit * profit
    state.ratios[lane] += profit / entry
    if won:
        state.wins[lane] += 1.0
        state.gains[lane] += profit
    state.losing[lane] = state.losing[lane] + 1.0 if lost else 0.0
    if lost:
        state.losses[lane] -= profit
        state.streak[lane] = max(state.streak[lane], state.losing[lane])
