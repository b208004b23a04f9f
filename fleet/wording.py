"""How far a job has come, in words for a person."""

import math
from collections.abc import Sequence

from fleet.progress import AHEAD_AT_MOST, Status
from fleet.reasons import in_one_line
from fleet.reports import READ_AT_MOST_OF_A_JOB
from montecarlo.wording import count

WARNINGS_AT_MOST, WARNING_AT_MOST = 20, 500  # shown at first, and characters of each


def shortened(warnings: Sequence[str]) -> tuple[list[str], bool]:
    """Warnings as long as a person reads them, and whether that is less than all."""
    shown = [in_one_line(warning, WARNING_AT_MOST) for warning in warnings[:WARNINGS_AT_MOST]]
    return shown, len(warnings) > len(shown) or any(len(warning) > WARNING_AT_MOST for warning in warnings)


def in_words(status: Status) -> str:
    """How far a job has come, how fast it goes on and how long it still takes, and what it waits for, for a person."""
    return ", ".join(filter(None, (_how_far(status), behind(status), _at_it(status))))


def behind(status: Status) -> str:
    """What a job waits for, such as "waiting behind 2 jobs"; empty where it waits for no other."""
    if not status.ahead:
        return ""
    or_more = " or more" if status.ahead >= AHEAD_AT_MOST else ""
    return f"waiting behind {count(status.ahead, 'job')}{or_more}"


def _at_it(status: Status) -> str:
    if status.state != "running" or not status.workers:
        return ""
    workers = len({each.worker for each in status.workers})
    or_more = " or more" if workers >= READ_AT_MOST_OF_A_JOB else ""
    return f"{count(workers, 'worker')}{or_more} at work"


def _how_far(status: Status) -> str:
    done, units, unit = status.done, status.job.experiment.units, status.job.experiment.unit
    if status.job.experiment.stops_early:
        words = _until_enough(status)
    else:
        words = f"{done:,} of {count(units, unit)} ({100 * done // units} %)"
    if status.rate is None or status.seconds_left is None:
        return words
    rate = float(f"{status.rate:.3g}")
    words += f", {rate:,.0f} {unit}s a second" if rate >= 1 else f", less than a {unit} a second"
    return f"{words}, {duration_in_words(status.seconds_left)} left"


def _until_enough(status: Status) -> str:
    """How many units are done, how precise the last round was, and how many units may be needed."""
    experiment = status.job.experiment
    words = count(status.done, experiment.unit)
    if status.standing:
        words += f": {status.standing.words}"
    if status.state == "complete" or (status.standing and status.standing.enough):
        return words
    if status.standing is None:
        return f"{words} of {experiment.units:,} at most"
    expected = status.expected
    return f"{words}; an estimated {expected:,} needed ({100 * status.done // expected} %)"


def duration_in_words(seconds: float) -> str:
    """Such as "less than a minute" or "about 3 minutes", rounded up."""
    minutes, hours, days = (math.ceil(seconds / unit) for unit in (60, 60 * 60, 24 * 60 * 60))
    if minutes <= 1:
        return "less than a minute"
    if minutes <= 90:
        return f"about {minutes} minutes"
    return f"about {hours} hours" if hours <= 36 else f"about {days:,} days"
