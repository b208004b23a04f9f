"""A sweep as an experiment: a value that survives JSON, whose partial results merge exactly, however it was cut."""

import copy
import functools
import io
import itertools
import json
import operator
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.experiments import sweep as sweep_module
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.sweep import axes_of, combinations
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import ORDERS

PATHS = 3 * BLOCK_PATHS + 101
MODEL = mc.NormalModel(start_price=50.0, drift=0.1, volatility=0.6)
SWEEP = mc.Sweep(
    model=MODEL,
    strategy=mc.SmaCrossover(),
    axes=(("short", (3, 8, 10)), ("long", (8, 20, 21))),
    days=61,
    iterations=PATHS,
    seed=7,
)
BY_KIND = {  # of a parameter that is varied
    "whole": (mc.Momentum(), {"lookback": (3, 9)}),
    "real": (mc.BollingerReversion(10, shorting=True), {"width": (0.5, 1.25, 2.0)}),
    "word": (mc.Breakout(5), {"direction": ("both", "long", "short")}),
    "switch": (mc.EmaCrossover(3, 8), {"shorting": (False, True)}),
    "whole and real": (mc.Momentum(shorting=True), {"lookback": (3, 9), "band": (0.0, 0.01)}),
    "real and switch": (mc.BollingerReversion(10), {"width": (0.5, 1.0), "shorting": (False, True)}),
    "word and whole": (mc.Breakout(), {"direction": ("long", "short"), "channel": (5, 9)}),
    "two wholes": (mc.SmaCrossover(), {"short": (3, 8), "long": (8, 20)}),
}


def sweep_of(kind, **options):
    strategy, axes = BY_KIND[kind]
    return replace(SWEEP, strategy=strategy, axes=tuple(axes.items()), **options)


def as_json(experiment):
    return json.dumps(experiment.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)


def run(experiment, first, stop, threads=None):
    """Partial result and rows of a range, as a worker leaves them: in bytes."""
    rows = io.BytesIO()
    part = experiment.run(first, stop, rows if experiment.rows_format else None, threads=threads)
    return part.to_bytes(), rows.getvalue()


def results_of(experiment, cuts, shuffle=None, threads=None):
    """The files of an experiment whose ranges were run one by one, and added up in some other order."""
    pieces = [run(experiment, *cut, threads) for cut in itertools.pairwise([0, *cuts, experiment.units])]
    parts = [experiment.partial_result(part) for part, _ in pieces]
    if shuffle is not None:
        random.Random(shuffle).shuffle(parts)
    return experiment.results(functools.reduce(operator.add, parts), [rows for _, rows in pieces])


@pytest.fixture(scope="module")
def whole():
    return results_of(SWEEP, [])


CUTS = st.sets(st.integers(1, PATHS // BLOCK_PATHS)).map(
    lambda blocks: [block * BLOCK_PATHS for block in sorted(blocks)]
)


@settings(max_examples=8, deadline=None)
@given(cuts=CUTS, shuffle=st.integers(0, 99), threads=st.integers(1, 3))
def test_any_cut_between_blocks_added_in_any_order_gives_the_same_bytes(whole, cuts, shuffle, threads):
    assert results_of(SWEEP, cuts, shuffle, threads) == whole


@settings(max_examples=8, deadline=None)
@given(cuts=CUTS, shuffle=st.integers(0, 99))
def test_so_it_does_where_quantiles_come_from_histograms(cuts, shuffle):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_module, "RETURNS_KEPT", 1000)
        assert results_of(SWEEP, cuts, shuffle) == results_of(SWEEP, [])


def test_a_partial_result_survives_being_bytes():
    part = SWEEP.run(BLOCK_PATHS, 2 * BLOCK_PATHS)
    assert SWEEP.partial_result(part.to_bytes()).to_bytes() == part.to_bytes()
    assert (part + part).to_bytes() == (SWEEP.partial_result(part.to_bytes()) + part).to_bytes()


