"""A simulation that stops when it is precise enough."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.experiments.precision import WITHOUT_INTERVAL, Precision
from montecarlo.experiments.rounds import FIRST_ROUND, round_ends
from montecarlo.experiments.run import run_to_folder
from montecarlo.models import Model
from montecarlo.statistics.summary import WITH_TRADES
from montecarlo.statistics.tally import BLOCK_PATHS

MODEL = mc.NormalModel(start_price=50.0, drift=0.1, volatility=0.3)
STRATEGY = mc.SmaCrossover(short=3, long=8)


def simulate(**more: Any) -> mc.Result:
    return mc.simulate(MODEL, STRATEGY, **{"days": 120, "iterations": 100_000, "seed": 7} | more)


def half_width(result: mc.Result, statistic: str) -> float:
    line = result.summary.set_index("statistic").loc[statistic]
    return float(line["high"] - line["low"]) / 2


@given(st.integers(1, 10**12))
def test_rounds_are_whole_blocks_that_grow_up_to_the_ceiling(ceiling: int) -> None:
    ends = round_ends(ceiling)
    assert ends[-1] == ceiling
    assert all(end % BLOCK_PATHS == 0 for end in ends[:-1])
    assert ends[0] == min(FIRST_ROUND, ceiling)
    assert all(1 < after / before <= 1.5 for before, after in pairwise(ends))
    assert set(ends[:-1]) <= set(round_ends(10**13)), "the ceiling changes no round but its own"


@pytest.mark.processors
@pytest.mark.parametrize(
    ("precision", "paths"),
    [
        ("probability_of_loss=0.006", 32_768),
        ("return_median=0.002, expected_shortfall_95=0.005", None),
        ("max_drawdown_q95=0.002", None),
        ("annual_return_median=0.006", None),
    ],
)
def test_the_number_of_paths_is_a_function_of_the_job(tmp_path: Path, precision: str, paths: int | None) -> None:
    """And its files are those of the plain job of so many paths, whatever the number of threads."""
    found = simulate(precision=precision)
    assert found.path_count == paths or (paths is None and found.path_count < 100_000)
    plain = simulate(iterations=found.path_count).simulation
    run_to_folder(plain, tmp_path / "plain", threads=2)
    for threads in (1, 2):
        run_to_folder(found.simulation, tmp_path / str(threads), threads=threads)
        for name in ("paths.csv", "summary.csv"):
            assert (tmp_path / str(threads) / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


def test_the_choice_about_rows_changes_no_number_of_paths_and_quantiles_are_as_exact_as_in_the_plain_job() -> None:
    precise = {"precision": {"return_q05": 0.002}}
    without, ceiling = simulate(rows=False, **precise), simulate(iterations=2_000_000, rows=True, **precise)
    assert without.path_count == ceiling.path_count < 100_000
    assert without.summary.equals(simulate(iterations=without.path_count, rows=False).summary)
    assert ceiling.summary.equals(simulate(iterations=without.path_count, rows=True).summary)
    assert simulate(iterations=1_000_001, precision="probability_of_loss=0.1").paths is None, "decided by the ceiling"


@pytest.mark.parametrize(
    "statistic", ["return_mean", "return_median", "return_q99", "expected_shortfall_95", "max_drawdown_q95", "win_rate"]
)
def test_intervals_are_no_wider_than_asked_for_and_were_wider_a_round_before(statistic: str) -> None:
    wanted = half_width(simulate(iterations=20_000), statistic)
    found = simulate(precision={statistic: wanted})
    assert half_width(found, statistic) <= wanted
    assert found.standing is not None
    assert found.standing.enough
    ends = round_ends(100_000)
    before = simulate(iterations=ends[ends.index(found.path_count) - 1])
    assert half_width(before, statistic) > 0.9 * wanted, "but for the bins of the histogram"


def test_a_relative_width_is_one_of_the_value() -> None:
    found = simulate(precision={"return_q05": "1%"})
    value = found.summary.set_index("statistic").loc["return_q05", "value"]
    assert value < 0, "its size counts"
    assert half_width(found, "return_q05") <= 0.01 * abs(value)
    assert half_width(simulate(iterations=found.path_count // 2), "return_q05") > 0.01 * abs(value)


def test_several_statistics_must_all_be_precise_enough() -> None:
    one, other = simulate(precision="return_mean=0.0015"), simulate(precision="probability_of_loss=0.01")
    both = simulate(precision={"return_mean": 0.0015, "probability_of_loss": 0.01})
    assert both.path_count == max(one.path_count, other.path_count) > min(one.path_count, other.path_count)


def test_at_the_ceiling_it_stops_and_says_how_precise_it_is() -> None:
    found = simulate(iterations=10_000, precision="probability_of_loss=0.005")
    assert found.path_count == 10_000
    assert found.warnings == (
        "the precision was not reached with 10,000 paths: ± 0.98 points of probability_of_loss, wanted ± 0.5; that may "
        "take 38,000 paths: give more iterations",
    )
    assert simulate(precision="probability_of_loss=0.01").warnings == ()


def test_a_ceiling_below_the_first_round_is_refused() -> None:
    with pytest.raises(mc.ParameterError) as refused:
        simulate(iterations=FIRST_ROUND - 1, precision="probability_of_loss=0.005")
    assert refused.value.problems == {
        "iterations": "must be at least 4,096 with a precision, as the most paths that it may take, not 4,095: give "
        "10,000,000, say"
    }
    assert simulate(iterations=FIRST_ROUND, precision="probability_of_loss=0.005").path_count == FIRST_ROUND


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (mc.fit(mc.load_history("AAPL", source="sample"), "bootstrap"), "whose days depend on each other"),
        (mc.NormalModel(50, -20, 0, bars_per_year=12), "which expects to lose everything"),
    ],
)
def test_a_controlled_estimate_that_is_undefined_cannot_be_precise(model: Model, why: str) -> None:
    with pytest.raises(mc.ParameterError) as refused:
        mc.simulate(
            model, STRATEGY, days=np.int64(60), iterations=np.int64(5000), precision="return_mean_controlled=1%"
        )
    assert refused.value.problems == {
        "precision": f"cannot be reached for return_mean_controlled, which is undefined for the model {model.name}, "
        f"{why}: ask for return_mean"
    }


def test_an_interval_that_is_undefined_is_not_precise() -> None:
    still = mc.NormalModel(50, 0, 0)
    found = mc.simulate(still, STRATEGY, days=20, iterations=9000, seed=1, precision="return_std=1")
    assert found.path_count == 9000
    assert "no interval of return_std, wanted ± 100 points" in found.warnings[-1]


def test_no_share_of_nothing_can_be_reached_and_that_is_said() -> None:
    rising = mc.NormalModel(50, 2, 0.1)
    found = mc.simulate(rising, mc.BuyAndHold(), days=120, iterations=9000, seed=1, precision="probability_of_loss=1%")
    assert found.warnings[-1] == (
        "the precision was not reached with 9,000 paths: probability_of_loss is 0, wanted ± 1 % of it; no share of 0 "
        "can be reached: give a width without %"
    )
    still = mc.NormalModel(50, 0, 0)
    assert mc.simulate(still, STRATEGY, days=20, iterations=9000, seed=1, precision="return_mean=1%").path_count == 4096


@pytest.mark.parametrize("width", ["1e-9", "1e-200"])
def test_a_width_that_takes_more_paths_than_there_can_be_is_said_to(width: str) -> None:
    found = simulate(iterations=5000, precision=f"probability_of_loss={width}")
    assert found.warnings[-1].endswith(
        "; that would take more than 1,000,000,000,000 paths, the most of a job: ask for less"
    )


def test_a_width_less_than_a_bin_is_never_reached_and_that_is_said() -> None:
    found = simulate(iterations=5000, precision="return_median=0.0001")
    assert found.standing is not None
    assert found.warnings[-1].endswith(
        "wanted ± 0.01; the bins that quantiles are read from are wider, however many iterations: ask for less"
    )


@pytest.mark.parametrize(
    ("precision", "said"),
    [
        (
            "probability_of_los=0.005",
            "must name a statistic that has an interval, not 'probability_of_los': return_mean, ",
        ),
        ("paths=5", "must name a statistic that has an interval"),
        (
            "probability_of_loss",
            "must be such as probability_of_loss=0.005 or return_mean=1%, not 'probability_of_loss'",
        ),
        ("", "must be such as"),
        ({}, "must be such as"),
        (0.005, "must be such as"),
        ("probability_of_loss=0", "must have a width above 0 for probability_of_loss, such as 0.005 or 1%, not '0'"),
        ("probability_of_loss=-1%", "must have a width above 0"),
        ("probability_of_loss=nan", "must have a width above 0"),
        ("probability_of_loss=a", "must have a width above 0"),
        ({"probability_of_loss": True}, "must have a width above 0"),
        ({"probability_of_loss": None}, "must have a width above 0"),
        ("win_rate=1%, win_rate=2%", "names win_rate twice"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(precision: Any, said: str) -> None:
    with pytest.raises(mc.ParameterError) as refused:
        simulate(precision=precision)
    assert refused.value.problems.keys() == {"precision"}
    assert refused.value.problems["precision"].startswith(said)


def test_a_sweep_has_no_precision() -> None:
    with pytest.raises(mc.ParameterError, match="a sweep compares all combinations on the same number of paths"):
        mc.sweep(MODEL, STRATEGY, {"long": (8, 9)}, precision="probability_of_loss=1%")


def test_the_same_precision_is_the_same_experiment_and_without_one_nothing_tells_of_it() -> None:
    spellings = [
        "win_rate=0.010,return_mean = 1 %",
        " return_mean=1.0%, win_rate=1e-2",
        {"return_mean": "1%", "win_rate": 0.01},
    ]
    made = [simulate(iterations=5000, precision=each).simulation for each in spellings]
    assert made[0].to_dict()["precision"] == "return_mean=1%, win_rate=0.01"
    assert made[0] == made[1] == made[2] == mc.Simulation.from_dict(json.loads(json.dumps(made[0].to_dict())))
    plain = simulate(iterations=10).simulation
    assert "precision" not in plain.to_dict()
    assert (plain.rounds, plain.stops_early) == ((10,), False)


def test_just_those_statistics_have_an_interval() -> None:
    table = mc.simulate(
        MODEL, replace(STRATEGY, stop_loss=0.02, take_profit=0.01), days=120, iterations=5000, seed=7
    ).summary
    assert tuple(table["statistic"][np.isnan(table["low"])]) == WITHOUT_INTERVAL
    assert tuple(table["statistic"]) == tuple(WITH_TRADES)
    for name in WITH_TRADES:
        if name not in WITHOUT_INTERVAL:
            assert str(Precision.read({name: 0.5})) == f"{name}=0.5"
