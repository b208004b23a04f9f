"""What is measured of the equity curve and of bets on the market, a day at a time: of every account that keeps cash.

Values are in units of the capital.
"""

from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.tolerances import EVEN

_CURVE = ("peak", "fall", "fall_peak", "total", "squares", "first", "downside", "under_water", "longest", "area")
_CONTROLS = ("growth_control", "gain_control", "value_control")

MEASURED = [(name, "f8", (LANES,)) for name in _CURVE + _CONTROLS]
"""Fields of an account's state that are kept here."""


@inline
def begin_curve(state, terms):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        state.peak[lane] = state.fall_peak[lane] = max(terms.start, 1.0)
        state.fall[lane] = state.peak[lane] - terms.start
        state.under_water[lane] = state.longest[lane] = terms.sunk
        state.growth_control[lane] = 1.0
        state.gain_control[lane] = state.value_control[lane] = 0.0
        state.total[lane] = state.squares[lane] = state.first[lane] = state.downside[lane] = 0.0
        state.area[lane] = 0.0


@inline
def bet_on_market(state, lane, growth, earlier, price, was, had, expected, over_expected):  # type: ignore[no-untyped-def]
    """Add a day to the controls of a lane: the weights are known the day before, and nothing is divided.

    Args:
        growth: Of the price, from ``earlier`` to ``price``.
        was, had: Side and shares that were held to the day.
        expected, over_expected: Growth of a day, and one over it.
    """
    gain = (growth - expected) * (was if earlier > 0.0 else 0.0)
    state.growth_control[lane] *= 1.0 + gain * over_expected
    state.gain_control[lane] += gain
    state.value_control[lane] += had * price - had * earlier * expected


@inline
def follow_curve(state, lane, change, value, risk_free):  # type: ignore[no-untyped-def]
    """Add a day that ended with the equity ``value``; ``change`` is its return, zero where there was nothing before."""
    short = min(change - risk_free, 0.0)
    state.total[lane] += change
    state.squares[lane] += change * change
    state.downside[lane] += short * short
    state.area[lane] += value
    peak = max(state.peak[lane], value)
    deeper = (peak - value) * state.fall_peak[lane] > state.fall[lane] * peak  # as shares of their peaks
    state.peak[lane] = peak
    state.fall[lane] = peak - value if deeper else state.fall[lane]
    state.fall_peak[lane] = peak if deeper else state.fall_peak[lane]
    under_water = state.under_water[lane] + 1.0 if value < peak * (1.0 - EVEN) else 0.0
    state.under_water[lane] = under_water
    state.longest[lane] = max(state.longest[lane], under_water)


@inline
def report_curve(state, lane, row):  # type: ignore[no-untyped-def]
    """Fill what a record RESULT says of the curve."""
    row.max_drawdown = state.fall[lane] / state.fall_peak[lane]
    row.total, row.squares, row.downside = state.total[lane], state.squares[lane], state.downside[lane]
    row.first = state.first[lane]
    row.longest, row.area = state.longest[lane], state.area[lane]
    row.growth_control = state.growth_control[lane] - 1.0
    row.gain_control, row.value_control = state.gain_control[lane], state.value_control[lane]
