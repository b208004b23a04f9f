"""The account of cash and shares, order by order: for any size, for short positions and for what goes wrong.

The same rules as ``account`` and ``path_statistics`` of ``montecarlo.accounting`` keep in plain NumPy, a day at a time
for all lanes.  Values are in units of the capital.
"""

import numpy as np

from montecarlo.engine.curve import MEASURED, begin_curve, bet_on_market, follow_curve, report_curve
from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.tolerances import EVEN

_TRADING = ("value", "cash", "held", "side", "entry", "trades", "wins", "exposed", "traded", "unfilled")

LEDGER = np.dtype([(name, "f8", (LANES,)) for name in _TRADING] + MEASURED)
"""Running figures of each lane."""


@inline
def carry_out(state, prices, growth, targets, terms, grid, fallback, curves):  # type: ignore[no-untyped-def]
    """Keep the accounts of a group from the first fill on; the arguments are those of ``account``.

    ``curves`` are those of the lanes that are ``fallback``.
    """
    delay, cost, shares, risk_free, expected = (
        terms.delay,
        terms.cost,
        terms.shares,
        terms.risk_free,
        terms.expected_growth,
    )
    begin_curve(state, terms)
    for lane in range(LANES):
        state.value[lane] = state.cash[lane] = terms.start
        state.held[lane] = state.side[lane] = state.entry[lane] = 0.0
        state.trades[lane] = state.wins[lane] = state.exposed[lane] = state.traded[lane] = state.unfilled[lane] = 0.0
    marked = 0
    for day in range(terms.first_fill, len(prices)):
        idle = terms.idle if day > terms.first_fill else terms.first_idle
        if idle != 1.0:
            for lane in range(LANES):
                state.cash[lane] *= idle if state.cash[lane] > 0.0 else 1.0
        if shares > 0.0:  # the sizing as a literal: two loops over the lanes without a test inside
            _trade(
                state,
                prices[day - 1],
                prices[day],
                growth[day],
                targets[day - delay],
                cost,
                shares,
                False,
                risk_free,
                expected,
            )
        else:
            _trade(
                state,
                prices[day - 1],
                prices[day],
                growth[day],
                targets[day - delay],
                cost,
                shares,
                True,
                risk_free,
                expected,
            )
        if day == terms.first_fill:
            for lane in range(LANES):
                state.first[lane] = state.total[lane]
        if marked < len(grid) and grid[marked] == day:
            for lane in range(LANES):
                if fallback[lane]:
                    curves[lane, marked] = state.value[lane]
            marked += 1


@inline
def _trade(  # type: ignore[no-untyped-def]
    state, yesterday, today, growth, targets, cost, shares, all_in, risk_free, expected
):
    # Orders and statistics in one loop: while an order's chain of operations waits, the statistics are computed.
    keep = 1.0 / (1.0 + cost)
    over_expected = 1.0 / expected
    for lane in range(LANES):
        price, want = today.lane[lane], np.float64(targets.lane[lane])
        before, was, had = state.value[lane], state.side[lane], state.held[lane]
        value, cash, held, side, closed, changing, ruined = _fill(
            price, want, state.cash[lane], had, was, cost, keep, shares, all_in
        )
        state.value[lane], state.cash[lane], state.held[lane], state.side[lane] = value, cash, held, side
        state.exposed[lane] += abs(was)
        state.wins[lane] += abs(was) if changing & (closed > state.entry[lane]) else 0.0
        state.trades[lane] += abs(side) if changing else 0.0
        state.unfilled[lane] = max(state.unfilled[lane], 0.0 if ruined else abs(want - side))
        state.traded[lane] += abs(held - had) * price if changing else 0.0
        state.entry[lane] = closed * (1.0 + EVEN) if changing else state.entry[lane]

        earlier = yesterday.lane[lane]
        bet_on_market(state, lane, growth.lane[lane], earlier, price, was, had, expected, over_expected)
        change = (value - before) / before if before > 0.0 else 0.0
        follow_curve(state, lane, change, value, risk_free)


@inline
def _fill(price, want, cash, held, side, cost, keep, shares, all_in):  # type: ignore[no-untyped-def]
    """One order at one close.

    Returns:
        Value, cash, shares held and side after it; the cash on leaving the position; whether the position changes,
        and whether the account is ruined.
    """
    # Every day works out what a trade would give and keeps it only where there is one.  What a day needs of the day
    # before is short, and conditions are joined by &: longer chains, and `and`, took up to twice the time.
    fee = cost * price
    marked = cash + held * price
    ruined = not marked > 0.0  # for good; and then nothing is payable
    closed = marked - abs(held) * fee  # after leaving the position
    if all_in:
        payable = (closed > 0.0) & (price > 0.0)
        opened, left = want * (keep / price) * closed, closed * keep
        spare = 0.0 if want > 0.0 else left - opened * price  # all of it is in shares: no rounding stays behind
    else:
        payable = (shares * (price + fee) <= closed) & (price > 0.0)
        opened, left = want * shares, closed - shares * fee
        spare = left - opened * price
    differs = want != side
    opening, changing = differs & (want != 0.0) & payable, differs | ruined
    now_value, now_cash = left if opening else closed, spare if opening else closed
    now_held, now_side = opened if opening else 0.0, want if opening else 0.0
    value = now_value if changing else marked
    cash = now_cash if changing else cash
    held = now_held if changing else held
    side = now_side if changing else side
    return value, cash, held, side, closed, changing, ruined


@inline
def report_ledger(state, fallback, results):  # type: ignore[no-untyped-def]
    """Fill the results of the fallback lanes with what only this account knows."""
    for lane in range(LANES):
        if not fallback[lane]:
            continue
        row = results[lane]
        row.final_value = state.value[lane]
        row.trades, row.exposed = state.trades[lane], state.exposed[lane]
        row.wins = state.wins[lane] + (
            1.0 if state.side[lane] != 0.0 and state.value[lane] > state.entry[lane] else 0.0
        )
        row.traded, row.unfilled = state.traded[lane], state.unfilled[lane]
        report_curve(state, lane, row)
