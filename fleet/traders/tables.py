"""The tables of a trader as CSV: a line for each day, and a line for each round trip."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fleet.errors import MessageError
from fleet.reasons import in_one_line
from fleet.traders.days import REPORT_COLUMNS, DayRecord
from montecarlo.accounting.broker import END, Trade

TRADE_COLUMNS = (
    "entry_date",
    "entry_price",
    "exit_date",
    "exit_price",
    "shares",
    "profit",
    "exit_reason",
    "ambiguous",
)
"""Those of ``montecarlo.Backtest.trades``."""

_NOTE_AT_MOST = 4000  # characters

_EXIT_DATE = TRADE_COLUMNS.index("exit_date")

NO_DAYS = f"{','.join(REPORT_COLUMNS)}\n".encode()
NO_TRADES = f"{','.join(TRADE_COLUMNS)}\n".encode()

_WHOLE, _TEXT = {"orders", "fills"}, {"note", "exit_reason"}
_TRUTH = {"True": True, "False": False}


def report_line(day: DayRecord, *, orders: int, fills: int) -> dict[str, Any]:
    """Of a day: orders and fills that its session had, and what stood in the accounts at its close."""
    return {
        "date": day.day.isoformat(),
        "close": float(day.close),
        "shares": float(day.standing.shares),
        "cash": float(day.standing.cash),
        "equity": float(day.equity),
        "backtest_shares": float(day.backtest_shares),
        "backtest_equity": float(day.backtest_equity),
        "orders": orders,
        "fills": fills,
        "note": in_one_line("; ".join(day.notes), _NOTE_AT_MOST),  # brokers' words are in it, line breaks and all
    }


def with_lines(content: bytes, new: Iterable[Mapping[str, Any]]) -> bytes:
    """The report with lines in place of those of the same days, or where they belong.

    Raises:
        MessageError: the content is neither empty nor a report.
    """
    new = list(new)
    if new and content.endswith(b"\n") and content.count(b"\n") > 1:
        last = _lines(_header(content) + content[content.rfind(b"\n", 0, -1) + 1 :], REPORT_COLUMNS)[0]
        if all(line["date"] > last["date"] for line in new):  # as on all days but few
            return content + _csv(REPORT_COLUMNS, new).partition(b"\n")[2]
    lines: dict[str, Mapping[str, Any]] = {}
    if content:
        lines = {line["date"]: line for line in _lines(content, REPORT_COLUMNS)}
    lines |= {line["date"]: line for line in new}
    return _csv(REPORT_COLUMNS, (lines[date] for date in sorted(lines)))


def read_report(content: bytes) -> pd.DataFrame:
    """
    Raises:
        MessageError, ValueError: the content is no report.
    """
    return _frame(content, REPORT_COLUMNS)


def trade_lines(trades: Iterable[Trade], dates: NDArray[np.datetime64]) -> list[str]:
    """Of each round trip, with the columns of ``montecarlo.Backtest.trades``; one that goes on has no exit.

    Args:
        trades: With days counted from the trader's first.
        dates: Of its days, datetime64[D].
    """
    return [
        f"{dates[trade.entry]},{float(trade.entry_price)},"
        + ("," if trade.reason == END else f"{dates[trade.exit]},{float(trade.exit_price)}")
        + f",{float(trade.shares)},{float(trade.profit)},{trade.reason},{bool(trade.ambiguous)}\n"
        for trade in trades
    ]


def trades_of(lines: Iterable[str]) -> bytes:
    """The table that has these lines."""
    return NO_TRADES + "".join(lines).encode()


def with_trades(content: bytes, day: date, new: Iterable[str]) -> bytes:
    """The round trips that had ended before a day, which stand in order of time, and those that end on it or go on.

    Raises:
        MessageError: the content is neither empty nor a table of round trips.
    """
    lines = (content or NO_TRADES).decode().splitlines(keepends=True)
    if lines[0].encode() != NO_TRADES:
        raise MessageError(f"its first line is not {','.join(TRADE_COLUMNS)}")
    while len(lines) > 1:
        last = lines[-1].split(",")
        if len(last) != len(TRADE_COLUMNS) or not lines[-1].endswith("\n"):
            raise MessageError("it breaks off, or lines have more or fewer values than there are columns")
        if "" < last[_EXIT_DATE] < day.isoformat():
            break
        lines.pop()
    return trades_of([*lines[1:], *new])


def read_trades(content: bytes) -> pd.DataFrame:
    """
    Raises:
        MessageError, ValueError: the content is no table of round trips.
    """
    return _frame(content, TRADE_COLUMNS)


def _header(content: bytes) -> bytes:
    return content[: content.find(b"\n") + 1]


def _csv(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def _lines(content: bytes, columns: Sequence[str]) -> list[dict[str, str]]:
    text = content.decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or rows[0] != list(columns):
        raise MessageError(f"its first line is not {','.join(columns)}")
    if not text.endswith("\n") or any(len(row) != len(columns) for row in rows):
        raise MessageError("it breaks off, or lines have more or fewer values than there are columns")
    return [dict(zip(columns, row, strict=True)) for row in rows[1:]]


def _frame(content: bytes, columns: Sequence[str]) -> pd.DataFrame:
    lines = _lines(content, columns)
    return pd.DataFrame({name: _column(name, [line[name] for line in lines]) for name in columns})


def _column(name: str, texts: list[str]) -> Any:
    if name == "date" or name.endswith("_date"):
        return pd.to_datetime(pd.Series(texts, dtype=object).replace("", None), format="%Y-%m-%d").dt.as_unit("us")
    if name in _TEXT:
        return pd.Series(texts, dtype=object)
    if name == "ambiguous":
        return np.array([_TRUTH[text] for text in texts], np.bool_)
    return np.array(
        [int(text) if name in _WHOLE else float(text or "nan") for text in texts],
        np.int64 if name in _WHOLE else np.float64,
    )
