"""Simulated prices to look at are those that the simulation trades."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.experiments.price_paths import MAX_PRICES

MODEL = mc.NormalModel(start_price=50.0, drift=0.1, volatility=0.3)


def test_the_prices_are_those_of_the_simulation_with_the_same_seed():
    prices = mc.simulate_prices(MODEL, days=120, iterations=5, seed=3)
    result = mc.simulate(MODEL, mc.SmaCrossover(5, 20), days=120, iterations=70, seed=3)
    np.testing.assert_array_equal(prices.iloc[-1], result.paths["final_price"][:5])


def test_a_frame_of_days_by_paths_begins_at_the_start_price():
    prices = mc.simulate_prices(MODEL, days=10, iterations=2, seed=3)
    assert prices.shape == (11, 2)
    assert (prices.index.name, prices.columns.name) == ("day", "path")
    assert (prices.iloc[0] == 50.0).all()


def test_without_a_seed_each_call_draws_new_paths():
    assert not mc.simulate_prices(MODEL, days=10).equals(mc.simulate_prices(MODEL, days=10))


@pytest.mark.parametrize(
    ("name", "value"),
    [("days", 0), ("days", 2.5), ("seed", -1), ("iterations", 0), ("iterations", "3"), ("iterations", MAX_PRICES)],
)
def test_a_parameter_that_cannot_be_used_is_named(name, value):
    with pytest.raises(mc.ParameterError) as error:
        mc.simulate_prices(MODEL, **{name: value})
    assert list(error.value.problems) == [name]
