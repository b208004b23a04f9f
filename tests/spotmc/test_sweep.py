"""``spotmc sweep``: windows as a person types them, a table, the words under it, and files."""

import json

import pandas as pd
import pytest
from montecarlo.experiments.sweep_totals import COLUMNS

import montecarlo as mc
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


def windows_of(output):
    """The pairs that are in the JSON."""
    return [(pair["short"], pair["long"]) for pair in json.loads(output)["pairs"]]


@pytest.mark.parametrize(
    ("short", "long", "pairs"),
    [
        ("5:15:5", "10:20:10", [(5, 10), (5, 20), (10, 20), (15, 20)]),
        ("5:14:5", "15:20:10", [(5, 15), (10, 15)]),
        ("3,5", "20,10", [(3, 10), (3, 20), (5, 10), (5, 20)]),
        ("3", "10:20:5", [(3, 10), (3, 15), (3, 20)]),
        (" 2:3:1, 5", "20", [(2, 20), (3, 20), (5, 20)]),
        ("5", "20:70:25", [(5, 20), (5, 45)]),
    ],
    ids=["stop is hit", "stop is not hit", "lists", "one number", "both", "longer than the days"],
)
def test_windows_are_ranges_with_their_stop_or_lists(spotmc_sweep, short, long, pairs):
    code, output, _ = spotmc_sweep("--short", short, "--long", long, "--json")
    assert (code, windows_of(output)) == (0, pairs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--short", "5:50"), "'--short': must be start:stop:step such as 5:50:5, or a list"),
        (("--short", "five"), "'--short': must be start:stop:step such as 5:50:5, or a list"),
        (("--long", ""), "'--long': must be start:stop:step such as 5:50:5, or a list"),
        (("--short", "50:5:5"), "'--short': must go up, such as 5:50:5, not '50:5:5'"),
        (("--short", "5:50:0"), "'--short': must go up"),
        (("--short", "0:50:5"), "--short must be a whole number from 1 to 24,999, not 0"),
        (("--short", "1:1000000000000:1"), "--short must be a whole number from 1 to 24,999, not 25000"),
        (("--short", "30", "--long", "20"), "--short and long must make at least two pairs with short < long <= 60"),
        (("--short", "1:40:1", "--long", "2:60:1"), "--short and long must make 1,000 pairs at most, not 1,5"),
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
    table = mc.sweep(
        mc.fit(mc.load_history("AAPL", "sample"), "gbm"),
        range(2, 13, 2),
        range(20, 51, 10),
        days=60,
        iterations=50,
        seed=7,
    ).table
    shown = [line.split() for line in output.splitlines() if line.strip()[:1].isdigit() and line.count("%") == 6]
    best = table.nlargest(10, "return_mean")
    assert [cells[:3] for cells in shown] == [
        [str(pair["short"]), str(pair["long"]), f"{pair['return_mean']:.1%}"] for pair in best.to_dict("records")
    ]
    assert [cells[-1] for cells in shown] == [f"{exposure:.1%}" for exposure in best["exposure_mean"]]
    assert "the best 10 of 24 by mean return" in words
    assert "no crossover has any skill in timing" in words
    assert "mostly reflects how long it is invested" in words
    assert "its relative rank there" in words
    assert "Probability of backtest overfitting: " in words


def test_json_has_all_pairs_and_both_measures_of_luck(spotmc_sweep):
    code, output, _ = spotmc_sweep("--short", "5", "--long", "20,40", "--shares", "10", "--warm-up", "--json")
    found = json.loads(output)
    history = mc.load_history("AAPL", "sample")
    options = {"days": 60, "iterations": 50, "seed": 7, "shares": 10}
    expected = mc.sweep(mc.fit(history, "gbm"), [5], [20, 40], warm_up=history, **options)
    overfitting = mc.overfitting(history, [mc.SmaCrossover(5, 20), mc.SmaCrossover(5, 40)], shares=10)
    assert code == 0
    table = expected.table.astype(object)
    assert found["pairs"] == table.where(table.notna(), None).to_dict("records")
    assert found["luck"]["judged_rank"]["value"] == expected.luck.set_index("statistic").loc["judged_rank", "value"]
    assert found["overfitting"] == overfitting.to_dict()
    assert found["in_words"] == [*str(expected).splitlines(), str(overfitting)]
    assert [found[name] for name in ("symbol", "model", "days", "iterations", "seed")] == ["AAPL", "gbm", 60, 50, 7]


def test_the_file_has_every_pair_and_column(spotmc_sweep, tmp_path):
    code, output, _ = spotmc_sweep("--short", "5,6", "--long", "20", "--out", str(tmp_path / "new"))
    table = pd.read_csv(tmp_path / "new" / "sweep.csv")
    expected = mc.sweep(mc.fit(mc.load_history("AAPL", "sample"), "gbm"), [5, 6], [20], days=60, iterations=50, seed=7)
    pd.testing.assert_frame_equal(table, expected.table, check_exact=True)
    assert set(COLUMNS) <= set(table)
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
