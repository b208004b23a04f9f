"""``spotmc sweep``: values as a person types them, a table, the words under it, files, and a job on the queue."""

import json

import pandas as pd
import pytest

import montecarlo as mc
from fleet.job_store import load_job
from fleet.progress import status
from fleet.results import fetch_results
from montecarlo.experiments.sweep_tally import COLUMNS
from spotmc.cli import main

SMALL = ("--days", "60", "--iterations", "50", "--seed", "7", "--model", "gbm")


@pytest.fixture
def spotmc_sweep(capsys, monkeypatch):
    """Run the command in this process: exit status, standard output, standard error."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main(["sweep", *SMALL, *arguments])
        return exit_.value.code, *capsys.readouterr()

    return run


def values_of(output, *names):
    """The combinations that are in the JSON."""
    return [tuple(each[name] for name in names) for each in json.loads(output)["combinations"]]


@pytest.mark.parametrize(
    ("short", "long", "pairs"),
    [
        ("5:15:5", "10:20:10", [(5, 10), (5, 20), (10, 20), (15, 20)]),
        ("5:14:5", "15:20:10", [(5, 15), (10, 15)]),
        ("3,5", "20,10", [(3, 10), (3, 20), (5, 10), (5, 20)]),
        (" 2:3:1, 5", "20,20", [(2, 20), (3, 20), (5, 20)]),
        ("5,6", "20:70:25", [(5, 20), (5, 45), (6, 20), (6, 45)]),
    ],
    ids=["stop is hit", "stop is not hit", "lists", "both", "longer than the days"],
)
def test_values_are_ranges_with_their_stop_or_lists(spotmc_sweep, short, long, pairs):
    code, output, _ = spotmc_sweep("--short", short, "--long", long, "--json")
    assert (code, values_of(output, "short", "long")) == (0, pairs)


@pytest.mark.parametrize(
    ("arguments", "names", "values"),
    [
        (("--short", "3", "--long", "10:20:5"), ("long",), [(10,), (15,), (20,)]),
        (("--long", "10:20:5"), ("long",), []),
        (
            ("--strategy", "bollinger-reversion", "--width", "1:2:0.5", "--window", "5,7"),
            ("window", "width"),
            [(5, 1.0), (5, 1.5), (5, 2.0), (7, 1.0), (7, 1.5), (7, 2.0)],
        ),
        (
            ("--strategy", "bollinger-reversion", "--width", "0.875:1.125:0.125", "--window", "5"),
            ("width",),
            [(0.875,), (1.0,), (1.125,)],
        ),
        (
            ("--strategy", "breakout", "--channel", "9", "--direction", "short,both"),
            ("direction",),
            [("both",), ("short",)],
        ),
        (("--strategy", "momentum", "--lookback", "9", "--shorting", "true,false"), ("shorting",), [(False,), (True,)]),
        (("--strategy", "momentum"), ("lookback",), [(21,), (42,)]),
        (
            ("--strategy", "buy-and-hold", "--stop-loss", "0.05,0.1", "--take-profit", "0.1,0.2"),
            ("stop_loss", "take_profit"),
            [(0.05, 0.1), (0.05, 0.2), (0.1, 0.1), (0.1, 0.2)],
        ),
    ],
    ids=["the rest is as given", "or as usual", "real values", "a step to a whole one", "words", "switches",
         "what the strategy suggests", "stops and targets"],
)  # fmt: skip
def test_one_or_two_parameters_of_any_strategy_are_varied(spotmc_sweep, arguments, names, values):
    code, output, errors = spotmc_sweep(*arguments, "--json")
    if not values:  # of windows that wait for 40 days and more, none is left
        assert code == 2
        assert "--long must make at least two combinations that can be traded, not 0" in errors
        return
    assert code == 0
    assert list(json.loads(output)["varied"]) == list(names)
    assert values_of(output, *names) == values


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--short", "5:50"), "--short must be start:stop:step such as 5:50:5, or a list"),
        (("--short", "five,six"), "--short must be a whole number from 1 to 24,999, not 'five'"),
        (("--long", "20,"), "--long must have a value on each side of a comma, not '20,'"),
        (("--long", "100,1,000"), "--long is a list, whose values are parted by commas: write 1000, not 1,000"),
        (("--short", "50:5:5"), "--short must go up, such as 5:50:5, not '50:5:5'"),
        (("--short", "5:50:0"), "--short must go up"),
        (("--short", "nan:50:1"), "--short must be start:stop:step"),
        (("--short", "1.000:2000:100"), "1.000 is 1 to some and 1000 to others: write one of these"),
        (("--short", "0:50:5"), "--short must be a whole number from 1 to 24,999, not 0"),
        (("--short", "1:1000000000000:1"), "--short must be a whole number from 1 to 24,999, not 25000"),
        (("--short", "30,31", "--long", "20"), "--short must make at least two combinations that can be traded, not 0"),
        (("--short", "1:40:1", "--long", "2:60:1"), "--short must make 1,000 combinations at most with long"),
        (("--short", "1:9999:1", "--long", "2:9999:1"), "--short makes 99,970,002 combinations with long"),
        (("--set", "direction=long,short"), "--direction is no parameter of sma-crossover, which has short, long"),
        (("--strategy", "breakout", "--direction", "long:short:1"), "--direction has no ranges"),
        (("--strategy", "buy-and-hold"), "--strategy buy-and-hold has nothing to vary"),
        (
            ("--strategy", "momentum", "--set", "band=0,0.1", "--lookback", "5,6", "--set", "shorting=true,false"),
            "one or two",
        ),
        (("--iterations", "0"), "--iterations must be a whole number from 1"),
        (("--all-in", "--shares", "5"), "--all-in and --shares exclude each other"),
        (("--symbol", "NONE"), "NONE"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_says_why(spotmc_sweep, arguments, message):
    code, output, errors = spotmc_sweep(*arguments)
    (line,) = (line for line in errors.splitlines() if not line.startswith("warning: "))
    assert (code, output) == (2, "")
    assert line.startswith("spotmc sweep: ")
    assert message in line


def test_the_table_has_the_best_ten_and_under_it_what_they_are_worth(spotmc_sweep):
    code, output, errors = spotmc_sweep("--short", "2:12:2", "--long", "20:50:10")
    words = " ".join(output.split())
    assert code == 0
    assert errors.startswith("warning: ")
    over = {"short": range(2, 13, 2), "long": range(20, 51, 10)}
    model = mc.fit(mc.load_history("AAPL", "sample"), "gbm")
    table = mc.sweep(model, mc.SmaCrossover(), over, days=60, iterations=50, seed=7).table
    shown = [line.split() for line in output.splitlines() if line.strip()[:1].isdigit() and line.count("%") == 6]
    best = table.nlargest(10, "return_mean")
    assert [cells[:3] for cells in shown] == [
        [str(pair["short"]), str(pair["long"]), f"{pair['return_mean']:.1%}"] for pair in best.to_dict("records")
    ]
    assert [cells[-1] for cells in shown] == [f"{exposure:.1%}" for exposure in best["exposure_mean"]]
    assert "the best 10 of 24 by mean return" in words
    assert "no rule has any skill in timing" in words
    assert "mostly reflects how long it is invested" in words
    assert "its relative rank there" in words
    assert "Probability of backtest overfitting: " in words


def test_json_has_all_combinations_and_both_measures_of_selection_bias(spotmc_sweep):
    arguments = ("--short", "5,6", "--long", "20,40", "--shares", "10", "--warm-up")
    code, output, _ = spotmc_sweep(*arguments, "--json")
    found = json.loads(output)
    history = mc.load_history("AAPL", "sample")
    options = {"days": 60, "iterations": 50, "seed": 7, "shares": 10}
    over = {"short": [5, 6], "long": [20, 40]}
    expected = mc.sweep(mc.fit(history, "gbm"), mc.SmaCrossover(), over, warm_up=history, **options)
    overfitting = mc.overfitting(history, expected.sweep.strategies, shares=10)
    assert code == 0
    table = expected.table.astype(object)
    assert found["combinations"] == table.where(table.notna(), None).to_dict("records")
    bias = expected.selection_bias.set_index("statistic")
    assert found["selection_bias"]["validated_rank"]["value"] == bias.loc["validated_rank", "value"]
    assert found["overfitting"] == overfitting.to_dict()
    assert found["in_words"] == [*str(expected).splitlines(), str(overfitting)]
    assert [found[name] for name in ("symbol", "model", "days", "iterations", "seed")] == ["AAPL", "gbm", 60, 50, 7]


def test_the_files_have_every_combination_and_column(spotmc_sweep, tmp_path):
    code, output, _ = spotmc_sweep("--short", "5,6", "--long", "20", "--out", str(tmp_path / "new"))
    table = pd.read_csv(tmp_path / "new" / "sweep.csv")
    model = mc.fit(mc.load_history("AAPL", "sample"), "gbm")
    expected = mc.sweep(model, mc.SmaCrossover(5, 20), {"short": [5, 6]}, days=60, iterations=50, seed=7)
    pd.testing.assert_frame_equal(table, expected.table, check_exact=True)
    assert set(COLUMNS) <= set(table)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"job.json", "sweep.csv", "summary.csv"}
    assert (code, output.splitlines()[-1]) == (0, f"Written to {tmp_path / 'new'}/")


def test_a_history_too_short_for_cross_validation_still_has_a_sweep(spotmc_sweep, tmp_path):
    days = pd.bdate_range("2024-01-01", periods=80)
    closes = [100 + day % 7 + day / 10 for day in range(80)]
    pd.DataFrame({"Date": days, "Close": closes}).to_csv(tmp_path / "SHORT.csv", index=False)
    arguments = ("--prices", str(tmp_path / "SHORT.csv"), "--short", "5", "--long", "20,40")
    code, output, _ = spotmc_sweep(*arguments)
    assert code == 0
    assert "The probability of backtest overfitting is not known: SHORT has 39 days" in " ".join(output.split())
    code, output, _ = spotmc_sweep(*arguments, "--json")
    assert (code, json.loads(output)["overfitting"]) == (0, None)


def test_a_sweep_goes_through_the_queue_and_its_files_are_those_of_this_process(
    spotmc_sweep, start_worker, bucket, tmp_path
):
    arguments = ("--strategy", "breakout", "--channel", "5:15:5", "--direction", "long,both", "--warm-up")
    code, output, _ = spotmc_sweep(*arguments, "--submit", "--preview")
    preview = json.loads(output)
    assert (code, preview["job"]["kind"], preview["attributes"]["channel"]) == (0, "sweep", "5, 10, 15")
    start_worker()
    code, output, errors = spotmc_sweep(*arguments, "--submit", "--wait")
    assert code == 0, errors
    job = load_job(bucket, output.split()[1])
    assert status(bucket, job.id).state == "complete"
    fetch_results(bucket, job, tmp_path / "fetched")
    spotmc_sweep(*arguments, "--out", str(tmp_path / "here"))
    here, fetched = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("here", "fetched")
    )
    assert here == fetched
    assert set(here) == {"job.json", "sweep.csv", "summary.csv"}
