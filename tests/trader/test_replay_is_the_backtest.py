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
from montecarlo.data.sources.sample import SYMBOLS
from montecarlo.experiments.backtest import bars_of, trade
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES, POSITIONS, Strategy
from tests.montecarlo.any_forecast import SIDES, random_logistic, random_model, random_trees
from tests.montecarlo.any_strategy import EXAMPLES, OF_BARS
from tests.trader.replayed import days_with, replayed
from trader.replay import Replay


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
    days, seed = draw(st.integers(2, 40)), draw(st.integers(0, 2**32 - 1))
    step, coarse = draw(st.sampled_from([0.005, 0.03, 0.2, 0.6])), draw(st.booleans())
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
    assert found.unfilled.tolist() == outcome.unfilled.tolist()


@settings(max_examples=60, deadline=None)
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
    found = replayed(days_with(bars), strategy, rules)
    _is_the_backtest(found, outcome)


OWN = """
def targets(bars, *, days: int = 3):
    up = bars.close > bars.open
    wanted = np.where(up, 1, -1)
    wanted[::days] = 0
    return {"targets": wanted, "stop_loss": np.where(up, 0.01, np.nan), "take_profit": 0.02, "max_holding": 4}


signals = "entries"
"""
EXITS = ({}, {"stop_loss": 0.02, "take_profit": 0.03}, {"take_profit": 0.01, "max_holding": 4}, {"stop_loss": 0.015})
FORECASTS = tuple(
    mc.MlForecast(random_model(7, 8, sides, kind, stop_loss=0.02, take_profit=0.02, max_holding=5))
    for sides in SIDES
    for kind in (random_logistic, random_trees)
)


def _of_a_sample(symbol, strategy, days, **rules):
    """How many trades there were, the same on paper and in the backtest."""
    history = first_days(mc.load_history(symbol, source="sample"), days)
    rules = mc.Rules(shares=20.0, interest=True, risk_free=0.03, **rules)
    feed = Replay(history, within_days=strategy.gives_orders)
    found = replayed(days_of(feed), strategy, rules, history.bars_per_year)
    bars = bars_of(history, strategy.gives_orders)
    _is_the_backtest(found, trade(bars, strategy, rules, history.bars_per_year))
    whole = mc.backtest(history, strategy, rules=rules)
    assert found.equity.tolist() == whole.equity.tolist()
    return len(whole.trades)


def first_days(history, days):
    return mc.PriceHistory(history.symbol, history.source, history.bars[:days])


def days_of(feed):
    day = feed.after(None)
    while day:
        yield day
        day = feed.after(day.day)


@pytest.mark.parametrize("turn", [0, pytest.param(1, marks=pytest.mark.thorough)])
def test_each_strategy_of_the_library(turn):
    trades = 0
    for place, strategy in enumerate((*EXAMPLES, *OF_BARS)):
        exits = EXITS[(place + 2 * turn) % len(EXITS)]
        rules = {"intrabar": ("stop-first", "target-first")[turn]}
        trades += _of_a_sample("AAPL", strategy.with_values(**exits), 90, **rules)
    assert trades > 150


def test_learned_rules():
    rules = {"slippage_model": "volatility", "slippage_volatility": 0.1}
    assert sum(_of_a_sample("IBM", strategy, 120, **rules) for strategy in FORECASTS) > 50


def test_a_rule_of_ones_own(tmp_path):
    (tmp_path / "own.py").write_text(f"import numpy as np\n{OWN}")
    assert _of_a_sample("MSFT", mc.strategy_from(tmp_path / "own.py"), 120) > 20


@pytest.mark.thorough
@pytest.mark.parametrize("turn", range(len(SYMBOLS)))
def test_years_of_each_sample(turn):
    trades = 0
    for place, strategy in enumerate((*EXAMPLES, *OF_BARS, *FORECASTS)):
        exits = EXITS[(place + turn) % len(EXITS)] if strategy not in FORECASTS else {}
        trades += _of_a_sample(SYMBOLS[turn], strategy.with_values(**exits), 500)
    assert trades > 500


@pytest.mark.thorough
@pytest.mark.parametrize("strategy", [EXAMPLES[1].with_values(**EXITS[1]), OF_BARS[1], FORECASTS[-1]], ids=str)
def test_all_days_of_a_sample(strategy):
    assert _of_a_sample("AAPL", strategy, None) > 100
