"""A forecast by a trained model: the same in both engines, asked where it could act, bound to its model by digest."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.engine.lanes import LANES
from montecarlo.errors import TrainedModelError
from montecarlo.experiments.paths import simulate_rows
from montecarlo.strategies import STRATEGIES, strategy_from_dict
from montecarlo.strategies.ml_forecast import MODEL, MlForecast
from montecarlo.strategies.strategy import ENTRIES
from montecarlo.trained import Logistic, decisions, features
from tests.montecarlo.any_forecast import (
    SIDES,
    forecast_of,
    forecasts,
    random_logistic,
    random_model,
    random_trees,
)
from tests.montecarlo.any_strategy import price_matrices
from tests.montecarlo.engine.test_order_account import RULES, random_bars
from tests.montecarlo.given_bars import GivenTargets, ReplayedBars
from tests.montecarlo.stages import compiled_targets

BOTH = ("long", "short")


@st.composite
def prices_and_forecast(draw):
    prices = draw(price_matrices())
    return prices, draw(forecasts(len(prices) - 1))


@pytest.mark.processors
@settings(max_examples=100, deadline=None)
@given(prices_and_forecast())
def test_the_engine_wants_what_plain_numpy_wants(example):
    prices, strategy = example
    np.testing.assert_array_equal(compiled_targets(strategy, prices), strategy.targets(prices))


@settings(max_examples=50, deadline=None)
@given(prices_and_forecast(), st.data())
def test_it_does_not_look_ahead(example, data):
    """Another future changes no earlier target, nor does cutting it off, in neither engine."""
    prices, strategy = example
    cut = data.draw(st.integers(1, len(prices)))
    other = prices.copy()
    other[cut:] = other[cut:][::-1] * 1.5
    for wanted in (strategy.targets, lambda some: compiled_targets(strategy, some)):
        np.testing.assert_array_equal(wanted(prices[:cut]), wanted(prices)[:cut])
        np.testing.assert_array_equal(wanted(other)[:cut], wanted(prices)[:cut])


@pytest.mark.parametrize("kind", [random_logistic, random_trees])
def test_random_models_want_every_kind_of_thing(kind):
    """Otherwise what is compared here would be zeros."""
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=250, iterations=40, seed=4).to_numpy()
    wanted = [MlForecast(random_model(seed, sides=BOTH, kind=kind)).targets(prices) for seed in range(10)]
    shares = np.array([[(each == side).mean() for side in (-1, 0, 1)] for each in wanted])
    assert (shares.mean(axis=0) > 0.05).all()


@pytest.mark.parametrize("sides", SIDES, ids=str)
def test_it_wants_what_the_trained_model_decides(sides):
    model = random_model(3, n=5, sides=sides)
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=60, iterations=3, seed=4).to_numpy()
    wanted = MlForecast(model).targets(prices)
    np.testing.assert_array_equal(wanted[5:], decisions(model, features(prices, 5)))
    assert not wanted[:5].any()
    for direction in sides:
        one_sided = MlForecast(model, direction).targets(prices)
        allowed = {side: side == direction for side in BOTH}
        np.testing.assert_array_equal(one_sided[5:], decisions(model, features(prices, 5), **allowed))


@pytest.mark.parametrize("kind", [random_logistic, random_trees])
@pytest.mark.parametrize("price", [0.0, np.inf, 1e300], ids=["vanished", "infinite", "beyond doubles in a sum"])
def test_nothing_is_decided_where_the_price_has_vanished_or_a_feature_is_not_finite(kind, price):
    always = random_model(1, n=4, kind=kind)
    always = replace(always, long=replace(always.long, a=0.0, b=5.0, cut=-np.finfo(float).max))
    strategy, prices = MlForecast(always), np.full((30, 3), 10.0)
    prices[10:20, 1] = price
    if price == 1e300:
        prices[10:20, 1] = np.geomspace(1.0, 1e300, 10)
        prices[14:, 1] = [1e-300, 1e300] * 8
    wanted = strategy.targets(prices)
    np.testing.assert_array_equal(compiled_targets(strategy, prices), wanted)
    assert wanted[4:, [0, 2]].all()
    assert not wanted[15:20, 1].any()


@pytest.mark.parametrize("kind", [random_logistic, random_trees])
def test_what_lanes_do_not_ask_changes_nothing_for_those_that_do(kind):
    strategy = MlForecast(random_model(2, sides=BOTH, kind=kind))
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=120, iterations=LANES, seed=4).to_numpy()
    asked = np.random.default_rng(1).random(prices.shape) < 0.3
    asked[40:45] = False
    found = compiled_targets(strategy, prices, asked=asked)
    np.testing.assert_array_equal(found, np.where(asked, strategy.targets(prices), 0))
    assert found.any()


@settings(max_examples=60, deadline=None)
@given(
    forecasts(),
    st.integers(0, 2**32),
    st.sampled_from(["gaps", "no gaps", "wide", "zero ranges", "ties", "collapse"]),
    st.fixed_dictionaries(RULES),
    st.sampled_from([None, 0.01]),
)
def test_an_account_that_asks_day_by_day_is_that_of_all_targets_beforehand(strategy, seed, kind, rules, entry_limit):
    """So nothing that it does not ask would have mattered."""
    bars = random_bars(np.random.default_rng(seed), kind)
    strategy = replace(strategy, entry_limit=entry_limit)
    exits = {name: getattr(strategy, name) for name in ("stop_loss", "take_profit", "max_holding", "entry_limit")}
    wanted, first = strategy.targets(bars.close), strategy.first_decision
    given_before = GivenTargets(wanted=wanted, meaning=ENTRIES, first=first, **exits)
    asked, known = (
        mc.Simulation(
            model=ReplayedBars(100.0, 0.0, 0.0, replayed=bars),
            strategy=each,
            rules=mc.Rules(capital=1000.0, **rules),
            days=len(bars.close) - 1,
            iterations=LANES,
            seed=0,
        )
        for each in (strategy, given_before)
    )
    found, expected = simulate_rows(asked, 0, LANES), simulate_rows(known, 0, LANES)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, name)


# ---- what it is told, and its model ----------------------------------------------------------------------------------


def test_it_ends_trades_as_its_model_was_trained_for():
    strategy = MlForecast(random_model(1, stop_loss=0.03, take_profit=0.05, max_holding=7))
    assert (strategy.stop_loss, strategy.take_profit, strategy.max_holding) == (0.03, 0.05, 7)
    assert strategy.warnings == ()
    assert strategy.gives_orders
    assert strategy.first_decision == 16


def test_other_exits_than_those_are_allowed_and_told():
    strategy = MlForecast(random_model(1, stop_loss=0.03), stop_loss=0.04, entry_limit=0.01)
    assert strategy.stop_loss == 0.04
    assert strategy.warnings == (
        "the model random was trained for a stop of 0.03, and trades with 0.04: its forecast is about other trades",
        "the model random was trained for entries by market orders, not by limits",
    )


def test_it_trades_the_sides_of_its_model_or_one_of_them():
    assert MlForecast(random_model(1, sides=("short",))).direction == "short"
    assert MlForecast(random_model(1, sides=BOTH)).direction == "both"
    assert MlForecast(random_model(1, sides=BOTH), "long").direction == "long"
    with pytest.raises(mc.ParameterError, match=r"direction cannot be both: the model random was trained for short$"):
        MlForecast(random_model(1, sides=("short",)), "both")


@pytest.mark.parametrize("model", [None, "aapl", random_logistic])
def test_without_a_trained_model_there_is_no_such_strategy(model):
    with pytest.raises(mc.ParameterError, match=r"^model must be a trained model, not "):
        MlForecast(model)


def test_it_is_none_of_those_that_need_no_file():
    assert MlForecast.name not in STRATEGIES


@given(forecasts(), st.sampled_from([None, 0.07]))
def test_it_travels_without_its_model_and_takes_it_again_by_its_digest(strategy, take_profit):
    strategy = replace(strategy, take_profit=take_profit)
    values, model = strategy.to_dict(), strategy.at_hand
    read = strategy_from_dict(values)
    assert read == strategy
    assert read.to_dict() == values
    assert read.work == strategy.work
    assert read.warnings == strategy.warnings
    assert read.inputs == strategy.inputs == {MODEL: model.digest}
    with pytest.raises(mc.ParameterError, match=r"^model must be at hand to be traded"):
        read.targets(np.ones((30, 1)))
    with pytest.raises(mc.ParameterError, match=r"^model must be at hand to be traded"):
        read.stage()
    bound = read.with_inputs({MODEL: model.to_json(), "prices": b""})
    assert bound == strategy
    assert bound.at_hand == model
    assert bound.to_dict() == values


def test_another_model_than_that_of_the_digest_is_refused():
    read = strategy_from_dict(MlForecast(random_model(1)).to_dict())
    with pytest.raises(TrainedModelError, match="is another trained model, other, than random, which is asked for"):
        read.with_inputs({MODEL: random_model(2, name="other").to_json()})
    with pytest.raises(TrainedModelError, match="is no JSON"):
        read.with_inputs({MODEL: b"nothing"})


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"name": "ml-forecast", "card": None}, ["card"]),
        ({"direction": "up"}, ["direction"]),
        ({"model": {"digest": "0"}}, ["name", "first_decision", "sides", "trees", "barrier"]),
        ({"model": None}, ["model of the strategy"]),
        ({"stop_loss": 2}, ["stop_loss"]),
    ],
)
def test_json_of_something_else_is_refused_by_name(changed, names):
    with pytest.raises(mc.ParameterError) as error:
        strategy_from_dict({**MlForecast(random_model(1)).to_dict(), **changed})
    assert list(error.value.problems) == names


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("digest", "0", "digest must be a SHA-256 in hexadecimal, not '0'"),
        ("name", "a b", "name must be 1 to 64 letters"),
        ("first_decision", 1, "first_decision must be a whole number from 2 to 64, not 1"),
        ("sides", ["short", "long"], "sides must be long, short, or both in this order"),
        ("trees", -1, "trees must be a whole number from 0"),
    ],
)
def test_a_card_that_no_model_could_have_is_refused(field, value, message):
    values = MlForecast(random_model(1)).to_dict()
    values["model"][field] = value
    with pytest.raises(mc.ParameterError, match=message):
        strategy_from_dict(values)


def test_other_values_of_its_parameters_keep_the_model():
    strategy = MlForecast(random_model(1, sides=BOTH))
    assert strategy.with_values(direction="short", take_profit=0.5).at_hand is strategy.at_hand
    assert list(strategy.values) == ["direction", "entry_limit", "stop_loss", "take_profit", "max_holding"]
    assert str(strategy) == ("ml-forecast of random, direction both, stop loss 0.02, take profit 0.02, max holding 10")


def test_trees_are_more_work():
    logistic, trees = (MlForecast(random_model(1, kind=kind)) for kind in (random_logistic, random_trees))
    assert 1 < logistic.work < trees.work


def test_a_margin_decides_between_two_sides_that_both_reach_their_cut():
    """Both always do; the long one by 1 and the short one by 2 or by none."""
    model = random_model(1, n=2, sides=BOTH)
    wanted = []
    for short in (2.0, 1.0, 0.0):
        sides = {side: forecast_of(Logistic(by, (0.0,) * 4)) for side, by in (("long", 1.0), ("short", short))}
        strategy = MlForecast(replace(model, **sides))
        prices = np.full((4, 1), 9.0)
        np.testing.assert_array_equal(compiled_targets(strategy, prices), strategy.targets(prices))
        wanted.append(strategy.targets(prices)[3, 0])
    assert wanted == [-1, 0, 1]
