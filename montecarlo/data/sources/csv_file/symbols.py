"""What a file's prices are of: its rows, its name, and the symbol that a person gave."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from montecarlo.data.history import SYMBOL_PATTERN
from montecarlo.data.sources.csv_file.columns import Columns, exactly_one
from montecarlo.data.sources.csv_file.headers import SYMBOLS_THEMSELVES
from montecarlo.data.sources.csv_file.lines import Row
from montecarlo.data.sources.csv_file.months import plain_letters
from montecarlo.data.sources.csv_file.numbers import is_number
from montecarlo.data.sources.csv_file.problems import counted, listed
from montecarlo.errors import HistoryError

_ENDINGS = re.compile(r"(?:\.(?:csv|tsv|tab|txt|asc|gz|gzip|zip))+$", re.IGNORECASE)
_COPY = re.compile(r"[ _-]*(?:\(\d+\)|\b(?:copy|kopie|copie|copia)\b(?: ?\(?\d+\)?)?)$", re.IGNORECASE)
_SITES_WORDS = re.compile(r"[ _-]*(?:historical (?:data|prices)|historische kurse)$", re.IGNORECASE)
_NOT_IN_SYMBOLS = re.compile(r"[^A-Za-z0-9.^=_&-]+")

KEEP_ONE = "keep the rows of one, or choose it by --symbol (symbol= in the library)"


def rows_of_one_symbol(rows: Sequence[Row], headers: Sequence[str], columns: Columns, symbol: str | None) -> list[Row]:
    """The rows of ``symbol`` where a column names several symbols; all of them where none does.

    Raises:
        HistoryError: It is not plain whose rows are meant.
    """
    kept = list(rows)
    for at in columns.of_symbols:
        values = list(dict.fromkeys(row.cells[at] for row in kept if len(row.cells) > at and row.cells[at]))
        if len(values) == 1 and columns.symbol is None and plain_letters(headers[at]) in SYMBOLS_THEMSELVES:
            columns.symbol = values[0]
        if len(values) < 2:
            continue
        chosen = exactly_one(values, symbol)
        if chosen is None:
            raise HistoryError(several_symbols(headers[at], values, symbol))
        kept = [row for row in kept if len(row.cells) > at and row.cells[at] == chosen]
        columns.notes.append(f"{counted(len(kept), 'row')} of {chosen}, one of {len(values)} in column {headers[at]!r}")
        columns.symbol = chosen
    return kept


def several_symbols(header: str, values: Sequence[str], symbol: str | None) -> str:
    """Why rows that are about several things cannot be read."""
    missing = f", and none is {symbol!r}" if symbol else ""
    return f"column {header!r} has {len(values):,} values: {listed(list(values))}{missing}; {KEEP_ONE}"


def column_that_tells_apart(
    rows: Sequence[Row], headers: Sequence[str], taken: set[int], days: Sequence[object]
) -> int | None:
    """A column of words that differ where several rows have the same day."""
    for at in range(len(headers)):
        if at in taken or any(len(row.cells) <= at or is_number(row.cells[at]) for row in rows):
            continue
        told = {(day, row.cells[at]) for day, row in zip(days, rows, strict=True)}
        if len(told) == len(rows):
            return at
    return None


def label(file: object, given: str | None, named: str | None, notes: list[str]) -> str:
    """What the history is of: as given, else as the file says, else as the file is called.

    Raises:
        HistoryError: There is nothing to call it by.
    """
    if given is not None:
        if named and named.casefold() != given.casefold():
            notes.append(f"the file says that its prices are of {named[:40]!r}")
        return given
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
    cleaned = _NOT_IN_SYMBOLS.sub("-", _SITES_WORDS.sub("", stem)).strip("-")[:32]
    if not SYMBOL_PATTERN.fullmatch(cleaned):
        raise HistoryError(
            f"{name}: its name gives no symbol to call the prices by; give one (--symbol, or symbol= in the library)"
        )
    notes.append(f"called {cleaned} after the file's name; --symbol calls it otherwise")
    return cleaned
