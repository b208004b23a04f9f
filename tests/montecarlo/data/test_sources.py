"""Named sources of price histories. Those on the network are asked over HTTP, on this machine."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
import yfinance
from curl_cffi.requests import Session
from pandas_datareader.fred import FredReader
from yfinance.data import YfData

from montecarlo.data.history import PriceHistory
from montecarlo.data.sources import SOURCES, load_history, snapshots
from montecarlo.errors import HistoryError

TODAY = datetime.now(UTC).date()

reads_a_chart = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame:pandas.errors.Pandas4Warning")


class Market(ThreadingHTTPServer):
    """Answers as Yahoo Finance and FRED do, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []


class Answer(BaseHTTPRequestHandler):
    server: Market

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        address = urlsplit(self.path)
        name = parse_qs(address.query).get("id", [address.path.rpartition("/")[2]])[0]
        status, text = self.server.answers.get(name, (404, "<html>Not found</html>"))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def market() -> Iterator[Market]:
    with Market() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class MarketSession(Session):
    """Sends to the market what is meant for any of Yahoo's hosts."""

    def __init__(self, market: Market) -> None:
        super().__init__()
        self.market = market

    def request(self, method, url, **options):  # type: ignore[no-untyped-def]
        return super().request(method, f"{self.market.url}{urlsplit(url).path}", **options)


@pytest.fixture(scope="module", autouse=True)
def _yfinance_keeps_its_files_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    yfinance.set_tz_cache_location(str(tmp_path_factory.mktemp("yfinance")))


@pytest.fixture
def yahoo(market: Market) -> Iterator[Market]:
    """yfinance's one session talks to the market."""
    with MarketSession(market) as session:
        YfData(session=session)
        YfData.cache_get.cache_clear()
        yield market
    YfData(session=Session())


