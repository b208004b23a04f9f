"""Daily bars of Yahoo Finance through the package ``yfinance``."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pandas as pd

from montecarlo.errors import HistoryError

TIMEOUT_SECONDS = 10
_COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adjusted_close",
    "Volume": "volume",
}


def fetch(symbol: str, years: int, today: date) -> pd.DataFrame:
    """Bars of the last ``years`` years before ``today``, in the columns of PriceHistory.

    Raises:
        HistoryError: Yahoo cannot be reached, refuses, or knows no such symbol.
    """
    import yfinance

    with _quiet() as complaints:
        try:
            bars: pd.DataFrame = yfinance.Ticker(symbol).history(
                period=f"{years}y", auto_adjust=False, actions=False, timeout=TIMEOUT_SECONDS
            )
        # Whatever goes wrong on the way (network, rate limit, a changed format) comes as an exception of any type.
        except Exception as error:
            raise HistoryError(_advice(symbol, str(error))) from error
    # Without network, as for an unknown symbol, yfinance may return an empty frame and only log the reason.
    if bars.empty:
        raise HistoryError(_advice(symbol, "; ".join(complaints) or "no reason given"))
    bars = bars[list(_COLUMNS)].rename(columns=_COLUMNS).tz_localize(None)
    return bars[bars.index < pd.Timestamp(today)]


def _advice(symbol: str, reason: str) -> str:
    return (
        f"Yahoo Finance gave no prices for {symbol} ({reason[:300]}). Either the network or Yahoo cannot be reached, "
        "or the symbol is unknown: check both and try again later, or take source 'sample' (offline) or 'csv' (a file "
        "of yours)"
    )


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Keep what yfinance logs in this thread off the screen; yields the list that its errors are collected in."""
    complaints = _Complaints()
    logger = logging.getLogger("yfinance")
    logger.addFilter(complaints)
    try:
        yield complaints.messages
    finally:
        logger.removeFilter(complaints)


class _Complaints(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self._thread or record.levelno < logging.WARNING:
            return True
        if record.levelno >= logging.ERROR:
            self.messages.append(record.getMessage())
        return False
