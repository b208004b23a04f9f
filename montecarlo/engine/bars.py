"""What model stages with bars share: closes as without them, and for each span of days what happened within them."""

from montecarlo.engine.lanes import LANES, STRIDE, inline
from montecarlo.engine.normals import DAYS_AT_ONCE
from montecarlo.engine.prices import compound


@inline
def fill_bars(  # type: ignore[no-untyped-def]
    prices, growth, bars, seed, first_path, start, draw, grow, within, parameters, scratch
):
    """Fill the prices of a group, their growth, and the bars whose closes they are.

    Args:
        prices, growth, seed, first_path, start, draw, grow, parameters, scratch: As of ``fill_prices``, which gives the
            same closes.
        bars: Records BAR, shape (days + 1,); row 0 is the start price in all its prices.
        within: Inline function (prices, bars, seed, first_path, first_day, days, parameters, scratch) that fills the
            bars of up to DAYS_AT_ONCE days; row 0 of ``prices`` is the close before them, row 0 of ``bars`` the first
            of theirs, and ``scratch`` is as ``draw`` has left it.
    """
    days = len(prices) - 1
    for lane in range(LANES):
        prices[0].lane[lane] = scratch.price[lane] = start
        bars[0].open[lane] = bars[0].high[lane] = bars[0].low[lane] = start
    for first in range(0, days, DAYS_AT_ONCE):
        draw(scratch, seed, first_path, first, parameters)
        count = min(DAYS_AT_ONCE, days - first)
        whole = count - count % STRIDE
        for day in range(0, whole, STRIDE):
            draws, today = scratch.draws[day * LANES :], first + day + 1
            compound(scratch, draws, prices[today:], growth[today:], STRIDE, grow, parameters)
        for day in range(whole, count):
            draws, today = scratch.draws[day * LANES :], first + day + 1
            compound(scratch, draws, prices[today:], growth[today:], 1, grow, parameters)
        within(prices[first:], bars[first + 1 :], seed, first_path, first, count, parameters, scratch)
