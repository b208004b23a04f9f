"""Comparing combinations: each on the same paths, with the numbers that it has alone; and what is said of the best."""

import itertools

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.experiments import sweep as sweep_module
from montecarlo.experiments.sweep_tally import COLUMNS
from montecarlo.statistics.tally import BLOCK_PATHS

CROSSOVER, WINDOWS = mc.SmaCrossover(), {"short": [3, 8, 10], "long": [8, 20, 21]}
PAIRS = [(3, 8), (3, 20), (3, 21), (8, 20), (8, 21), (10, 20), (10, 21)]
OPTIONS = {"days": 61, "iterations": BLOCK_PATHS + 101, "seed": 7}
SHARED = (
    "return_mean",
    "return_median",
    "return_q05",
    "expected_shortfall_95",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "max_drawdown_mean",
    "sharpe_mean",
)


@pytest.fixture(scope="module")
def history():
    return mc.load_history("AAPL", source="sample")


@pytest.fixture(scope="module")
def model(history):
    return mc.fit(history, "gbm")


@pytest.fixture(scope="module")
def result(model):
    return mc.sweep(model, CROSSOVER, WINDOWS, **OPTIONS)


def assert_equal_to_simulate(result, model, shorting=False, **options):
    """Every number of every pair, to the last bit where simulate has it too."""
    assert len(result.table) > 1
    for _, row in result.table.iterrows():
        short = int(row.get("short", 5))
        strategy = mc.SmaCrossover(short, int(row["long"]), shorting)
        alone = mc.simulate(model, strategy, **options)
        summary = alone.summary.set_index("statistic")
        for name in SHARED:
            found = row[[name, f"{name}_low", f"{name}_high"]].to_numpy()
            np.testing.assert_array_equal(found, summary.loc[name].to_numpy(), f"{strategy} {name}")
        assert row["return_std"] == summary.loc["return_std", "value"]
        if alone.paths is not None:
            means = alone.paths[["exposure", "trades"]].mean()
            assert row[["exposure_mean", "trades_mean"]].to_numpy() == pytest.approx(means.to_numpy())


@pytest.mark.parametrize("name", ["normal", "bootstrap"])
@pytest.mark.parametrize(
    "rules",
    [
        {"risk_free": 0.03},
        {"fill": "same-close", "commission": 0, "slippage": 0},
        {"shares": 1700.0, "commission": 0.01},
    ],
    ids=["all in", "no costs", "cannot always pay"],
)
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_each_pair_has_the_numbers_that_it_has_alone(history, name, rules, warm):
    model = mc.fit(history, name)
    options = {**OPTIONS, "iterations": 150, **rules, "warm_up": history if warm else None}
    assert_equal_to_simulate(mc.sweep(model, CROSSOVER, WINDOWS, **options), model, **options)


def test_so_it_has_when_paths_come_in_several_blocks_and_when_it_sells_short(model):
    result = mc.sweep(model, mc.SmaCrossover(shorting=True), WINDOWS, **OPTIONS)
    assert_equal_to_simulate(result, model, shorting=True, **OPTIONS)


def test_so_it_has_where_prices_fall_to_zero_and_accounts_are_ruined():
    wild = mc.NormalModel(start_price=50.0, drift=0.0, volatility=9.0)
    options = {**OPTIONS, "days": 200, "iterations": 100}
    assert_equal_to_simulate(
        mc.sweep(wild, mc.SmaCrossover(shorting=True), WINDOWS, **options), wild, shorting=True, **options
    )


def test_where_returns_are_too_many_quantiles_come_from_the_histograms_that_simulate_has(monkeypatch, model):
    monkeypatch.setattr(sweep_module, "RETURNS_KEPT", 1000 * len(PAIRS))
    assert_equal_to_simulate(mc.sweep(model, CROSSOVER, WINDOWS, **OPTIONS), model, **OPTIONS, rows=False)


def test_every_legal_pair_is_there_once_and_in_order(result, model):
    assert [*zip(result.table["short"], result.table["long"], strict=True)] == PAIRS
    again = mc.sweep(
        model, CROSSOVER, {"short": [10, 8, 3, 3], "long": (window for window in (21, 20, 8, 61 + 1))}, **OPTIONS
    )
    pd.testing.assert_frame_equal(again.table, result.table, check_exact=True)


def test_every_statistic_is_followed_by_its_interval(result):
    numbers = [name for name in COLUMNS if name != "return_std"]
    intervals = [column for name in numbers for column in (name, f"{name}_low", f"{name}_high")]
    assert [column for column in result.table if column not in ("short", "long", "return_std")] == intervals
    assert not result.table.isna().any(axis=None)
    for name in numbers:
        assert (result.table[f"{name}_low"] <= result.table[name]).all()
        assert (result.table[name] <= result.table[f"{name}_high"]).all()


def test_threads_change_nothing(result, model):
    for threads in (1, 3):
        again = mc.sweep(model, CROSSOVER, WINDOWS, threads=threads, **OPTIONS)
        pd.testing.assert_frame_equal(again.table, result.table, check_exact=True)
        pd.testing.assert_frame_equal(again.selection_bias, result.selection_bias, check_exact=True)


