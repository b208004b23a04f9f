"""The compiled order account does what the plain broker does, trade for trade, whatever the bars, orders and rules."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.data.bars import Bars
from montecarlo.engine.lanes import LANES, stage
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows, simulate_together
from montecarlo.models import MODELS, Model
from montecarlo.strategies.strategy import ENTRIES, POSITIONS
from tests.montecarlo.given_bars import GivenTargets, ReplayedBars

DAYS, START = 40, 100.0
COUNTS = ("trades", "unfilled", "wins", "longest_drawdown", "longest_losing_streak", "ambiguous_bars", "path")
RATIOS = ("sharpe", "sortino", "calmar", "annual_volatility", "sqn")  # of numbers that may be hardly more than rounding


def random_bars(random, kind):
    """Of DAYS days and LANES paths; prices are whole numbers where ties with stops and limits are wanted."""
    shape = (DAYS + 1, LANES)
    closes = np.exp(np.cumsum(random.normal(0, 0.04, shape), axis=0))
    closes *= START / closes[0]
    before = np.vstack([closes[:1], closes[:-1]])
    opens = before * np.exp(random.normal(0, 0.03, shape)) if kind != "no gaps" else before
    wide = {"zero ranges": 0.0, "wide": 0.2}.get(kind, 0.03)
    highs = np.maximum(opens, closes) * (1 + np.abs(random.normal(0, wide, shape)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(random.normal(0, wide, shape)))
    found = [opens, highs, lows, closes]
    if kind == "ties":
        found = [np.maximum(np.round(each / 5) * 5, 5) for each in found]
    if kind == "collapse":
        day = random.integers(2, DAYS, LANES)
        fallen = np.arange(DAYS + 1)[:, None] >= day
        opens, highs, lows, closes = (np.where(fallen, 0.0, each) for each in found)
        at = (day, np.arange(LANES))
        opens[at], highs[at] = found[0][at], found[1][at]
        found = [opens, highs, lows, closes]
    return Bars(*found)


def random_targets(random, first, kinds):
    """That stay the same for some days."""
    wanted = random.choice(kinds, (DAYS + 1, LANES)).astype(np.int8)
    for day in range(1, DAYS + 1):
        wanted[day] = np.where(random.random(LANES) < 0.6, wanted[day - 1], wanted[day])
    wanted[:first] = 0
    return wanted


COMMISSIONS = (
    {"commission": 0.0},
    {"commission": 0.002},
    {"commission_model": "per-share", "commission_per_share": 0.05},
    {"commission_model": "per-share", "commission_per_share": 0.01, "commission_minimum": 5.0},
)
SLIPPAGES = ({"slippage": 0.0}, {"slippage": 0.003}, {"slippage_model": "volatility", "slippage_volatility": 0.2})

RULES = {
    "shares": st.sampled_from([None, None, 2.0, 9.0]),
    "fill": st.sampled_from(["next-close", "same-close", "next-open"]),
    "risk_free": st.sampled_from([0.0, 0.5]),
    "interest": st.booleans(),
    "intrabar": st.sampled_from(["stop-first", "target-first"]),
}
ORDERS = {
    "meaning": st.sampled_from([POSITIONS, ENTRIES]),
    "first": st.sampled_from([0, 3]),
    "entry_limit": st.sampled_from([None, None, 0.0, 0.01, 0.05]),
    "stop_loss": st.sampled_from([None, 0.01, 0.05, 0.05, 1e-20, 1.0]),
    "take_profit": st.sampled_from([None, 0.01, 0.05, 0.1, 1.5]),
    "max_holding": st.sampled_from([None, 1, 5]),
}
CASES = {
    "seed": st.integers(0, 2**32),
    "bars": st.sampled_from(["gaps", "no gaps", "wide", "zero ranges", "ties", "collapse"]),
    "wants": st.sampled_from([(0, 1), (0, 1, -1), (1, -1)]),
    "commission": st.sampled_from(COMMISSIONS),
    "slippage": st.sampled_from(SLIPPAGES),
}


def simulation_of(case, rules, orders):
    random = np.random.default_rng(case["seed"])
    bars = random_bars(random, case["bars"])
    return mc.Simulation(
        model=ReplayedBars(START, 0.0, 0.0, replayed=bars),
        strategy=GivenTargets(wanted=random_targets(random, orders["first"], case["wants"]), **orders),
        rules=mc.Rules(capital=1000.0, **rules, **case["commission"], **case["slippage"]),
        days=DAYS,
        iterations=LANES,
        seed=0,
    )


# A position that is left at the open leaves the day to no limit, because it did not begin flat.
LEFT_AT_THE_OPEN = (
    {"seed": 0, "bars": "wide", "wants": (1, -1), "commission": COMMISSIONS[1], "slippage": SLIPPAGES[0]},
    {"shares": None, "fill": "next-open", "risk_free": 0.0, "interest": False, "intrabar": "stop-first"},
    {
        "meaning": POSITIONS,
        "first": 3,
        "entry_limit": 0.01,
        "stop_loss": None,
        "take_profit": 1.5,
        "max_holding": None,
    },
)


@example(*LEFT_AT_THE_OPEN)
@settings(max_examples=60, deadline=None)
@given(*map(st.fixed_dictionaries, (CASES, RULES, ORDERS)))
def test_every_column_is_that_of_the_broker(case, rules, orders):
    simulation = simulation_of(case, rules, orders)
    assert_the_same(simulate_rows(simulation, 0, LANES), reference.simulate_rows(simulation, 0, LANES))


def assert_the_same(got, expected):
    assert got.keys() == expected.keys()
    for name in got.keys() & set(COUNTS):
        np.testing.assert_array_equal(got[name], expected[name], name)
    for name in got.keys() - set(COUNTS):
        digits = 1e-6 if name in RATIOS else 1e-9
        np.testing.assert_allclose(got[name], expected[name], rtol=digits, atol=1e-9, err_msg=name)


BRACKET = {"stop_loss": 0.03, "take_profit": 0.05, "max_holding": 10}
PER_SHARE = {"commission_model": "per-share", "commission_per_share": 0.01, "commission_minimum": 1.0}


@dataclass(frozen=True)
class SlowCrossover(mc.SmaCrossover):
    """The same in plain NumPy."""

    def stage(self):
        return None


def crossover(model="normal", strategy=mc.SmaCrossover, *, days=150, warm_up=None, rules=None, **orders):
    history = mc.load_history("AAPL", source="sample")
    strategy = strategy(3, 8, True, **orders)
    return mc.Simulation(
        model=mc.fit(history, model, bars=strategy.gives_orders),
        strategy=strategy,
        rules=rules or mc.Rules(),
        days=days,
        iterations=1,
        seed=5,
        warm_up=tuple(history.closes[-8:-1]) if warm_up else (),
    )


def bits(rows):
    return {name: column.tobytes() for name, column in rows.items()}


@pytest.mark.parametrize("model", [name for name, kind in MODELS.items() if kind.bar_stage is not Model.bar_stage])
@pytest.mark.parametrize("fill", ["next-close", "next-open"])
def test_what_models_draw_within_days_is_traded_as_by_the_broker(model, fill):
    simulation = crossover(
        model, rules=mc.Rules(fill=fill), entry_limit=0.002 if fill == "next-close" else None, **BRACKET
    )
    got = simulate_rows(simulation, 3, 20)
    assert (got["trades"] > 3).all()
    assert_the_same(got, reference.simulate_rows(simulation, 3, 20))


def test_a_warm_up_lets_it_decide_on_the_first_day():
    simulation = crossover("bootstrap", warm_up=True, rules=mc.Rules(fill="same-close"), **BRACKET)
    assert simulation.first_fill == 0
    assert_the_same(simulate_rows(simulation, 0, 20), reference.simulate_rows(simulation, 0, 20))


@pytest.mark.parametrize(
    "rules", [PER_SHARE, {"fill": "next-open"}, {"slippage_model": "volatility", "slippage_volatility": 0.1}]
)
def test_rules_alone_need_no_model_with_bars(rules):
    simulation = crossover("student_t", rules=mc.Rules(**rules))
    assert_the_same(simulate_rows(simulation, 0, 20), reference.simulate_rows(simulation, 0, 20))


def test_orders_that_are_never_reached_change_nothing():
    """As the account of closes keeps it, in other operations."""
    far, near = crossover(stop_loss=1.0, take_profit=100.0), crossover()
    got, expected = simulate_rows(far, 0, 40), simulate_rows(near, 0, 40)
    assert_the_same({name: got[name] for name in expected}, expected)


def test_a_short_sale_that_is_stopped_at_twice_its_price_leaves_nothing():
    """Not the rounding of nothing, with which an account would go on, or would not."""
    random = np.random.default_rng(8)
    closes = np.repeat(START * np.exp(random.normal(0, 0.5, LANES))[None], 5, axis=0)
    closes[2:] *= np.array([1.9, 1.0, 0.5])[:, None]
    highs = closes.copy()
    highs[2] *= 1.1
    simulation = mc.Simulation(
        model=ReplayedBars(START, 0.0, 0.0, replayed=Bars(closes, highs, closes, closes)),
        strategy=GivenTargets(wanted=np.array([[-1], [-1], [0], [-1], [-1]], np.int8).repeat(LANES, 1), stop_loss=1.0),
        rules=mc.Rules(capital=1000.0, commission=0.0, slippage=0.0),
        days=4,
        iterations=LANES,
        seed=0,
    )
    got = simulate_rows(simulation, 0, LANES)
    assert_the_same(got, reference.simulate_rows(simulation, 0, LANES))
    assert (got["final_value"] == 0).all()
    assert (got["trades"] == 1).all()


def test_any_pieces_have_the_same_bits_and_plain_numpy_gives_the_same_targets():
    simulation = crossover("bootstrap", **BRACKET)
    whole = bits(simulate_rows(simulation, 0, 300))
    pieces = [simulate_rows(simulation, a, b) for a, b in ((0, 1), (1, 77), (77, 300))]
    assert bits(rows.join(pieces)) == whole
    slow = replace(simulation, strategy=SlowCrossover(3, 8, True, **BRACKET))
    assert bits(simulate_rows(slow, 0, 300)) == whole


def test_a_path_has_the_same_bits_whatever_becomes_of_its_neighbours():
    simulation = crossover("normal", **BRACKET)
    together = simulate_rows(simulation, 0, LANES)
    alone = [simulate_rows(simulation, path, path + 1) for path in range(LANES)]
    assert bits(rows.join(alone)) == bits(together)


@pytest.mark.parametrize("rules", [{}, PER_SHARE, {"fill": "next-open"}], ids=str)
@pytest.mark.parametrize("stops", [(0.01, 0.03), (None, 0.03)])
def test_in_a_sweep_each_combination_has_the_bits_that_it_has_alone(stops, rules):
    """Also where the rules of all of them take the order account, and only some look into days."""
    several = [crossover("bootstrap", rules=mc.Rules(**rules), stop_loss=stop) for stop in stops]
    several = [replace(each, model=several[-1].model) for each in several]
    together = simulate_together(several, 0, 40)
    for simulation, found in zip(several, together, strict=True):
        (alone,) = simulate_together([simulation], 0, 40)
        for name in ("final_value", "max_drawdown", "trades", "total", "squares", "exposed", "hold_value"):
            np.testing.assert_array_equal(found[name], alone[name], name)


@dataclass(frozen=True)
class Riser(mc.Strategy):
    """Enters after a day on which the price has risen, and to the other side after a fall; ``daily`` is for tests."""

    name = "riser"
    label = help = ""
    signals = ENTRIES
    first_decision = 1

    def targets(self, prices):
        wanted = np.zeros(prices.shape, np.int8)
        wanted[1:] = np.sign(prices[1:] - prices[:-1])
        return wanted

    def stage(self):
        return _rise, np.array([self.asked_daily], np.float64)


@dataclass(frozen=True)
class AskedRiser(Riser):
    asked_daily = True


@dataclass(frozen=True)
class OneSidedRiser(AskedRiser):
    """It says so, and is not; then it is never asked while a position is held."""

    enters_both_ways = False


@stage
def _rise(prices, bars, targets, parameters, scratch):
    daily = parameters[0] > 0.0
    for day in range(len(prices) - 1 if daily else 1, len(prices)):
        for lane in range(LANES):
            price, earlier = prices[day].lane[lane], prices[day - 1].lane[lane]
            if (not daily) | (targets[day].lane[lane] == 1):
                targets[day].lane[lane] = np.int8(price > earlier) - np.int8(price < earlier)


@pytest.mark.parametrize("fill", ["next-close", "same-close", "next-open"])
def test_who_is_asked_daily_decides_as_who_is_asked_at_once(fill):
    simulation = replace(crossover("normal", **BRACKET), strategy=Riser(**BRACKET), rules=mc.Rules(fill=fill))
    daily = replace(simulation, strategy=AskedRiser(**BRACKET))
    assert bits(simulate_rows(daily, 0, 40)) == bits(simulate_rows(simulation, 0, 40))
    assert_the_same(simulate_rows(daily, 0, 20), reference.simulate_rows(simulation, 0, 20))


@pytest.mark.parametrize("fill", ["next-close", "next-open"])
def test_who_enters_to_one_side_is_not_asked_while_a_position_is_held(fill):
    """Its positions are never reversed, and so all of them last the longest time."""
    simulation = replace(
        crossover("normal", **BRACKET), strategy=OneSidedRiser(max_holding=7), rules=mc.Rules(fill=fill)
    )
    found = simulate_rows(simulation, 0, 40)
    assert (found["average_holding"] * found["trades"] > 7 * (found["trades"] - 1)).all()  # the last may be open
