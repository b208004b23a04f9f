"""Dates and numbers as people's programs write them, understood for a whole file at once.

``3/4/2020`` and ``1.234`` mean different things in different countries. A file is written in one of the ways, so some
other cell of it usually tells which; where none does, the file is refused rather than guessed at.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from montecarlo.errors import HistoryError


class Cell(NamedTuple):
    line: int
    text: str


_TIME = r"(?:[T ]\d.*)?"  # the hour at which a daily bar is stamped says nothing
_YEAR_FIRST = re.compile(rf"(?:(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}})|(\d{{4}})(\d{{2}})(\d{{2}})){_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}")
_MONTH_NAMED = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")

_MISSING = {"", "null", "nan", "n/a", "na", "-"}


def parse_dates(cells: Sequence[Cell]) -> list[date]:
    """The date in each cell: ``2020-01-31``, ``20200131``, ``31/1/2020``, ``1/31/2020``, ``31.1.2020``, ``31-Jan-2020``
    or ``Jan 31, 2020``; an hour after it is passed over.

    Raises:
        HistoryError: A cell is not a date, or the cells do not tell whether the day or the month comes first.
    """
    day_first = _is_day_first(cells)
    return [_parse_date(cell, day_first) for cell in cells]


def _is_day_first(cells: Sequence[Cell]) -> bool:
    undecided = day_first = month_first = None
    for cell in cells:
        match = _YEAR_LAST.fullmatch(cell.text)
        if match is None:
            continue
        first, separator, second = int(match[1]), match[2], int(match[3])
        if separator == "." or first > 12:  # dots are written only where the day comes first
            day_first = day_first or cell
        elif second > 12:
            month_first = month_first or cell
        elif first != second:
            undecided = undecided or cell
    if day_first and month_first:
        raise HistoryError(
            f"line {day_first.line} has the day first ({day_first.text}), line {month_first.line} the month "
            f"({month_first.text}); write all dates as 2020-12-31"
        )
    if undecided and not day_first and not month_first:
        raise HistoryError(
            f"line {undecided.line}: {undecided.text} may have the day or the month first, and no other line tells; "
            "write the dates as 2020-12-31"
        )
    return day_first is not None


def _parse_date(cell: Cell, day_first: bool) -> date:
    try:
        if match := _YEAR_FIRST.fullmatch(cell.text):
            year, month, day = (match[1], match[3], match[4]) if match[1] else (match[5], match[6], match[7])
            return date(int(year), int(month), int(day))
        if match := _YEAR_LAST.fullmatch(cell.text):
            day, month = (match[1], match[3]) if day_first else (match[3], match[1])
            return date(int(match[4]), int(month), int(day))
    except ValueError as error:  # such as a 31st of June
        raise HistoryError(f"line {cell.line}: {cell.text!r} is no date ({error})") from error
    for form in _MONTH_NAMED:
        try:
            return datetime.strptime(cell.text, form).date()
        except ValueError:
            continue
    raise HistoryError(f"line {cell.line}: expected a date such as 2020-12-31, got {cell.text[:40]!r}")


def _number(decimal: str, thousands: str) -> re.Pattern[str]:
    point, group = re.escape(decimal), re.escape(thousands)
    return re.compile(rf"[-+]?(?:(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?")


_DECIMAL_POINT, _DECIMAL_COMMA = _number(".", ","), _number(",", ".")


def parse_numbers(columns: Mapping[str, Sequence[Cell]], decimal_comma_possible: bool) -> dict[str, list[float]]:
    """The number in each cell, such as ``1234.5``, ``1,234.5``, and where possible ``1.234,5``; NaN for a blank one.

    Raises:
        HistoryError: A cell is not a number, or the cells do not tell whether the comma is a decimal comma.
    """
    written = [cell for cells in columns.values() for cell in cells if not _is_missing(cell)]
    decimal_comma = decimal_comma_possible and _has_decimal_comma(written)
    form = _DECIMAL_COMMA if decimal_comma else _DECIMAL_POINT
    numbers: dict[str, list[float]] = {name: [] for name in columns}
    for name, cells in columns.items():
        for cell in cells:
            if _is_missing(cell):
                numbers[name].append(math.nan)
            elif form.fullmatch(cell.text):
                numbers[name].append(_to_float(cell.text, decimal_comma))
            else:
                raise HistoryError(f"line {cell.line}: expected a number for {name}, got {cell.text[:40]!r}")
    return numbers


def _is_missing(cell: Cell) -> bool:
    return cell.text.lower() in _MISSING


def _has_decimal_comma(cells: Sequence[Cell]) -> bool:
    points = sum(_DECIMAL_POINT.fullmatch(cell.text) is not None for cell in cells)
    commas = sum(_DECIMAL_COMMA.fullmatch(cell.text) is not None for cell in cells)
    if points == commas == len(cells):
        for cell in cells:
            if _to_float(cell.text, True) != _to_float(cell.text, False):
                raise HistoryError(
                    f"line {cell.line}: {cell.text} may have a decimal mark or a thousands separator, and no other "
                    "line tells; write decimal points, no thousands separators, and commas between the columns"
                )
    return commas > points


def _to_float(text: str, decimal_comma: bool) -> float:
    if decimal_comma:
        text = text.replace(".", "").replace(",", ".")
    return float(text.replace(",", ""))