def test_progress_is_told_up_to_the_last_path(model):
    told = []
    mc.sweep(model, CROSSOVER, {"short": [3], "long": [8, 20]}, progress=told.append, **OPTIONS)
    assert told == [BLOCK_PATHS, BLOCK_PATHS + 101]


def test_the_best_pair_is_the_one_with_the_highest_mean_return(result):
    assert result.best["return_mean"] == result.table["return_mean"].max()


def test_windows_longer_than_the_days_are_legal_behind_a_warm_up(history, model):
    options = {"days": 30, "iterations": 40, "seed": 7}
    assert mc.sweep(model, mc.SmaCrossover(short=5), {"long": [10, 20, 50]}, **options).table["long"].tolist() == [
        10,
        20,
    ]
    warm = mc.sweep(model, mc.SmaCrossover(short=5), {"long": [10, 20, 50]}, warm_up=history, **options)
    assert warm.table["long"].tolist() == [10, 20, 50]
    assert_equal_to_simulate(warm, model, warm_up=history, **options)


def test_no_seed_draws_one_and_tells_it(model):
    windows = {"short": [3], "long": [8, 20]}
    first = mc.sweep(model, CROSSOVER, windows, days=30, iterations=5)
    again = mc.sweep(model, CROSSOVER, windows, days=30, iterations=5, seed=first.sweep.seed)
    assert again.table.equals(first.table)


@pytest.mark.parametrize(
    ("shorts", "longs", "message"),
    [
        (
            [20],
            [20, 10],
            r"^short must make at least two combinations that can be traded with long, not 0: vary short and long more",
        ),
        ([5], [20, 61], r"with long, not 1: vary"),
        ([], [20], r"with long, not 0: vary"),
        ([0], [20], r"^short must be a whole number from 1 to 24,999, not 0$"),
        ([5], ["20"], r"^long must be a whole number from 2 to 25,000, not '20'$"),
        (range(1, 40), range(20, 61), r"^short must make 1,000 combinations at most with long: take larger steps$"),
        (range(1, 1000), range(2, 1000), r"^short makes 997,002 combinations with long: take larger steps$"),
        (itertools.count(1), [20], r"^short must be a whole number from 1 to 24,999, not 25000$"),
    ],
)
def test_windows_that_make_no_sweep_are_refused(model, shorts, longs, message):
    with pytest.raises(mc.ParameterError, match=message):
        mc.sweep(model, CROSSOVER, {"short": shorts, "long": longs}, days=60, iterations=2)


def test_windows_that_never_fill_are_left_out(model):
    result = mc.sweep(model, CROSSOVER, {"short": [5, 10], "long": [20, 61]}, days=60, iterations=2)
    assert result.table["long"].tolist() == [20, 20]


@pytest.mark.parametrize(
    ("name", "value"), [("days", 0), ("iterations", 0), ("threads", 0), ("seed", -1), ("fill", "now"), ("capital", 0)]
)
def test_a_parameter_that_cannot_be_used_is_named(model, name, value):
    with pytest.raises(mc.ParameterError) as error:
        mc.sweep(model, CROSSOVER, {"short": [3], "long": [8, 20]}, **{**OPTIONS, name: value})
    assert list(error.value.problems) == [name]


def test_one_path_has_no_bias_to_measure(model):
    result = mc.sweep(model, CROSSOVER, {"short": [3], "long": [8, 20]}, days=61, iterations=1, seed=7)
    assert result.selection_bias["value"][:5].isna().all()
    assert "another path" not in str(result)


def test_where_days_are_independent_a_pair_earns_what_the_price_does_while_it_is_invested():
    """Wald's identity: without costs, no windows can do better or worse."""
    model = mc.NormalModel(start_price=50.0, drift=0.5, volatility=0.2)
    windows, rules = {"short": [2, 5, 30, 60], "long": [10, 40, 70, 120]}, mc.Rules(commission=0, slippage=0)
    result = mc.sweep(model, CROSSOVER, windows, days=250, iterations=20_000, seed=3, rules=rules)
    table = result.table
    half = (table["yearly_return_mean_high"] - table["yearly_return_mean_low"]) / 2
    assert np.ptp(table["exposure_mean"]) > 0.15
    assert ((table["yearly_return_mean"] - 0.5 * table["exposure_mean"]).abs() < 2 * half).all()
    value = result.selection_bias.set_index("statistic")["value"]
    assert value["exposure_correlation"] > 0.99
    assert value["exposure_and_trades"] > 0.99


def test_the_result_says_in_words_what_it_is_worth(result, history):
    words = str(result)
    best = result.best
    assert f"Best of 7 combinations by mean return: short {best['short']:.0f}, long {best['long']:.0f}, " in words
    assert "Days of the gbm model are independent, so no rule has any skill in timing here" in words
    assert "mostly reflects how long it is invested" in words
    assert "invested on" in words
    assert "by chance 0.5)" in words
    dependent = mc.sweep(mc.fit(history, "bootstrap"), CROSSOVER, WINDOWS, days=61, iterations=2, seed=7)
    assert "are independent" not in str(dependent)
    assert "has little to time here" in str(dependent)


def test_the_doubts_about_the_history_come_with_the_result(result, history):
    assert result.warnings == history.warnings
    assert history.warnings
