"""Simulating: the same seed gives the same bytes, however the paths are cut; and the corners of it."""

import hashlib
import itertools
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments import simulation as simulation_module
from montecarlo.experiments.paths import simulate_rows
from montecarlo.statistics.summary import STATISTICS, summarise, summary_to_csv
from montecarlo.statistics.tally import BLOCK_PATHS, Tally

PATHS = 2 * BLOCK_PATHS + 100  # no whole number of blocks
MODEL = mc.NormalModel(start_price=50.0, drift=0.1, volatility=0.4)
STRATEGY = mc.SmaCrossover(short=3, long=8)
SIMULATION = mc.Simulation(model=MODEL, strategy=STRATEGY, days=40, iterations=PATHS, seed=7, rows=True)


def history_of(closes):
    days = pd.bdate_range("2020-01-01", periods=len(closes), name="date")
    bars = pd.DataFrame({"close": closes, "adjusted_close": closes}, index=days)
    return mc.PriceHistory("SIMULATED", "csv", bars)


def run(seed=7, iterations=PATHS, **options):
    return mc.simulate(MODEL, STRATEGY, days=40, iterations=iterations, seed=seed, **options)


def summarise_all(tally, kept=None):
    return summarise(tally, SIMULATION.rules, SIMULATION.days, 252, kept)


def bytes_of(result):
    """What a job would leave on disk."""
    return rows.to_csv({name: result.paths[name].to_numpy() for name in result.paths}), summary_to_csv(result.summary)


@pytest.fixture(scope="module")
def whole():
    return simulate_rows(SIMULATION, 0, PATHS)


def cut_at(boundaries):
    """Rows of the ranges between the boundaries, joined."""
    return rows.join(itertools.starmap(lambda a, b: simulate_rows(SIMULATION, a, b), itertools.pairwise(boundaries)))


@pytest.mark.parametrize("model", [MODEL, mc.GbmModel(50.0, 0.1, 0.4)], ids=lambda model: model.name)
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"fill": "same-close", "commission": 0, "slippage": 0, "shares": 100},
        {"shares": 30, "capital": 1500, "commission": 0.01},
    ],
    ids=["all in", "workshop", "cannot always pay"],
)
def test_a_path_is_traded_as_a_backtest_trades_a_history_with_its_prices(model, rules):
    options = {"days": 120, "seed": 5}
    paths = mc.simulate(model, STRATEGY, iterations=25, **options, **rules).paths
    prices = mc.simulate_prices(model, iterations=25, **options)
    for path, row in paths.iterrows():
        expected = dict(mc.backtest(history_of(prices[path].to_numpy()), STRATEGY, **rules).summary.to_numpy())
        for name in rows.COLUMNS[1:]:
            assert row[name] == pytest.approx(expected[name], rel=1e-9, abs=1e-12, nan_ok=True), (path, name)


def test_the_result_has_a_row_for_each_path_and_every_statistic():
    result = run()
    assert list(result.paths) == list(rows.COLUMNS)
    assert result.paths["path"].tolist() == list(range(PATHS))
    assert list(result.summary) == ["statistic", "value", "low", "high"]
    assert result.summary["statistic"].tolist() == list(STATISTICS)
    assert result.simulation == SIMULATION


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    again, other = bytes_of(run()), bytes_of(run(seed=8))
    assert bytes_of(run()) == again
    assert again[0] != other[0]
    assert again[1] != other[1]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_changes_no_byte(threads, whole):
    paths, summary = bytes_of(run(threads=threads))
    assert paths == rows.to_csv(whole)
    assert summary == summary_to_csv(summarise_all(Tally.of(whole), whole))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, PATHS - 1), max_size=4, unique=True).map(sorted))
def test_a_cut_anywhere_changes_no_byte_of_the_rows(whole, cuts):
    assert rows.to_csv(cut_at([0, *cuts, PATHS])) == rows.to_csv(whole)


def test_a_single_path_is_the_same_alone(whole):
    for path in (0, 63, 64, 1000, PATHS - 1):
        alone = simulate_rows(SIMULATION, path, path + 1)
        assert all(alone[name].tobytes() == whole[name][path : path + 1].tobytes() for name in whole)


