"""Daily bars from a file, as sites and programs write them.

What can be read in one way only is read, and what was understood is said in one line. What can be read in several ways
is refused, with all that stands in the way. docs/price-files.md has what that means for which site and program.

From one module to the next: ``content`` makes text of bytes, ``lines`` cuts it into cells, ``table`` finds the headers,
``columns`` says which column is which (by the names in ``headers``), ``symbols`` what the rows are about, ``rows``
which of them are bars, ``dates`` and ``numbers`` what cells mean, ``days`` and ``midnights`` which day each bar is of.
"""

import os
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

import numpy as np
import pandas as pd

from montecarlo.data.history import MIN_RETURNS, check_symbol
from montecarlo.data.sources.csv_file.columns import Columns, choose
from montecarlo.data.sources.csv_file.content import MAX_SIZE, SAVE_AS_CSV, Text, text_of
from montecarlo.data.sources.csv_file.days import one_for_each_day
from montecarlo.data.sources.csv_file.headers import is_english
from montecarlo.data.sources.csv_file.midnights import at_their_own_place
from montecarlo.data.sources.csv_file.numbers import Column, is_missing, read_numbers
from montecarlo.data.sources.csv_file.problems import Findings, Problems
from montecarlo.data.sources.csv_file.rows import Bar, bars_of
from montecarlo.data.sources.csv_file.symbols import label, rows_of_one_symbol
from montecarlo.data.sources.csv_file.table import find_table
from montecarlo.data.span import Span
from montecarlo.errors import HistoryError
from montecarlo.wording import count

__all__ = ["MAX_SIZE", "PriceFile", "read"]


class PriceFile(NamedTuple):
    """What a file says.

    Attributes:
        symbol: What its prices are of.
        bars: In the columns of PriceHistory.
        notes: What was understood where the file leaves it open: one line, or none.
    """

    symbol: str
    bars: pd.DataFrame
    notes: tuple[str, ...]


def read(
    file: str | os.PathLike[str] | TextIO | BinaryIO, symbol: str | None, today: date, span: Span | None = None
) -> PriceFile:
    """Bars of the file or stream; oldest first where it has them in order.

    Args:
        symbol: What to call the prices, and whose to take where the file has those of several; a name with blanks
            must be one of these. None takes what the file says, or is called.
        today: Years of two digits are in the hundred years until then.
        span: Which days are wanted; of others no price is judged.

    Raises:
        HistoryError: It cannot be read, is too large, is not a table of prices, or can be read in several ways.
    """
    if symbol is not None:
        symbol = symbol.strip() or check_symbol(symbol)
    name = Path(file).name if isinstance(file, str | os.PathLike) else "prices"
    try:
        named, bars, notes = _read(text_of(file), symbol, today, span or Span())
    except OSError as error:
        raise HistoryError(f"{name}: expected a CSV file that can be read ({error})") from error
    except UnicodeDecodeError as error:  # of a text stream
        raise HistoryError(f"{name}: expected text in {error.encoding} ({error.reason}); {SAVE_AS_CSV}") from error
    except HistoryError as error:
        raise HistoryError(f"{name}: {error}") from error
    called = label(file, symbol, named, notes)
    return PriceFile(called, bars, (f"read from the file: {'; '.join(notes)}",) if notes else ())


def _read(text: Text, symbol: str | None, today: date, span: Span) -> tuple[str | None, pd.DataFrame, list[str]]:
    table = find_table(text.content)
    findings = Findings()
    problems, notes = findings.problems, findings.notes
    if table.before:
        notes.append(f"{count(len(table.before), 'line')} before the headers passed over")
    columns = choose(table, symbol, notes)
    used = [table.headers[at] for at in columns.places.values()]
    if text.assumed and not all(map(str.isascii, used)):
        notes.append(f"text taken to be in {text.assumed}")
    rows = rows_of_one_symbol(table.rows, table.headers, columns, symbol, notes)
    bars = bars_of(rows, table.headers, columns, today, findings)
    bars = one_for_each_day(bars, table.headers, columns, symbol, findings)
    stamps, moved = at_their_own_place([bar.stamp for bar in bars])
    if moved:
        notes.append(moved)
    lines = [bar.row.line for bar in bars]
    places = {role: at for role, at in columns.places.items() if role not in {"date", "time"}}
    cells = {role: Column(lines, [bar.row.cells[at] for bar in bars]) for role, at in places.items()}
    # Who separates by commas writes decimal points, unless the headers are of a country that has decimal commas.
    point_is_decimal = table.separator == "," and all(map(is_english, used))
    numbers = read_numbers(cells, point_is_decimal, problems)
    frame = pd.DataFrame(numbers, index=pd.DatetimeIndex([stamp.day for stamp in stamps]))
    wanted = span.cut(frame.assign(at=range(len(bars)))).pop("at")
    _note_days_to_come(frame.iloc[wanted], today, notes)
    _note_impossible_prices([bars[at] for at in wanted], frame.iloc[wanted], columns, problems)
    if problems and len(rows) <= MIN_RETURNS:
        problems.add("length", f"the table has {count(len(rows), 'row')}, and {MIN_RETURNS + 1} bars are needed")
    problems.refuse()
    return columns.symbol, frame.iloc[wanted], notes


def _note_days_to_come(frame: pd.DataFrame, today: date, notes: list[str]) -> None:
    """Note dates after tomorrow, which has begun somewhere."""
    to_come = frame.index[frame.index > pd.Timestamp(today + timedelta(days=1))]
    if len(to_come):
        first = f"{to_come.min():%Y-%m-%d}"
        notes.append(f"{count(len(to_come), 'date')} in the future (first {first}): see whether they are right")


def _note_impossible_prices(bars: list[Bar], frame: pd.DataFrame, columns: Columns, problems: Problems) -> None:
    """Closes, adjusted or not, must be there and positive. What is no number is a problem already."""
    for role in frame.columns.intersection(["close", "adjusted_close"]):
        values = frame[role].to_numpy()
        for at in np.flatnonzero(~(values > 0)).tolist():
            text = bars[at].row.cells[columns.places[role]]
            if values[at] <= 0 or is_missing(text):
                problems.add(
                    f"price {role}",
                    f"{role} must be a positive price, is {text or 'missing'} on {bars[at].stamp.day}",
                    line=bars[at].row.line,
                    step="correct or remove it",
                )
