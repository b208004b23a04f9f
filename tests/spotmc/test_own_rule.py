"""A rule of one's own on the command line: the file where otherwise the name of a strategy stands."""

import json

import pytest

from fleet import keys
from montecarlo.strategies.own_rule import RULE
from spotmc.cli import main

RULE_TEXT = """
import numpy as np

def targets(closes, *, lookback: int = 20, band: float = 0.02):
    wanted = np.zeros(closes.shape)
    wanted[lookback:] = closes[lookback:] > closes[:-lookback] * (1 + band)
    return wanted

def first_decision(*, lookback):
    return lookback
"""

OF_BARS = """
import numpy as np

def targets(bars):
    return {"targets": bars.close > bars.open, "stop_loss": 0.02}
"""

PATHS = ("--days", "90", "--iterations", "300", "--seed", "3")
OWN = ("--strategy", "my_rule.py")
COMPILED = ("--strategy", "momentum", "--set", "band=0.02")


@pytest.fixture
def spotmc(tmp_path, monkeypatch, capsys):
    """Run the command in a folder with a rule in it; returns status and what was printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_rule.py").write_text(RULE_TEXT)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        return left.value.code, capsys.readouterr()

    return run


def test_run_gives_the_bytes_of_the_same_rule_compiled(spotmc, tmp_path):
    for strategy, out in ((OWN, "own"), (COMPILED, "compiled")):
        status, _ = spotmc("run", *strategy, "--set", "lookback=10", "--warm-up", *PATHS, "--out", out)
        assert status == 0
    for name in ("paths.csv", "summary.csv"):
        assert (tmp_path / "own" / name).read_bytes() == (tmp_path / "compiled" / name).read_bytes()
    assert (tmp_path / "own/rule.py").read_text() == RULE_TEXT
    assert json.loads((tmp_path / "own/job.json").read_text())["experiment"]["strategy"]["file"] == "my_rule.py"


@pytest.mark.thorough
@pytest.mark.parametrize("command", [("run",), ("run", "--warm-up")], ids=" ".join)
def test_one_that_looks_at_bars_trades_those_of_the_bootstrap(spotmc, tmp_path, command):
    (tmp_path / "of_bars.py").write_text(OF_BARS)
    status, printed = spotmc(*command, "--strategy", "of_bars.py", "--model", "bootstrap", *PATHS, "--out", "out")
    assert status == 0, printed.err
    assert json.loads((tmp_path / "out/job.json").read_text())["experiment"]["model"]["opens"]


def test_backtest_gives_the_numbers_of_the_same_rule_compiled(spotmc):
    found = []
    for strategy in (OWN, COMPILED):
        status, printed = spotmc("backtest", *strategy, "--lookback", "10", "--json")
        assert status == 0
        found.append(json.loads(printed.out)["summary"])
    assert found[0] == found[1]


def test_sweep_varies_its_parameters(spotmc, tmp_path):
    over = ("--set", "lookback=10:30:10")
    for strategy, out in ((OWN, "own"), (COMPILED, "compiled")):
        assert spotmc("sweep", *strategy, *over, *PATHS, "--out", out)[0] == 0
    table = (tmp_path / "own/sweep.csv").read_text()
    assert table == (tmp_path / "compiled/sweep.csv").read_text()
    assert len(table.splitlines()) == 4


@pytest.mark.parametrize(
    "command",
    [("submit",), pytest.param(("sweep", "--submit", "--set", "lookback=10:30:10"), marks=pytest.mark.thorough)],
)
def test_it_is_sent_with_its_text_and_done_by_a_worker(*, spotmc, tmp_path, command, bucket, start_worker, monkeypatch):
    monkeypatch.setenv("SPOTMC_OWN_RULES", "allow")
    start_worker("--idle-exit-minutes", "5")
    status, printed = spotmc(*command, *OWN, *PATHS, "--wait", "--json")
    assert status == 0, printed.err
    job_id = json.loads(printed.out)["job_id"]
    job = json.loads(bucket.get(keys.job_key(job_id)))
    assert bucket.get(keys.input_key(RULE, job["inputs"]["rule"])) == RULE_TEXT.encode()
    assert spotmc("results", job_id, "--out", "fetched")[0] == 0
    assert (tmp_path / "fetched/rule.py").read_text() == RULE_TEXT


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("def targets(closes): return closes.sum()", ("run",), "must be an array of numbers or truth values"),
        (RULE_TEXT.replace("closes[lookback:] >", "closes[-1] >"), ("backtest",), "it looks ahead"),
        (RULE_TEXT, ("run", "--set", "lookbak=3"), "--lookbak is no parameter of my_rule.py, which has lookback, band"),
        (RULE_TEXT, ("run", "--set", "lookback=often"), "--lookback must be"),
        (RULE_TEXT, ("sweep", "--set", "lookback=30:10:5"), "--lookback"),
        ("import scipy\n" + RULE_TEXT, ("submit",), "my_rule.py, line 1: workers do not have scipy"),
        ("", ("run",), "my_rule.py is empty"),
        ("x = " + "1+" * 45_000 + "1\n" + RULE_TEXT, ("submit",), "my_rule.py cannot be read as Python"),
        (
            'from typing import Literal\ndef targets(closes, *, which: Literal["", "x"] = ""): return closes * 0',
            ("submit",),
            "each word of which must be 1 to 100 characters in one line, not ''",
        ),
        ("def targets(closes): return closes * 0", ("sweep",), "my_rule.py has nothing to vary"),
    ],
    ids=["shape", "peeks", "unknown", "no number", "no range", "imports", "empty", "deep", "words", "nothing to vary"],
)
def test_what_is_wrong_with_it_is_told_and_nothing_is_written_or_sent(
    *, spotmc, tmp_path, queue, text, arguments, said
):
    (tmp_path / "my_rule.py").write_text(text)
    before = sorted(tmp_path.iterdir())
    status, printed = spotmc(*arguments, *OWN)
    assert status != 0
    assert said in printed.err
    assert "Traceback" not in printed.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_that_is_not_there_is_told(spotmc):
    status, printed = spotmc("run", "--strategy", "other_rule.py")
    assert status != 0
    assert "--strategy other_rule.py cannot be read: No such file" in printed.err


def test_a_sweep_tries_every_combination(spotmc, tmp_path):
    (tmp_path / "my_rule.py").write_text(
        "import numpy as np\n\n"
        "def targets(closes, *, lag: int = 1):\n"
        "    return np.roll(closes > np.roll(closes, 1, axis=0), lag, axis=0)\n\n"
        "def first_decision(*, lag):\n"
        "    return 3\n"
    )
    status, printed = spotmc("sweep", *OWN, "--set", "lag=1,-1", *PATHS)
    assert status != 0
    assert "with lag -1: on " in printed.err
    assert "it looks ahead" in printed.err


def test_more_values_than_can_be_tried_are_refused(spotmc):
    status, printed = spotmc("sweep", "--strategy", "momentum", "--band", "0:1:0.000000001")
    assert status != 0
    assert "--band must have 100,000 values at most" in printed.err
