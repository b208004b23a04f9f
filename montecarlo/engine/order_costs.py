"""What fills cost in the compiled order account, and how many shares cash can pay.

A fill of n shares at a price costs ``n * price * slip + max(n * (price * commission + per_share), minimum)``: a
commission by fraction has neither of the last two, one per share has no fraction.  Shares and dollars are over the
capital.
"""

import math

import numpy as np

from montecarlo.engine.lanes import DAY, LANES, Records, aligned, inline

PERSISTENCE = 0.94  # of the variance, a day: J. P. Morgan (1996), RiskMetrics Technical Document, for daily returns


@inline
def cost_of(count, price, slip, commission, per_share, minimum):  # type: ignore[no-untyped-def]
    """Of a fill of so many shares, without their direction."""
    return count * price * slip + max(count * (price * commission + per_share), minimum)


@inline
def affordable(price, cash, slip, commission, per_share, minimum, shares):  # type: ignore[no-untyped-def]
    """How many shares an order buys or sells short, and whether cash can pay for them.

    All in, with one division for the least of cash / (all + per_share) and (cash - minimum) / all, where ``all`` is a
    share with what is a fraction of it.
    """
    whole = price * (1.0 + (slip + commission))
    each = whole + per_share
    by_share = cash * per_share >= minimum * each  # the commission is the minimum at least
    ready = cash if by_share else cash - minimum
    count = shares if shares > 0.0 else ready / (each if by_share else whole)
    paid = shares * price + cost_of(shares, price, slip, commission, per_share, minimum)
    payable = ((paid <= cash) if shares > 0.0 else (ready > 0.0)) & (price > 0.0)
    return count, payable


@inline
def fill_slips(prices, slips, multiple):  # type: ignore[no-untyped-def]
    """Slippage of each day by the volatility that was known at the close before, as a fraction of the traded value.

    The variance begins as the first squared return; before that, there is none.
    """
    for lane in range(LANES):
        variance = 0.0
        slips[0].lane[lane] = 0.0
        for day in range(1, len(prices)):
            slips[day].lane[lane] = multiple * math.sqrt(variance)
            earlier = prices[day - 1].lane[lane]
            change = prices[day].lane[lane] / earlier - 1.0 if earlier > 0.0 else 0.0
            variance = PERSISTENCE * variance + (1.0 - PERSISTENCE) * (change * change) if day > 1 else change * change


def constant_slips(slippage: float) -> Records:
    """The same of a fraction: one record for all days."""
    slips = aligned(DAY, 1)
    slips["lane"] = np.float64(slippage)
    return slips
