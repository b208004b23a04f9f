"""From the time that a bar is stamped with to the day that it is of."""

import pandas as pd

from montecarlo.errors import HistoryError

_NOON = pd.Timedelta(hours=12)
_SUNDAY, _FRIDAY = 6, 4


def days_of(stamps: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, bool]:
    """The day of each stamp, naive and at midnight; and whether it is the day after the one that is written.

    Stamps in UTC at a full hour after noon, with Sundays and without Fridays among them, are midnights of a place to
    the east, where it was the next day already: 16:00 in UTC is midnight in Hong Kong.

    Raises:
        HistoryError: a day has bars of several times.
    """
    naive = stamps.tz_localize(None)
    days = naive.normalize()
    times = naive - days
    twice = days.duplicated(keep=False)
    if twice.any() and len(times[twice].unique()) > 1:
        first = days[twice].min()
        at = " and ".join(f"{stamp:%H:%M}" for stamp in naive[days == first].sort_values()[:2])
        raise HistoryError(
            f"several bars on one day, such as at {at} on {first:%Y-%m-%d}: bars within the day; save daily bars"
        )
    if str(stamps.tz) in ("UTC", "UTC+00:00") and _are_midnights_to_the_east(days, times):
        return days + pd.Timedelta(days=1), True
    return days, False


def _are_midnights_to_the_east(days: pd.DatetimeIndex, times: pd.TimedeltaIndex) -> bool:
    counts = days.day_of_week.value_counts()
    sundays, fridays = (counts.get(day, 0) for day in (_SUNDAY, _FRIDAY))
    full_hours = (times % pd.Timedelta(hours=1) == pd.Timedelta(0)).all()
    return bool(full_hours and (times > _NOON).all() and sundays > len(days) / 10 and fridays < len(days) / 50)
