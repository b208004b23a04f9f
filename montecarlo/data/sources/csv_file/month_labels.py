"""Months and quarters in place of dates: ``2003-01``, ``Jan 2003``, ``Jan-03``, ``200301``, ``2003Q1``."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from montecarlo.data.sources.csv_file.months import month_of

MISSING_AT_MOST = 2  # months, or quarters, between one row and the next

_MONTH, _NAME, _QUARTER = r"(?P<month>0[1-9]|1[0-2])", r"(?P<name>[^\W\d_]{3,10}\.?)", r"[Qq](?P<quarter>[1-4])"
_YEAR, _GAP = r"(?P<year>\d{4})", r"[-\s/]?"
_PLAIN = tuple(
    re.compile(form)
    for form in (
        rf"{_YEAR}[-/]{_MONTH}",
        rf"{_MONTH}[-/]{_YEAR}",
        rf"{_NAME}{_GAP}{_YEAR}",
        rf"{_YEAR}{_GAP}{_NAME}",
        rf"{_YEAR}{_GAP}{_QUARTER}",
        rf"{_QUARTER}{_GAP}{_YEAR}",
    )
)
# What may be a number, or the day of a month, unless the others follow it month by month.
_DOUBTFUL = tuple(
    re.compile(form) for form in (rf"{_YEAR}{_MONTH}", rf"{_NAME}[-\s/'\u2019](?P<year>\d{{2}})", rf"{_YEAR}\.{_MONTH}")
)


def is_label(text: str, *, doubtful: bool = False) -> bool:
    """Whether a cell is a month or a quarter of a year by its looks."""
    return any(_read(form, text) is not None for form in (_PLAIN + _DOUBTFUL if doubtful else _PLAIN))


def last_days(texts: Sequence[str], today: date) -> list[date] | None:
    """The last day of each, None if they are not all of one form, and follow each other."""
    for form in _PLAIN + _DOUBTFUL:
        found = []
        for text in texts:
            if (read := _read(form, text)) is None:
                break
            found.append(read)
        else:
            days = [_last_day(year, month, today) for year, month in found]
            unit = 3 if "quarter" in form.groupindex else 1
            return days if days and are_consecutive(days, unit) else None
    return None


def are_consecutive(days: Sequence[date], unit: int = 1, at_most: int = 1 + MISSING_AT_MOST) -> bool:
    """Whether each is in one of the next units of so many months, forwards or backwards."""
    months = [day.year * 12 + day.month for day in days]
    steps = [after - before for before, after in pairwise(months)]
    return all(unit <= step <= at_most * unit for step in steps) or all(
        unit <= -step <= at_most * unit for step in steps
    )


def _read(form: re.Pattern[str], text: str) -> tuple[int, int] | None:
    """The year, with as many digits as it has, and the month that ends there."""
    match = form.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    if "quarter" in found:
        return int(found["year"]), 3 * int(found["quarter"])
    month = month_of(found["name"]) if "name" in found else int(found["month"])
    return (int(found["year"]), month) if month else None


def _last_day(year: int, month: int, today: date) -> date:
    """Of a month that has not ended, today."""
    if year < 100:
        year += 2000 if (2000 + year, month) <= (today.year, today.month) else 1900
    last = date(year, month, monthrange(year, month)[1]) if year else date.min
    return today if (year, month) == (today.year, today.month) else last
