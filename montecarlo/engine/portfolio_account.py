"""The account of several symbols that are bought and held, and put back to their weights now and then.

It takes the growth of days as it is drawn, so no prices are kept.  Everything is bought at the first fill, so the value
of each symbol grows as its price does, and nothing is ever divided; but no price may fall to zero.  Where one does, and
where strategies trade, ``montecarlo.engine.portfolio_sleeves`` knows every rule.  That depends on the path alone, and
so do its bits.
"""

import numpy as np

from montecarlo.engine.account import annual_growth
from montecarlo.engine.curve import MEASURED, begin_curve, follow_curve, report_curve
from montecarlo.engine.lanes import LANES, STRIDE, inline
from montecarlo.engine.normals import DAYS_AT_ONCE
from montecarlo.engine.portfolio_rebalancing import SOLVING, restore_weights
from montecarlo.engine.tolerances import EVEN, SMALLEST

PORTFOLIO_TERMS = np.dtype(
    [
        ("first_fill", "i8"),  # first day at whose close an order may be filled
        ("delay", "i8"),  # days from a signal to its fill
        ("every", "i8"),  # days from one rebalancing to the next; zero for none by calendar
        ("band", "f8"),  # fraction of the account that a weight may be off; infinite for any
        ("cost", "f8"),  # of a fill, as a fraction of the traded value
        ("reserve", "f8"),  # weight of cash
        ("risk_free", "f8"),  # return per day below which a day counts as downside
        ("per_year", "f8"),  # one over the years that are simulated
        ("idle", "f8"),  # what a day makes of positive cash, over what it was
        ("first_idle", "f8"),  # the same of the day of the first possible fill
        ("start", "f8"),  # equity at the close before
        ("sunk", "f8"),  # days before on which equity was below the capital
        ("later", "f8"),  # what all days after the first possible fill make of cash, over what it was
        ("kept", "f8"),  # what all days make of it
    ]
)
"""What the account of a portfolio is kept by."""

NEVER_AGAIN = np.int64(2**40)  # days

INDEX = 100.0
"""At which the index of a portfolio begins."""

HOLDING = np.dtype([("weight", "f8"), ("start", "f8"), ("first_fill", "i8")])
"""What is known of a symbol beforehand: its weight, its price on day 0, and the first day on which it can trade."""

SLEEVE = np.dtype([(name, "f8", (LANES,)) for name in ("price", "held", "first", "moved", "cash", "side", "entry")])
"""Of each symbol and lane: its price, the value that is held, the price of the first fill, and what rebalancing moved
into its share of the account; where strategies trade, its cash, whether it is long or short, and the cash on entry."""

_RUNNING = ("value", "cash", "spare", "before", "exposed", "traded", "trades", "wins", "unfilled", "broke", "off")

PORTFOLIO = np.dtype(
    [(name, "f8", (LANES,)) for name in _RUNNING] + MEASURED + SOLVING + [("equity", "f8", (DAYS_AT_ONCE * LANES,))]
)
"""Running figures of each lane.

``before`` is equity of the day before, and ``spare`` its cash, or where strategies trade what it has in positions;
``off`` is whether a weight left the band, ``broke`` whether the account has come to nothing, ``equity`` that of a few
days.
"""


@inline
def begin_holding(state, sleeves, holdings, weights, terms):  # type: ignore[no-untyped-def]
    """Before day 0."""
    begin_curve(state, terms)
    for k in range(len(weights)):
        weights[k] = holdings[k].weight
        sleeve, start = sleeves[k], holdings[k].start
        for lane in range(LANES):
            sleeve.price[lane] = sleeve.first[lane] = start
            sleeve.held[lane] = sleeve.moved[lane] = 0.0
    for lane in range(LANES):
        state.value[lane] = state.before[lane] = terms.start
        state.spare[lane] = state.cash[lane] = terms.start
        state.exposed[lane] = state.traded[lane] = 0.0
        state.off[lane] = state.due[lane] = 0.0
    if terms.first_fill == 0:
        _fill(state, sleeves, weights, 0, terms)
        _measure_first(state, terms)


