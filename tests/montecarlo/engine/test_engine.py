"""The compiled engine tells of every path what the plain NumPy reference tells, whatever is simulated."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.accounting.account import keep_account
from montecarlo.accounting.path_statistics import rows_of
from montecarlo.engine.lanes import LANES
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.statistics.tally import BLOCK_PATHS, Tally
from tests.montecarlo.any_strategy import strategies
from tests.montecarlo.stages import Replayed

COUNTS = ("path", "trades", "unfilled", "wins", "longest_drawdown")
DOLLARS = ("final_value", "buy_and_hold_value")
RATIOS = ("sharpe", "sortino", "calmar", "annual_volatility")  # of numbers that may be hardly more than rounding

MODELS = (
    mc.NormalModel(start_price=50.0, drift=0.1, volatility=0.4),
    mc.GbmModel(start_price=50.0, drift=0.1, volatility=0.4),
    mc.GbmModel(start_price=0.5, drift=-2.0, volatility=1.5),
    mc.NormalModel(start_price=50.0, drift=0.0, volatility=9.0),  # most paths fall to zero
    mc.NormalModel(start_price=50.0, drift=0.2, volatility=0.0),
    mc.GbmModel(start_price=50.0, drift=0.0, volatility=0.0),
)


@st.composite
def simulations(draw):
    days = draw(st.integers(2, 300))
    model = draw(st.sampled_from(MODELS))
    rules = mc.Rules(
        capital=1000.0,
        shares=draw(st.sampled_from([None, None, 1.0, 18.5])),
        commission=draw(st.sampled_from([0.0, 0.0005, 0.03])),
        slippage=draw(st.sampled_from([0.0, 0.001])),
        fill=draw(st.sampled_from(["next-close", "same-close"])),
        risk_free=draw(st.sampled_from([0.0, 0.05, -0.01])),
        interest=draw(st.booleans()),
    )
    return mc.Simulation(
        model=model,
        strategy=draw(strategies(days)),
        rules=rules,
        days=days,
        iterations=1,
        seed=draw(st.integers(0, 2**64 - 1)),
    )


def assert_the_engine_is_right(simulation, first, stop):
    expected, got = reference.simulate_rows(simulation, first, stop), simulate_rows(simulation, first, stop)
    assert got.keys() == expected.keys() > set(rows.COLUMNS)
    for name in COUNTS:
        np.testing.assert_array_equal(got[name], expected[name], name)
    for name in got.keys() - set(COUNTS):
        digits = 1e-6 if name in RATIOS else 1e-9
        rounding = 1e-12 * (simulation.rules.capital if name in DOLLARS else 1)
        np.testing.assert_allclose(got[name], expected[name], rtol=digits, atol=rounding, err_msg=name)


@settings(max_examples=150, deadline=None)
@given(simulations(), st.sampled_from([0, 1, 4096, 2**32 - 7, 10**12 - 40]), st.integers(1, 40))
def test_every_column_is_that_of_the_reference(simulation, first, paths):
    assert_the_engine_is_right(simulation, first, first + paths)


@pytest.mark.parametrize("days", [63, 64, 65, 251, 252, 253, 1260])
@pytest.mark.parametrize("model", MODELS[:2], ids=lambda model: model.name)
def test_days_around_the_lengths_of_blocks_years_and_the_recommended_job(model, days):
    simulation = mc.Simulation(model=model, strategy=mc.SmaCrossover(7, 30), days=days, iterations=1, seed=days)
    assert_the_engine_is_right(simulation, 0, 33)


def test_a_century():
    model = mc.GbmModel(start_price=50.0, drift=0.08, volatility=0.2)
    simulation = mc.Simulation(model=model, strategy=mc.SmaCrossover(40, 100), days=25_000, iterations=1, seed=7)
    assert_the_engine_is_right(simulation, 0, 17)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.name} {model.volatility}")
def test_many_paths_wins_and_drawdowns_among_them(model):
    simulation = mc.Simulation(
        model=model, strategy=mc.SmaCrossover(2, 5), days=120, iterations=1, seed=1, rules=mc.Rules(risk_free=0.02)
    )
    assert_the_engine_is_right(simulation, 0, 700)


@settings(max_examples=10, deadline=None)
@given(threads=st.integers(1, 4), iterations=st.integers(1, 5 * BLOCK_PATHS))
def test_the_same_bits_for_any_number_of_threads_and_any_pieces(threads, iterations):
    """Of everything that reaches a tally, and of the tally itself."""

    def digest(parts):
        content, total = hashlib.sha256(), None
        pieces = []
        for piece, tally in parts:
            pieces.append(piece)
            total = tally if total is None else total + tally
        for column in rows.join(pieces).values():
            content.update(column.tobytes())
        content.update(total.to_bytes())
        return content.hexdigest()

    simulation = mc.Simulation(
        model=MODELS[0], strategy=mc.SmaCrossover(2, 5), days=20, iterations=iterations, seed=1, rules=mc.Rules()
    )
    whole = simulate_rows(simulation, 0, iterations)
    assert digest(simulation.parts(0, iterations, threads=threads)) == digest([(whole, Tally.of(whole))])


@pytest.mark.parametrize("shorting", [False, True])
def test_a_path_has_the_same_bits_whatever_becomes_of_its_neighbours(shorting):
    """Some prices fall to zero and some targets are short; they are kept by orders, the others by compounding."""
    model = mc.NormalModel(start_price=50.0, drift=0.0, volatility=9.0)
    strategy = mc.SmaCrossover(20, 40, shorting)
    simulation = mc.Simulation(model=model, strategy=strategy, days=50, iterations=1, seed=3)
    together = simulate_rows(simulation, 0, 64)
    assert 5 < np.count_nonzero(together["final_price"] == 0) < 59
    for path in range(64):
        alone = simulate_rows(simulation, path, path + 1)
        assert {name: alone[name].tobytes() for name in alone} == {
            name: together[name][path : path + 1].tobytes() for name in alone
        }


@pytest.mark.parametrize("shares", [None, 3.7])
def test_what_is_sold_for_what_it_was_bought_for_is_neither_won_nor_lost(shares):
    """Without costs, prices up, even and down again: bought after the rise, sold at the tie. The rest is rounding."""
    rules = mc.Rules(capital=1000.0, shares=shares, commission=0, slippage=0, fill="same-close")
    prices = np.random.default_rng(1).uniform(10, 20, (100, LANES)).repeat(3, axis=0)
    prices[::3] = 5.0
    days, strategy = len(prices) - 1, mc.SmaCrossover(1, 2)
    expected = rows_of(
        keep_account(prices, strategy.targets(prices), 1, rules, 1.0),
        prices,
        np.ones(LANES),
        1,
        rules,
        bars_per_year=252,
    )
    model = Replayed(5.0, 0.0, 0.0, closes=prices)
    simulation = mc.Simulation(model=model, strategy=strategy, rules=rules, days=days, iterations=LANES, seed=0)
    for found in (expected, simulate_rows(simulation, 0, LANES)):
        assert found["trades"].tolist() == [100] * LANES
        assert found["wins"].tolist() == found["longest_drawdown"].tolist() == [0] * LANES
