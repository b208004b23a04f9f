"""The account stage: carry out the target positions and measure what became of each path.

The same rules as ``montecarlo.account`` and ``montecarlo.rows`` keep in plain NumPy, a chunk of days at a time: orders
first, which gives the equity of each day, then the statistics of that equity.  Values are in units of the capital.
"""

import numpy as np

from montecarlo.engine.lanes import CHUNK, LANES, STRIDE, inline, stage

_TRADING = ("value", "cash", "held", "side", "entry", "trades", "wins", "exposed", "traded", "unfilled")
_CURVE = ("peak", "fall", "fall_peak", "total", "squares", "downside", "under_water", "longest", "area")

STATE = np.dtype([(name, "f8", (LANES,)) for name in _TRADING + _CURVE] + [("equity", "f8", ((CHUNK + 1) * LANES,))])
RESULT = np.dtype(
    [
        (name, "f8")
        for name in (
            "final_price",
            "final_value",
            "hold_value",
            "max_drawdown",
            "trades",
            "wins",
            "exposed",
            "traded",
            "unfilled",
            "total",
            "squares",
            "downside",
            "longest",
            "area",
        )
    ]
)
"""One path, in units of the capital.

``exposed`` and ``longest`` are days; ``traded`` is the value bought and sold; ``total``, ``squares`` and ``downside``
are sums over the daily returns of equity: as they are, squared, and squared where below the risk-free rate; ``area`` is
the sum of daily equity.
"""


@stage
def account(groups, targets, first_fill, delay, cost, shares, risk_free, scratch, results, grid, curves):  # type: ignore[no-untyped-def]
    """Fill ``results`` for every path of the groups, and ``curves`` with equity on the days of ``grid``.

    Args:
        groups: Prices, shape (groups,) of (days + 1,) records DAY.
        targets: Positions wanted at each close, -1, 0 or 1, same shape of records TARGET.
        first_fill: First day at whose close an order may be filled.
        delay: Days from a target to its fill.
        cost: Of a fill, as a fraction of the traded value.
        shares: Number of shares in a position over the capital; zero for all in.
        risk_free: Return per day below which a day counts as downside.
        scratch: One record STATE.
        results: Records RESULT, shape (groups * LANES,).
        grid: Days, ascending; none before ``first_fill``.
        curves: Shape (days of the grid, groups * LANES), in units of the capital.
    """
    state = scratch[0]
    for group in range(len(groups)):
        prices, wanted = groups[group], targets[group]
        end = len(prices)
        _open(state)
        marked = 0
        for start in range(first_fill, end, CHUNK):
            days = min(CHUNK, end - start)
            _trade(state, prices[start:], wanted[start - delay :], days, cost, shares)
            _measure(state, days, risk_free)
            while marked < len(grid) and grid[marked] < start + days:
                row = (grid[marked] - start + 1) * LANES
                for lane in range(LANES):
                    curves[marked, group * LANES + lane] = state.equity[row + lane]
                marked += 1
        _close(state, prices, first_fill, cost, shares, results[group * LANES :])


@inline
def _open(state):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        state.value[lane] = state.cash[lane] = state.peak[lane] = state.fall_peak[lane] = 1.0
        state.held[lane] = state.side[lane] = state.entry[lane] = state.fall[lane] = 0.0
        state.trades[lane] = state.wins[lane] = state.exposed[lane] = state.traded[lane] = state.unfilled[lane] = 0.0
        state.total[lane] = state.squares[lane] = state.downside[lane] = 0.0
        state.under_water[lane] = state.longest[lane] = state.area[lane] = 0.0


@inline
def _trade(state, prices, targets, days, cost, shares):  # type: ignore[no-untyped-def]
    equity = state.equity
    for lane in range(LANES):
        equity[lane] = state.value[lane]
    whole = days - days % STRIDE
    if shares > 0.0:  # the sizing as a literal: two loops without a test inside
        for day in range(0, whole, STRIDE):
            _fill(state, prices[day:], targets[day:], equity[(day + 1) * LANES :], STRIDE, cost, shares, False)
        for day in range(whole, days):
            _fill(state, prices[day:], targets[day:], equity[(day + 1) * LANES :], 1, cost, shares, False)
    else:
        for day in range(0, whole, STRIDE):
            _fill(state, prices[day:], targets[day:], equity[(day + 1) * LANES :], STRIDE, cost, shares, True)
        for day in range(whole, days):
            _fill(state, prices[day:], targets[day:], equity[(day + 1) * LANES :], 1, cost, shares, True)


