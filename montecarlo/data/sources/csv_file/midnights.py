"""Dates that are the midnights of another place.

A program that keeps days as moments, and writes them in UTC, puts the 5th of July in Hong Kong at 16:00 on the 4th. In
London, it puts it at 23:00 on the 4th, and the 5th of January at 0:00 on that day.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from montecarlo.data.sources.csv_file.dates import WEEKEND_DAYS_AT_MOST, Stamp

_MOMENT = re.compile(
    r"(?P<hour>\d{1,2}):?00(?::?00(?:\.0+)?)?\s*(?:Z|UTC|GMT|(?P<offset>[-+]\d{2}):?(?:00)?)", re.IGNORECASE
)
_SUNDAY, _FRIDAY = 6, 4

# Where Sundays are trading days and Fridays are not, clocks are this far ahead of UTC, in hours, or more.
_OFFSET_OF_SUNDAY_TRADING = 2


def at_their_own_place(stamps: Sequence[Stamp]) -> tuple[list[Stamp], str | None]:
    """The same, or those after noon a day later where that is what they mean, and a note of it.

    They are moved if all stamps are full hours, with their offsets from UTC, those after noon have Sundays, and the
    days are those of a week of five days then: next to none is at a week-end, or, where week-ends are not ours, all are
    after noon and no Friday is among them.
    """
    moments = [_MOMENT.fullmatch(stamp.time) for stamp in stamps]
    late = [moment is not None and _is_midnight_further_east(moment) for moment in moments]
    moved = [
        Stamp(stamp.day + timedelta(days=1), stamp.time) if is_late else stamp
        for stamp, is_late in zip(stamps, late, strict=True)
    ]
    written = {stamp.day.weekday() for stamp, is_late in zip(stamps, late, strict=True) if is_late}
    at_weekends = sum(stamp.day.weekday() > _FRIDAY for stamp in moved)
    of_week_days = at_weekends <= WEEKEND_DAYS_AT_MOST * len(stamps) or (all(late) and _FRIDAY not in written)
    collide = len({stamp.day for stamp in moved}) < len({stamp.day for stamp in stamps})
    if not all(moments) or _SUNDAY not in written or not of_week_days or collide:
        return list(stamps), None
    first = stamps[late.index(True)]
    others = "the other dates" if all(late) else f"the other {sum(late) - 1:,} dates after noon"
    return moved, (
        f"{first.day} {first.time} and {others}, which have Sundays, are midnights of a place further east: "
        "moved to the next day"
    )


def _is_midnight_further_east(moment: re.Match[str]) -> bool:
    return int(moment["hour"]) >= 12 and int(moment["offset"] or 0) < _OFFSET_OF_SUNDAY_TRADING
