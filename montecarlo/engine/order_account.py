"""The order account, compiled: what becomes of targets, limits, stops and time exits within each day of a path.

The rules are those of docs/conventions.md, "Orders within the day".  What happens to every lane on every day is here,
as vector code; what an order does is in ``order_fills``, lane by lane.  Values are in units of the capital.
"""

import numpy as np

from montecarlo.engine.account import RESULT, TERMS, annual_growth
from montecarlo.engine.curve import MEASURED, begin_curve, bet_on_market, follow_curve, report_curve
from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.order_costs import affordable, cost_of
from montecarlo.engine.order_fills import at_close, at_open, count_trade

ORDER = np.dtype([(name, "f8", (LANES,)) for name in ("limit", "stop", "target", "holding")])
"""What is ordered beside a position, of each lane: fractions of the close and of the fill, and days.

``limit`` is NaN for a market order; the others are infinite where there is no such exit.
"""

ASKED_ALWAYS, ASKED_WHEN_FLAT = 1, 2

ORDER_TERMS = np.dtype(
    [
        *TERMS.descr,
        ("next_open", "i8"),  # market orders are filled at the open
        ("controlled", "i8"),  # there are controls, because the model has an expectation
        ("entries", "i8"),  # a target is an order to enter, not a position
        ("target_first", "i8"),
        ("asked", "i8"),  # the strategy stage is asked day by day: ASKED_ALWAYS, ASKED_WHEN_FLAT, or 0 if it is not
        ("commission", "f8"),  # a fraction of the traded value
        ("per_share", "f8"),  # dollars
        ("minimum", "f8"),  # over the capital, of each fill
        ("multiple", "f8"),  # of a day's volatility that slippage is, negative where it is a fraction
    ]
)
"""What an order account is kept by; ``cost`` is not looked at."""

_CASH = ("value", "before", "change", "cash", "held", "side", "blocked")
_POSITION = ("entry", "since", "stop", "target", "lower", "upper", "until")
_TRADES = ("trades", "wins", "exposed", "traded", "unfilled", "gains", "losses", "squared_profits", "ratios")
_STREAKS = ("losing", "streak", "ambiguous")

ORDER_STATE = np.dtype(
    [(name, "f8", (LANES,)) for name in _CASH + _POSITION + _TRADES + _STREAKS]
    + MEASURED
    + [("steady", "i1", (LANES,)), ("wanted", "i1", (LANES,))]
)
"""Running figures of each lane.

``before`` and ``change`` are equity at the close before and what a day made of it; ``blocked`` is the side that is not
entered again until something else was wanted.  Of a position, ``entry`` is the cash before it, ``since`` the day of its
entry and ``until`` that of its time exit; a bar with a price of ``lower`` or less, or of ``upper`` or more, reaches its
stop or its target.  ``losing`` is how many of the last trades in a row lost.  What is wanted changes nothing while it
is ``steady``; ``wanted`` is not zero where it does.
"""

OF_TRADES = ("gains", "losses", "squared_profits", "ratios", "streak", "ambiguous")

ORDER_RESULT = np.dtype([*RESULT.descr, *((name, "f8") for name in OF_TRADES)])
"""One path, in units of the capital: as RESULT, and of profits and losses by trade.

``gains`` and ``losses`` are the sums of those beyond rounding, which count as none; ``squared_profits`` is that of the
squares of both, ``ratios`` that of each over the cash before it; ``streak`` is the most losing trades in a row, and
``ambiguous`` the number of bars whose order of events would have mattered.
"""


