"""The account stage: carry out the target positions and measure what became of each path.

The same rules as ``montecarlo.account`` and ``montecarlo.path_statistics`` keep in plain NumPy, a day at a time for
all lanes.  Values are in units of the capital.
"""

import numpy as np

from montecarlo.engine.elementary import exponential, logarithm
from montecarlo.engine.lanes import LANES, inline, stage
from montecarlo.path_statistics import EVEN, MAX_LOG_GROWTH

SMALLEST = np.finfo(np.float64).tiny  # below, a number lacks bits

_TRADING = ("value", "cash", "held", "side", "entry", "trades", "wins", "exposed", "traded", "unfilled")
_CURVE = ("peak", "fall", "fall_peak", "total", "squares", "downside", "under_water", "longest", "area")

STATE = np.dtype([(name, "f8", (LANES,)) for name in _TRADING + _CURVE])
RESULT = np.dtype(
    [
        (name, "f8")
        for name in (
            "final_price",
            "final_value",
            "growth",
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

``growth`` is that of a year at the rate that compounds to the final value, NaN where there is none; ``exposed`` and
``longest`` are days; ``traded`` is the value bought and sold; ``total``, ``squares`` and ``downside``
are sums over the daily returns of equity: as they are, squared, and squared where below the risk-free rate; ``area`` is
the sum of daily equity.
"""


@stage
def account(groups, targets, first_fill, delay, cost, shares, risk_free, per_year, scratch, results, grid, curves):  # type: ignore[no-untyped-def]
    """Fill ``results`` for every path of the groups, and ``curves`` with equity on the days of ``grid``.

    Args:
        groups: Prices, shape (groups,) of (days + 1,) records DAY.
        targets: Positions wanted at each close, -1, 0 or 1, same shape of records TARGET.
        first_fill: First day at whose close an order may be filled.
        delay: Days from a target to its fill.
        cost: Of a fill, as a fraction of the traded value.
        shares: Number of shares in a position over the capital; zero for all in.
        risk_free: Return per day below which a day counts as downside.
        per_year: One over the years that are simulated.
        scratch: One record STATE.
        results: Records RESULT, shape (groups * LANES,).
        grid: Days, ascending; none before ``first_fill``.
        curves: Shape (groups * LANES, days of the grid), in units of the capital.
    """
    state = scratch[0]
    for group in range(len(groups)):
        prices, wanted = groups[group], targets[group]
        _open(state)
        marked = 0
        for day in range(first_fill, len(prices)):
            if shares > 0.0:  # the sizing as a literal: two loops over the lanes without a test inside
                _trade(state, prices[day], wanted[day - delay], cost, shares, False, risk_free)
            else:
                _trade(state, prices[day], wanted[day - delay], cost, shares, True, risk_free)
            if marked < len(grid) and grid[marked] == day:
                for lane in range(LANES):
                    curves[group * LANES + lane, marked] = state.value[lane]
                marked += 1
        _close(state, prices, first_fill, cost, shares, per_year, results[group * LANES :])


@inline
def _open(state):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        state.value[lane] = state.cash[lane] = state.peak[lane] = state.fall_peak[lane] = 1.0
        state.held[lane] = state.side[lane] = state.entry[lane] = state.fall[lane] = 0.0
        state.trades[lane] = state.wins[lane] = state.exposed[lane] = state.traded[lane] = state.unfilled[lane] = 0.0
        state.total[lane] = state.squares[lane] = state.downside[lane] = 0.0
        state.under_water[lane] = state.longest[lane] = state.area[lane] = 0.0


@inline
def _trade(state, today, targets, cost, shares, all_in, risk_free):  # type: ignore[no-untyped-def]
    # Orders and statistics in one loop: while an order's chain of operations waits, the statistics are computed.
    keep = 1.0 / (1.0 + cost)
    for lane in range(LANES):
        price, want = today.lane[lane], np.float64(targets.lane[lane])
        before, was, had = state.value[lane], state.side[lane], state.held[lane]
        value, cash, held, side, closed, changing, ruined = carry_out(
            price, want, state.cash[lane], had, was, cost, keep, keep / price, shares, all_in
        )
        state.value[lane], state.cash[lane], state.held[lane], state.side[lane] = value, cash, held, side
        state.exposed[lane] += abs(was)
        state.wins[lane] += abs(was) if changing & (closed > state.entry[lane]) else 0.0
        state.trades[lane] += abs(side) if changing else 0.0
        state.unfilled[lane] = max(state.unfilled[lane], 0.0 if ruined else abs(want - side))
        state.traded[lane] += abs(held - had) * price if changing else 0.0
        state.entry[lane] = closed * (1.0 + EVEN) if changing else state.entry[lane]

        change = change_of(value, before)
        short = min(change - risk_free, 0.0)
        state.total[lane] += change
        state.squares[lane] += change * change
        state.downside[lane] += short * short
        state.area[lane] += value
        peak, fall, fall_peak = deepest(value, state.peak[lane], state.fall[lane], state.fall_peak[lane])
        state.peak[lane], state.fall[lane], state.fall_peak[lane] = peak, fall, fall_peak
        under_water = state.under_water[lane] + 1.0 if value < peak * (1.0 - EVEN) else 0.0
        state.under_water[lane] = under_water
        state.longest[lane] = max(state.longest[lane], under_water)


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
def growth_of(value, per_year):  # type: ignore[no-untyped-def]
    """Value of one after a year at the rate that compounds to ``value``; NaN in debt, or beyond double precision."""
    if value < SMALLEST:
        return 0.0 if value >= 0.0 else np.nan
    log_growth = per_year * logarithm(value)
    return exponential(max(log_growth, -MAX_LOG_GROWTH)) if log_growth <= MAX_LOG_GROWTH else np.nan


@inline
def _close(state, prices, first_fill, cost, shares, per_year, results):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        row = results[lane]
        first, last = prices[first_fill].lane[lane], prices[len(prices) - 1].lane[lane]
        row.final_price, row.final_value = last, state.value[lane]
        row.growth = growth_of(state.value[lane], per_year)
        row.hold_value = hold_value(first, last, cost, shares)
        row.max_drawdown = state.fall[lane] / state.fall_peak[lane]
        row.trades, row.exposed = state.trades[lane], state.exposed[lane]
        row.wins = state.wins[lane] + (
            1.0 if state.side[lane] != 0.0 and state.value[lane] > state.entry[lane] else 0.0
        )
        row.traded, row.unfilled = state.traded[lane], state.unfilled[lane]
        row.total, row.squares, row.downside = state.total[lane], state.squares[lane], state.downside[lane]
        row.longest, row.area = state.longest[lane], state.area[lane]
