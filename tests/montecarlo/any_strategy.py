"""Strategies, prices and bars of all kinds, for what must hold for each; and what a strategy wants in both engines."""

import numpy as np
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.data.bars import Bars
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
"""Each of the library's that looks at closes, in every way that it can be traded."""

OF_BARS = (
    mc.DailyBreakout(),
    mc.DailyBreakout(5),
    mc.DailyBreakout(3, "long", max_holding=4),
    mc.DailyBreakout(3, "short", stop_loss=0.02),
)
"""The same of those that look at highs and lows."""


def wanted(closes, strategy, bars=None):
    """What is wanted at each close, of a single path."""
    prices = np.array(closes, dtype=float)[:, None]
    bars = bars and Bars(*(np.array(each, dtype=float)[:, None] for each in bars), prices)
    found = in_numpy(strategy, prices, bars)[:, 0].tolist()
    assert compiled(strategy, prices, bars)[:, 0].tolist() == found
    return found


def bars_of(closes):
    """Bars around closes, shape (days + 1, paths): each a function of its own close and the one before, with gaps."""
    before = np.vstack([closes[:1], closes[:-1]])
    odd = np.modf(closes * 7.31)[0]  # as good as random, and the same in whatever matrix the close stands
    opens = before + odd * (closes - before)
    highs, lows = np.maximum(opens, closes) * (1 + 0.02 * odd), np.minimum(opens, closes) * (1 - 0.03 * odd * odd)
    return Bars(opens, highs, lows, closes)


def in_numpy(strategy, prices, bars=None):
    """What it wants on prices, shape (days + 1, paths), with bars around them if it looks at them."""
    return strategy.targets_of_bars(bars or bars_of(prices)) if strategy.uses_bars else strategy.targets(prices)


def compiled(strategy, prices, bars=None):
    """The same by its compiled stage."""
    return compiled_targets(strategy, prices, (bars or bars_of(prices)) if strategy.uses_bars else None)


def strategies_with_bars(days):
    """Those below, and those that look at highs and lows."""
    exits = st.sampled_from([{"stop_loss": 0.05}, {"take_profit": 0.1}, {"max_holding": 3}])
    sided = st.builds(lambda n, side, orders: mc.DailyBreakout(n, side, **orders), *_of_a_range(days), exits)
    return strategies(days) | sided | st.builds(mc.DailyBreakout, _of_a_range(days)[0])


def _of_a_range(days):
    lengths = st.just(days - 2) | st.integers(1, days - 2) if days > 2 else st.just(1)
    return lengths, st.sampled_from(["long", "short", "both"])


def strategies(days):
    """All of closes that can be traded on a number of days, those that decide as late as can be among them."""
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
