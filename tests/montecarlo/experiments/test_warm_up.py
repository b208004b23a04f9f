"""Real closes before the paths: averages are defined from the first day on, and everything else counts from there."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo import limits
from montecarlo.accounting import rows
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.warm_up import closes_before_start
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.montecarlo.any_strategy import EXAMPLES, strategies

MODEL = mc.GbmModel(start_price=50.0, drift=0.1, volatility=0.4)
STRATEGY = mc.SmaCrossover(short=3, long=8)


def history_of(closes):
    days = pd.bdate_range("2020-01-01", periods=len(closes), name="date")
    bars = pd.DataFrame({"close": closes, "adjusted_close": closes}, index=days, dtype=float)
    return mc.PriceHistory("MADE-UP", "csv", bars)


HISTORY = history_of([*np.linspace(30, 60, 39), 50.0])


def simulation_of(strategy=STRATEGY, warm_up=None, **options):
    warm_up = closes_before_start(HISTORY, MODEL, strategy.first_decision) if warm_up is None else warm_up
    options = {"days": 20, "iterations": 40, "seed": 3} | options
    return mc.Simulation(model=MODEL, strategy=strategy, warm_up=warm_up, **options)


def test_the_closes_are_the_last_before_the_start_price():
    history = history_of([10, 11, 12, 13, 50])
    assert closes_before_start(history, MODEL, needed=2) == (12, 13)
    assert closes_before_start(history, MODEL, needed=4) == (10, 11, 12, 13)
    assert closes_before_start(history, MODEL, needed=0) == ()


@pytest.mark.parametrize("strategy", EXAMPLES, ids=str)
@pytest.mark.parametrize("fill", ["next-close", "same-close"])
def test_a_path_is_traded_as_its_prices_with_the_real_closes_before_them(strategy, fill):
    """A backtest on both together holds the same from the first simulated day on, at the same dates."""
    rules = {"fill": fill, "shares": 20}
    result = mc.simulate(MODEL, strategy, days=30, iterations=20, seed=3, warm_up=HISTORY, **rules)
    before = closes_before_start(HISTORY, MODEL, strategy.first_decision)
    for path, prices in mc.simulate_prices(MODEL, days=30, iterations=20, seed=3).items():
        both = mc.backtest(history_of([*before, *prices]), strategy, **rules)
        row, expected = result.paths.loc[path], dict(both.summary.to_numpy())
        for name in ("final_price", "final_value", "return", "max_drawdown", "trades", "buy_and_hold_value"):
            assert row[name] == pytest.approx(expected[name], rel=1e-9, abs=1e-12), name
        assert row["sharpe"] == pytest.approx(expected["sharpe"], rel=1e-9, nan_ok=True)
        assert row["exposure"] * 30 == pytest.approx(expected["exposure"] * (len(both.equity) - 1))


def test_the_first_day_decides_and_is_traded_at_its_own_close_or_the_next():
    """Rising closes before a path make the strategy long on its first day, whatever the path does."""
    for fill, days_held in (("same-close", 2), ("next-close", 1)):
        simulation = simulation_of(mc.SmaCrossover(2, 8), tuple(range(40, 47)), days=2, rules=mc.Rules(fill=fill))
        assert simulation.first_fill == 2 - days_held
        assert (simulate_rows(simulation, 0, 40)["trades"] == 1).all()
        assert simulate_rows(simulation, 0, 40)["exposure"].max() == days_held / 2


def test_a_window_may_be_longer_than_the_days():
    paths = mc.simulate(MODEL, mc.SmaCrossover(5, 40), days=1, iterations=30, seed=1, warm_up=HISTORY).paths
    assert (paths["trades"] == 1).all()
    with pytest.raises(
        mc.ParameterError, match=r"^long must let .* first decides on day 39 of 1; shorten it, or take more days or"
    ):
        mc.simulate(MODEL, mc.SmaCrossover(5, 40), days=1, iterations=30, seed=1)


def test_a_fill_on_the_first_day_costs_a_return_of_that_day():
    """Bought on day 0 and held on days 1 and 2, so the ratio is of three returns."""
    rules = mc.Rules(fill="same-close", commission=0.01, slippage=0)
    simulation = simulation_of(mc.SmaCrossover(2, 8), tuple(range(40, 47)), days=2, iterations=1, rules=rules)
    prices = mc.simulate_prices(MODEL, days=2, iterations=1, seed=3)[0]
    returns = [1 / 1.01 - 1, *prices.pct_change()[1:]]
    expected = math.sqrt(252) * np.mean(returns) / np.std(returns, ddof=1)
    for rows_of in (simulate_rows, reference.simulate_rows):
        assert rows_of(simulation, 0, 1)["sharpe"][0] == pytest.approx(expected, rel=1e-9)


@st.composite
def warm_simulations(draw):
    days, strategy = draw(st.integers(1, 150)), draw(st.integers(2, 200).flatmap(strategies))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return mc.Simulation(
        model=draw(st.sampled_from([mc.NormalModel, mc.GbmModel]))(50.0, 0.1, draw(st.sampled_from([0.0, 0.3, 3.0]))),
        strategy=strategy,
        rules=mc.Rules(
            capital=10_000,
            shares=draw(st.sampled_from([None, 100, 190])),
            fill=draw(st.sampled_from(["next-close", "same-close"])),
        ),
        days=days,
        iterations=50,
        seed=draw(st.integers(0, 2**64 - 1)),
        warm_up=tuple(random.uniform(40, 60, strategy.first_decision)),
    )


@settings(max_examples=80, deadline=None)
@given(warm_simulations())
def test_the_engine_and_the_reference_agree(simulation):
    expected, got = reference.simulate_rows(simulation, 0, 50), simulate_rows(simulation, 0, 50)
    np.testing.assert_array_equal(got["trades"], expected["trades"])
    if simulation.model.volatility <= 1:  # shares of next to nothing move equity by next to rounding
        np.testing.assert_allclose(got["sharpe"], expected["sharpe"], rtol=1e-5)
    for name in expected.keys() - {"sharpe"}:
        unit = 10_000 if name.endswith("value") else 1
        np.testing.assert_allclose(got[name], expected[name], rtol=1e-9, atol=1e-9 * unit, err_msg=name)


def test_the_prices_of_the_paths_are_those_without_a_warm_up():
    warm, cold = (simulate_rows(simulation_of(warm_up=closes), 0, 40) for closes in (None, ()))
    np.testing.assert_array_equal(warm["final_price"], cold["final_price"])
    assert warm["exposure"].mean() > cold["exposure"].mean()


def test_a_cut_anywhere_and_threads_change_no_bit():
    simulation = simulation_of(iterations=BLOCK_PATHS + 100)
    whole = simulate_rows(simulation, 0, simulation.iterations)
    cut = rows.join([simulate_rows(simulation, 0, 333), simulate_rows(simulation, 333, simulation.iterations)])
    parts = rows.join(piece for piece, _ in simulation.parts(0, simulation.iterations, threads=3))
    assert rows.to_csv(whole) == rows.to_csv(cut) == rows.to_csv(parts)


def test_a_warm_up_survives_json_to_the_last_bit():
    simulation = simulation_of(warm_up=(1 / 3, 0.1, 1e-9, 1e9, 2, 3, 4))
    again = mc.Simulation.from_dict(json.loads(json.dumps(simulation.to_dict())))
    assert again == simulation
    assert again.warm_up == (1 / 3, 0.1, 1e-9, 1e9, 2.0, 3.0, 4.0)
    assert json.dumps(again.to_dict()) == json.dumps(simulation.to_dict())


@pytest.mark.parametrize(
    ("closes", "message"),
    [
        ((1.0,) * 6, "warm_up must be the last 7 closes before the start price, not 6 of them"),
        ((1.0,) * 8, "warm_up must be the last 7 closes before the start price, not 8 of them"),
        ([1.0] * 7, "warm_up must be a list of closes, not [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, ...]"),
        ((1.0,) * 6 + (0.0,), "warm_up must have closes that are a number from 1e-09 to 1,000,000,000, not 0.0"),
        ((1.0,) * 6 + (-1.0,), "warm_up must have closes that are a number from 1e-09 to 1,000,000,000, not -1.0"),
        ((1.0,) * 6 + (math.inf,), "warm_up must have closes that are a number from 1e-09 to 1,000,000,000, not inf"),
        ((1.0,) * 6 + (math.nan,), "warm_up must have closes that are a number from 1e-09 to 1,000,000,000, not nan"),
        ((1.0,) * 6 + (True,), "warm_up must have closes that are a number from 1e-09 to 1,000,000,000, not True"),
        (None, "warm_up must be a list of closes, not None"),
    ],
)
def test_closes_that_cannot_be_used_are_refused(closes, message):
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation(model=MODEL, strategy=STRATEGY, days=20, iterations=1, seed=1, warm_up=closes)
    assert str(error.value) == message


def test_more_closes_than_travel_in_a_message_are_refused():
    def of(closes):
        strategy = mc.SmaCrossover(2, closes + 1)
        return mc.Simulation(model=MODEL, strategy=strategy, days=5, iterations=1, seed=1, warm_up=(50.0,) * closes)

    assert len(of(limits.MAX_WARM_UP).warm_up) == 5_000
    with pytest.raises(mc.ParameterError, match=r"^warm_up can have 5,000 closes at most, not 5,001: take a shorter"):
        of(limits.MAX_WARM_UP + 1)


def test_a_history_that_is_too_short_is_refused_with_what_it_has():
    with pytest.raises(mc.ParameterError, match=r"^warm_up takes 40 closes before the last one, and MADE-UP has 39: "):
        mc.simulate(MODEL, mc.SmaCrossover(3, 41), warm_up=HISTORY)


def test_a_history_of_something_else_is_refused():
    with pytest.raises(mc.ParameterError, match=r"^warm_up must end at the start price of the model, 50, and MADE-UP"):
        mc.simulate(MODEL, STRATEGY, warm_up=history_of([49.0] * 200))
