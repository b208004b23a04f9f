"""The account that is all in or all out: equity is a product of each day's factor, and nothing is ever divided.

While long, equity grows as the price does; a fill takes its cost once.  So neither cash nor shares need to be kept,
which is less than half the work of ``montecarlo.engine.orders``.  The rules are the same as long as no order fails and
nobody is ruined, which ``montecarlo.engine.account`` makes sure of.
"""

import numpy as np

from montecarlo.engine.elementary import exponential, logarithm
from montecarlo.engine.lanes import LANES, STRIDE, inline
from montecarlo.engine.tolerances import EVEN

MOST_LOG = 700.0  # that ``exponential`` takes

_EQUITY = ("value", "side", "exposed", "trades", "total", "squares", "level", "lowest")
_REPORTED = ("entry", "wins", "sold", "downside", "area", "under_water", "longest", "gained", "borne")

COMPOUNDED = np.dtype([*((name, "f8", (LANES,)) for name in _EQUITY + _REPORTED), ("least_target", "i1", (LANES,))])
"""Running figures of each lane.

``level`` is equity over its peak so far, and ``lowest`` the least of that; ``sold`` is the sum of what sales left, and
over the days held ``gained`` that of the price's growth, ``borne`` that of equity before them.  The drawdown is one
less ``lowest``: two multiplications and a division less than comparing falls with their peaks.
"""


@inline
def compound(state, growth, targets, terms, minimal, grid, curves):  # type: ignore[no-untyped-def]
    """Keep the accounts of a group from the first fill on; the arguments are those of ``account``."""
    delay, cost, risk_free = terms.delay, terms.cost, terms.risk_free
    for lane in range(LANES):
        state.value[lane] = state.level[lane] = state.lowest[lane] = 1.0
        state.side[lane] = state.exposed[lane] = state.trades[lane] = state.total[lane] = state.squares[lane] = 0.0
        state.entry[lane] = state.wins[lane] = state.sold[lane] = state.downside[lane] = state.area[lane] = 0.0
        state.under_water[lane] = state.longest[lane] = 0.0
        state.gained[lane] = state.borne[lane] = 0.0
        state.least_target[lane] = 0
    first = terms.first_fill
    for mark in range(len(grid) + 1):
        stop = grid[mark] + 1 if mark < len(grid) else len(growth)
        whole = stop - (stop - first) % STRIDE
        for day in range(first, whole, STRIDE):
            _compound(state, growth[day:], targets[day - delay :], STRIDE, cost, risk_free, minimal)
        for day in range(whole, stop):
            _compound(state, growth[day:], targets[day - delay :], 1, cost, risk_free, minimal)
        if mark < len(grid):
            for lane in range(LANES):
                curves[lane, mark] = state.value[lane]
        first = stop


@inline
def _compound(state, growth, targets, days, cost, risk_free, minimal):  # type: ignore[no-untyped-def]
    bought, sold = 1.0 / (1.0 + cost), 1.0 - cost  # what a fill leaves of the value
    for lane in range(LANES):
        value, was, exposed, trades = state.value[lane], state.side[lane] > 0.0, state.exposed[lane], state.trades[lane]
        total, squares, level, lowest = state.total[lane], state.squares[lane], state.level[lane], state.lowest[lane]
        least_target = state.least_target[lane]
        entry, wins, sales = state.entry[lane], state.wins[lane], state.sold[lane]
        downside, area = state.downside[lane], state.area[lane]
        under_water, longest = state.under_water[lane], state.longest[lane]
        gained, borne = state.gained[lane], state.borne[lane]
        for k in range(days):
            target = targets[k].lane[lane]
            least_target = min(least_target, target)
            want = target != 0
            opening, closing = want & (not was), was & (not want)
            market = growth[k].lane[lane]
            factor = market if was else 1.0
            factor = bought if opening else factor
            factor = factor * sold if closing else factor
            # Changed or kept, not added a zero to: that would take another vector instruction.
            exposed = exposed + 1.0 if was else exposed
            trades = trades + 1.0 if opening else trades
            if not minimal:
                entry = value * (1.0 + EVEN) if opening else entry
                borne = borne + value if was else borne
                gained = gained + market if was else gained
            value *= factor
            change = factor - 1.0
            total += change
            squares += change * change
            level = min(level * factor, 1.0)
            lowest = min(lowest, level)
            if not minimal:
                wins = wins + 1.0 if closing & (value > entry) else wins
                sales = sales + value if closing else sales
                short = min(change - risk_free, 0.0)
                downside += short * short
                area += value
                under_water = under_water + 1.0 if level < 1.0 - EVEN else 0.0
                longest = max(longest, under_water)
            was = want
        state.value[lane], state.side[lane] = value, 1.0 if was else 0.0
        state.exposed[lane], state.trades[lane] = exposed, trades
        state.least_target[lane] = least_target
        state.total[lane], state.squares[lane], state.level[lane], state.lowest[lane] = total, squares, level, lowest
        if not minimal:
            state.entry[lane], state.wins[lane], state.sold[lane] = entry, wins, sales
            state.downside[lane], state.area[lane] = downside, area
            state.under_water[lane], state.longest[lane] = under_water, longest
            state.gained[lane], state.borne[lane] = gained, borne


@inline
def report_compounded(state, first_targets, terms, minimal, fallback, results):  # type: ignore[no-untyped-def]
    """Fill the results of the lanes that are not fallback with what only this account knows."""
    cost, expected_growth = terms.cost, terms.expected_growth
    log_bought, log_sold = logarithm(1.0 + cost), logarithm(1.0 - cost)
    log_expected = logarithm(expected_growth)
    for lane in range(LANES):
        if fallback[lane]:
            continue
        row, long = results[lane], state.side[lane]
        row.final_value = state.value[lane]
        row.max_drawdown = 1.0 - state.lowest[lane]
        row.trades, row.exposed = state.trades[lane], state.exposed[lane]
        row.wins = state.wins[lane] + (long if state.value[lane] > state.entry[lane] else 0.0)
        # Everything is bought with what the last sale brought, the first time with the capital.
        spent = 1.0 + state.sold[lane] - (0.0 if long > 0.0 else state.value[lane])
        row.traded = spent / (1.0 + cost) + state.sold[lane] / (1.0 - cost)
        row.unfilled = 0.0
        row.total, row.squares, row.downside = state.total[lane], state.squares[lane], state.downside[lane]
        row.first = 1.0 / (1.0 + cost) - 1.0 if first_targets.lane[lane] != 0 else 0.0
        row.longest, row.area = state.longest[lane], state.area[lane]
        if minimal:
            continue
        # What fills cost is multiplied back, and what each day held was expected to grow divided out; half of it at a
        # time, because the whole may be more than an exponential takes.
        less = (row.trades * log_bought - (row.trades - long) * log_sold - row.exposed * log_expected) * 0.5
        half = exponential(min(max(less, -MOST_LOG), MOST_LOG))
        row.growth_control = state.value[lane] * half * half - 1.0
        row.gain_control = state.gained[lane] - row.exposed * expected_growth
        # What the market made of the capital, without what fills cost, and what it was to make of it.
        row.value_control = (row.final_value - 1.0 + cost * row.traded) - state.borne[lane] * (expected_growth - 1.0)
