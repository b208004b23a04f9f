"""Daily bars of Yahoo Finance through the package ``yfinance``."""

import json
import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pandas as pd
import yfinance
from yfinance.data import YfData

from montecarlo.data.sources.endings import Ending
from montecarlo.data.sources.fetched import Fetched, finite, require_positive, without_missing
from montecarlo.data.sources.yahoo_session import session
from montecarlo.data.span import Days
from montecarlo.errors import HistoryError

NAME = "Yahoo Finance"
_COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adjusted_close",
    "Volume": "volume",
}

_MINOR_UNITS = {"GBp": "GBP", "GBX": "GBP", "ILA": "ILS", "ZAc": "ZAR"}
"""What Yahoo calls hundredths of a currency: a price in pence moves as one in pounds does."""

_ONE_AT_A_TIME = threading.Lock()  # yfinance has one session and one memory of answers for all threads


def fetch(symbol: str, days: Days) -> Fetched:
    """Bars of these days, dated as at their exchange, in the columns of PriceHistory.

    A close that is null or zero is missing; a negative one is real, as that of oil was in April 2020.

    Raises:
        HistoryError: Yahoo cannot be reached, refuses, has no such prices, or has some that are not positive.
    """
    with _ONE_AT_A_TIME, session().watched() as watch, _quiet():
        YfData.cache_get.cache_clear()  # or what went wrong once would be the answer as long as this process lives
        try:
            bars: pd.DataFrame = yfinance.Ticker(symbol, session=session()).history(
                start=days.first,
                end=days.last + timedelta(days=1),
                auto_adjust=False,
                actions=False,
                keepna=True,
            )
        # Whatever goes wrong on the way (network, rate limit, a changed format) comes as an exception of any type.
        except Exception as error:
            raise HistoryError(_why_none(symbol, days, watch.ending)) from error
    if bars.empty:  # which is also what comes of an exception that yfinance has caught and logged
        raise HistoryError(_why_none(symbol, days, watch.ending))
    bars = days.cut(bars[list(_COLUMNS)].rename(columns=_COLUMNS).tz_localize(None))
    if bars.empty:
        raise HistoryError(_no_prices(symbol, days))
    missing = ~finite(bars) | bars[["close", "adjusted_close"]].eq(0).any(axis=1)
    fetched = without_missing(bars, missing, NAME)
    require_positive(fetched.bars, symbol, NAME)
    return fetched._replace(currency=_currency(watch.ending))


def _currency(ending: Ending | None) -> str:
    """What the prices are in, as Yahoo tells with them; empty where it does not."""
    match _chart(ending.text) if ending else None:
        case {"result": [{"meta": {"currency": str() as told}}, *_]}:
            return _MINOR_UNITS.get(told, told)
        case _:
            return ""


def _why_none(symbol: str, days: Days, ending: Ending | None) -> str:
    if ending is None:
        return f"{NAME} was not asked for {symbol}: update the package yfinance, or take another source"
    if trouble := ending.trouble:
        return f"{NAME} gave no prices for {symbol}: {trouble}"
    match _chart(ending.text):
        case {"error": {"code": "Not Found"}}:
            return (
                f"{NAME} knows no symbol {symbol}: {_also_written(symbol)}look it up at "
                "https://finance.yahoo.com/lookup, where delisted ones are missing, too"
            )
        case {"error": {"code": str()}}:
            return _no_prices(symbol, days)
        case {"result": [{"meta": dict()} as found, *_]} if not found.get("timestamp"):
            return _no_prices(symbol, days)
        case _:
            return f"{NAME} gave no prices for {symbol}: {ending.not_understood}"


def _no_prices(symbol: str, days: Days) -> str:
    return f"{NAME} has no prices of {symbol} {days}: choose other days, or another symbol"


def _chart(text: str) -> Any:
    """What Yahoo's chart service answered, None where it was not that which did."""
    try:
        return json.loads(text).get("chart")
    except (ValueError, AttributeError):
        return None


def _also_written(symbol: str) -> str:
    """How Yahoo writes what others write in this way."""
    if match := re.fullmatch(r"([A-Z]{1,5})[./ ]([A-C])", symbol):
        return f"perhaps {match[1]}-{match[2]} is meant, because classes of shares have a hyphen there; otherwise "
    if match := re.fullmatch(r"([A-Z]{1,5})\.US", symbol):
        return f"perhaps {match[1]} is meant, because US symbols have no suffix there; otherwise "
    return ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the screen what yfinance logs in this thread, and advice that is for its programmers."""
    mine = _NotOfThread(threading.get_ident())
    logger = logging.getLogger("yfinance")
    logger.addFilter(mine)
    try:
        with warnings.catch_warnings():
            for kind in (DeprecationWarning, FutureWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        logger.removeFilter(mine)


class _NotOfThread(logging.Filter):
    def __init__(self, thread: int) -> None:
        super().__init__()
        self._thread = thread

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self._thread or record.levelno < logging.WARNING