def test_whether_quantiles_are_exact_follows_from_the_job_and_not_from_what_has_come_together():
    """A range has the same kind of partial result, be it the first of a large job or all that was done so far."""
    combinations_of = len(SWEEP.strategies)
    largest = sweep_module.RETURNS_KEPT // combinations_of
    kept, binned = replace(SWEEP, iterations=largest), replace(SWEEP, iterations=largest + 1)
    assert (kept.keeps_returns, binned.keeps_returns) == (True, False)
    assert (kept.rows_format is None, binned.rows_format is None) == (False, True)
    for sweep, histograms in ((kept, 0), (binned, combinations_of)):
        assert len(sweep.run(0, BLOCK_PATHS).wealth) == histograms
        assert len((sweep.run(0, BLOCK_PATHS) + sweep.run(BLOCK_PATHS, 2 * BLOCK_PATHS)).wealth) == histograms


def test_rows_are_the_returns_of_each_path_one_path_after_the_other():
    _, rows = run(SWEEP, BLOCK_PATHS, 2 * BLOCK_PATHS)
    returns = np.frombuffer(rows).reshape(BLOCK_PATHS, len(SWEEP.strategies))
    alone = mc.simulate(MODEL, SWEEP.strategies[4], days=61, iterations=2 * BLOCK_PATHS, seed=7).paths["return"]
    np.testing.assert_array_equal(returns[:, 4], alone[BLOCK_PATHS:])


@pytest.mark.parametrize("kind", BY_KIND)
def test_any_one_or_two_parameters_can_be_varied(kind):
    strategy, axes = BY_KIND[kind]
    sweep = sweep_of(kind, iterations=300)
    found = mc.sweep(
        MODEL, strategy, {name: reversed(values) for name, values in axes.items()}, days=61, iterations=300, seed=7
    )
    assert found.sweep == sweep
    expected = [values for values in itertools.product(*axes.values()) if kind != "two wholes" or values[0] < values[1]]
    assert list(zip(*(found.table[name].tolist() for name in axes), strict=True)) == expected
    assert [tuple(strategy.values[name] for name in axes) for strategy in sweep.strategies] == expected
    for varied, row in zip(sweep.strategies, found.table.to_dict("records"), strict=True):
        alone = mc.simulate(MODEL, varied, days=61, iterations=300, seed=7).summary.set_index("statistic")
        assert row["return_mean"] == alone.loc["return_mean", "value"]
        assert row["expected_shortfall_95_low"] == alone.loc["expected_shortfall_95", "low"]
    best = expected[found.table["return_mean"].argmax()]
    chosen = ", ".join(f"{name} {str(value).lower()}" for name, value in zip(axes, best, strict=True))
    assert f"Best of {len(expected)} combinations by mean return: {chosen}, " in str(found)


@pytest.mark.parametrize("kind", BY_KIND)
def test_it_survives_json_and_is_named_by_what_is_varied(kind):
    sweep = sweep_of(kind)
    again = mc.Sweep.from_dict(json.loads(as_json(sweep)))
    assert again == sweep
    assert as_json(again) == as_json(sweep)
    assert sweep.title.startswith("sweep of " + " and ".join(name for name, _ in sweep.axes))
    facts = {parameter.name: value for parameter, value in sweep.facts()}
    assert facts.items() >= dict(sweep.axes).items()
    assert sweep.headline().items() >= dict(sweep.axes).items()


def test_the_same_values_are_the_same_json_however_they_were_written():
    strategy = mc.BollingerReversion(10)
    one, other = (
        replace(SWEEP, strategy=strategy, axes=axes)
        for axes in ((("width", (1.0, 2.0)),), (["width", [2, 1, 2.0]],))
    )  # fmt: skip
    assert as_json(one) == as_json(other)


def test_values_may_come_from_numpy():
    over = {"lookback": np.arange(10, 40, 10), "band": np.linspace(0, 0.1, 2)}
    axes = axes_of(mc.Momentum(), over)
    assert axes == (("lookback", (10, 20, 30)), ("band", (0.0, 0.1)))
    assert {type(value) for value in axes[0][1]} == {int}


def test_the_work_of_a_path_is_that_of_all_combinations():
    assert SWEEP.path_days == 61 * 7
    assert SWEEP.units == PATHS
    assert SWEEP.chunk % BLOCK_PATHS == 0
    assert SWEEP.chunk * SWEEP.path_days <= replace(SWEEP, axes=(("short", (3, 8)), ("long", (20,)))).chunk * 61 * 2