@inline
def keep_orders(  # type: ignore[no-untyped-def]
    state, prices, growth, bars, targets, orders, slips, terms, fill_targets, parameters, scratch, grid, curves
):
    """Keep the accounts of a group from the first fill on.

    Args:
        state: A record ORDER_STATE.
        prices: Records DAY, shape (days + 1,).
        growth: Of each price over that of the day before, records DAY, same shape.
        bars: Records BAR, same shape.
        targets: What is wanted at each close, records TARGET, same shape.
        orders: Records ORDER, of the same shape or one for all days.
        slips: Slippage as a fraction of the traded value, records DAY, of the same shape or one for all days.
        terms: A record ORDER_TERMS.
        fill_targets, parameters, scratch: The strategy stage, and what it is called with where it is asked daily.
        grid: Days, ascending; none before the first fill.
        curves: Shape (LANES, days of the grid): equity on these days.
    """
    _begin(state, terms)
    delay, first, positions = terms.delay, terms.first_fill, terms.entries == 0
    by_day, slip_by_day = 1 if len(orders) > 1 else 0, 1 if len(slips) > 1 else 0
    when_flat = terms.asked == ASKED_WHEN_FLAT
    if (terms.asked != 0) & (delay == 1):
        _ask(state, first - 1, when_flat, prices, bars, targets, fill_targets, parameters, scratch)
    marked = 0
    for day in range(first, len(prices)):
        if (terms.asked != 0) & (delay == 0):
            # What is held from the day before may end within this one, so that an order of this close counts.
            _ask(state, day, False, prices, bars, targets, fill_targets, parameters, scratch)
        idle = terms.idle if day > first else terms.first_idle
        # Of the first close there is no bar, and of a close before the first decision no order.
        before, seen, works = max(day - 1, 0), day - delay, day > first - delay
        _compare(state, targets[before if works else seen], targets[seen], positions)
        if terms.controlled != 0:
            _bet(state, prices[before], prices[day], growth[day], terms.expected_growth)
        lanes = _mark(state, prices[day], growth[day], bars[day], idle, np.float64(day))
        lane = 0
        while lanes != 0:  # not a loop over lanes that LLVM would turn into vectors: few have anything to do
            if lanes & 1:
                wants = np.float64(targets[before].lane[lane]), np.float64(targets[seen].lane[lane])
                bar = bars[day].open[lane], bars[day].high[lane], bars[day].low[lane], prices[day].lane[lane]
                ordered, slip = orders[before * by_day], slips[day * slip_by_day].lane[lane]
                if works:
                    at_open(state, lane, day, prices[before].lane[lane], bar, wants[0], ordered, slip, terms)
                at_close(state, lane, day, bar[3], wants[1], orders[seen * by_day], slip, terms)
            lanes >>= 1
            lane += 1
        for lane in range(LANES):
            follow_curve(state, lane, state.change[lane], state.value[lane], terms.risk_free)
        if day == first:
            for lane in range(LANES):
                state.first[lane] = state.total[lane]
        if marked < len(grid) and grid[marked] == day:
            for lane in range(LANES):
                curves[lane, marked] = state.value[lane]
            marked += 1
        if (terms.asked != 0) & (delay == 1) & (day < len(prices) - 1):
            _ask(state, day, when_flat, prices, bars, targets, fill_targets, parameters, scratch)


@inline
def _begin(state, terms):  # type: ignore[no-untyped-def]
    begin_curve(state, terms)
    for lane in range(LANES):
        state.value[lane] = state.cash[lane] = terms.start
        state.held[lane] = state.side[lane] = state.entry[lane] = state.blocked[lane] = 0.0
        state.trades[lane] = state.wins[lane] = state.exposed[lane] = state.traded[lane] = state.unfilled[lane] = 0.0
        state.gains[lane] = state.losses[lane] = state.squared_profits[lane] = state.ratios[lane] = 0.0
        state.losing[lane] = state.streak[lane] = state.ambiguous[lane] = 0.0
        state.steady[lane] = 0
        state.lower[lane], state.upper[lane], state.until[lane] = -np.inf, np.inf, np.inf


@inline
def _ask(state, day, when_flat, prices, bars, targets, fill_targets, parameters, scratch):  # type: ignore[no-untyped-def]
    """Let the strategy decide for the lanes that could trade: the ruined never do, and where entries are for one side
    only, nor do those that hold it, because their order of this close would not count."""
    for lane in range(LANES):
        idle = (state.side[lane] == 0.0) | (not when_flat)
        targets[day].lane[lane] = 1 if (state.value[lane] > 0.0) & idle else 0
    fill_targets(prices[: day + 1], bars[: day + 1], targets[: day + 1], parameters, scratch)


@inline
def _compare(state, wanted_before, wanted, positions):  # type: ignore[no-untyped-def]
    """Whether what is wanted changes anything; bytes alone, because mixed with doubles they take as many registers."""
    if positions:
        for lane in range(LANES):
            early, late, steady = wanted_before.lane[lane], wanted.lane[lane], state.steady[lane]
            state.wanted[lane] = np.int8((early != steady) | (late != steady))
    else:
        for lane in range(LANES):
            early, late, steady = wanted_before.lane[lane], wanted.lane[lane], state.steady[lane]
            state.wanted[lane] = np.int8(((early != steady) & (early != 0)) | ((late != steady) & (late != 0)))


