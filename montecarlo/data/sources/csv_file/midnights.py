"""Dates that are the midnights of another place.

A program that keeps days as moments, and writes them in UTC, puts the 5th of July in Hong Kong at 16:00 on the 4th.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from montecarlo.data.sources.csv_file.dates import Stamp

_MOMENT = re.compile(
    r"(?P<hour>\d{1,2}):?00(?::?00(?:\.0+)?)?\s*(?:Z|UTC|GMT|(?P<offset>[-+]\d{2}):?(?:00)?)", re.IGNORECASE
)
_SUNDAY, _FRIDAY = 6, 4

# Where Sundays are trading days and Fridays are not, clocks are this far ahead of UTC, in hours, or more.
_OFFSET_OF_SUNDAY_TRADING = 2


def at_their_own_place(stamps: Sequence[Stamp]) -> tuple[list[Stamp], str | None]:
    """The same, or all a day later where that is what they mean, and a note of it.

    They are moved if each is a full hour after noon, with its offset from UTC, and they have Sundays but no Fridays.
    """
    weekdays = {stamp.day.weekday() for stamp in stamps if stamp.time}
    if _SUNDAY not in weekdays or _FRIDAY in weekdays or not all(_is_midnight_further_east(each) for each in stamps):
        return list(stamps), None
    moved = [Stamp(stamp.day + timedelta(days=1), stamp.time) for stamp in stamps]
    first = stamps[0]
    return moved, (
        f"{first.day} {first.time} and the other dates, which have Sundays and no Fridays, are midnights of a place "
        "further east: moved to the next day"
    )


def _is_midnight_further_east(stamp: Stamp) -> bool:
    moment = _MOMENT.fullmatch(stamp.time)
    return moment is not None and int(moment["hour"]) >= 12 and int(moment["offset"] or 0) < _OFFSET_OF_SUNDAY_TRADING
