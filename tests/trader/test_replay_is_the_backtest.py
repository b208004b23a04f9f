"""A history that is replayed on paper gives the backtest's trades and equity, to the last bit."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting.broker import carry_out
from montecarlo.accounting.fill_costs import slippage_of_days
from montecarlo.data.bars import Bars
from montecarlo.experiments.backtest import bars_of, round_trips, trade
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES, POSITIONS, Strategy
from tests.trader.replayed import replayed

HISTORY = mc.load_history("AAPL", source="sample")


@dataclass(frozen=True, eq=False)
class Told(Strategy):
    """Wants what is given, with the orders that are given, shape (days,)."""

    name = "told"
    label = help = ""
    wanted: np.ndarray = field(default=None, compare=False)
    orders: Orders = field(default=None, compare=False)
    meaning: str = POSITIONS
    parameters: ClassVar = {}
    first_decision = 0
    gives_orders = True

    @property
    def signals(self):
        return self.meaning

    def targets(self, prices):
        return self.wanted[: len(prices), None]

    def ordered(self, bars):
        return self.targets(bars.close), Orders(*(each[: len(bars.close), None] for each in self.orders))


@st.composite
def random_bars(draw):
    """Of steps so large that stops, targets, gaps, total losses and debts are all met."""
    days, seed = draw(st.integers(2, 60)), draw(st.integers(0, 2**32 - 1))
    step, coarse = draw(st.sampled_from([0.005, 0.03, 0.2])), draw(st.booleans())
    random = np.random.default_rng(seed)
    moves = random.normal(0, step, (4, days))
    closes = 100 * np.exp(np.cumsum(moves[0]))
    opens = np.append(closes[:1], closes[:-1]) * np.exp(moves[1] * random.integers(0, 2, days))
    highs, lows = np.maximum(opens, closes) * np.exp(abs(moves[2])), np.minimum(opens, closes) * np.exp(-abs(moves[3]))
    bars = Bars(opens, highs, lows, closes)
    return Bars(*(np.round(each, 0 if step > 0.1 else 1) + 0.5 for each in bars)) if coarse else bars


@st.composite
def told(draw, days):
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    calm = draw(st.sampled_from([0.0, 0.7, 0.95]))
    wanted = random.integers(-1, 2, days).astype(np.int8)
    for day in range(1, days):
        if random.uniform() < calm:
            wanted[day] = wanted[day - 1]

    def some(values):
        kept = draw(st.sampled_from(["none", "all", "some"]))
        chosen = random.choice(values, days) if kept == "some" else np.full(days, random.choice(values))
        chosen = np.asarray(chosen, np.float64)
        chosen[random.uniform(size=days) < {"none": 1.0, "all": 0.0, "some": 0.3}[kept]] = np.nan
        return chosen

    sizes = [0.005, 0.02, 0.1, 1.0]
    orders = Orders(np.full(days, np.nan), some(sizes), some([*sizes, 3.0]), some([1, 2, 3, 8]))
    return Told(wanted=wanted, orders=orders, meaning=draw(st.sampled_from([POSITIONS, ENTRIES])))


COSTS = (
    {"commission": 0.0, "slippage": 0.0},
    {},
    {"commission_model": "per-share", "commission_per_share": 0.013, "commission_minimum": 1.0},
    {"slippage_model": "volatility", "slippage_volatility": 0.3},
)
SOME_RULES = st.builds(
    lambda costs, intrabar, interest, shares, capital: mc.Rules(
        shares=shares, capital=capital, intrabar=intrabar, interest=interest, risk_free=0.07, **costs
    ),
    st.sampled_from(COSTS),
    st.sampled_from(["stop-first", "target-first"]),
    st.booleans(),
    st.sampled_from([1.0, 100.0]),
    st.sampled_from([120.0, 11_000.0, 12_345.67, 1e6]),
)


def _is_the_backtest(found, outcome):
    assert found.trades == outcome.trades
    assert found.equity.tobytes() == outcome.equity.tobytes()
    assert found.held.tolist() == outcome.held.tolist()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_the_bars_the_signals_the_orders_and_the_rules(data):
    bars, rules = data.draw(random_bars()), data.draw(SOME_RULES)
    days = len(bars.close)
    strategy = data.draw(told(days))
    outcome = carry_out(
        bars,
        strategy.wanted,
        strategy.orders,
        1,
        rules,
        slippage=slippage_of_days(bars.close, rules),
        idle=rules.idle_growth(252),
        signals=strategy.meaning,
    )
    found = replayed(bars, strategy, rules)
    _is_the_backtest(found, outcome)
    assert found.unfilled.tolist() == outcome.unfilled.tolist()