@inline
def _bet(state, yesterday, today, growth, expected):  # type: ignore[no-untyped-def]
    over_expected = 1.0 / expected
    for lane in range(LANES):
        earlier, price = yesterday.lane[lane], today.lane[lane]
        was, had = state.side[lane], state.held[lane]
        bet_on_market(state, lane, growth.lane[lane], earlier, price, was, had, expected, over_expected)


@inline
def _mark(state, today, growth, bar, idle, now):  # type: ignore[no-untyped-def]
    """Interest, and equity at the close as if nothing happened; one bit for each lane on which something does."""
    lanes, mixed = np.int64(0), np.int64(0)
    if idle != 1.0:
        for lane in range(LANES):
            state.cash[lane] *= idle if state.cash[lane] > 0.0 else 1.0
    for lane in range(LANES):
        cash, held, before = state.cash[lane], state.held[lane], state.value[lane]
        marked = cash + held * today.lane[lane]
        reached = (bar.low[lane] <= state.lower[lane]) | (bar.high[lane] >= state.upper[lane])
        happens = reached | (now >= state.until[lane]) | (not marked > 0.0) | (state.wanted[lane] != 0)
        lanes |= np.int64(happens) << lane
        mixed |= np.int64((held != 0.0) & (cash != 0.0))
        state.before[lane], state.value[lane] = before, marked
        resting = idle - 1.0 if before > 0.0 else 0.0
        state.change[lane] = resting if held == 0.0 else growth.lane[lane] - 1.0
    if mixed != 0:  # only beside cash a position changes equity otherwise than the price does
        for lane in range(LANES):
            before = state.before[lane]
            change = (state.value[lane] - before) / before if before > 0.0 else 0.0
            mixed_lane = (state.held[lane] != 0.0) & (state.cash[lane] != 0.0)
            state.change[lane] = change if mixed_lane else state.change[lane]
    return lanes


@inline
def report_orders(state, prices, bars, slips, terms, results):  # type: ignore[no-untyped-def]
    """Fill records ORDER_RESULT; a trade that is still open counts at its market value, without costs of selling."""
    first_fill, last = terms.first_fill, len(prices) - 1
    for lane in range(LANES):
        if state.side[lane] != 0.0:
            count_trade(state, lane, last, state.value[lane])
    slip = slips[first_fill if len(slips) > 1 else 0]
    ready, later = terms.start * terms.first_idle, terms.later
    for lane in range(LANES):
        row = results[lane]
        report_curve(state, lane, row)
        row.final_price, row.final_value = prices[last].lane[lane], state.value[lane]
        row.growth = annual_growth(state.value[lane], terms.per_year)
        row.trades, row.wins, row.exposed = state.trades[lane], state.wins[lane], state.exposed[lane]
        row.traded, row.unfilled = state.traded[lane], state.unfilled[lane]
        row.gains, row.losses, row.streak = state.gains[lane], state.losses[lane], state.streak[lane]
        row.squared_profits, row.ratios = state.squared_profits[lane], state.ratios[lane]
        row.ambiguous = state.ambiguous[lane]
        price = bars[first_fill].open[lane] if terms.next_open != 0 else prices[first_fill].lane[lane]
        row.hold_value = _hold_value(price, prices[last].lane[lane], slip.lane[lane], ready, later, terms)


@inline
def _hold_value(first, last, slip, ready, later, terms):  # type: ignore[no-untyped-def]
    """Final value of buying at the price ``first`` and keeping, under the same rules, with so much cash."""
    commission, per_share, minimum, shares = terms.commission, terms.per_share, terms.minimum, terms.shares
    count, payable = affordable(first, ready, slip, commission, per_share, minimum, shares)
    if not payable:
        return ready * later
    spare = ready - count * first - cost_of(count, first, slip, commission, per_share, minimum)
    value = count * last + (spare * later if shares > 0.0 else 0.0)
    return value if value > 0.0 else value - cost_of(count, last, slip, commission, per_share, minimum)  # ruined
