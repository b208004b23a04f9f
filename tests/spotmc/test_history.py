"""``spotmc history``: bars of Yahoo, which is on this machine, that are kept in the bucket of an emulator."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yfinance

from fleet import kept_histories
from fleet.bucket import Bucket
from fleet.settings import Settings
from montecarlo.data.sources import load_history
from tests.market import DAYS, UNKNOWN, Market, chart, open_market, redirect

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What stands for Yahoo; it has no bars yet."""
    yfinance.set_tz_cache_location(str(tmp_path))
    with open_market() as market:
        redirect(market.url, monkeypatch)
        yield market


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def put(spotmc: Run, *arguments: str) -> tuple[int, str, str]:
    return spotmc("history", "put", "aapl", "--source", "yfinance", *arguments)


def asked_from(market: Market) -> date:
    """The first day that the market was asked for last."""
    return datetime.fromtimestamp(int(market.charts[-1]["period1"][0]), UTC).date()


def kept_closes(bucket: Bucket, column: str = "close") -> list[float]:
    content, kept = kept_histories.find(bucket, "AAPL")
    return kept_histories.history_of(content, kept, "s3").bars[column].tolist()


def test_only_the_days_that_are_missing_are_asked_for(spotmc: Run, bucket: Bucket, market: Market) -> None:
    market.answers["AAPL"] = chart("AAPL", DAYS[:90])
    status, out, told = put(spotmc)
    assert (status, out) == (0, f"AAPL: 90 days from {DAYS[0]} to {DAYS[89]} are kept now\n"), told
    market.answers["AAPL"] = chart("AAPL", DAYS)
    status, out, told = put(spotmc)
    assert (status, out) == (0, f"AAPL: 10 days added: 100 days from {DAYS[0]} to {DAYS[-1]}\n"), told
    assert asked_from(market) == DAYS[80]
    assert kept_closes(bucket) == [100.0 + number for number in range(100)]
    before = len(market.charts)
    assert spotmc("history", "put")[1] == f"AAPL: nothing is new: 100 days from {DAYS[0]} to {DAYS[-1]}\n"
    assert len(market.charts) - before <= 1, "none where yesterday is kept, and else only the last days"


@pytest.mark.parametrize("why", ["dividend", pytest.param("split", marks=pytest.mark.thorough)])
def test_all_is_fetched_again_where_the_past_was_adjusted(
    spotmc: Run, bucket: Bucket, market: Market, why: str
) -> None:
    market.answers["AAPL"] = chart("AAPL", DAYS[:90])
    put(spotmc)
    closes, adjusted, volume = [100.0 + number for number in range(100)], [], 1000
    if why == "split":
        closes, volume = [close / 4 for close in closes], 4000
    adjusted = [close * (0.49 if number < 95 else 0.5) for number, close in enumerate(closes)]
    market.answers["AAPL"] = chart("AAPL", DAYS, closes=closes, adjusted=adjusted, volume=volume)
    status, out, told = put(spotmc)
    assert status == 0, told
    assert f"AAPL: all fetched again, adjusted anew, 10 of them added: 100 days from {DAYS[0]}" in out
    said = {"dividend": "adjusted closes of the past changed", "split": "prices of the past are 0.25 times"}
    assert f"warning: AAPL: {said[why]}" in told
    assert asked_from(market) == DAYS[0]
    assert (kept_closes(bucket), kept_closes(bucket, "adjusted_close")) == (closes, adjusted)


def test_what_contradicts_is_refused_until_a_person_decides(spotmc: Run, bucket: Bucket, market: Market) -> None:
    market.answers["AAPL"] = chart("AAPL", DAYS[:90])
    put(spotmc)
    closes = [100.0 + number + (number == 85) for number in range(100)]
    market.answers["AAPL"] = chart("AAPL", DAYS, closes=closes)
    status, out, told = put(spotmc)
    assert (status, out) == (1, "")
    assert f"({DAYS[85]}: close 185 is kept, 186 is told now); nothing was changed" in told
    assert len(kept_closes(bucket)) == 90
    status, out, told = put(spotmc, "--replace")
    assert (status, out) == (0, f"AAPL: replaced: 100 days from {DAYS[0]} to {DAYS[-1]}\n"), told
    assert kept_closes(bucket) == closes


@pytest.mark.thorough
def test_earlier_days_are_fetched_where_they_are_wanted(spotmc: Run, bucket: Bucket, market: Market) -> None:
    market.answers["AAPL"] = chart("AAPL", DAYS)
    assert put(spotmc, "--start", f"{DAYS[30]}")[0] == 0
    assert len(kept_closes(bucket)) == 70
    status, out, told = put(spotmc, "--years", "1")
    assert (status, out) == (0, f"AAPL: 30 days added: 100 days from {DAYS[0]} to {DAYS[-1]}\n"), told