@inline
def hold_days(state, sleeves, weights, growth, first, count, terms, grid, marked, curves):  # type: ignore[no-untyped-def]
    """Keep the accounts of a group for the days after ``first``; returns how many days of the grid are behind.

    Args:
        state: A record PORTFOLIO.
        sleeves: Records SLEEVE, shape (symbols,).
        weights: Shape (symbols,).
        growth: Of each price over that of the day before, records DAY, shape (symbols, days).
        first: Day before the first of them.
        count: How many of these days there are.
        terms: A record PORTFOLIO_TERMS.
        grid: Days, ascending, none before the first fill.
        marked: How many of them are behind.
        curves: Shape (LANES, days of the grid), in units of the capital.
    """
    at = 0
    while at < count:
        day = first + at + 1
        ahead = _days_until_fills(day, terms)
        if ahead == 0:
            _move(state, sleeves, growth, at, 1, terms)
            _fill(state, sleeves, weights, day, terms)
            if day == terms.first_fill:
                _measure_first(state, terms)
            else:
                _measure(state, 1, terms)
                for lane in range(LANES):
                    state.spare[lane] = state.cash[lane]
            at += 1
        else:
            stop = min(count, at + ahead)
            if marked < len(grid):
                stop = min(stop, at + 1 + grid[marked] - day)
            whole = stop - (stop - at) % STRIDE
            for k in range(at, whole, STRIDE):
                _move(state, sleeves, growth, k, STRIDE, terms)
                _measure(state, STRIDE, terms)
            for k in range(whole, stop):
                _move(state, sleeves, growth, k, 1, terms)
                _measure(state, 1, terms)
            at = stop
        if marked < len(grid) and grid[marked] == first + at:
            for lane in range(LANES):
                curves[lane, marked] = state.before[lane]
            marked += 1
    return marked


@inline
def _days_until_fills(day, terms):  # type: ignore[no-untyped-def]
    """From a day on, to the next on which something may be bought or sold."""
    if day == terms.first_fill or terms.band < np.inf:
        return 0
    return (terms.first_fill - day) % terms.every if terms.every > 0 else NEVER_AGAIN


@inline
def _move(state, sleeves, growth, at, days, terms):  # type: ignore[no-untyped-def]
    """Let the market and the interest of so many days make of everything what they do."""
    idle = terms.idle
    for lane in range(LANES):
        cash = state.cash[lane]
        for k in range(days):
            cash *= idle
            state.equity[k * LANES + lane] = cash
        state.cash[lane] = cash
    for symbol in range(len(sleeves)):
        _grow(state, sleeves[symbol], growth[symbol][at:], days)


@inline
def _grow(state, sleeve, growth, days):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        held, price = sleeve.held[lane], sleeve.price[lane]
        for k in range(days):
            factor = growth[k].lane[lane]
            held *= factor
            price *= factor
            state.equity[k * LANES + lane] += held
        sleeve.held[lane], sleeve.price[lane] = held, price


@inline
def _measure(state, days, terms):  # type: ignore[no-untyped-def]
    """Add so many days, whose equity is known, to what is measured."""
    idle, risk_free = terms.idle, terms.risk_free
    for lane in range(LANES):
        before, spare, exposed = state.before[lane], state.spare[lane], state.exposed[lane]
        for k in range(days):
            value = state.equity[k * LANES + lane]
            over = 1.0 / before
            exposed += 1.0 - spare * over
            follow_curve(state, lane, (value - before) * over, value, risk_free)
            spare *= idle
            before = value
        state.before[lane], state.spare[lane], state.exposed[lane] = before, spare, exposed


@inline
def _measure_first(state, terms):  # type: ignore[no-untyped-def]
    """The day of the first fill, on which one can lose and not gain."""
    for lane in range(LANES):
        value = state.equity[lane]
        state.first[lane] = (value - terms.start) / terms.start
        follow_curve(state, lane, state.first[lane], value, terms.risk_free)
        state.before[lane], state.spare[lane] = value, state.cash[lane]


