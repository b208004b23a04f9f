"""Strategies and prices of all kinds, for what must hold for each; and what a strategy wants in both engines."""

import numpy as np
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.engine.lanes import LANES
from tests.montecarlo.stages import compiled_targets

PRICES = ("wandering", "coarse", "constant", "fallen to zero", "crashed", "jumped")

EXAMPLES = (
    mc.SmaCrossover(3, 8),
    mc.SmaCrossover(3, 8, shorting=True),
    mc.EmaCrossover(3, 8),
    mc.EmaCrossover(3, 8, shorting=True),
    mc.Breakout(5),
    mc.Breakout(5, "short"),
    mc.Breakout(5, "both"),
    mc.BollingerReversion(6, 0.8),
    mc.BollingerReversion(6, 0.8, shorting=True),
    mc.Momentum(4, 0.01),
    mc.Momentum(4, 0.01, shorting=True),
    mc.BuyAndHold(),
)
"""Each of the library's in every way that it can be traded."""


def wanted(closes, strategy):
    """The position after each close."""
    prices = np.array(closes, dtype=float)[:, None]
    found = strategy.targets(prices)[:, 0].tolist()
    assert compiled_targets(strategy, prices)[:, 0].tolist() == found
    return found


def strategies(days):
    """All that can be traded on a number of days, those that decide as late as can be among them."""
    longs, lengths = st.just(days) | st.integers(2, days), st.just(days - 1) | st.integers(1, days - 1)
    windows = longs.flatmap(lambda long: st.tuples(st.integers(1, long - 1), st.just(long)))
    return st.one_of(
        st.builds(lambda pair, shorting: mc.SmaCrossover(*pair, shorting), windows, st.booleans()),
        st.builds(lambda pair, shorting: mc.EmaCrossover(*pair, shorting), windows, st.booleans()),
        st.builds(mc.Breakout, lengths, st.sampled_from(["long", "short", "both"])),
        st.builds(mc.BollingerReversion, longs, st.floats(0, 3), st.booleans()),
        st.builds(mc.Momentum, lengths, st.just(0.0) | st.floats(0, 0.2), st.booleans()),
        st.just(mc.BuyAndHold()),
    )


@st.composite
def price_matrices(draw, least_days=2):
    """Of shape (days + 1, paths); on some of them strange things happen to every second path."""
    days, paths = draw(st.integers(least_days, 400)), draw(st.integers(1, 2 * LANES + 3))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    prices = 50 * np.exp(random.normal(0, 0.03, (days + 1, paths)).cumsum(axis=0))
    kind, day = draw(st.sampled_from(PRICES)), draw(st.integers(1, days))
    if kind == "coarse":  # in steps, so that closes and averages tie
        return np.ceil(prices / 3)
    if kind == "constant":
        prices[:] = prices[0]
    if kind in ("fallen to zero", "crashed", "jumped"):
        prices[day:, ::2] *= {"fallen to zero": 0.0, "crashed": 1e-3, "jumped": 1e3}[kind]
    return prices
