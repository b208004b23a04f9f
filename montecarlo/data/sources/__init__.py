"""Where price histories come from: named sources, chosen by the caller and never swapped for one another.

This package is the only part of ``montecarlo`` that touches network or disk. What a source needs is imported when that
source is used, so naming the sources costs nothing.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from montecarlo.errors import HistoryError

if TYPE_CHECKING:
    from montecarlo.data.history import PriceHistory

SOURCES = ("sample", "yfinance", "fred", "csv")
HISTORY_YEARS = 10  # how far back the sources on the network are asked for


def load_history(
    symbol: str | None,
    source: str,
    *,
    path: str | os.PathLike[str] | TextIO | BinaryIO | None = None,
    cache: str | os.PathLike[str] | None = None,
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
        cache: Folder where what came over the network is kept and found again until the day (UTC) ends; made if it
            does not exist. None keeps nothing. Sources that need no network take no notice of it.

    Raises:
        HistoryError: The source or the symbol is unknown, the source cannot be reached, or its prices cannot be used.
    """
    from montecarlo.data.history import check_history, check_symbol

    if source not in SOURCES:
        raise HistoryError(f"source: expected one of {', '.join(SOURCES)}, got {source!r}")
    if source != "csv" and path is not None:
        raise HistoryError(f"path: only source 'csv' reads a file, got source {source!r}; choose one of the two")

    if source == "csv":
        from montecarlo.data.sources import csv_file

        if path is None:
            raise HistoryError("path: source 'csv' needs the file to read")
        file = csv_file.read(path, symbol, datetime.now(UTC).date())
        history = check_history(file.bars, file.symbol, source)
        return replace(history, warnings=(*file.notes, *history.warnings))

    if symbol is None:
        raise HistoryError(f"symbol: source {source!r} needs one, such as AAPL")
    symbol = check_symbol(symbol).upper()

    if source == "sample":
        from montecarlo.data.sources import sample

        return check_history(sample.read(symbol), symbol, source)

    from montecarlo.data.sources import fred, snapshots, yahoo

    today = datetime.now(UTC).date()
    kept = snapshots.find(Path(cache), source, symbol, today) if cache is not None else None
    if kept is not None:
        return kept
    fetch = {"yfinance": yahoo.fetch, "fred": fred.fetch}[source]
    history = check_history(fetch(symbol, HISTORY_YEARS, today), symbol, source)
    if cache is not None:
        snapshots.keep(Path(cache), history, today)
    return history
