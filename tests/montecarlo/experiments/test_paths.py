"""A strategy without a compiled stage has the rows of the same strategy compiled, bit for bit, however they are cut."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments import reference
from montecarlo.experiments.paths import draw_closes, simulate_rows, simulate_together
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies.strategy import COLUMNS
from tests.montecarlo.any_strategy import EXAMPLES

MODEL = mc.NormalModel(start_price=50.0, drift=0.0, volatility=2.0)  # some paths fall to zero
WARM_UP = tuple(50 + np.random.default_rng(1).normal(0, 3, 20))
BY_EXAMPLE = pytest.mark.parametrize("strategy", EXAMPLES, ids=str)


def without_a_stage(strategy):
    """The same strategy, in plain NumPy alone."""
    plain = type("Plain", (type(strategy),), {"stage": lambda self: None})
    return plain(**strategy.values)


def simulation_of(strategy, warm=False, **options):
    first = strategy.first_decision
    options = {"model": MODEL, "days": 40, "iterations": 600, "seed": 7} | options
    return mc.Simulation(strategy=strategy, warm_up=WARM_UP[len(WARM_UP) - first :] if warm else (), **options)


def bits(found):
    """Of all columns of rows, those among them that only a tally sees."""
    return {name: column.tobytes() for name, column in found.items()}


@BY_EXAMPLE
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("rules", [mc.Rules(), mc.Rules(shares=900.0, fill="same-close")], ids=["all in", "shares"])
def test_it_has_the_same_bits(strategy, warm, rules):
    compiled, plain = (simulation_of(each, warm, rules=rules) for each in (strategy, without_a_stage(strategy)))
    assert bits(simulate_rows(plain, 0, 600)) == bits(simulate_rows(compiled, 0, 600))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(EXAMPLES), st.sampled_from([0, 1, 255, 4096, 10**12 - 700]), st.integers(0, 300), st.data())
def test_so_it_has_for_any_range_of_paths_cut_anywhere(strategy, first, before, data):
    paths = data.draw(st.integers(1, 2 * COLUMNS + 3))
    start, stop = first + before, first + before + paths
    cuts = [start, *sorted(data.draw(st.sets(st.integers(start + 1, stop), max_size=2)) - {stop}), stop]
    plain, compiled = simulation_of(without_a_stage(strategy), iterations=10**12), simulation_of(strategy)
    pieces = rows.join(itertools.starmap(lambda a, b: simulate_rows(plain, a, b), itertools.pairwise(cuts)))
    assert bits(pieces) == bits(simulate_rows(compiled, start, stop))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_so_it_has_on_any_number_of_threads(threads):
    strategy, iterations = mc.Momentum(4, 0.01, shorting=True), 3 * BLOCK_PATHS + 100
    found = []
    for each in (strategy, without_a_stage(strategy)):
        parts = list(simulation_of(each, iterations=iterations).parts(0, iterations, threads=threads))
        found.append((bits(rows.join(piece for piece, _ in parts)), [tally.to_bytes() for _, tally in parts]))
    assert found[0] == found[1]


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_so_it_has_in_a_sweep_whose_combinations_need_more_and_fewer_closes(warm):
    strategies = [mc.Momentum(lookback, 0.01, shorting=True) for lookback in (4, 20, 1)]
    compiled, plain = (
        simulate_together([simulation_of(each, warm) for each in some], 100, 900)
        for some in (strategies, list(map(without_a_stage, strategies)))
    )
    needed = ("final_price", "final_value", "hold_value", "max_drawdown", "trades", "exposed", "total", "squares")
    for name in needed:  # the rest is left out in a sweep
        assert plain[name].tobytes() == compiled[name].tobytes(), name


def test_such_sweeps_have_the_same_tables():
    compiled, plain = (
        mc.sweep(MODEL, strategy, {"lookback": [2, 9], "band": [0.0, 0.01]}, days=40, iterations=1500, seed=3)
        for strategy in (mc.Momentum(), without_a_stage(mc.Momentum()))
    )
    assert plain.table.equals(compiled.table)
    assert plain.selection_bias.equals(compiled.selection_bias)


def test_its_targets_are_asked_of_the_same_groups_whatever_is_simulated():
    """So that a path has the same neighbours in whatever shard it is; the prices are not to be written on."""
    seen = []

    class Watching(mc.Momentum):
        def stage(self):
            return None

        def targets(self, prices):
            seen.append((prices.shape, prices[-1, 0], prices.flags.writeable))
            return super().targets(prices)

    simulation = simulation_of(Watching(4), warm=True)
    simulate_rows(simulation, 5, 6)
    simulate_rows(simulation, COLUMNS - 1, COLUMNS + 1)
    assert [shape for shape, *_ in seen] == [(4 + 41, COLUMNS)] * 3
    assert seen[0] == seen[1] != seen[2]
    assert not any(writeable for *_, writeable in seen)


@pytest.mark.parametrize("model", [MODEL, mc.GbmModel(50.0, 0.1, 0.4)], ids=lambda model: model.name)
def test_the_closes_that_are_drawn_are_those_of_the_reference_behind_those_of_the_warm_up(model):
    found = draw_closes(model, 7, 3, 21, 30, WARM_UP)
    np.testing.assert_array_equal(found[:20], np.tile(np.reshape(WARM_UP, (-1, 1)), 21))
    np.testing.assert_allclose(found[20:], reference.simulate_prices(model, 7, 3, 21, 30), rtol=1e-12)
