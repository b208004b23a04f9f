"""The order account, compiled: what becomes of targets, limits, stops and time exits within each day of a path.

The rules are those of docs/conventions.md, "Orders within the day"; ``montecarlo.accounting.broker`` keeps them bar by bar
in plain Python.  Prices are mirrored for a short position (with the opposite sign, high and low exchanged), so that each
rule is written once, for a long one.  Values are in units of the capital.
"""

import numpy as np

from montecarlo.engine.account import RESULT, TERMS, annual_growth
from montecarlo.engine.curve import MEASURED, begin_curve, bet_on_market, follow_curve, report_curve
from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.order_costs import affordable, cost_of
from montecarlo.engine.tolerances import EVEN

ORDER = np.dtype([(name, "f8", (LANES,)) for name in ("limit", "stop", "target", "holding")])
"""What is ordered beside a position, of each lane: fractions of the close and of the fill, and days.

``limit`` is NaN for a market order; the others are infinite where there is no such exit.
"""

ASKED_ALWAYS, ASKED_WHEN_FLAT = 1, 2

ORDER_TERMS = np.dtype(
    [
        *TERMS.descr,
        ("next_open", "i8"),  # market orders are filled at the open
        ("limits", "i8"),  # some order may have a limit
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

_POSITION = ("value", "cash", "held", "side", "entry", "stop", "target", "until", "blocked")
_TRADES = ("trades", "wins", "exposed", "traded", "unfilled", "gains", "losses", "squared_profits", "ratios")
_STREAKS = ("losing", "streak", "ambiguous")

ORDER_STATE = np.dtype([(name, "f8", (LANES,)) for name in _POSITION + _TRADES + _STREAKS] + MEASURED)
"""Running figures of each lane.

``stop`` and ``target`` are mirrored prices; ``until`` is the day of the time exit; ``blocked`` is the side that is not
entered again until something else was wanted; ``losing`` is how many of the last trades in a row lost.
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
    delay, first = terms.delay, terms.first_fill
    by_day, slip_by_day = 1 if len(orders) > 1 else 0, 1 if len(slips) > 1 else 0
    within = (terms.next_open != 0) | (terms.limits != 0)
    last_asked = len(prices) - 1 - delay
    when_flat = terms.asked == ASKED_WHEN_FLAT
    if (terms.asked != 0) & (delay == 1):
        _ask(state, first - 1, when_flat, prices, bars, targets, fill_targets, parameters, scratch)
    marked = 0
    for day in range(first, len(prices)):
        if (terms.asked != 0) & (delay == 0):
            # What is held from the day before may end within this one, so that an order of this close counts.
            _ask(state, day, False, prices, bars, targets, fill_targets, parameters, scratch)
        idle = terms.idle if day > first else terms.first_idle
        if idle != 1.0:
            for lane in range(LANES):
                state.cash[lane] *= idle if state.cash[lane] > 0.0 else 1.0
        # Of the first close there is no bar, and of a close before the first decision no order.
        before, seen = max(day - 1, 0), day - delay
        works = day > first - delay
        if within:  # as a literal: without what happens before the bracket, half of the work is left
            _trade(
                state,
                day,
                prices[before],
                prices[day],
                growth[day],
                bars[day],
                targets[before],
                orders[before * by_day],
                targets[seen],
                orders[seen * by_day],
                slips[day * slip_by_day],
                terms,
                works,
                True,
            )
        else:
            _trade(
                state,
                day,
                prices[before],
                prices[day],
                growth[day],
                bars[day],
                targets[before],
                orders[before * by_day],
                targets[seen],
                orders[seen * by_day],
                slips[day * slip_by_day],
                terms,
                works,
                False,
            )
        if day == first:
            for lane in range(LANES):
                state.first[lane] = state.total[lane]
        if marked < len(grid) and grid[marked] == day:
            for lane in range(LANES):
                curves[lane, marked] = state.value[lane]
            marked += 1
        if (terms.asked != 0) & (delay == 1) & (day <= last_asked):
            _ask(state, day, when_flat, prices, bars, targets, fill_targets, parameters, scratch)


@inline
def _begin(state, terms):  # type: ignore[no-untyped-def]
    begin_curve(state, terms)
    for lane in range(LANES):
        state.value[lane] = state.cash[lane] = terms.start
        state.held[lane] = state.side[lane] = state.entry[lane] = state.blocked[lane] = 0.0
        state.stop[lane] = state.target[lane] = state.until[lane] = 0.0
        state.trades[lane] = state.wins[lane] = state.exposed[lane] = state.traded[lane] = state.unfilled[lane] = 0.0
        state.gains[lane] = state.losses[lane] = state.squared_profits[lane] = 0.0
        state.ratios[lane] = state.losing[lane] = state.streak[lane] = state.ambiguous[lane] = 0.0


@inline
def _ask(state, day, when_flat, prices, bars, targets, fill_targets, parameters, scratch):  # type: ignore[no-untyped-def]
    """Let the strategy decide for the lanes that could trade: the ruined never do, and where entries are for one side
    only, nor do those that hold it, because their order of this close would not count."""
    for lane in range(LANES):
        idle = (state.side[lane] == 0.0) | (not when_flat)
        targets[day].lane[lane] = 1 if (state.value[lane] > 0.0) & idle else 0
    fill_targets(prices[: day + 1], bars[: day + 1], targets[: day + 1], parameters, scratch)


@inline
def _trade(  # type: ignore[no-untyped-def]
    state,
    day,
    yesterday,
    today,
    growth,
    bar,
    wanted_before,
    order_before,
    wanted,
    order,
    slips,
    terms,
    works,
    within,
):
    """One day: what is filled at the open and by limits (``within``), the bracket, and what is filled at the close."""
    next_open, at_close = terms.next_open != 0, terms.next_open == 0
    positions, target_first, delayed = terms.entries == 0, terms.target_first != 0, terms.delay == 1
    commission, per_share, minimum, shares = terms.commission, terms.per_share, terms.minimum, terms.shares
    risk_free, expected = terms.risk_free, terms.expected_growth
    over_expected, now = 1.0 / expected, np.float64(day)
    for lane in range(LANES):
        open_, high, low, close = bar.open[lane], bar.high[lane], bar.low[lane], today.lane[lane]
        slip, earlier = slips.lane[lane], yesterday.lane[lane]
        before, began, had = state.value[lane], state.side[lane], state.held[lane]
        cash, held, side, entry, blocked = state.cash[lane], had, began, state.entry[lane], state.blocked[lane]
        stop, target, until = state.stop[lane], state.target[lane], state.until[lane]
        traded, unfilled, entered = state.traded[lane], state.unfilled[lane], state.trades[lane]
        inside = fresh = False  # entered today: after the open, or at all

        if within:
            want, limit = np.float64(wanted_before.lane[lane]), order_before.limit[lane]
            leaving, entering, block = _intent(want, side, side, blocked, positions)
            alive = (before > 0.0) & works
            leaving, at_market = leaving & next_open & alive, entering & next_open & alive & (not (limit >= 0.0))
            blocked = block if next_open & alive & positions else blocked
            count = abs(held)
            closed = cash + held * open_ - cost_of(count, open_, slip, commission, per_share, minimum)
            _count_trade(state, lane, leaving, closed, entry)
            traded += count * open_ if leaving else 0.0
            cash = closed if leaving else cash
            held, side = 0.0 if leaving else held, 0.0 if leaving else side

            level, opens = want * earlier * (1.0 - want * limit), want * open_
            reached = (opens <= level) | ((low if want > 0.0 else -high) <= level)
            by_limit = alive & entering & (began == 0.0) & reached  # a limit that is no number is not reached
            inside = by_limit & (opens > level)
            price = want * level if inside else open_
            cost = 0.0 if by_limit else slip
            count, payable = affordable(price, cash, cost, commission, per_share, minimum, shares)
            asked = at_market | by_limit
            fills = fresh = asked & payable
            unfilled = 1.0 if asked & (not payable) else unfilled
            paid = cost_of(count, price, cost, commission, per_share, minimum)
            left = 0.0 if (shares <= 0.0) & (want > 0.0) else cash - want * count * price - paid
            entry, cash = cash if fills else entry, left if fills else cash
            held, side = want * count if fills else held, want if fills else side
            stop = want * price * (1.0 - want * order_before.stop[lane]) if fills else stop
            target = want * price * (1.0 + want * order_before.target[lane]) if fills else target
            until = now + order_before.holding[lane] if fills else until
            traded += count * price if fills else 0.0
            entered += 1.0 if fills else 0.0

        # The bracket of what was held to this day, or was entered on it before the close.
        holding = side != 0.0
        opens, ends = side * open_, side * close
        highest, lowest = high if side > 0.0 else -low, low if side > 0.0 else -high
        gap_down, gap_up = (opens <= stop) & (not fresh), (opens >= target) & (not fresh)
        gap = gap_down | gap_up
        stopped, possible = lowest <= stop, highest >= target
        certain = (ends >= target) if inside else possible
        on_target = possible if target_first else certain & (not stopped)
        at_stop = stopped & (not possible) if target_first else stopped
        ambiguous = holding & (not gap) & possible & (stopped | (not certain))
        state.ambiguous[lane] += 1.0 if ambiguous else 0.0
        out = holding & (gap | on_target | at_stop)
        level = opens if gap else (target if on_target else stop)
        without_slip = gap_up if gap else on_target

        # At the close: what is wanted, the time exit, and ruin.
        marked = cash + held * (side * level if out else close)
        ruined = not marked > 0.0
        want, rest = np.float64(wanted.lane[lane]), 0.0 if out else side
        block = side if out & positions else blocked
        leaving, entering, unblocked = _intent(want, rest, began if delayed else rest, block, positions)
        leaving, entering = leaving & at_close, entering & at_close & (not ruined)
        if within:
            entering = entering & (not (order.limit[lane] >= 0.0))
        block = unblocked if at_close else block
        expired = (rest != 0.0) & (now >= until)
        block = side if expired & (not leaving) else block
        leaves = out | leaving | expired | (ruined & (rest != 0.0))

        price = side * level if out else close
        count = abs(held)
        closed = marked - cost_of(count, price, 0.0 if out & without_slip else slip, commission, per_share, minimum)
        _count_trade(state, lane, leaves, closed, entry)
        traded += count * price if leaves else 0.0
        cash = closed if leaves else cash
        held, side = 0.0 if leaves else held, 0.0 if leaves else side

        count, payable = affordable(close, cash, slip, commission, per_share, minimum, shares)
        fills = entering & payable
        unfilled = 1.0 if entering & (not payable) else unfilled
        paid = cost_of(count, close, slip, commission, per_share, minimum)
        left = 0.0 if (shares <= 0.0) & (want > 0.0) else cash - want * count * close - paid
        entry, cash = cash if fills else entry, left if fills else cash
        held, side = want * count if fills else held, want if fills else side
        stop = want * close * (1.0 - want * order.stop[lane]) if fills else stop
        target = want * close * (1.0 + want * order.target[lane]) if fills else target
        until = now + order.holding[lane] if fills else until
        traded += count * close if fills else 0.0
        entered += 1.0 if fills else 0.0

        value = cash + held * close
        state.value[lane], state.cash[lane], state.held[lane], state.side[lane] = value, cash, held, side
        state.entry[lane], state.blocked[lane] = entry, block if positions else 0.0
        state.stop[lane], state.target[lane], state.until[lane] = stop, target, until
        state.traded[lane], state.unfilled[lane], state.trades[lane] = traded, unfilled, entered
        state.exposed[lane] += abs(began)
        bet_on_market(state, lane, growth.lane[lane], earlier, close, began, had, expected, over_expected)
        follow_curve(state, lane, before, value, risk_free)


@inline
def _intent(want, side, reference, blocked, positions):  # type: ignore[no-untyped-def]
    """Whether what is wanted ends a position, whether it enters one, and which side is blocked from now on.

    Of entries, one counts that is not for the side of ``reference``, and none is blocked otherwise.
    """
    block = (blocked if want == blocked else 0.0) if positions else reference
    leaving = (side != 0.0) & (want != side) & (positions | (want != 0.0))
    entering = (want != 0.0) & (want != side) & (want != block)
    return leaving, entering, block


@inline
def _count_trade(state, lane, ends, closed, entry):  # type: ignore[no-untyped-def]
    """Add a trade that ``ends`` with the cash ``closed`` and was entered with ``entry``."""
    won, lost = ends & (closed > entry * (1.0 + EVEN)), ends & (closed < entry * (1.0 - EVEN))
    profit = closed - entry if won | lost else 0.0
    state.wins[lane] += 1.0 if won else 0.0
    state.gains[lane] += max(profit, 0.0)
    state.losses[lane] -= min(profit, 0.0)
    state.squared_profits[lane] += profit * profit
    state.ratios[lane] += profit / entry if ends else 0.0
    losing = state.losing[lane] + 1.0 if lost else (0.0 if ends else state.losing[lane])
    state.losing[lane] = losing
    state.streak[lane] = max(state.streak[lane], losing)


@inline
def report_orders(state, prices, bars, slips, terms, results):  # type: ignore[no-untyped-def]
    """Fill records ORDER_RESULT; a trade that is still open counts at its market value, without costs of selling."""
    first_fill, last = terms.first_fill, len(prices) - 1
    for lane in range(LANES):
        _count_trade(state, lane, state.side[lane] != 0.0, state.value[lane], state.entry[lane])
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
    return count * last + (spare * later if shares > 0.0 else 0.0)
