"""``spotmc frontier``: the weightings that stand out, bounds as a person types them, files, and JSON."""

import json

import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.joint_history import align
from spotmc.cli import main

SMALL = ("--draws", "20", "--weightings", "200", "--points", "5", "--seed", "7")


@pytest.fixture
def frontier(capsys, monkeypatch, tmp_path):
    """Run the command in this process: exit status, standard output, standard error."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main(["frontier", *SMALL, *arguments])
        return exit_.value.code, *capsys.readouterr()

    return run


def of_library(*symbols, **told):
    history = align([mc.load_history(symbol, "sample") for symbol in symbols])
    return mc.frontier(history, draws=20, weightings=200, points=5, seed=7, **told)


def test_the_table_has_the_weightings_that_stand_out_and_the_words_what_is_left_of_them(frontier):
    code, output, errors = frontier("--hold", "AAPL=60%", "--hold", "IBM=0.3")
    expected = of_library("AAPL", "IBM", asked=[0.6, 0.3])
    assert code == 0
    assert "warning: AAPL" in errors
    assert all(len(line.rstrip()) <= 80 for line in output.splitlines())
    shown = {cells[0]: cells[1::2] for line in output.splitlines() if (cells := line.split())}
    best = expected.best.weights
    assert shown["AAPL"][:2] == ["60.0", f"{100 * best[0]:.1f}"]
    assert shown["IBM"][:2] == ["30.0", f"{100 * best[1]:.1f}"]
    assert " ".join(expected.sentence().split()) in " ".join(output.split())


def test_equal_weights_are_shown_once(frontier):
    assert "yours" not in frontier("--hold", "AAPL", "--hold", "IBM")[1]
    assert "inverse" in frontier("--hold", "AAPL", "--hold", "IBM", "--weights", "inverse-volatility")[1]


def test_bounds_are_of_all_or_of_some(frontier):
    held = ("--hold", "AAPL", "--hold", "IBM", "--hold", "MSFT")
    for bounds, told in (
        (("--highest", "50%"), {"highest": 0.5}),
        (("--lowest", "msft=20%", "--lowest", "IBM=.1"), {"lowest": {"MSFT": 0.2, "IBM": 0.1}}),
    ):
        code, output, _ = frontier(*held, *bounds, "--json")
        found = json.loads(output)
        expected = of_library("AAPL", "IBM", "MSFT", **told)
        assert code == 0
        assert found["weightings"][0]["AAPL"] == expected.best.weights[0]
        assert found["efficient"] == expected.efficient.to_dict("records")
        assert found["sentence"] == expected.sentence()


def test_files_have_all_of_it_and_are_not_replaced_unasked(frontier, tmp_path):
    code, output, _ = frontier("--hold", "AAPL", "--hold", "IBM", "--out", "new")
    expected = of_library("AAPL", "IBM")
    assert (code, output.splitlines()[-1]) == (0, "Written to new/")
    assert {path.stem for path in (tmp_path / "new").iterdir()} == {"table", "random", "efficient", "band", "elsewhere"}
    for name in ("random", "efficient", "band", "elsewhere"):
        read = pd.read_csv(tmp_path / "new" / f"{name}.csv")
        pd.testing.assert_frame_equal(read, getattr(expected, name), check_exact=True)
    code, _, errors = frontier("--hold", "AAPL", "--hold", "MSFT", "--out", "new")
    assert (code, "--overwrite replaces that" in errors) == (2, True)
    assert frontier("--hold", "AAPL", "--hold", "MSFT", "--out", "new", "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--hold AAPL", "with AAPL alone there is nothing to weight: hold two symbols or more"),
        ("--hold AAPL --hold IBM --highest 40%", "--highest must add up to 1 at least over all 2 symbols"),
        ("--hold AAPL --hold IBM --highest X=40%", "--highest names 'X', which is not one of AAPL, IBM"),
        ("--hold FOO --hold AAPL --hold BAR", "FOO: source 'sample' has AAPL, FB, GOOG, IBM, MSFT"),
    ],
)
def test_what_cannot_be_is_said(frontier, arguments, words):
    code, output, errors = frontier(*arguments.split())
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert words in errors