@inline
def _fill(state, sleeves, weights, day, terms):  # type: ignore[no-untyped-def]
    """Buy, or put weights back where that is due; the equity after it takes the place of that before."""
    for lane in range(LANES):
        state.value[lane] = state.equity[lane]
    if day == terms.first_fill:
        _buy(state, sleeves, weights, terms)
    if day > terms.first_fill:
        calendar = terms.every > 0
        for lane in range(LANES):
            state.due[lane] = 1.0 if calendar else state.off[lane]
        if terms.band < np.inf and terms.delay == 0:
            _find_off(state, sleeves, weights, terms.band)
            for lane in range(LANES):
                state.due[lane] = state.off[lane]
        due = 0
        for lane in range(LANES):
            due += 1 if state.due[lane] > 0.0 else 0
        if due > 0:
            restore_weights(state, sleeves, weights, terms.reserve, terms.cost, True)
    if terms.band < np.inf and terms.delay > 0:
        _find_off(state, sleeves, weights, terms.band)
    for lane in range(LANES):
        state.equity[lane] = state.value[lane]


@inline
def _find_off(state, sleeves, weights, band):  # type: ignore[no-untyped-def]
    """Whether the share of any symbol in the account is further from its weight than the band."""
    for lane in range(LANES):
        state.off[lane] = 0.0
    for k in range(len(weights)):
        sleeve, weight = sleeves[k], weights[k]
        for lane in range(LANES):
            gap = abs(sleeve.held[lane] - weight * state.value[lane])
            state.off[lane] = 1.0 if gap > (band + EVEN) * state.value[lane] else state.off[lane]


@inline
def _buy(state, sleeves, weights, terms):  # type: ignore[no-untyped-def]
    """Everything, with what the capital has become."""
    ready = terms.start * terms.first_idle
    keep = 1.0 / (1.0 + terms.cost)
    for lane in range(LANES):
        state.cash[lane] = state.value[lane] = terms.reserve * ready
    for k in range(len(weights)):
        sleeve, bought = sleeves[k], weights[k] * ready * keep
        for lane in range(LANES):
            sleeve.held[lane], sleeve.first[lane] = bought, sleeve.price[lane]
            state.value[lane] += bought
            state.traded[lane] += bought


@inline
def report_holding(state, sleeves, holdings, weights, terms, results, gains, holds, shares, fallen):  # type: ignore[no-untyped-def]
    """Fill the results of a group, what each symbol gained, what it gives alone, and its share at the end.

    ``fallen`` says which lanes have a price that fell to zero: of these, only ``portfolio_sleeves`` knows.
    """
    ready, unit_cost, symbols = terms.start * terms.first_idle, 1.0 + terms.cost, len(weights)
    for lane in range(LANES):
        row, value = results[lane], state.before[lane]
        report_curve(state, lane, row)
        row.final_value, row.growth = value, annual_growth(value, terms.per_year)
        row.exposed, row.traded, row.unfilled = state.exposed[lane], state.traded[lane], 0.0
        row.trades, row.wins = np.float64(symbols), 0.0
        basket, kept, least = terms.reserve * terms.kept, terms.reserve * ready * terms.later, np.inf
        for k in range(symbols):
            sleeve, weight = sleeves[k], weights[k]
            last, held, moved = sleeve.price[lane], sleeve.held[lane], sleeve.moved[lane]
            least = min(least, last, held)
            holds[k, lane] = ready * last / (sleeve.first[lane] * unit_cost)
            basket += weight * (last / holdings[k].start)
            kept += weight * holds[k, lane]
            row.wins += 1.0 if held > weight * ready * (1.0 + EVEN) + moved else 0.0
            gains[k, lane], shares[k, lane] = held - weight - moved, held / value
        row.final_price = sleeves[0].price[lane] if symbols == 1 else INDEX * basket
        row.hold_value = kept
        fallen[lane] = 0 if least >= SMALLEST else 1
