"""The account stage: carry out the target positions and measure what became of each path.

There are two ways to keep an account.  ``compounding`` is the short one, for positions that are all in or none;
``orders`` knows every rule.  A path takes the second where it is special: with a fixed number of shares, when it is
short on any day, or when price or equity vanish.  That depends on the path alone, and so do its bits.
"""

import numpy as np

from montecarlo.engine.compounding import COMPOUNDED, compound, tell_compounded
from montecarlo.engine.elementary import exponential, logarithm
from montecarlo.engine.lanes import LANES, inline, stage
from montecarlo.engine.orders import LEDGER, carry_out, tell_ledger
from montecarlo.path_statistics import MAX_LOG_GROWTH

SMALLEST = np.finfo(np.float64).tiny  # below, a number lacks bits

STATE = np.dtype([("compounded", COMPOUNDED), ("ledger", LEDGER), ("special", "i1", (LANES,))])
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
def account(  # type: ignore[no-untyped-def]
    groups, targets, first_fill, delay, cost, shares, risk_free, per_year, lean, scratch, results, grid, curves
):
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
        lean: Whether ``wins``, ``traded``, ``downside``, ``longest`` and ``area`` may be left out, as in a sweep.
        scratch: One record STATE.
        results: Records RESULT, shape (groups * LANES,).
        grid: Days, ascending; none before ``first_fill``.
        curves: Shape (groups * LANES, days of the grid), in units of the capital.
    """
    state = scratch[0]
    compounded, ledger, special = state.compounded, state.ledger, state.special
    for group in range(len(groups)):
        prices, wanted = groups[group], targets[group]
        rows, curve = results[group * LANES :], curves[group * LANES :]
        if shares > 0.0:
            for lane in range(LANES):
                special[lane] = 1
        else:
            if lean:  # as a literal: two loops without a test inside
                compound(compounded, prices, wanted, first_fill, delay, cost, risk_free, True, grid, curve)
            else:
                compound(compounded, prices, wanted, first_fill, delay, cost, risk_free, False, grid, curve)
            for lane in range(LANES):
                least = min(prices[len(prices) - 1].lane[lane], compounded.value[lane])
                special[lane] = np.int8((not least >= SMALLEST) | (compounded.least_target[lane] < 0))
            tell_compounded(compounded, cost, special, rows)
        if _some(special):
            carry_out(ledger, prices, wanted, first_fill, delay, cost, shares, risk_free, grid, special, curve)
            tell_ledger(ledger, special, rows)
        _tell_prices(prices, first_fill, cost, shares, per_year, rows)


@inline
def _some(special):  # type: ignore[no-untyped-def]
    count = 0
    for lane in range(LANES):
        count += special[lane]
    return count > 0


@inline
def _tell_prices(prices, first_fill, cost, shares, per_year, results):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        row = results[lane]
        first, last = prices[first_fill].lane[lane], prices[len(prices) - 1].lane[lane]
        row.final_price = last
        row.growth = _growth_of(row.final_value, per_year)
        row.hold_value = _hold_value(first, last, cost, shares)


@inline
def _hold_value(first, last, cost, shares):  # type: ignore[no-untyped-def]
    """Final value of buying at the price ``first`` and keeping, under the same rules."""
    unit = first * (1.0 + cost)
    if shares > 0.0:
        return 1.0 + shares * (last - unit) if shares * unit <= 1.0 and first > 0.0 else 1.0
    return last / unit if first > 0.0 else 1.0


@inline
def _growth_of(value, per_year):  # type: ignore[no-untyped-def]
    """Value of one after a year at the rate that compounds to ``value``; NaN in debt, or beyond double precision."""
    if value < SMALLEST:
        return 0.0 if value >= 0.0 else np.nan
    log_growth = per_year * logarithm(value)
    return exponential(max(log_growth, -MAX_LOG_GROWTH)) if log_growth <= MAX_LOG_GROWTH else np.nan
