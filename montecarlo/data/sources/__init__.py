"""Where price histories come from: named sources, chosen by the caller and never swapped for one another.

This package is the only part of ``montecarlo`` that touches the network, and the only one that reads prices from disk.
What a source needs is imported when that source is used, so naming the sources costs nothing.
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO

from montecarlo.errors import HistoryError

if TYPE_CHECKING:
    import pandas as pd

    from montecarlo.data.history import PriceHistory
    from montecarlo.data.sources.fetched import Fetched
    from montecarlo.data.span import Days, Span

NETWORK = ("yfinance", "fred")
SOURCES = ("sample", *NETWORK, "csv")

File = str | os.PathLike[str] | TextIO | BinaryIO


class Loaded(NamedTuple):
    """What a source has, before anybody has checked it.

    Attributes:
        symbol: What the bars are of.
        bars: In the columns of PriceHistory, of which only ``close`` must be there.
        notes: What is to be said of them.
        currency: What they are in; empty where the source does not tell.
    """

    symbol: str
    bars: "pd.DataFrame"
    notes: tuple[str, ...] = ()
    currency: str = ""


def load_history(
    symbol: str | None,
    source: str,
    *,
    path: File | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    years: int | None = None,
    bars_per_year: int | None = None,
    cache: str | os.PathLike[str] | None = None,
    on_fetch: Callable[[str], None] | None = None,
) -> "PriceHistory":
    """Get the daily price history of one symbol from one source, validated.

    Args:
        symbol: Such as ``"AAPL"``; upper case and lower case are the same, except for ``csv``, where it is only a
            label, or says whose prices to take from a file of several; None takes the symbol that the file names, or
            its own name without the ending.
        source: ``"sample"`` (offline: AAPL, FB, GOOG, IBM, MSFT until 2013), ``"yfinance"`` (Yahoo Finance),
            ``"fred"`` (index levels of the Federal Reserve Bank of St. Louis, such as SP500, NASDAQCOM) or ``"csv"``.
            Those on the network give the last ten years, up to yesterday: the bar of today is not finished.
        path: For ``csv`` only: a file's name, or an open text or binary stream. What was understood where the file
            leaves it open is the first of the history's warnings.
        start: The first day wanted, such as ``"2015-01-01"``.
        end: The last day wanted.
        years: How many years are wanted until the last day, in place of ``start``: 10 of a source on the network, all
            there are of the others.
        bars_per_year: How many of its bars make a year; None finds it in the dates: 252 of a stock, 365 of a coin.
        cache: Folder where what came over the network is kept and found again until the day (UTC) ends; made if it
            does not exist. None keeps nothing. Sources that need no network take no notice of it.
        on_fetch: Called with words such as "AAPL from Yahoo Finance" before the network is asked, which takes a while.

    Raises:
        HistoryError: The source or the symbol is unknown, the source cannot be reached, or its prices cannot be used.
        ParameterError: ``start``, ``end``, ``years`` or ``bars_per_year`` cannot be used, or the last of them must be
            given because the dates have no pattern.
    """
    from montecarlo.data.history import check_history

    if source not in NETWORK or cache is None:
        found = load_bars(symbol, source, path=path, start=start, end=end, years=years, on_fetch=on_fetch)
        return check_history(found.bars, found.symbol, source, bars_per_year, found.notes, currency=found.currency)

    from montecarlo.data.sources.snapshots import Snapshots

    symbol, span, today = _wanted(symbol, source, path, start=start, end=end, years=years)
    assert symbol is not None
    days = span.until_yesterday(today)
    snapshots = Snapshots(Path(cache), today)
    kept = snapshots.find(source, symbol, days)
    fetched = kept or _fetch(source, symbol, days, on_fetch)
    checked = check_history(fetched.bars, symbol, source, bars_per_year, fetched.notes, currency=fetched.currency)
    if kept is None:
        snapshots.keep(source, symbol, days, fetched)
    return checked


def load_bars(
    symbol: str | None,
    source: str,
    *,
    path: File | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    years: int | None = None,
    on_fetch: Callable[[str], None] | None = None,
) -> Loaded:
    """The bars that ``load_history`` would check, which may be so few that no history could be made of them alone.

    Raises:
        HistoryError, ParameterError: as ``load_history``.
    """
    symbol, span, today = _wanted(symbol, source, path, start=start, end=end, years=years)
    if source == "csv":
        from montecarlo.data.sources import csv_file

        assert path is not None
        return Loaded(*csv_file.read(path, symbol, today, span))
    assert symbol is not None
    if source == "sample":
        from montecarlo.data.sources import sample

        return Loaded(symbol, span.cut(sample.read(symbol)), currency=sample.CURRENCY)
    return Loaded(symbol, *_fetch(source, symbol, span.until_yesterday(today), on_fetch))


def _wanted(
    symbol: str | None, source: str, path: File | None, **days: date | str | int | None
) -> "tuple[str | None, Span, date]":
    """Symbol, days and today; only a file may do without a symbol."""
    from montecarlo.data.history import check_symbol
    from montecarlo.data.span import Span

    if source not in SOURCES:
        raise HistoryError(f"source: expected one of {', '.join(SOURCES)}, got {source!r}")
    if source != "csv" and path is not None:
        raise HistoryError(f"path: only source 'csv' reads a file, got source {source!r}; choose one of the two")
    today = datetime.now(UTC).date()
    span = Span.read(today, **days)
    if source == "csv":
        if path is None:
            raise HistoryError("path: source 'csv' needs the file to read")
        return symbol, span, today
    if symbol is None:
        raise HistoryError(f"symbol: source {source!r} needs one, such as AAPL")
    return check_symbol(symbol).upper(), span, today


def _fetch(source: str, symbol: str, days: "Days", on_fetch: Callable[[str], None] | None) -> "Fetched":
    if on_fetch:
        on_fetch(f"{symbol} from {'Yahoo Finance' if source == 'yfinance' else 'FRED'}")
    if source == "yfinance":
        from montecarlo.data.sources import yahoo

        return yahoo.fetch(symbol, days)
    from montecarlo.data.sources import fred

    return fred.fetch(symbol, days)
