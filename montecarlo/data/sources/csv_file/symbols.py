"""What a file's prices are of: its rows, its name, and the symbol that a person gave."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from montecarlo.data.history import SYMBOL_PATTERN, check_symbol
from montecarlo.data.sources.csv_file.columns import Columns, exactly_one
from montecarlo.data.sources.csv_file.headers import SYMBOLS_THEMSELVES
from montecarlo.data.sources.csv_file.lines import Row
from montecarlo.data.sources.csv_file.months import plain_letters
from montecarlo.data.sources.csv_file.numbers import is_number
from montecarlo.data.sources.csv_file.problems import listed
from montecarlo.errors import HistoryError
from montecarlo.wording import count

_ENDINGS = re.compile(r"(?:\.(?:csv|tsv|tab|txt|asc|gz|gzip|zip))+$", re.IGNORECASE)
_COPY = re.compile(r"[ _-]*(?:\(\d+\)|\b(?:copy|kopie|copie|copia)\b(?: ?\(?\d+\)?)?)$", re.IGNORECASE)
_SITES_WORDS = re.compile(r"[ _-]*(?:historical (?:data|prices)|historische kurse)$", re.IGNORECASE)
_OF_CLOCKS = re.compile("time|hour|minute|hhmm", re.IGNORECASE)
_NOT_IN_SYMBOLS = re.compile(r"[^A-Za-z0-9.^=_&-]+")

KEEP_ONE = "keep the rows of one, or choose it by --symbol (symbol= in the library)"


def rows_of_one_symbol(
    rows: Sequence[Row], headers: Sequence[str], columns: Columns, symbol: str | None, notes: list[str]
) -> list[Row]:
    """The rows of ``symbol`` where a column names several symbols; all of them where none does.

    Raises:
        HistoryError: It is not plain whose rows are meant.
    """
    of_several: dict[int, list[str]] = {}
    for at in columns.of_symbols:
        values = _values(rows, at)
        if len(values) > 1:
            of_several[at] = values
        elif values and columns.symbol is None and (_names_symbols(headers[at]) or exactly_one(values, symbol)):
            columns.symbol = values[0]
    for at, values in of_several.items():
        if chosen := exactly_one(values, symbol):
            kept = [row for row in rows if len(row.cells) > at and row.cells[at] == chosen]
            columns.symbol = chosen
            notes.append(choice(chosen, kept, headers[at], values))
            return kept
    if of_several:
        at, values = next(iter(of_several.items()))
        raise HistoryError(several_symbols(headers[at], values, symbol))
    return list(rows)


def choice(chosen: str, kept: Sequence[object], header: str, values: Sequence[str]) -> str:
    """A note that of the rows only these are taken."""
    return f"{count(len(kept), 'row')} of {chosen}, one of {len(values):,} in column {header!r}"


def several_symbols(header: str, values: Sequence[str], symbol: str | None) -> str:
    """Why rows that are about several things cannot be read."""
    missing = f", and none is {symbol[:40]!r}" if symbol else ""
    return f"column {header!r} has {len(values):,} values: {listed(list(values))}{missing}; {KEEP_ONE}"


def column_that_tells_apart(
    rows: Sequence[Row], headers: Sequence[str], taken: set[int], days: Sequence[object]
) -> int | None:
    """A column of words that differ where several rows have the same day, or else of numbers that do and are few."""
    of_numbers = {}
    for at, header in enumerate(headers):
        if at in taken or any(len(row.cells) <= at for row in rows):
            continue
        cells = [row.cells[at] for row in rows]
        if len(set(zip(days, cells, strict=True))) < len(rows):
            continue
        if not any(map(is_number, cells)):
            return at
        if all(map(str.isdigit, cells)) and len(set(cells)) * 2 <= len(rows) and not _OF_CLOCKS.search(header):
            of_numbers[at] = len(set(cells))
    return min(of_numbers, key=of_numbers.__getitem__, default=None)


def _names_symbols(header: str) -> bool:
    return plain_letters(header) in SYMBOLS_THEMSELVES


def _values(rows: Sequence[Row], at: int) -> list[str]:
    return list(dict.fromkeys(row.cells[at] for row in rows if len(row.cells) > at and row.cells[at]))


def label(file: object, given: str | None, named: str | None, notes: list[str]) -> str:
    """What the history is of: as given, else as the file says, else as the file is called.

    Raises:
        HistoryError: There is nothing to call it by.
    """
    if given is not None:
        differs = named is None or named.casefold() != given.casefold()
        if named and not differs and not SYMBOL_PATTERN.fullmatch(named):  # a name that was chosen in the file
            called = _cleaned(named) or "prices"
            notes.append(f"{named[:40]!r} is called {called}")
            return called
        symbol = check_symbol(given)
        if named and differs:
            notes.append(f"the file says that its prices are of {named[:40]!r}")
        return symbol
    if named and SYMBOL_PATTERN.fullmatch(named):
        return named
    if not isinstance(file, str | os.PathLike):
        raise HistoryError("symbol: an open stream has no file name to take it from; give one")
    return _from_name(Path(file).name, notes)


def _from_name(name: str, notes: list[str]) -> str:
    stem = _ENDINGS.sub("", name)
    while (shorter := _COPY.sub("", stem)) != stem and shorter:
        stem = shorter
    if SYMBOL_PATTERN.fullmatch(stem):
        return stem
    cleaned = _cleaned(_SITES_WORDS.sub("", stem))
    if not SYMBOL_PATTERN.fullmatch(cleaned):
        raise HistoryError(
            f"{name}: its name gives no symbol to call the prices by; give one (--symbol, or symbol= in the library)"
        )
    notes.append(f"called {cleaned} after the file's name; --symbol calls it otherwise")
    return cleaned


def _cleaned(name: str) -> str:
    """The name with hyphens for what cannot be in a symbol."""
    return _NOT_IN_SYMBOLS.sub("-", name).strip("-")[:32]