@pytest.mark.parametrize("blocks", [(1,), (2,), (1, 2)], ids=str)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_cut_between_blocks_changes_no_byte_of_the_summary(blocks, backwards, whole):
    cut = [0, *(block * BLOCK_PATHS for block in blocks), PATHS]
    tallies = [Tally.of(simulate_rows(SIMULATION, first, stop)) for first, stop in itertools.pairwise(cut)]
    total, *others = reversed(tallies) if backwards else tallies
    for tally in others:
        total += tally
    expected = run()
    assert summary_to_csv(summarise_all(total, whole)) == summary_to_csv(expected.summary)
    assert summary_to_csv(summarise_all(total)) == summary_to_csv(run(rows=False).summary)


def test_the_summary_of_rows_read_back_from_csv_is_the_same(whole):
    """How the command line and the fleet get to it."""
    read = rows.from_csv(rows.to_csv(whole))
    again = summarise_all(Tally.of(whole), read)
    assert summary_to_csv(again) == summary_to_csv(run().summary)


def test_more_iterations_leave_the_first_paths_as_they_are():
    few, many = run(iterations=70).paths, run(iterations=200).paths
    pd.testing.assert_frame_equal(few, many[:70], check_exact=True)


def test_the_bits_are_these_on_every_processor():
    """When they change, so does every result: raise ENGINE_VERSION.

    The normal model takes no function of a library, so its bits are the processor's own and the same on all of them.
    """
    digest = hashlib.sha256(rows.to_csv(simulate_rows(SIMULATION, 0, 500))).hexdigest()
    assert digest == "31b1cbba22a3a6af76f2975349fd203679df3303b149c2bc16bf33cc9879eb89"


def test_parts_come_in_path_order_and_each_begins_a_block():
    parts = list(SIMULATION.parts(BLOCK_PATHS, PATHS, threads=3))
    assert all(piece["path"][0] % BLOCK_PATHS == 0 for piece, _ in parts)
    assert np.concatenate([piece["path"] for piece, _ in parts]).tolist() == list(range(BLOCK_PATHS, PATHS))
    assert [tally.to_bytes() for _, tally in parts] == [Tally.of(piece).to_bytes() for piece, _ in parts]


def test_progress_is_told_up_to_the_last_path():
    told = []
    run(progress=told.append)
    assert told == sorted(set(told))
    assert len(told) > 1
    assert told[-1] == PATHS


def test_memory_does_not_grow_with_iterations_when_rows_are_not_kept():
    still = mc.NormalModel(start_price=50.0, drift=0.0, volatility=0.0)  # so that histograms have one bin

    def peak(blocks):
        tracemalloc.start()
        mc.simulate(still, STRATEGY, days=8, iterations=blocks * BLOCK_PATHS, seed=1, rows=False, threads=1)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # what is imported or compiled when first used
    assert peak(96) < 1.5 * peak(32)


def test_no_seed_draws_one_and_tells_it():
    first, second = (mc.simulate(MODEL, STRATEGY, days=10, iterations=2) for _ in range(2))
    assert first.simulation.seed != second.simulation.seed
    again = mc.simulate(MODEL, STRATEGY, days=10, iterations=2, seed=first.simulation.seed)
    assert bytes_of(again) == bytes_of(first)


def test_rows_are_left_out_on_request_and_quantiles_then_come_from_the_histogram():
    kept, left_out = run(), run(rows=False)
    assert left_out.paths is None
    error = {
        result: dict(result.summary[["statistic", "value"]].to_numpy())["quantile_error"] for result in (kept, left_out)
    }
    assert error == {kept: 0, left_out: 1 / 4096}


@pytest.mark.parametrize(("wanted", "kept"), [(None, False), (True, True)])
def test_above_the_default_rows_are_kept_only_on_request_and_quantiles_are_never_exact(monkeypatch, wanted, kept):
    monkeypatch.setattr(simulation_module, "ROWS_BY_DEFAULT", 1500)
    result = run(rows=wanted)
    assert (result.paths is not None) is kept
    assert summary_to_csv(result.summary) == summary_to_csv(run(rows=False).summary)


