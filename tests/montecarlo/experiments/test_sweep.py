"""A sweep: every pair of windows on the same paths, with the numbers that it has alone; and measures of luck."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.experiments import sweep_totals
from montecarlo.statistics.tally import BLOCK_PATHS

SHORTS, LONGS = [3, 8, 10], [8, 20, 21]
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
    return mc.sweep(model, SHORTS, LONGS, **OPTIONS)


def assert_equal_to_simulate(result, model, shorting=False, **options):
    """Every number of every pair, to the last bit where simulate has it too."""
    assert len(result.table) > 1
    for _, row in result.table.iterrows():
        strategy = mc.SmaCrossover(int(row["short"]), int(row["long"]), shorting)
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
    assert_equal_to_simulate(mc.sweep(model, SHORTS, LONGS, **options), model, **options)


def test_so_it_has_when_paths_come_in_several_blocks_and_when_it_sells_short(model):
    result = mc.sweep(model, SHORTS, LONGS, shorting=True, **OPTIONS)
    assert_equal_to_simulate(result, model, shorting=True, **OPTIONS)


def test_so_it_has_where_prices_fall_to_zero_and_accounts_are_ruined():
    wild = mc.NormalModel(start_price=50.0, drift=0.0, volatility=9.0)
    options = {**OPTIONS, "days": 200, "iterations": 100}
    assert_equal_to_simulate(mc.sweep(wild, SHORTS, LONGS, shorting=True, **options), wild, shorting=True, **options)


def test_where_returns_are_too_many_quantiles_come_from_the_histograms_that_simulate_has(monkeypatch, model):
    monkeypatch.setattr(sweep_totals, "RETURNS_KEPT", 1000 * len(PAIRS))
    assert_equal_to_simulate(mc.sweep(model, SHORTS, LONGS, **OPTIONS), model, **OPTIONS, paths=False)


def test_every_legal_pair_is_there_once_and_in_order(result, model):
    assert [*zip(result.table["short"], result.table["long"], strict=True)] == PAIRS
    again = mc.sweep(model, [10, 8, 3, 3], (window for window in (21, 20, 8, 61 + 1)), **OPTIONS)
    pd.testing.assert_frame_equal(again.table, result.table, check_exact=True)


def test_every_statistic_is_followed_by_its_interval(result):
    numbers = [name for name in sweep_totals.COLUMNS if name not in ("short", "long", "return_std")]
    intervals = [column for name in numbers for column in (name, f"{name}_low", f"{name}_high")]
    assert [column for column in result.table if column not in ("short", "long", "return_std")] == intervals
    assert not result.table.isna().any(axis=None)
    for name in numbers:
        assert (result.table[f"{name}_low"] <= result.table[name]).all()
        assert (result.table[name] <= result.table[f"{name}_high"]).all()


def test_threads_change_nothing(result, model):
    for threads in (1, 3):
        again = mc.sweep(model, SHORTS, LONGS, threads=threads, **OPTIONS)
        pd.testing.assert_frame_equal(again.table, result.table, check_exact=True)
        pd.testing.assert_frame_equal(again.luck, result.luck, check_exact=True)


def test_progress_is_told_up_to_the_last_path(model):
    told = []
    mc.sweep(model, [3], [8, 20], progress=told.append, **OPTIONS)
    assert told == [BLOCK_PATHS, BLOCK_PATHS + 101]


def test_the_best_pair_is_the_one_with_the_highest_mean_return(result):
    assert result.best["return_mean"] == result.table["return_mean"].max()


def test_windows_longer_than_the_days_are_legal_behind_a_warm_up(history, model):
    options = {"days": 30, "iterations": 40, "seed": 7}
    assert mc.sweep(model, [5], [10, 20, 50], **options).table["long"].tolist() == [10, 20]
    warm = mc.sweep(model, [5], [10, 20, 50], warm_up=history, **options)
    assert warm.table["long"].tolist() == [10, 20, 50]
    assert_equal_to_simulate(warm, model, warm_up=history, **options)


def test_no_seed_draws_one_and_tells_it(model):
    first = mc.sweep(model, [3], [8, 20], days=30, iterations=5)
    again = mc.sweep(model, [3], [8, 20], days=30, iterations=5, seed=first.seed)
    assert again.table.equals(first.table)


@pytest.mark.parametrize(
    ("shorts", "longs", "message"),
    [
        ([20], [20, 10], r"^short and long must make at least two pairs with short < long <= 60 days, not 0$"),
        ([5, 10], [20, 61], None),
        ([5], [20, 61], "not 1$"),
        ([], [20], "not 0$"),
        ([0], [20], "^short must be a whole number from 1 to 24,999, not 0"),
        ([5], ["20"], "^long must be a whole number"),
        (
            range(1, 40),
            range(20, 61),
            r"^short and long must make 1,000 pairs at most, not 1,\d\d\d: take larger steps",
        ),
        (itertools.count(1), [20], "^short must be a whole number from 1 to 24,999, not 25000"),
    ],
)
def test_windows_that_make_no_sweep_are_refused(model, shorts, longs, message):
    if message is None:
        assert len(mc.sweep(model, shorts, longs, days=60, iterations=2).table) == 2
        return
    with pytest.raises(mc.ParameterError, match=message):
        mc.sweep(model, shorts, longs, days=60, iterations=2)


@pytest.mark.parametrize(
    ("name", "value"), [("days", 0), ("iterations", 0), ("threads", 0), ("seed", -1), ("fill", "now"), ("shorting", 1)]
)
def test_a_parameter_that_cannot_be_used_is_named(model, name, value):
    with pytest.raises(mc.ParameterError) as error:
        mc.sweep(model, [3], [8, 20], **{**OPTIONS, name: value})
    assert list(error.value.problems) == [name]


def test_a_pair_that_is_truly_better_keeps_its_rank_and_loses_nothing_elsewhere():
    returns = np.array([[0.5, 0.5, 0.5, 0.5], [0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 0.0, 0.0]])
    chosen, judged, average, shrinkage, rank = (estimate[0] for estimate in luck.judge(returns).means())
    assert (chosen, judged, shrinkage, rank) == (0.5, 0.5, 0.0, 0.75)
    assert average == pytest.approx(returns.mean())


def test_paths_judge_their_neighbours_choice():
    """Path 0 chooses the first pair and path 1 the second; the fifth path has no partner."""
    returns = np.array([[3.0, 0.0, 1.0, 1.0, 9.0], [1.0, 2.0, 0.0, 5.0, 9.0]])
    chosen, judged, average, shrinkage, rank = (estimate[0] for estimate in luck.judge(returns).means())
    assert chosen == (3 + 2 + 1 + 5) / 4
    assert judged == (0 + 1 + 1 + 0) / 4
    assert shrinkage == chosen - judged
    assert average == returns[:, :4].mean()
    assert rank == pytest.approx(1 / 3)


def test_the_best_of_pairs_without_a_difference_shrinks_to_the_average():
    returns = np.random.default_rng(1).normal(0.1, 0.5, (30, 4000))
    _, judged, average, shrinkage, rank = luck.judge(returns).means()
    assert judged[1] < 0.1 < judged[2]
    assert average[1] < 0.1 < average[2]
    assert rank[1] < 0.5 < rank[2]
    assert shrinkage[0] == pytest.approx(0.5 * 2.043, rel=0.03)  # mean of the largest of 30 standard normals
    assert shrinkage[2] - shrinkage[1] < 0.05


def test_one_path_has_no_luck_to_measure(model):
    result = mc.sweep(model, [3], [8, 20], days=61, iterations=1, seed=7)
    assert result.luck["value"][:5].isna().all()
    assert "another path" not in str(result)


def test_what_is_explained_by_causes_is_that_of_a_linear_regression():
    exposure, trades = np.array([0.1, 0.4, 0.2, 0.9]), np.array([3.0, 1.0, 2.0, 2.0])
    assert luck.explained(2 + 3 * exposure - trades, exposure, trades) == pytest.approx(1)
    assert luck.explained(exposure, trades) == pytest.approx(luck.correlation(exposure, trades) ** 2)
    assert luck.correlation(exposure, 1 - exposure) == pytest.approx(-1)
    assert math.isnan(luck.correlation(exposure, np.ones(4)))
    assert math.isnan(luck.explained(np.ones(4), exposure))


def test_where_days_are_independent_a_pair_earns_what_the_price_does_while_it_is_invested():
    """Wald's identity: without costs, no windows can do better or worse."""
    model = mc.NormalModel(start_price=50.0, drift=0.5, volatility=0.2)
    rules = {"commission": 0, "slippage": 0}
    result = mc.sweep(model, [2, 5, 30, 60], [10, 40, 70, 120], days=250, iterations=20_000, seed=3, **rules)
    table = result.table
    half = (table["yearly_return_mean_high"] - table["yearly_return_mean_low"]) / 2
    assert np.ptp(table["exposure_mean"]) > 0.15
    assert ((table["yearly_return_mean"] - 0.5 * table["exposure_mean"]).abs() < 2 * half).all()
    value = result.luck.set_index("statistic")["value"]
    assert value["exposure_correlation"] > 0.99
    assert value["exposure_and_trades"] > 0.99


def test_the_result_says_in_words_what_it_is_worth(result, history):
    words = str(result)
    assert "Best of 7 pairs by mean return: windows" in words
    assert "Days of the gbm model are independent, so no crossover has any skill in timing here" in words
    assert "mostly reflects how long it is invested" in words
    assert "invested on" in words
    assert "0.5)" in words
    dependent = mc.sweep(mc.fit(history, "bootstrap"), [3], [8, 20], days=61, iterations=2, seed=7)
    assert "are independent" not in str(dependent)
    assert "has little to time here" in str(dependent)


def test_the_doubts_about_the_history_come_with_the_result(result, history):
    assert result.warnings == history.warnings
    assert history.warnings
