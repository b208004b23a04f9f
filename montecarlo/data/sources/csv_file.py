"""Daily bars from a CSV file as Yahoo, Stooq and Excel write them."""

import csv
import io
import os
import unicodedata
from pathlib import Path
from typing import BinaryIO, TextIO

import pandas as pd

from montecarlo.data.sources.csv_cells import Cell, parse_dates, parse_numbers
from montecarlo.errors import HistoryError

MAX_SIZE = 5_000_000  # bytes or characters; a century of daily bars takes about 2 million

# Headers of Yahoo, Stooq (in English and Polish) and common exports, reduced to their letters in lower case.
_HEADERS = {
    "date": "date",
    "data": "date",
    "datetime": "date",
    "timestamp": "date",
    "open": "open",
    "otwarcie": "open",
    "high": "high",
    "najwyzszy": "high",
    "low": "low",
    "najnizszy": "low",
    "close": "close",
    "zamkniecie": "close",
    "adjclose": "adjusted_close",
    "adjustedclose": "adjusted_close",
    "volume": "volume",
    "vol": "volume",
    "wolumen": "volume",
}


def stem(path: str | os.PathLike[str] | TextIO | BinaryIO) -> str:
    """The name of the file without folder and ending, which serves as its symbol where none is given."""
    if isinstance(path, str | os.PathLike):
        return Path(path).stem
    raise HistoryError("symbol: an open stream has no file name to take it from; give one")


def read(path: str | os.PathLike[str] | TextIO | BinaryIO) -> pd.DataFrame:
    """Bars of the file or stream, in the columns of PriceHistory, rows in the order of the file.

    Raises:
        HistoryError: It cannot be read, is too large, is not text, or has a row that cannot be understood.
    """
    name = Path(path).name if isinstance(path, str | os.PathLike) else "prices"
    try:
        return _parse(_text(path))
    except OSError as error:
        raise HistoryError(f"{name}: expected a CSV file that can be read ({error})") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{name}: expected text in UTF-8, byte {error.start} is not; save it as CSV") from error
    except HistoryError as error:
        raise HistoryError(f"{name}: {error}") from error


def _text(path: str | os.PathLike[str] | TextIO | BinaryIO) -> str:
    if isinstance(path, str | os.PathLike):
        with open(path, "rb") as file:
            content: str | bytes = _read_at_most(file)
    else:
        content = _read_at_most(path)
    if len(content) > MAX_SIZE:
        raise HistoryError(f"expected at most {MAX_SIZE // 1_000_000} MB of daily bars, got more")
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    if "\0" in text:
        raise HistoryError("expected text, got binary data; save it as CSV")
    return text.removeprefix("\ufeff")


def _read_at_most(stream: TextIO | BinaryIO) -> str | bytes:
    """All of the stream, or one more than is allowed. A raw stream gives less at a time than it is asked for."""
    content = stream.read(MAX_SIZE + 1)
    while len(content) <= MAX_SIZE and (more := stream.read(MAX_SIZE + 1 - len(content))):
        content += more  # type: ignore[operator]
    return content


def _parse(text: str) -> pd.DataFrame:
    separator, lines = _split(text)
    if not lines:
        raise HistoryError("the file is empty; expected a line of headers (Date, …, Close) and a line for each day")
    (_, headers), *rows = lines
    for line, row in rows:
        if len(row) != len(headers):
            raise HistoryError(
                f"line {line}: expected {len(headers)} values, one for each header, got {len(row)}; "
                "a number with a thousands separator must stand in quotes"
            )
    cells = {name: [Cell(line, row[at]) for line, row in rows] for name, at in _columns(headers).items()}
    index = pd.DatetimeIndex(parse_dates(cells.pop("date")))
    # Who writes decimal commas separates by something else; between commas, "1,234" is more than a thousand.
    return pd.DataFrame(parse_numbers(cells, decimal_comma_possible=separator != ","), index=index)


def _split(text: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """The separator, and for each line that is not blank its number and its cells."""
    first_line = text.lstrip().partition("\n")[0]
    separator = next((mark for mark in ";\t" if mark in first_line), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise HistoryError(f"line {reader.line_num}: not CSV ({error})") from error
    return separator, [(line, row) for line, row in rows if any(row)]


def _columns(headers: list[str]) -> dict[str, int]:
    """Where in a line each column of PriceHistory stands; headers that we have no use for are passed over."""
    columns: dict[str, int] = {}
    for at, header in enumerate(headers):
        letters = "".join(filter(str.isalpha, unicodedata.normalize("NFKD", header))).lower()
        name = _HEADERS.get(letters)
        if name in columns:
            raise HistoryError(f"two columns of the file are its {name}; keep one of them")
        if name is not None:
            columns[name] = at
    if "date" not in columns or "close" not in columns:
        raise HistoryError(
            f"expected headers that name Date and Close in the first line, got {', '.join(headers)[:80]!r}"
        )
    return columns
