"""Dates as people's programs write them, understood for a whole file at once.

``3/4/2020`` means different days in different countries, and ``05.07.23`` different years. A file is written in one of
the ways, so its other cells usually tell which; where they do not, the file is refused rather than guessed at.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from montecarlo.data.sources.csv_file import month_labels
from montecarlo.data.sources.csv_file.months import month_of
from montecarlo.data.sources.csv_file.problems import Problems

WRITE_ISO = "write all dates as 2020-12-31"

WEEKEND_DAYS_AT_MOST = 0.02  # of the bars of a five-day week
WEEKEND_DAYS_AT_LEAST = 0.08  # Saturdays, and Sundays, of the bars of a seven-day week, where they are one in seven
LONGEST_GAP = timedelta(days=100)

_DAY_NAME = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TIME = r"(?P<time>(?:T|,?\s+)\d.*)?"  # the hour at which a daily bar is stamped says nothing
_MONTH = r"(?P<month>[^\W\d_]{3,10}\.?)"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_DAY = r"(?P<day>\d{1,2})"
_GAP = r"[-\s/]*"

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})(?:([-/.])(\d{{1,2}})\2(\d{{1,2}})|(\d{{2}})(\d{{2}})){_TIME}")
_PLAIN_DIGITS = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{4}|\d{6})")
_TRIPLE = re.compile(rf"{_DAY_NAME}(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE)
_NAMED = tuple(
    re.compile(_DAY_NAME + form + _TIME, re.IGNORECASE)
    for form in (
        rf"{_DAY}\.?{_GAP}{_MONTH}[-\s/,]*{_YEAR}",
        rf"{_MONTH}{_GAP}{_DAY}(?:,\s*|[-\s/]+){_YEAR}",
        rf"(?P<year>\d{{4}}){_GAP}{_MONTH}{_GAP}{_DAY}",
    )
)
_ONE_YEAR = re.compile(r"(?:1[89]|20)\d{2}")
_SERIAL = re.compile(r"[1-6]\d{4}(?:\.\d+)?")
_EPOCH = ((re.compile(r"-?\d{9,10}(?:\.0*)?"), 1), (re.compile(r"-?\d{12,13}(?:\.0*)?"), 1000))


class Stamp(NamedTuple):
    """When a bar is.

    Attributes:
        day: As written.
        time: What is written after it, such as ``16:00`` or ``00:00:00-05:00``.
    """

    day: date
    time: str = ""


class _Open(NamedTuple):
    """Three numbers of which it is not told yet what they are.

    Attributes:
        form: Those of one form are written in the same order.
        numbers: As they stand.
        time: What is written after them.
    """

    form: str
    numbers: tuple[int, int, int]
    time: str


_Order = Callable[[int, int, int], tuple[int, int, int]]  # to year, month and day
_DAY_FIRST: _Order = lambda a, b, c: (c, b, a)  # noqa: E731
_MONTH_FIRST: _Order = lambda a, b, c: (c, a, b)  # noqa: E731
_YEAR_FIRST_ORDER: _Order = lambda a, b, c: (a, b, c)  # noqa: E731
_NAMED_MONTH = "month by name"


def is_date(text: str, *, or_moment: bool = False) -> bool:
    """Whether a cell is a date by its looks, or seconds since 1970 where those come into question, too."""
    if or_moment and any(form.fullmatch(text) for form, _ in _EPOCH):
        return True
    return (
        (not text.isdigit() and _understood(text) is not None)
        or bool(_PLAIN_DIGITS.fullmatch(text))
        or month_labels.is_label(text)
    )


def read_dates(lines: Sequence[int], texts: Sequence[str], today: date, problems: Problems) -> list[Stamp | None]:
    """The date in each cell, None where there is none: ``2020-01-31``, ``20200131``, ``31/1/2020``, ``1/31/2020``,
    ``31.1.20``, ``31-Jan-20``, ``Jan 31 2020``, seconds or milliseconds since 1970; a time may follow.

    Where the cells do not tell which days they mean, that is noted as a problem.

    Args:
        today: Years of two digits are in the hundred years until then.
    """
    for moments, per_second in _EPOCH:
        # Twelve digits may be a day and a time, too.
        if texts and all(moments.fullmatch(text) for text in texts) and not all(map(_understood, texts)):
            return [_since_1970(float(text) / per_second) for text in texts]
    found = [_understood(text) for text in texts]
    forms = sorted({each.form for each in found if isinstance(each, _Open)})
    of_other_forms = len(forms) > 1 or any(isinstance(each, Stamp) for each in found)
    stamps: list[Stamp | None] = [each if isinstance(each, Stamp) else None for each in found]
    for form in forms:
        cells = [(at, each) for at, each in enumerate(found) if isinstance(each, _Open) and each.form == form]
        first = lines[cells[0][0]], texts[cells[0][0]]
        if form.endswith("2"):
            days = _of_two_digit_years(form, [each.numbers for _, each in cells], today)
            if days is None or of_other_forms:
                why = (
                    "among dates that are written otherwise" if of_other_forms else "which no order of the lines tells"
                )
                problems.add("years", f"{first[1]} has a year of two digits, {why}", line=first[0], step=WRITE_ISO)
                days = [None] * len(cells)
        else:
            order = _order_told([(lines[at], texts[at], each.numbers) for at, each in cells], problems)
            days = [_day(*order(*each.numbers)) for _, each in cells]
        for (at, each), day in zip(cells, days, strict=True):
            stamps[at] = None if day is None else Stamp(day, each.time)
    return stamps


def why_not(text: str) -> tuple[str, str]:
    """Why a cell is no date, and what helps, for a person."""
    if any(form.fullmatch(text) for form in (_YEAR_FIRST, _TRIPLE, _COMPACT)) or _named(text):
        return f"{text[:40]!r} is no date", "correct or remove it"
    if month_labels.is_label(text, doubtful=True):
        return f"{text[:40]!r} has no day", "write the month's last day, such as 2003-01-31"
    if _ONE_YEAR.fullmatch(text):
        return f"{text!r} has no month and no day", "write the year's last day, such as 2003-12-31"
    if _SERIAL.fullmatch(text):
        return (
            f"expected a date such as 2020-12-31, got {text!r}, the number of a day in a spreadsheet",
            "format the column as a date there, and save it again",
        )
    return f"expected a date such as 2020-12-31, got {text[:40]!r}", "correct or remove it"


def _since_1970(seconds: float) -> Stamp:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return Stamp(moment.date(), f"{moment:%H:%M:%S}Z")


def _understood(text: str) -> Stamp | _Open | None:
    if _ISO.fullmatch(text):
        day = _day(int(text[:4]), int(text[5:7]), int(text[8:]))
        return None if day is None else Stamp(day)
    if match := _YEAR_FIRST.fullmatch(text):
        return _stamp(match[1], match[3] or match[5], match[4] or match[6], match["time"])
    if match := _TRIPLE.fullmatch(text):
        numbers = int(match[1]), int(match[3]), int(match[4])
        time = (match["time"] or "").strip(" T,")
        if match[2] == "." and len(match[4]) == 4:  # dots are written only where the day comes first
            return _stamp(match[4], match[3], match[1], time)
        return _Open(f"{match[2]}{len(match[4])}", numbers, time)
    if match := _COMPACT.fullmatch(text):
        return _stamp(match[1], match[2], match[3], match[4])
    if match := _named(text):
        month, time = month_of(match["month"]) or 0, (match["time"] or "").strip(" T,")
        if len(match["year"]) == 4:
            return _stamp(match["year"], month, match["day"], time)
        return _Open(f"{_NAMED_MONTH} 2", (int(match["day"]), month, int(match["year"])), time)
    return None


def _named(text: str) -> re.Match[str] | None:
    matches = (form.fullmatch(text) for form in _NAMED)
    return next((match for match in matches if match and month_of(match["month"])), None)


def _stamp(year: str, month: str | int, day: str, time: str | None) -> Stamp | None:
    found = _day(int(year), int(month), int(day))
    return None if found is None else Stamp(found, (time or "").strip(" T,"))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # such as a 31st of June
        return None


def _order_told(cells: Sequence[tuple[int, str, tuple[int, int, int]]], problems: Problems) -> _Order:
    """Whether the day or the month is first, told by numbers above twelve."""
    days = [(line, text) for line, text, (first, second, _) in cells if first > 12 >= second]
    months = [(line, text) for line, text, (first, second, _) in cells if second > 12 >= first]
    either = [(line, text) for line, text, (first, second, _) in cells if first != second and max(first, second) <= 12]
    if days and months:
        problems.add(
            "order of dates",
            f"line {days[0][0]} has the day first ({days[0][1]}), line {months[0][0]} the month ({months[0][1]})",
            step=WRITE_ISO,
        )
    elif either and not days and not months:
        if order := _order_of_months([numbers for _, _, numbers in cells]):
            return order
        problems.add(
            "order of dates",
            f"{either[0][1]} may have the day or the month first, and no other line tells",
            line=either[0][0],
            step=WRITE_ISO,
        )
    return _MONTH_FIRST if months and not days else _DAY_FIRST


def _order_of_months(cells: Sequence[tuple[int, int, int]]) -> _Order | None:
    """The order in which they are the first days of months that follow each other, through more than one year.

    In the other order they are days of Januaries.
    """
    if len({year for _, _, year in cells}) > 1:
        for place, order in enumerate((_DAY_FIRST, _MONTH_FIRST)):
            days = [_day(*order(*numbers)) for numbers in cells if numbers[place] == 1]
            known = [day for day in days if day is not None]
            if len(known) == len(cells) and month_labels.are_consecutive(known):
                return order
    return None


def _of_two_digit_years(form: str, cells: Sequence[tuple[int, int, int]], today: date) -> list[date | None] | None:
    """The days, where all can be read as days that follow each other in one way only."""
    orders = [_DAY_FIRST, _YEAR_FIRST_ORDER]
    if form[0] in "-/":
        orders.append(_MONTH_FIRST)
    readings = []
    for order in orders:
        days = [_day_of_last_century(*order(*numbers), today) for numbers in cells]
        if days not in readings and _follow_each_other(days):
            readings.append(days)
    if len(readings) > 1:  # in the wrong order, one day after another is one year after another
        readings = [
            days for days in readings if all(abs(b - a) <= LONGEST_GAP for a, b in pairwise(filter(None, days)))
        ]
    return readings[0] if len(readings) == 1 else None


def _day_of_last_century(year: int, month: int, day: int, today: date) -> date | None:
    in_this = _day(2000 + year, month, day)
    return _day(1900 + year, month, day) if in_this is None or in_this > today else in_this


def _follow_each_other(days: Sequence[date | None]) -> bool:
    """Whether they run forwards or backwards, through weeks of five days or of seven.

    Read a century off, a week of five days would have Sundays or Saturdays.
    """
    known = [day for day in days if day is not None]
    if len(known) < len(days):
        return False
    if not all(a <= b for a, b in pairwise(known)) and not all(a >= b for a, b in pairwise(known)):
        return False
    saturdays, sundays = (sum(day.weekday() == weekday for day in known) / len(known) for weekday in (5, 6))
    return saturdays + sundays <= WEEKEND_DAYS_AT_MOST or min(saturdays, sundays) >= WEEKEND_DAYS_AT_LEAST