def test_with_a_warm_up_it_has_the_closes_of_the_combination_that_waits_longest():
    closes = tuple(range(40, 60))
    sweep = replace(SWEEP, warm_up=closes)
    assert [simulation.warm_up for simulation in sweep.simulations] == [
        closes[-(strategy.first_decision) :] for strategy in sweep.strategies
    ]
    with pytest.raises(mc.ParameterError, match=r"^warm_up must be the last 20 closes before the start price, not 19"):
        replace(SWEEP, warm_up=closes[1:])


def test_its_files_are_those_of_a_folder_and_of_the_library(tmp_path, whole):
    done = run_to_folder(SWEEP, tmp_path)
    found = mc.sweep(MODEL, SWEEP.strategy, dict(SWEEP.axes), days=61, iterations=PATHS, seed=7)
    assert done == whole == {name: (tmp_path / name).read_bytes() for name in SWEEP.result_files}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(SWEEP.result_files)
    assert whole["sweep.csv"] == found.table.to_csv(index=False).encode()


def with_axes(axes):
    return copy.deepcopy(SWEEP.to_dict()) | {"axes": axes}


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (5, "axes must be names, each once, with lists of values, not 5"),
        ("short", "axes must be names, each once, with lists of values, not 'short'"),
        ({"short": [1, 2]}, "axes must be names, each once, with lists of values, not {'short': [1, 2]}"),
        ([5], "axes must be names, each once, with lists of values, not (5,)"),
        ([["short"]], "axes must be names, each once, with lists of values, not (['short'],)"),
        ([[["short"], [1, 2]]], "axes must be names, each once, with lists of values, not ([['short'], [1, 2]],)"),
        ([["short", "12"]], "axes must be names, each once, with lists of values, not (['short', '12'],)"),
        (
            [["short", [1]], ["short", [2]]],
            "axes must be names, each once, with lists of values, not (['short', [1]], ['short', [2]])",
        ),
        ([], "axes must be one or two parameters that are varied, not 0"),
        (
            [["short", [1, 2]], ["long", [20]], ["shorting", [True]]],
            "axes must be one or two parameters that are varied, not 3",
        ),
        (
            [["channel", [1, 2]]],
            "channel is no parameter of sma-crossover, which has short, long, shorting, " + ", ".join(ORDERS),
        ),
        ([["short", [1, "2"]]], "short must be a whole number from 1 to 24,999, not '2'"),
        ([["short", [1, [2]]]], "short must be a whole number from 1 to 24,999, not [2]"),
        ([["shorting", [1]]], "shorting must be true or false, not 1"),
        (
            [["short", [39]], ["long", [50, 70]]],
            "short must make at least two combinations that can be traded with long, not 1: vary short and long more "
            "widely",
        ),
    ],
)
def test_axes_that_make_no_sweep_are_refused(axes, message):
    with pytest.raises(mc.ParameterError) as error:
        mc.Sweep.from_dict(with_axes(axes))
    assert str(error.value) == message


@pytest.mark.parametrize("warm_up", [None, mc.load_history("AAPL", "sample")], ids=["cold", "warm"])
def test_nothing_to_vary_is_refused(warm_up):
    with pytest.raises(mc.ParameterError, match=r"^axes must be one or two parameters that are varied, not 0$"):
        mc.sweep(mc.fit(mc.load_history("AAPL", "sample")), mc.SmaCrossover(), {}, warm_up=warm_up)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["short", "long", "x"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(list(SWEEP.to_dict())), value=ANYTHING)
def test_whatever_stands_in_a_place_it_is_a_sweep_or_a_parameter_error(place, value):
    try:
        sweep = mc.Sweep.from_dict(copy.deepcopy(SWEEP.to_dict()) | {place: value})
    except mc.ParameterError:
        return
    assert mc.Sweep.from_dict(sweep.to_dict()) == sweep


def test_combinations_that_contradict_each_other_or_decide_too_late_are_left_out():
    found = combinations(mc.SmaCrossover(), {"short": [5, 20], "long": [10, 20, 61]}, 60, warm_up=False)
    assert [(strategy.short, strategy.long) for strategy in found] == [(5, 10), (5, 20)]
    warm = combinations(mc.SmaCrossover(), {"short": [5, 20], "long": [10, 20, 61]}, 60, warm_up=True)
    assert [(strategy.short, strategy.long) for strategy in warm] == [(5, 10), (5, 20), (5, 61), (20, 61)]