def test_of_several_symbols_the_good_ones_are_kept(
    spotmc: Run, bucket: Bucket, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.answers |= {"AAPL": chart("AAPL", DAYS), "^GSPC": chart("^GSPC", DAYS), "ODD": UNKNOWN}
    status, out, told = put(spotmc, "odd", "^gspc", "--json")
    assert status == 1
    assert told.startswith("spotmc: Yahoo Finance knows no symbol ODD: look it up")
    said = json.loads(out)
    assert [each["symbol"] for each in said["put"]] == ["AAPL", "^GSPC"]
    assert list(said["failed"]) == ["odd"]
    status, out, _ = spotmc("history", "list")
    assert [line.split()[1] for line in out.splitlines() if "yfinance" in line] == ["AAPL", "^GSPC"]
    assert "caretGSPC" in out
    monkeypatch.setenv("COLUMNS", "40")
    assert spotmc("history", "list")[1] == out, "whole, so that it can be copied"
    status, out, _ = spotmc("history", "get", "^gspc", "AAPL", "--out", str(tmp_path / "bars"))
    digest = json.loads(spotmc("history", "list", "--json")[1])[1]["digest"]
    assert out.splitlines()[0].endswith(f"^GSPC.csv: 100 days from {DAYS[0]} to {DAYS[-1]}, SHA-256 {digest}")
    assert load_history("^GSPC", "csv", path=tmp_path / "bars/^GSPC.csv").digest == digest
    assert "is there already" in spotmc("history", "get", "AAPL", "--out", str(tmp_path / "bars"))[2]
    assert spotmc("history", "delete", "aapl", "^gspc", "--yes")[0] == 0
    assert spotmc("history", "list")[1].startswith("No history is kept in the bucket")


def test_a_job_of_s3_is_that_of_the_same_bars_in_a_file(spotmc: Run, settings: Settings, tmp_path: Path) -> None:
    assert spotmc("history", "put", "AAPL", "--end", "2001-03-01")[0] == 0
    assert spotmc("history", "get", "AAPL", "--out", str(tmp_path / "AAPL.csv"))[0] == 0
    small = ("--days", "60", "--iterations", "100", "--seed", "7", "--short", "5", "--long", "20", "--no-uncertainty")
    where = f"s3://{settings.bucket}/history/daily/AAPL/"
    for name, prices in {"file": str(tmp_path / "AAPL.csv"), "s3": where}.items():
        status, _, told = spotmc("run", "--prices", prices, *small, "--out", str(tmp_path / name))
        assert status == 0, told
    file, s3 = ({each.name: each.read_bytes() for each in (tmp_path / name).iterdir()} for name in ("file", "s3"))
    jobs = [json.loads(each.pop("job.json")) for each in (file, s3)]
    assert file == s3
    assert [each["source"] for each in jobs] == ["csv", "s3"]
    assert {**jobs[1], "id": jobs[0]["id"], "source": "csv"} == jobs[0]
    status, out, told = spotmc("submit", "--source", "s3", *small, "--json")
    assert (status, json.loads(out)["job_id"]) == (0, jobs[1]["id"]), told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("backtest", "--source", "s3", "--symbol", "msft"), "no history of MSFT is kept in the bucket"),
        (("backtest", "--prices", "s3://Big/x.csv"), "expected an address such as s3://my-bucket/prices/aapl.csv"),
        (("backtest", "--prices", "s3://b/x.csv", "--source", "fred"), "leave out --source fred"),
        (("history", "put", "AAPL", "--source", "s3"), "--source must be one of sample, yfinance, fred, csv, not 's3'"),
        (("history", "put"), "no history of a network is kept yet: name a SYMBOL, and --source yfinance or fred"),
        (("history", "put", "--source", "csv"), "a file is given by --prices FILE"),
        (("history", "put", "A B"), "symbol: expected 1 to 32 letters"),
        (("history", "get", "MSFT"), "no history of MSFT is kept in the bucket"),
        (("history", "delete", "MSFT", "--yes"), "no history of MSFT is kept in the bucket"),
    ],
)
def test_what_cannot_be_is_said(spotmc: Run, arguments: tuple[str, ...], told: str) -> None:
    status, out, said = spotmc(*arguments)
    assert status in (1, 2)
    assert out == ""
    assert told in said
    assert said.count("\n") == 1