@inline
def _fill(state, prices, targets, equity, days, cost, shares, all_in):  # type: ignore[no-untyped-def]
    keep = 1.0 / (1.0 + cost)
    for lane in range(LANES):
        value, cash, held, side = state.value[lane], state.cash[lane], state.held[lane], state.side[lane]
        entry, trades, wins = state.entry[lane], state.trades[lane], state.wins[lane]
        exposed, traded, unfilled = state.exposed[lane], state.traded[lane], state.unfilled[lane]
        for k in range(days):
            price, want = prices[k].lane[lane], np.float64(targets[k].lane[lane])
            was, had = side, held
            value, cash, held, side, closed, changing, ruined = carry_out(
                price, want, cash, held, side, cost, keep, keep / price, shares, all_in
            )
            exposed += abs(was)
            wins += abs(was) if changing & (closed > entry) else 0.0
            trades += abs(side) if changing else 0.0
            unfilled = max(unfilled, 0.0 if ruined else abs(want - side))
            traded += abs(held - had) * price if changing else 0.0
            entry = closed if changing else entry
            equity[k * LANES + lane] = value
        state.value[lane], state.cash[lane], state.held[lane], state.side[lane] = value, cash, held, side
        state.entry[lane], state.trades[lane], state.wins[lane] = entry, trades, wins
        state.exposed[lane], state.traded[lane], state.unfilled[lane] = exposed, traded, unfilled


@inline
def carry_out(price, want, cash, held, side, cost, keep, keep_per_price, shares, all_in):  # type: ignore[no-untyped-def]
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
        opened, left = want * keep_per_price * closed, closed * keep
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
def _measure(state, days, risk_free):  # type: ignore[no-untyped-def]
    whole = days - days % STRIDE
    for day in range(0, whole, STRIDE):
        _observe(state, state.equity[day * LANES :], STRIDE, risk_free)
    for day in range(whole, days):
        _observe(state, state.equity[day * LANES :], 1, risk_free)


@inline
def _observe(state, equity, days, risk_free):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        before = equity[lane]
        peak, fall, fall_peak = state.peak[lane], state.fall[lane], state.fall_peak[lane]
        total, squares, downside = state.total[lane], state.squares[lane], state.downside[lane]
        under_water, longest, area = state.under_water[lane], state.longest[lane], state.area[lane]
        for k in range(days):
            value = equity[(k + 1) * LANES + lane]
            change = change_of(value, before)
            total += change
            squares += change * change
            short = min(change - risk_free, 0.0)
            downside += short * short
            peak, fall, fall_peak = deepest(value, peak, fall, fall_peak)
            under_water = under_water + 1.0 if value < peak else 0.0
            longest = max(longest, under_water)
            area += value
            before = value
        state.peak[lane], state.fall[lane], state.fall_peak[lane] = peak, fall, fall_peak
        state.total[lane], state.squares[lane], state.downside[lane] = total, squares, downside
        state.under_water[lane], state.longest[lane], state.area[lane] = under_water, longest, area


@inline
def change_of(value, before):  # type: ignore[no-untyped-def]
    """A day's return of equity."""
    return (value - before) / before if before > 0.0 else 0.0


@inline
def deepest(value, peak, fall, fall_peak):  # type: ignore[no-untyped-def]
    """The peak so far, and the largest fall from a peak as a share of that: the fall and its peak."""
    peak = max(peak, value)
    deeper = (peak - value) * fall_peak > fall * peak  # (peak - value) / peak > fall / fall_peak
    return peak, (peak - value if deeper else fall), (peak if deeper else fall_peak)


@inline
def hold_value(first, last, cost, shares):  # type: ignore[no-untyped-def]
    """Final value of buying at the price ``first`` and keeping, under the same rules."""
    unit = first * (1.0 + cost)
    if shares > 0.0:
        return 1.0 + shares * (last - unit) if shares * unit <= 1.0 and first > 0.0 else 1.0
    return last / unit if first > 0.0 else 1.0


@inline
def _close(state, prices, first_fill, cost, shares, results):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        row = results[lane]
        first, last = prices[first_fill].lane[lane], prices[len(prices) - 1].lane[lane]
        row.final_price, row.final_value = last, state.value[lane]
        row.hold_value = hold_value(first, last, cost, shares)
        row.max_drawdown = state.fall[lane] / state.fall_peak[lane]
        row.trades, row.exposed = state.trades[lane], state.exposed[lane]
        row.wins = state.wins[lane] + (
            1.0 if state.side[lane] != 0.0 and state.value[lane] > state.entry[lane] else 0.0
        )
        row.traded, row.unfilled = state.traded[lane], state.unfilled[lane]
        row.total, row.squares, row.downside = state.total[lane], state.squares[lane], state.downside[lane]
        row.longest, row.area = state.longest[lane], state.area[lane]
