"""The account stage: carry out the target positions and measure what became of each path.

There are two ways to keep an account.  ``compounding`` is the short one, for positions that are all in or none;
``orders`` knows every rule.  A path takes the second where it is fallback: with a fixed number of shares, when it is
short on any day, or when price or equity vanish.  That depends on the path alone, and so do its bits.
"""

import numpy as np

from montecarlo.engine.compounding import COMPOUNDED, compound, report_compounded
from montecarlo.engine.elementary import exponential, logarithm
from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.orders import LEDGER, carry_out, report_ledger
from montecarlo.engine.tolerances import MAX_LOG_GROWTH, SMALLEST

TERMS = np.dtype(
    [
        ("unused", "i8"),  # closes before the account's own: of a warm-up that others need
        ("first_fill", "i8"),  # first day at whose close an order may be filled
        ("delay", "i8"),  # days from a target to its fill
        ("cost", "f8"),  # of a fill, as a fraction of the traded value
        ("shares", "f8"),  # in a position, over the capital; zero for all in
        ("risk_free", "f8"),  # return per day below which a day counts as downside
        ("per_year", "f8"),  # one over the years that are simulated
        ("idle", "f8"),  # what a day makes of positive cash, over what it was
        ("first_idle", "f8"),  # the same of the day of the first possible fill
        ("start", "f8"),  # equity at the close before
        ("sunk", "f8"),  # days before on which equity was below the capital
        ("later", "f8"),  # what all days after the first possible fill make of cash, over what it was
        ("expected_growth", "f8"),  # of the price in a day; one where nothing is to be compared with it
    ]
)
"""What an account is kept by."""
STATE = np.dtype([("compounded", COMPOUNDED), ("ledger", LEDGER), ("fallback", "i1", (LANES,))])
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
            "first",
            "downside",
            "longest",
            "area",
            "growth_control",
            "gain_control",
            "value_control",
        )
    ]
)
"""One path, in units of the capital.

``growth`` is that of a year at the rate that compounds to the final value, NaN where there is none; ``exposed`` and
``longest`` are days; ``traded`` is the value bought and sold; ``total``, ``squares`` and ``downside``
are sums over the daily returns of equity: as they are, squared, and squared where below the risk-free rate; ``first``
is the first of these, on which a fill can cost but nothing can be earned; ``area`` is the sum of daily equity.  The
controls are those of ``montecarlo.accounting.controls``.
"""


@inline
def account(prices, growth, targets, terms, minimal, state, results, grid, curves):  # type: ignore[no-untyped-def]
    """Fill ``results`` for the paths of a group, and ``curves`` with equity on the days of ``grid``.

    Args:
        prices: Records DAY, shape (days + 1,).
        growth: Of each price over that of the day before, records DAY, same shape; that of the first day is not used.
        targets: Positions wanted at each close, -1, 0 or 1, records TARGET, same shape.
        terms: A record TERMS.
        minimal: Whether ``wins``, ``traded``, ``downside``, ``longest``, ``area`` and the controls may be left out, as
            in a sweep.
        state: A record STATE.
        results: Records RESULT, shape (LANES,).
        grid: Days, ascending; none before the first fill.
        curves: Shape (LANES, days of the grid), in units of the capital.
    """
    compounded, ledger, fallback = state.compounded, state.ledger, state.fallback
    if (terms.shares > 0.0) | (terms.idle != 1.0):
        for lane in range(LANES):
            fallback[lane] = 1
    else:
        if minimal:  # as a literal: two loops without a test inside
            compound(compounded, growth, targets, terms, True, grid, curves)
        else:
            compound(compounded, growth, targets, terms, False, grid, curves)
        for lane in range(LANES):
            least = min(prices[len(prices) - 1].lane[lane], compounded.value[lane])
            fallback[lane] = np.int8((not least >= SMALLEST) | (compounded.least_target[lane] < 0))
        first_targets = targets[terms.first_fill - terms.delay]
        report_compounded(compounded, first_targets, terms, minimal, fallback, results)
    if _some(fallback):
        carry_out(ledger, prices, growth, targets, terms, grid, fallback, curves)
        report_ledger(ledger, fallback, results)
    _report_prices(prices, terms, results)


@inline
def _some(fallback):  # type: ignore[no-untyped-def]
    count = 0
    for lane in range(LANES):
        count += fallback[lane]
    return count > 0


@inline
def _report_prices(prices, terms, results):  # type: ignore[no-untyped-def]
    first_fill, cost, shares, per_year = terms.first_fill, terms.cost, terms.shares, terms.per_year
    ready, later = terms.start * terms.first_idle, terms.later
    for lane in range(LANES):
        row = results[lane]
        first, last = prices[first_fill].lane[lane], prices[len(prices) - 1].lane[lane]
        row.final_price = last
        row.growth = annual_growth(row.final_value, per_year)
        row.hold_value = _hold_value(first, last, cost, shares, ready, later)


@inline
def _hold_value(first, last, cost, shares, ready, later):  # type: ignore[no-untyped-def]
    """Final value of buying at the price ``first`` and keeping, under the same rules, with so much cash."""
    unit = first * (1.0 + cost)
    if shares > 0.0:
        bought = shares if shares * unit <= ready and first > 0.0 else 0.0
        return ready * later + bought * (last - unit * later)
    return ready * last / unit if first > 0.0 else ready * later


@inline
def annual_growth(value, per_year):  # type: ignore[no-untyped-def]
    """Value of one after a year at the rate that compounds to ``value``; NaN in debt, or beyond double precision."""
    if value < SMALLEST:
        return 0.0 if value >= 0.0 else np.nan
    log_growth = per_year * logarithm(value)
    return exponential(max(log_growth, -MAX_LOG_GROWTH)) if log_growth <= MAX_LOG_GROWTH else np.nan