def test_more_rows_than_can_be_kept_are_refused_before_anything_is_simulated():
    with pytest.raises(mc.ParameterError, match=r"^rows can be kept for 100,000,000 iterations at most"):
        mc.simulate(MODEL, STRATEGY, iterations=10**12, rows=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("days", 7),
        ("days", True),
        ("iterations", 0),
        ("seed", -1),
        ("seed", "7"),
        ("threads", 0),
        ("capital", 0),
        ("shares", -1),
        ("commission", 0.2),
        ("slippage", float("nan")),
        ("fill", "tomorrow"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(name, value):
    with pytest.raises(mc.ParameterError) as error:
        mc.simulate(MODEL, STRATEGY, **{"days": 20, "iterations": 2, name: value})
    assert list(error.value.problems) == ["long" if (name, value) == ("days", 7) else name]


def test_the_doubts_about_the_history_come_with_the_result():
    doubtful = mc.NormalModel(50.0, 0.1, 0.4, ("a move of 52%",))
    assert mc.simulate(doubtful, STRATEGY, days=10, iterations=1, seed=1).warnings == ("a move of 52%",)


def test_one_path_has_no_intervals_of_means():
    result = run(iterations=1)
    summary = result.summary.set_index("statistic")
    assert summary.loc["paths", "value"] == 1
    assert summary.loc["return_mean", "value"] == result.paths["return"][0]
    assert summary.loc["return_mean", ["low", "high"]].isna().all()
    assert np.isnan(summary.loc["return_std", "value"])


@pytest.mark.parametrize(("fill", "trades"), [("next-close", 1), ("same-close", 1)])
def test_windows_as_long_as_the_days(fill, trades):
    """The long window is full on the last day but one, so there is a fill at the next close, the last one."""
    rising = mc.GbmModel(50.0, 1.0, 0.0)
    result = mc.simulate(rising, mc.SmaCrossover(2, 30), days=30, iterations=3, seed=1, fill=fill)
    assert result.paths["trades"].tolist() == [trades] * 3
    assert result.paths["exposure"].tolist() == [1 / 30 if fill == "same-close" else 0] * 3


@pytest.mark.parametrize("model", [mc.NormalModel(50.0, 0.0, 0.0), mc.GbmModel(50.0, 0.0, 0.0)], ids=lambda m: m.name)
def test_without_drift_and_volatility_nothing_happens(model):
    result = mc.simulate(model, STRATEGY, days=30, iterations=3, seed=1)
    assert (result.paths[["return", "max_drawdown", "trades", "exposure"]] == 0).all(axis=None)
    assert (result.paths["final_price"] == 50).all()
    assert result.paths["sharpe"].isna().all()


def test_paths_whose_price_fell_to_zero_are_counted_and_end_at_zero():
    wild = mc.NormalModel(start_price=50.0, drift=0.0, volatility=9.0)
    result = mc.simulate(wild, STRATEGY, days=200, iterations=300, seed=1, commission=0, slippage=0)
    absorbed = result.paths["final_price"] == 0
    assert result.summary.set_index("statistic").loc["absorbed_paths", "value"] == absorbed.sum() > 200
    assert (result.paths.loc[absorbed, "buy_and_hold_value"].isin([0, 100_000])).all()
    assert result.paths["max_drawdown"].between(0, 1).all()


def test_paths_with_an_order_that_cash_cannot_pay_are_counted():
    result = mc.simulate(MODEL, STRATEGY, days=60, iterations=200, seed=1, shares=20, capital=1000)
    unfilled = simulate_rows(result.simulation, 0, 200)["unfilled"]
    assert result.summary.set_index("statistic").loc["unfilled_paths", "value"] == unfilled.sum()
    assert 0 < unfilled.sum() < 200


def test_the_frame_of_paths_is_made_once_of_the_memory_that_the_result_keeps():
    result = run()
    assert result.paths is result.paths
    assert all(np.shares_memory(result.paths[name].to_numpy(), result.kept[name]) for name in rows.COLUMNS)