@pytest.fixture
def fred(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    monkeypatch.setattr(FredReader, "url", f"{market.url}/graph/fredgraph.csv")
    return market


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections and that nobody else can take meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def yahoo_out_of_reach(closed_port: int) -> Iterator[None]:
    with Session(proxy=f"http://127.0.0.1:{closed_port}") as session:
        YfData(session=session)
        yield
    YfData(session=Session())


DAYS = [day.date() for day in pd.bdate_range(end=TODAY - timedelta(days=1), periods=100)]


def chart(symbol: str, days: list[date]) -> tuple[int, str]:
    """What Yahoo's chart service answers: closes 100, 101, … on the days, adjusted closes half of them."""
    stamps = [int(datetime.combine(day, time(14, 30), UTC).timestamp()) for day in days]
    closes = [100.0 + number for number in range(len(days))]
    quote = {
        "open": closes,
        "high": [close + 1 for close in closes],
        "low": [close - 1 for close in closes],
        "close": closes,
        "volume": [1000] * len(days),
    }
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": stamps[0],
        "regularMarketTime": stamps[-1],
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "10y",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    result = {
        "meta": meta,
        "timestamp": stamps,
        "events": {"dividends": {str(stamps[50]): {"amount": 0.5, "date": stamps[50]}}},
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": [close / 2 for close in closes]}]},
    }
    return 200, json.dumps({"chart": {"result": [result], "error": None}})


def no_chart(code: int, description: str) -> tuple[int, str]:
    return code, json.dumps({"chart": {"result": None, "error": {"code": "Not Found", "description": description}}})


def series(name: str, days: list[date], blanks: tuple[str, ...] = ()) -> tuple[int, str]:
    """What FRED answers: levels 100, 101, … and a blank for a holiday."""
    levels = [str(100 + number) for number in range(len(days))]
    lines = [f"{day},{level}" for day, level in zip(days, levels, strict=True)]
    for at, blank in enumerate(blanks):
        lines[10 + at] = f"{days[10 + at]},{blank}"
    return 200, "\n".join([f"observation_date,{name}", *lines]) + "\n"


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


# yfinance


@reads_a_chart
def test_yahoo_gives_closes_and_adjusted_closes(yahoo: Market) -> None:
    yahoo.answers["ACME"] = chart("ACME", DAYS)
    history = load_history("acme", "yfinance")
    assert (history.symbol, history.source) == ("ACME", "yfinance")
    assert history.dates.tolist() == DAYS
    assert history.bars["close"].tolist() == [100.0 + number for number in range(100)]
    assert history.closes.tolist() == [50.0 + number / 2 for number in range(100)]
    assert history.bars["volume"].eq(1000).all()


@reads_a_chart
def test_yahoo_is_asked_for_ten_years_of_raw_prices(yahoo: Market) -> None:
    yahoo.answers["TENYEARS"] = chart("TENYEARS", DAYS)
    load_history("TENYEARS", "yfinance")
    query = parse_qs(urlsplit(yahoo.asked[-1]).query)
    assert (query["range"], query["interval"]) == (["10y"], ["1d"])


@reads_a_chart
def test_yahoos_bar_of_today_is_left_out_because_it_is_not_finished(yahoo: Market) -> None:
    yahoo.answers["LIVE"] = chart("LIVE", [*DAYS, TODAY])
    assert load_history("LIVE", "yfinance").dates.tolist() == DAYS


def test_a_symbol_unknown_to_yahoo_is_refused_quietly(
    yahoo: Market, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    yahoo.answers["NOPE"] = no_chart(404, "No data found, symbol may be delisted")
    with pytest.raises(HistoryError) as raised:
        load_history("NOPE", "yfinance")
    assert "no prices for NOPE" in str(raised.value)
    assert "No data found, symbol may be delisted" in str(raised.value)
    assert "source 'sample' (offline) or 'csv'" in str(raised.value)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_yahoos_rate_limit_is_told_with_its_cause(yahoo: Market) -> None:
    yahoo.answers["BUSY"] = (429, "Too Many Requests")
    with pytest.raises(HistoryError, match=r"no prices for BUSY .*Too Many Requests.*try again later") as raised:
        load_history("BUSY", "yfinance")
    assert isinstance(raised.value.__cause__, yfinance.exceptions.YFRateLimitError)


@pytest.mark.parametrize("answer", [(200, "<html>Will be right back</html>"), (200, "{}"), (500, "")])
def test_an_answer_of_yahoo_that_makes_no_sense_is_refused(yahoo: Market, answer: tuple[int, str]) -> None:
    yahoo.answers["ODD"] = answer
    with pytest.raises(HistoryError, match="no prices for ODD"):
        load_history("ODD", "yfinance")


@pytest.mark.usefixtures("yahoo_out_of_reach")
def test_offline_yahoo_is_told_and_not_replaced() -> None:
    for _ in range(4):  # yfinance raises the first times, then returns an empty frame
        with pytest.raises(HistoryError, match=r"no prices for OFFLINE \(.*connect.*\).*Either the network") as raised:
            load_history("OFFLINE", "yfinance")
    assert raised.value.__cause__ is None


def test_what_other_threads_log_is_not_silenced(yahoo: Market, caplog: pytest.LogCaptureFixture) -> None:
    from montecarlo.data.sources.yahoo import _quiet

    logger = logging.getLogger("yfinance")
    with _quiet() as complaints:
        logger.error("mine")
        other = threading.Thread(target=logger.error, args=("theirs",))
        other.start()
        other.join()
    assert complaints == ["mine"]
    assert caplog.messages == ["theirs"]
    logger.error("later")
    assert caplog.messages == ["theirs", "later"]


# fred


def test_fred_gives_levels_without_the_blanks_of_holidays(fred: Market) -> None:
    fred.answers["SP500"] = series("SP500", DAYS, blanks=("", "."))
    history = load_history("sp500", "fred")
    assert (history.symbol, history.source) == ("SP500", "fred")
    assert history.dates.tolist() == DAYS[:10] + DAYS[12:]
    assert history.closes.tolist() == history.bars["close"].tolist()
    assert history.closes[:2].tolist() == [100.0, 101.0]
    assert np.isnan(history.bars["open"]).all()


def test_fred_gives_ten_years(fred: Market) -> None:
    days = [day.date() for day in pd.bdate_range(end=TODAY - timedelta(days=1), periods=4000)]
    fred.answers["OLD"] = series("OLD", days)
    first = load_history("OLD", "fred").dates[0]
    assert timedelta(0) <= first.item() - (pd.Timestamp(TODAY) - pd.DateOffset(years=10)).date() < timedelta(days=4)


def test_freds_level_of_today_is_left_out_as_yahoos_is(fred: Market) -> None:
    fred.answers["LIVE"] = series("LIVE", [*DAYS, TODAY])
    assert load_history("LIVE", "fred").dates.tolist() == DAYS


def test_a_series_unknown_to_fred_is_refused(fred: Market) -> None:
    with pytest.raises(HistoryError, match=r"FRED gave no levels for NOPE .*no series of that name") as raised:
        load_history("NOPE", "fred")
    assert isinstance(raised.value.__cause__, OSError)


@pytest.mark.parametrize("text", ["", "<html><body>Error</body></html>", "observation_date,ODD\nsoon,1\n"])
def test_an_answer_of_fred_that_makes_no_sense_is_refused(fred: Market, text: str) -> None:
    fred.answers["ODD"] = (200, text)
    with pytest.raises(HistoryError, match="ODD"):
        load_history("ODD", "fred")


def test_offline_fred_is_told_and_not_replaced(closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FredReader, "url", f"http://127.0.0.1:{closed_port}/graph/fredgraph.csv")
    with pytest.raises(HistoryError, match=r"FRED gave no levels for SP500 .*Either the network or FRED"):
        load_history("SP500", "fred")


# The cache


def test_the_same_day_a_history_is_fetched_once(fred: Market, tmp_path: Path) -> None:
    fred.answers["SP500"] = series("SP500", DAYS)
    folder = tmp_path / "new" / "cache"
    first = load_history("SP500", "fred", cache=folder)
    again = load_history("sp500", "fred", cache=folder)
    assert len(fred.asked) == 1
    assert again.digest == first.digest
    assert (again.symbol, again.source, again.warnings) == (first.symbol, first.source, first.warnings)
    assert len(list(folder.iterdir())) == 1


@reads_a_chart
def test_yahoos_histories_are_kept_too(yahoo: Market, tmp_path: Path) -> None:
    yahoo.answers["KEPT"] = chart("KEPT", DAYS)
    first = load_history("KEPT", "yfinance", cache=tmp_path)
    yahoo.answers.clear()
    assert load_history("KEPT", "yfinance", cache=tmp_path).digest == first.digest


def test_without_a_cache_nothing_is_kept(fred: Market) -> None:
    fred.answers["SP500"] = series("SP500", DAYS)
    load_history("SP500", "fred")
    load_history("SP500", "fred")
    assert len(fred.asked) == 2


def test_another_symbol_or_source_or_day_finds_nothing(tmp_path: Path) -> None:
    history = load_history("IBM", "sample")
    snapshots.keep(tmp_path, history, date(2024, 7, 5))
    found = snapshots.find(tmp_path, "sample", "IBM", date(2024, 7, 5))
    assert isinstance(found, PriceHistory)
    assert found.digest == history.digest
    assert snapshots.find(tmp_path, "sample", "IBM", date(2024, 7, 6)) is None
    assert snapshots.find(tmp_path, "sample", "IB", date(2024, 7, 5)) is None
    assert snapshots.find(tmp_path, "yfinance", "IBM", date(2024, 7, 5)) is None


@pytest.mark.parametrize("damage", [b"", b"not a snapshot", "shorter", "another price"])
def test_a_damaged_file_is_fetched_again(fred: Market, tmp_path: Path, damage: bytes | str) -> None:
    fred.answers["SP500"] = series("SP500", DAYS)
    first = load_history("SP500", "fred", cache=tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    damaged = {
        "shorter": whole[: whole.rindex(b"\n", 0, -1) + 1],
        "another price": whole.replace(b",100.0,100.0,", b",100.5,100.5,"),
    }
    path.write_bytes(damage if isinstance(damage, bytes) else damaged[damage])
    assert path.read_bytes() != whole
    assert load_history("SP500", "fred", cache=tmp_path).digest == first.digest
    assert len(fred.asked) == 2
    assert path.read_bytes() == whole


def test_what_is_refused_is_not_kept(fred: Market, tmp_path: Path) -> None:
    fred.answers["SHORT"] = series("SHORT", DAYS[:30])
    with pytest.raises(HistoryError, match="at least 60 returns"):
        load_history("SHORT", "fred", cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(fred: Market, tmp_path: Path) -> None:
    fred.answers["SP500"] = series("SP500", DAYS)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HistoryError, match=r"cache: expected a folder to write to, got .*file"):
        load_history("SP500", "fred", cache=tmp_path / "file")
