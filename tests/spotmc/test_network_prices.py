"""Prices that come over the network, as a person at the command meets them; Yahoo and FRED are on this machine."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yfinance

from spotmc.cli import main
from tests.market import DAYS, TROUBLES, UNKNOWN, be_impatient, chart, no_chart, open_market, redirect, trouble

# The command as it is started, but that what it asks for goes to another address.
PROGRAM = """\
import sys, pytest, yfinance
from spotmc.cli import main
from tests.market import redirect
yfinance.set_tz_cache_location(sys.argv[1])
with pytest.MonkeyPatch.context() as patch:
    redirect(sys.argv[2], patch)
    main(sys.argv[3:])
"""

YAHOO, FRED = "query2.finance.yahoo.com", "fred.stlouisfed.org"

Start = Callable[..., "subprocess.Popen[str]"]
Backtest = Callable[[str, str], tuple[object, str, str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start the command with arguments, as a process."""
    environment = {**os.environ, "SPOTMC_CACHE": str(tmp_path / "cache"), "COLUMNS": "100"}

    def begin(address: str, *arguments: str, stderr: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", PROGRAM, str(tmp_path), address, *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment)

    return begin


@pytest.fixture
def backtest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Backtest:
    """Run the command in this process, because it takes seconds to start; what is asked for goes to another address."""
    monkeypatch.setenv("SPOTMC_CACHE", str(tmp_path / "cache"))
    yfinance.set_tz_cache_location(str(tmp_path))

    def run(address: str, source: str) -> tuple[object, str, str]:
        redirect(address, monkeypatch)
        with pytest.raises(SystemExit) as left:
            main(["backtest", "--source", source, "--symbol", "odd"])
        return left.value.code, *capfd.readouterr()

    return run


def test_a_process_says_one_sentence_too(start: Start) -> None:
    with open_market() as market:
        market.answers["ODD"] = UNKNOWN
        command = start(market.url, "backtest", "--source", "yfinance", "--symbol", "odd")
        out, said = command.communicate()
    assert (command.returncode, out) == (2, "")
    assert said.startswith("spotmc backtest: Yahoo Finance knows no symbol ODD: look it up")
    assert said.count("\n") == 1


def test_prices_of_yahoo_are_traded_without_a_word_about_packages(start: Start) -> None:
    with open_market() as market:
        market.answers["AAPL"] = chart("AAPL", DAYS)
        command = start(market.url, "backtest", "--source", "yfinance", "--short", "5", "--long", "20")
        out, said = command.communicate()
    assert command.returncode == 0
    assert said.startswith("warning: the drift of "), "half a year of prices"
    assert said.count("\n") == 1
    assert f"AAPL from {DAYS[0]} to {DAYS[-1]}" in out


@pytest.mark.parametrize(
    ("source", "answer", "sentence"),
    [
        ("yfinance", UNKNOWN, "Yahoo Finance knows no symbol ODD: look it up at https://finance.yahoo.com/lookup"),
        ("yfinance", no_chart(400, "Bad Request", "Data doesn't exist"), "Yahoo Finance has no prices of ODD from "),
        ("yfinance", (429, "Too Many Requests"), "Yahoo Finance gave no prices for ODD: it refuses for now, because"),
        ("yfinance", (200, "<html>Log in</html>"), "Yahoo Finance gave no prices for ODD: it answered with a web page"),
        ("fred", (429, "{}"), "FRED gave no levels for ODD: it refuses for now, because too many requests came from"),
        ("fred", (200, "<html>Log in</html>"), "FRED gave no levels for ODD: it answered with a web page"),
        ("fred", (200, '{"error": 1}'), "FRED gave no levels for ODD: it answered with something else"),
    ],
)
def test_what_went_wrong_is_one_sentence(
    backtest: Backtest, source: str, answer: tuple[int, str], sentence: str
) -> None:
    with open_market() as market:
        market.answers["ODD"] = answer
        status, out, said = backtest(market.url, source)
    assert (status, out) == (2, "")
    assert said.startswith(f"spotmc backtest: {sentence}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("kind", "source", "host"), [*((kind, "yfinance", YAHOO) for kind in TROUBLES), ("no name", "fred", FRED)]
)
def test_without_an_answer_it_is_one_sentence_too(
    backtest: Backtest, monkeypatch: pytest.MonkeyPatch, kind: str, source: str, host: str
) -> None:
    be_impatient(monkeypatch)
    with trouble(kind) as address:
        status, out, said = backtest(address, source)
    assert (status, out) == (2, "")
    assert TROUBLES[kind].format(host=host) in said
    assert said.count("\n") == 1


def test_a_person_at_a_terminal_reads_what_is_waited_for(start: Start) -> None:
    ours, theirs = os.openpty()
    with open_market() as market, open(ours) as screen:
        market.may_answer.clear()
        market.answers["AAPL"] = chart("AAPL", DAYS)
        command = start(market.url, "backtest", "--source", "yfinance", "--long", "50", stderr=theirs)
        os.close(theirs)
        assert screen.readline() == "Fetching AAPL from Yahoo Finance …\n"
        market.may_answer.set()
        out, _ = command.communicate()
    assert command.returncode == 0
    assert "AAPL from" in out


@pytest.mark.parametrize("subcommand", ["backtest", "run", "sweep", "submit"])
def test_days_are_chosen_by_options_of_every_command_that_takes_prices(
    subcommand: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("SPOTMC_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/spotmc")
    monkeypatch.setenv("SPOTMC_BUCKET", "spotmc")
    with pytest.raises(SystemExit) as left:
        main([subcommand, "--start", "2005-06-01", "--end", "2004-06-01"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said == f"spotmc {subcommand}: --start must not be after the end, 2004-06-01, but is 2005-06-01\n"
