"""An exchange of a few months with a holiday and two half days, and its server, on the way to which a test is."""

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.alpaca_exchange import HALF_DAY, Exchange, TradingDay, eastern
from tests.alpaca_server import AlpacaServer
from trader.alpaca.broker import AlpacaBroker
from trader.alpaca.feed import AlpacaFeed

HOLIDAYS = {date(2025, 11, 27), date(2025, 12, 25), date(2026, 1, 1)}
HALF_DAYS = {date(2025, 11, 28), date(2025, 12, 24)}
BEGIN = date(2025, 11, 24)


@pytest.fixture
def days() -> list[TradingDay]:
    random = np.random.default_rng(1)
    dates = [day.date() for day in pd.bdate_range("2025-10-01", "2026-01-30") if day.date() not in HOLIDAYS]
    closes = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.01, len(dates)))), 2)
    opens = np.round(np.append(100.0, closes[:-1]) * np.exp(random.normal(0, 0.003, len(dates))), 2)
    return [
        TradingDay(
            day,
            (float(o), float(max(o, c) + 0.5), float(min(o, c) - 0.5), float(c)),
            closes_at=HALF_DAY if day in HALF_DAYS else time(16),
        )
        for day, o, c in zip(dates, opens, closes, strict=True)
    ]


@pytest.fixture
def exchange(days: list[TradingDay]) -> Exchange:
    """On the evening of a Monday."""
    return Exchange("AAPL", days, eastern(BEGIN, time(19, 10)))


@pytest.fixture
def server(exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AlpacaServer]:
    with AlpacaServer(exchange, tmp_path) as running:
        for name in ("APCA_API_BASE_URL", "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def broker(server: AlpacaServer) -> AlpacaBroker:
    return AlpacaBroker("AAPL", server.environment)


@pytest.fixture
def feed(server: AlpacaServer) -> AlpacaFeed:
    return AlpacaFeed("AAPL", server.environment)
