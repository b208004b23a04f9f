"""Simulations beside each other: what differs, whether their paths are the same, and what is said of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.experiments.comparison import (
    RowsError,
    compared,
    comparison_of,
    plain,
    why_other_paths,
)
from montecarlo.experiments.comparison_settings import ABSENT
from montecarlo.experiments.comparison_words import in_words
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies.ml_forecast import MlForecast
from tests.montecarlo.any_forecast import random_model

RULE = mc.SmaCrossover(short=5, long=20)
MODEL = mc.GbmModel(start_price=100.0, drift=0.1, volatility=0.3)


def simulate(strategy=RULE, model=MODEL, **asked):
    return mc.simulate(model, strategy, **{"days": 60, "iterations": 2000, "seed": 7} | asked)


@pytest.fixture(scope="module")
def result():
    return simulate()


def only(comparison):
    (difference,) = comparison.differences
    return difference


def test_a_rule_beside_itself_differs_by_exactly_nothing(result):
    comparison = mc.compare(result, simulate())
    difference = only(comparison)
    assert difference.is_paired
    assert set(difference.means.values()) == {(0.0, 0.0, 0.0)}
    assert difference.probability_above[0] == difference.probability_below[0] == 0
    assert str(comparison) == "On the same 2,000 paths, A and B end alike on every one."
    assert [each for each in comparison.settings if each.differs] == []


def test_two_trained_models_of_one_name_are_told_apart_by_their_content():
    comparison = mc.compare(*(simulate(MlForecast(model=random_model(seed, n=4)), iterations=100) for seed in (1, 2)))
    [setting] = [each for each in comparison.settings if each.differs]
    assert setting.parameter.label == "SHA-256 of the trained model"


def test_costs_are_told_far_more_precisely_on_the_same_paths(result):
    costly = simulate(commission=0.002)
    paired = only(mc.compare(result, costly))
    apart = only(mc.compare(result, simulate(commission=0.002, seed=8)))
    value, low, high = paired.means["return"]
    assert 0 < low < value < high
    _, wide_low, wide_high = apart.means["return"]
    assert wide_low < value < wide_high
    assert (wide_high - wide_low) / (high - low) > 10
    assert paired.narrowing == pytest.approx((wide_high - wide_low) / (high - low), rel=0.2)
    assert paired.means["final_value"][0] == pytest.approx(100_000 * value, rel=1e-9)
    many = only(
        mc.compare(simulate(iterations=100_000, seed=9), simulate(iterations=100_000, seed=9, commission=0.002))
    )
    assert low <= many.means["return"][0] <= high


def test_each_difference_is_the_first_less_the_other(result):
    other = simulate(mc.Breakout(channel=10))
    for those, sign in (((result, other), 1), ((other, result), -1)):
        difference = only(mc.compare(*those))
        apart = sign * (result.paths["return"] - other.paths["return"])
        falls = sign * (result.paths["max_drawdown"] - other.paths["max_drawdown"])
        assert difference.means["return"][0] == pytest.approx(apart.mean(), rel=1e-9)
        assert difference.means["max_drawdown"][0] == pytest.approx(falls.mean(), rel=1e-9)
        assert difference.probability_above[0] == pytest.approx(np.mean(apart > 1e-9), abs=1e-12)
        assert difference.probability_below[0] == pytest.approx(np.mean(apart < -1e-9), abs=1e-12)


def test_the_first_paths_of_a_longer_one_are_those_of_a_shorter(result):
    longer = simulate(commission=0.002, iterations=5000)
    difference = only(mc.compare(longer, result))
    assert difference.paths == 2000
    apart = longer.paths["return"][:2000] - result.paths["return"]
    assert difference.means["return"][0] == pytest.approx(apart.mean(), rel=1e-9)
    limited = only(comparison_of([compared("A", longer), compared("B", result)], at_most=BLOCK_PATHS))
    assert limited.paths == BLOCK_PATHS


def test_a_warm_up_leaves_the_paths_as_they_are(history):
    model = mc.fit(history, "gbm")
    cold, warm = simulate(model=model), simulate(model=model, warm_up=history)
    difference = only(mc.compare(cold, warm))
    assert difference.is_paired
    assert np.array_equal(cold.paths["final_price"], warm.paths["final_price"])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"seed": 8}, ["their seeds differ (7 and 8)"]),
        ({"days": 61}, ["their horizons differ (60 and 61 days)"]),
        ({"model": mc.NormalModel(100.0, 0.1, 0.3)}, ["their models differ (gbm and normal)"]),
        ({"model": replace(MODEL, drift=0.2)}, ["their models differ in drift"]),
        (
            {"model": replace(MODEL, start_price=50.0, volatility=0.2), "seed": 8},
            ["their seeds differ (7 and 8)", "their models differ in start price, volatility"],
        ),
        ({"model": replace(MODEL, drift_error=0.1, warnings=("a doubt",))}, []),
        ({"iterations": 5, "rows": False, "capital": 5.0, "commission": 0.1, "strategy": mc.BuyAndHold()}, []),
    ],
)
def test_paths_are_the_same_where_all_is_that_they_are_drawn_from(result, changed, why):
    other = simulate(**changed)
    assert why_other_paths(compared("A", result), compared("B", other)) == why
    same = np.array_equal(
        result.paths["final_price"][:5], simulate(**changed | {"rows": True}).paths["final_price"][:5]
    )
    assert same == (not why)


def test_bars_within_the_days_change_no_path_and_a_stop_is_a_setting(history):
    plain, with_bars = mc.fit(history, "bootstrap"), mc.fit(history, "bootstrap", bars=True)
    one, other = simulate(model=plain), simulate(replace(RULE, stop_loss=0.05), model=with_bars)
    for comparison in (mc.compare(one, other), mc.compare(other, one)):
        assert only(comparison).is_paired
        told = {each.parameter.name: each.texts for each in comparison.settings if each.differs}
        assert set(told.pop("stop_loss")) == {ABSENT, "5 % of the entry price"}
        assert told == {}


def test_a_longer_year_is_another_model_whichever_of_them_has_it():
    years = [compared("A", simulate(model=replace(MODEL, bars_per_year=each))) for each in (252, 365)]
    for pair in (years, years[::-1]):
        assert why_other_paths(*pair) == ["their models differ in bars per year"]


def test_another_engine_may_have_drawn_other_paths(result):
    older = replace(compared("B", result), engine="4")
    assert "versions" in str(only(comparison_of([compared("A", result), older])))


def test_without_rows_the_interval_allows_for_any_way_in_which_paths_hang_together(result):
    difference = only(mc.compare(result, simulate(rows=False)))
    assert not difference.is_paired
    assert not difference.independent
    value, low, high = difference.means["return"]
    apart = only(mc.compare(result, simulate(seed=8))).means["return"]
    assert value == 0
    assert high - low > 1.3 * (apart[2] - apart[1])
    words = str(difference)
    assert "no rows of single paths are kept of B; the interval allows for any way" in words
    assert words.endswith("Simulate B again with rows to compare them path by path.")


def test_rows_that_cannot_be_read_cost_one_pair_alone(result):
    def damaged():
        yield from ()
        raise RowsError("B", "the rows of B are damaged")

    three = [
        compared("A", result),
        replace(compared("B", result), rows=damaged),
        compared("C", simulate(commission=0.1)),
    ]
    first, second = comparison_of(three).differences
    assert not first.is_paired
    assert "because the rows of B are damaged" in str(first)
    assert second.is_paired


def test_what_is_said_can_be_repeated(result):
    better = only(mc.compare(result, simulate(commission=0.01), names=("cheap", "dear")))
    worse = only(mc.compare(simulate(commission=0.01), result, names=("dear", "cheap")))
    value, low, high = (f"{100 * end:.2f}" for end in better.means["return"])
    assert str(better).startswith(
        f"On the same 2,000 paths, cheap ends {value} % of the capital ({low} to {high} %) above dear on average, "
    )
    assert f"({low} to {high} %) below cheap on average" in str(worse)
    chance = replace(better, means=dict(better.means) | {"return": (0.002, -0.003, 0.007)})
    assert "cheap ends 0.2 % of the capital above dear on average, which may be chance (-0.3 to +0.7 %)" in str(chance)
    everywhere = replace(better, probability_above=(1.0, 0.998, 1.0), probability_below=(0.0, 0.0, 0.002))
    assert str(everywhere).endswith("and above it on every one.")
    nowhere = replace(better, probability_above=(0.0, 0.0, 0.002), probability_below=(0.25, 0.2, 0.3))
    assert str(nowhere).endswith("and above it on none of them; on 75 % they end alike.")
    apart = str(only(mc.compare(result, simulate(seed=8))))
    assert (
        "not compared path by path, because their seeds differ (7 and 8). Simulate B again with the seed of A" in apart
    )


def test_a_single_path_tells_a_difference_without_an_interval():
    difference = only(mc.compare(simulate(iterations=1), simulate(iterations=1, commission=0.01)))
    assert np.isnan(difference.means["return"][1:]).all()
    assert str(difference).startswith("On the same 1 path, A ends ")
    assert "(" not in str(difference).partition("above")[0]
    assert plain(mc.compare(simulate(iterations=1), simulate(iterations=1)))["differences"][0]["estimates"]


def test_what_differs_is_told_by_name(result):
    comparison = mc.compare(result, simulate(mc.Breakout(channel=10), commission=0.002, seed=8))
    table = comparison.settings_table
    assert list(table[table["differs"]].index) == [
        "Seed",
        "Strategy",
        "Short window",
        "Long window",
        "Sell short",
        "Channel",
        "Direction",
        "Commission",
    ]
    assert list(table.loc["Short window", ["A", "B"]]) == ["5 trading days", ABSENT]
    assert list(table.loc["Commission", ["A", "B"]]) == ["0.05 % of the traded value", "0.2 % of the traded value"]
    assert not table.loc["Drift", "differs"]
    assert list(comparison.summary.columns) == ["A", "B"]
    assert comparison.table["statistic"].is_unique


def test_a_parameter_of_a_persons_rule_is_not_taken_for_one_of_ours(tmp_path):
    file = tmp_path / "rule.py"
    file.write_text(
        "import numpy as np\ndef targets(closes, *, commission=3):\n    return np.ones(closes.shape, np.int8)\n"
    )
    own = simulate(mc.strategy_from(file))
    comparison = mc.compare(own, simulate())
    found = [each.values for each in comparison.settings if each.parameter.name == "commission"]
    assert found == [(3, ABSENT), (0.0005, 0.0005)]


def test_two_to_five_under_different_names_can_be_compared(result):
    for results, names in (([result], None), ([result] * 6, None)):
        with pytest.raises(mc.ParameterError, match="two to 5"):
            mc.compare(*results, names=names)
    with pytest.raises(mc.ParameterError, match="different names"):
        mc.compare(result, result, names=["one", "one"])
    assert len(mc.compare(*[result] * 5).differences) == 4


def test_everything_can_be_written_as_json(result):
    found = json.loads(json.dumps(plain(mc.compare(result, simulate(seed=8))), allow_nan=False))
    assert found["differences"][0]["estimates"]["probability_above"]["value"] is None
    assert found["differences"][0]["sentence"] == in_words(only(mc.compare(result, simulate(seed=8))))
    assert found["summaries"]["A"]["paths"]["value"] == 2000
