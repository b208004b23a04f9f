"""Named sources of price histories, and what of them is kept. Those on the network are asked on this machine."""

from datetime import date
from pathlib import Path

import pytest

from montecarlo.data.sources import SOURCES, load_history
from montecarlo.data.sources.fetched import Fetched
from montecarlo.data.sources.snapshots import Snapshots
from montecarlo.data.span import Days
from montecarlo.errors import HistoryError
from tests.market import DAYS, Market, chart, series


def test_sources_are_named() -> None:
    assert SOURCES == ("sample", "yfinance", "fred", "csv")
    with pytest.raises(HistoryError, match="source: expected one of sample, yfinance, fred, csv, got 'yahoo'"):
        load_history("AAPL", "yahoo")


def test_a_file_for_a_source_that_reads_none_is_refused() -> None:
    with pytest.raises(HistoryError, match="path: only source 'csv' reads a file, got source 'sample'"):
        load_history("AAPL", "sample", path="AAPL.csv")


@pytest.mark.parametrize("source", ["sample", "yfinance", "fred"])
@pytest.mark.parametrize("symbol", [None, "", "../AAPL", "A B"])
def test_a_symbol_that_cannot_be_one_is_refused_before_anything_is_asked(symbol: str | None, source: str) -> None:
    with pytest.raises(HistoryError, match="symbol: "):
        load_history(symbol, source)


# sample


@pytest.mark.parametrize("symbol", ["AAPL", "FB", "GOOG", "IBM", "MSFT"])
def test_samples_are_real_bars_without_gaps_or_impossible_bars(symbol: str) -> None:
    history = load_history(symbol, "sample")
    assert (history.symbol, history.source) == (symbol, "sample")
    assert str(history.dates[-1]) == "2013-03-01"
    assert history.bars.notna().all(axis=None)
    assert all("a real crash" in warning for warning in history.warnings)


def test_apples_fall_of_2000_is_told() -> None:
    (warning,) = load_history(" aapl ", "sample").warnings
    assert warning == "1 move of more than 40 % in a day (first 2000-09-29, -52 %): a split, a spin-off or a real crash"


def test_an_unknown_sample_is_told_which_there_are() -> None:
    with pytest.raises(HistoryError, match="source 'sample' has AAPL, FB, GOOG, IBM, MSFT, not 'INTC'; choose"):
        load_history("INTC", "sample")


# The cache


def test_the_same_day_a_history_is_fetched_once(market: Market, tmp_path: Path) -> None:
    market.answers["SP500"] = series("SP500", DAYS)
    folder = tmp_path / "new" / "cache"
    first = load_history("SP500", "fred", cache=folder)
    again = load_history("sp500", "fred", cache=folder)
    assert len(market.asked) == 1
    assert again.digest == first.digest
    assert (again.symbol, again.source, again.warnings) == (first.symbol, first.source, first.warnings)
    assert len(list(folder.iterdir())) == 1


def test_yahoos_histories_are_kept_too(market: Market, tmp_path: Path) -> None:
    market.answers["KEPT"] = chart("KEPT", DAYS)
    first = load_history("KEPT", "yfinance", cache=tmp_path)
    assert first.currency == "USD"
    market.answers.clear()
    again = load_history("KEPT", "yfinance", cache=tmp_path)
    assert (again.digest, again.currency) == (first.digest, "USD")


def test_without_a_cache_nothing_is_kept(market: Market) -> None:
    market.answers["SP500"] = series("SP500", DAYS)
    load_history("SP500", "fred")
    load_history("SP500", "fred")
    assert len(market.asked) == 2


def test_other_days_are_never_taken_from_what_was_kept(market: Market, tmp_path: Path) -> None:
    market.answers["SP500"] = series("SP500", DAYS)
    whole = load_history("SP500", "fred", cache=tmp_path)
    part = load_history("SP500", "fred", cache=tmp_path, start=DAYS[30])
    assert (len(whole.bars), len(part.bars)) == (100, 70)
    assert len(load_history("SP500", "fred", cache=tmp_path, end=DAYS[79]).bars) == 80
    assert len(market.asked) == 3
    assert load_history("SP500", "fred", cache=tmp_path, start=str(DAYS[30])).digest == part.digest
    assert len(market.asked) == 3


def test_what_was_left_out_is_told_again(market: Market, tmp_path: Path) -> None:
    market.answers["HOLE"] = chart("HOLE", DAYS, closes=[None, *range(1, 100)])
    first = load_history("HOLE", "yfinance", cache=tmp_path)
    market.answers.clear()
    again = load_history("HOLE", "yfinance", cache=tmp_path)
    assert "no close for 1 day" in first.warnings[0]
    assert (again.digest, again.warnings) == (first.digest, first.warnings)


def test_only_before_the_network_is_asked_that_is_told(market: Market, tmp_path: Path) -> None:
    market.answers |= {"SP500": series("SP500", DAYS), "ACME": chart("ACME", DAYS)}
    asked: list[tuple[str, int]] = []

    def tell(what: str) -> None:
        asked.append((what, len(market.asked)))

    for _ in range(2):
        load_history("sp500", "fred", cache=tmp_path, on_fetch=tell)
    load_history("acme", "yfinance", cache=tmp_path, on_fetch=tell)
    load_history("IBM", "sample", on_fetch=tell)
    assert asked == [("SP500 from FRED", 0), ("ACME from Yahoo Finance", 1)]


def test_another_symbol_or_source_or_day_finds_nothing(tmp_path: Path) -> None:
    bars = load_history("IBM", "sample").bars
    days = Days(date(2000, 3, 1), date(2013, 3, 1))
    snapshots = Snapshots(tmp_path, date(2024, 7, 5))
    snapshots.keep("yfinance", "M&M.NS", days, Fetched(bars, ("a note",)))
    found = snapshots.find("yfinance", "M&M.NS", days)
    assert found is not None
    assert found.notes == ("a note",)
    assert found.bars.equals(bars)
    assert Snapshots(tmp_path, date(2024, 7, 6)).find("yfinance", "M&M.NS", days) is None
    assert snapshots.find("yfinance", "M", days) is None
    assert snapshots.find("fred", "M&M.NS", days) is None
    assert snapshots.find("yfinance", "M&M.NS", Days(days.first, date(2013, 3, 2))) is None


@pytest.mark.parametrize("damage", [b"", b"not a snapshot", "shorter", "another price"])
def test_a_damaged_file_is_fetched_again(market: Market, tmp_path: Path, damage: bytes | str) -> None:
    market.answers["SP500"] = series("SP500", DAYS)
    first = load_history("SP500", "fred", cache=tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    damaged = {
        "shorter": whole[: whole.rindex(b"\n", 0, -1) + 1],
        "another price": whole.replace(b",100.0\n", b",100.5\n"),
    }
    path.write_bytes(damage if isinstance(damage, bytes) else damaged[damage])
    assert path.read_bytes() != whole
    assert load_history("SP500", "fred", cache=tmp_path).digest == first.digest
    assert len(market.asked) == 2
    assert path.read_bytes() == whole


def test_what_is_refused_is_not_kept(market: Market, tmp_path: Path) -> None:
    market.answers["SHORT"] = series("SHORT", DAYS[:30])
    with pytest.raises(HistoryError, match="at least 60 returns"):
        load_history("SHORT", "fred", cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(market: Market, tmp_path: Path) -> None:
    market.answers["SP500"] = series("SP500", DAYS)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HistoryError, match=r"cache: expected a folder to write to, got .*file"):
        load_history("SP500", "fred", cache=tmp_path / "file")
