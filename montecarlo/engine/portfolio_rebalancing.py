"""Putting the weights of a portfolio back: what each symbol's share of the account is to be worth after costs.

An account worth V that is put back to its weights is worth V' after the cost of it, where

    V' = V - cost * sum of |a_k V' - held_k|,    a_k = weight_k * (value held in symbol k over the value of its share).

The right side is a concave function of V', made of straight pieces, so Newton's method from V downwards meets the one
solution after a few steps, exactly but for rounding: the step that changes no sign is the last.
"""

import numpy as np

from montecarlo.engine.lanes import LANES, inline

MOST_COST = 0.5  # of the account, that rebalancing may cost: a short position beyond is put back to less than it was


@inline
def restore_weights(state, sleeves, weights, reserve, cost, held_alone):  # type: ignore[no-untyped-def]
    """Put all lanes that are ``due`` back to their weights.

    Args:
        state: A record with the fields ``value``, ``due``, ``cash``, ``traded`` and those of SOLVING; ``value`` is
            what the account is worth before and after.
        sleeves: Records with the fields ``held``, ``moved``, and unless ``held_alone`` ``cash`` and ``entry``.
        weights: Of each symbol in the account, shape (symbols,).
        reserve: The weight of cash.
        cost: Of a fill, as a fraction of the traded value.
        held_alone: Whether each share is all in its symbol; as a literal.
    """
    for lane in range(LANES):
        state.target[lane] = state.value[lane]
    while _step(state, sleeves, weights, cost, held_alone):
        pass
    for lane in range(LANES):
        due = (state.due[lane] > 0.0) & (state.target[lane] > 0.0)
        state.due[lane] = 1.0 if due else 0.0
        state.cash[lane] = reserve * state.target[lane] if due else state.cash[lane]
    for k in range(len(weights)):
        _apply(state, sleeves[k], weights[k], cost, held_alone)
    for lane in range(LANES):
        state.value[lane] = state.target[lane] if state.due[lane] > 0.0 else state.value[lane]


SOLVING = [(name, "f8", (LANES,)) for name in ("target", "worth", "slope", "due")]


@inline
def _step(state, sleeves, weights, cost, held_alone):  # type: ignore[no-untyped-def]
    """One step of Newton's method; whether it changed anything."""
    for lane in range(LANES):
        state.worth[lane], state.slope[lane] = state.value[lane], 1.0
    for k in range(len(weights)):
        _add_piece(state, sleeves[k], weights[k], cost, held_alone)
    lower = 0  # a whole number: a sum of floats has an order, which lanes side by side would not keep
    for lane in range(LANES):
        target = state.worth[lane] / state.slope[lane]
        falls = (target < state.target[lane]) & (state.due[lane] > 0.0)
        state.target[lane] = target if falls else state.target[lane]
        lower += 1 if falls else 0
    return lower > 0


@inline
def _add_piece(state, sleeve, weight, cost, held_alone):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        held, share = sleeve.held[lane], weight
        if not held_alone:
            share = weight * part_held(held, sleeve.cash[lane], cost)
        gap = share * state.target[lane] - held
        sign = cost if gap > 0.0 else 0.0
        sign = -cost if gap < 0.0 else sign
        state.worth[lane] += sign * held
        state.slope[lane] += sign * share


@inline
def _apply(state, sleeve, weight, cost, held_alone):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        held, due = sleeve.held[lane], state.due[lane] > 0.0
        wanted = weight * state.target[lane]
        worth, wanted_held = held, wanted
        if not held_alone:
            worth += sleeve.cash[lane]
            wanted_held = wanted * part_held(held, sleeve.cash[lane], cost)
        traded = abs(wanted_held - held)
        came = wanted - worth + cost * traded
        state.traded[lane] += traded if due else 0.0
        sleeve.moved[lane] += came if due else 0.0
        sleeve.held[lane] = wanted_held if due else held
        if not held_alone:
            sleeve.cash[lane] = wanted - wanted_held if due else sleeve.cash[lane]
            sleeve.entry[lane] += came if due else 0.0


@inline
def part_held(held, cash, cost):  # type: ignore[no-untyped-def]
    """Value held over that of the share: 1 for what is long, 0 for what is flat, negative for what is short."""
    worth = held + cash
    most = MOST_COST / cost if cost > 0.0 else np.inf
    short = max(held / worth, -most) if worth > 0.0 else 0.0
    return short if held < 0.0 else (1.0 if held > 0.0 else 0.0)
