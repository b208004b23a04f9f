"""What stands for Yahoo Finance and FRED: a server on this machine that answers as they do."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import curl_cffi.requests
import pandas as pd
import pytest
import requests

TODAY = datetime.now(UTC).date()
DAYS = [day.date() for day in pd.bdate_range(end=TODAY - timedelta(days=1), periods=100)]

NOWHERE = "http://prices.invalid"  # a name that is never resolved: RFC 2606

TROUBLES = {
    "no name": "{host} cannot be resolved, so this machine has no network, or no DNS: mend that and try again",
    "no connection": "{host} cannot be connected to",
    "no answer": "{host} did not answer within 0.2 s: try again later",
    "no secret": "no secure connection to {host} can be had",
    "breaks off": "{host} cannot be connected to, or broke off",
}
"""What a person reads where no answer comes."""


class Market(ThreadingHTTPServer):
    """Answers by the symbol or series that is asked for, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def charts(self) -> list[dict[str, list[str]]]:
        """What was asked of the chart service, but for the time zone alone."""
        queries = [parse_qs(urlsplit(path).query) for path in self.asked if "/finance/chart/" in path]
        return [query for query in queries if query.get("range") != ["1d"]]


class Answer(BaseHTTPRequestHandler):
    server: Market

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        address = urlsplit(self.path)
        name = parse_qs(address.query).get("id", [unquote(address.path.rpartition("/")[2])])[0]
        self.server.may_answer.wait()
        status, text = self.server.answers.get(name, (404, "<html>Not found</html>"))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def open_market() -> Iterator[Market]:
    """One that answers as long as the block lasts."""
    with Market() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.may_answer.set()
        server.shutdown()
        thread.join()


@contextmanager
def trouble(kind: str) -> Iterator[str]:
    """An address from which no answer comes, for one of ``TROUBLES``."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if kind != "no connection":
            taken.listen(20)
        if kind in {"breaks off", "no secret"}:
            threading.Thread(target=_hang_up, args=(taken,), daemon=True).start()
        scheme = "https" if kind == "no secret" else "http"
        yield NOWHERE if kind == "no name" else f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"


def _hang_up(listening: socket.socket) -> None:
    try:
        while True:
            with listening.accept()[0] as connection:
                connection.send(b"HTTP/1.1")
    except OSError:
        pass  # the block is over


def be_impatient(patch: pytest.MonkeyPatch) -> None:
    """Wait for an answer a fifth of a second, not ten."""
    from montecarlo.data.sources import endings, fred, yahoo_session

    for module in (endings, fred, yahoo_session):
        patch.setattr(module, "TIMEOUT_SECONDS", 0.2)


def redirect(address: str, patch: pytest.MonkeyPatch) -> None:
    """Send to the address what is meant for any host."""
    for session in (curl_cffi.requests.Session, requests.Session):
        patch.setattr(session, "request", _redirected(session.request, address))


def _redirected(request: Any, address: str) -> Any:
    def send(self: Any, method: str, url: str, *arguments: Any, **options: Any) -> Any:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return request(self, method, f"{address}{parts.path}{query}", *arguments, **options)

    return send


def chart(
    symbol: str,
    days: Sequence[date],
    *,
    opens: time = time(14, 30),
    zone: tzinfo = UTC,
    named: str = "America/New_York",
    closes: Sequence[float | None] | None = None,
    adjusted: Sequence[float | None] | None = None,
    volume: int = 1000,
    currency: str = "USD",
) -> tuple[int, str]:
    """What Yahoo's chart service answers: closes 100, 101, … on the days, adjusted closes half of them."""
    stamps = [int(datetime.combine(day, opens, zone).timestamp()) for day in days]
    closes = [100.0 + number for number in range(len(days))] if closes is None else closes
    quote = {
        "open": closes,
        "high": [None if close is None else close + 1 for close in closes],
        "low": [None if close is None else close - 1 for close in closes],
        "close": closes,
        "volume": [None if close is None else volume for close in closes],
    }
    meta = {
        "currency": currency,
        "symbol": symbol,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": stamps[0],
        "regularMarketTime": stamps[-1],
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": named,
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    if adjusted is None:
        adjusted = [None if close is None else close / 2 for close in closes]
    result = {
        "meta": meta,
        "timestamp": stamps,
        "events": {"dividends": {str(stamps[50]): {"amount": 0.5, "date": stamps[50]}}},
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": adjusted}]},
    }
    return 200, json.dumps({"chart": {"result": [result], "error": None}})


def no_chart(status: int, code: str, description: str) -> tuple[int, str]:
    """What it answers where it has nothing."""
    return status, json.dumps({"chart": {"result": None, "error": {"code": code, "description": description}}})


UNKNOWN = no_chart(404, "Not Found", "No data found, symbol may be delisted")


def series(name: str, days: Sequence[date], levels: Sequence[str] | None = None) -> tuple[int, str]:
    """What FRED answers: levels 100, 101, … unless others are given."""
    levels = [str(100 + number) for number in range(len(days))] if levels is None else levels
    lines = [f"{day},{level}" for day, level in zip(days, levels, strict=True)]
    return 200, "\n".join([f"observation_date,{name}", *lines]) + "\n"
