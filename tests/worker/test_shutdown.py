import threading
import time

import pytest

from worker.instance_metadata import REBALANCE, SPOT_INTERRUPTION, Notice
from worker.shutdown import (
    GONE_BEFORE_SECONDS,
    HANDING_BACK_SECONDS,
    STORING_SECONDS,
    Shutdown,
    ShutdownDeadline,
    after_notice,
    after_signal,
    finishes,
    more_urgent,
)

NOW = 1000.0


@pytest.mark.parametrize(
    ("seconds_left", "by"),
    [
        (120, NOW + 100),
        (30, NOW + 10),
        (29.9, NOW),
        (5, NOW),
        (0, NOW),
        (None, None),
    ],
)
def test_an_interruption_leaves_what_lies_between_now_and_well_before_the_deadline(
    seconds_left: float | None, by: float | None
) -> None:
    assert after_notice(Notice("emitted", seconds_left), NOW) == ShutdownDeadline("emitted", by)
    assert by is None or by == NOW or by == NOW + (seconds_left or 0) - GONE_BEFORE_SECONDS


def test_a_signal_leaves_less_than_the_time_until_the_process_must_have_ended() -> None:
    deadline = after_signal("SIGTERM", 8, NOW)
    assert deadline.by is not None
    assert NOW < deadline.by < NOW + 8
    assert "SIGTERM" in deadline.reason


NO_DEADLINE, SOON, LATER = (
    ShutdownDeadline("rebalance", None),
    ShutdownDeadline("soon", NOW + 5),
    ShutdownDeadline("later", NOW + 50),
)


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (None, NO_DEADLINE, NO_DEADLINE),
        (None, SOON, SOON),
        (NO_DEADLINE, SOON, SOON),
        (SOON, NO_DEADLINE, SOON),
        (LATER, SOON, SOON),
        (SOON, LATER, SOON),
        (NO_DEADLINE, ShutdownDeadline("again", None), NO_DEADLINE),
    ],
)
def test_of_two_departures_the_one_that_leaves_less_time_counts(
    first: ShutdownDeadline | None, second: ShutdownDeadline, wins: ShutdownDeadline
) -> None:
    assert more_urgent(first, second) is wins


@pytest.mark.parametrize(
    ("deadline", "remaining", "finished"),
    [
        (None, 10**6, True),
        (None, None, True),
        (NO_DEADLINE, 10**6, True),
        (NO_DEADLINE, None, True),
        (LATER, 50 - STORING_SECONDS, True),
        (LATER, 50 - STORING_SECONDS + 0.1, False),
        (LATER, None, False),
        (SOON, 0, True),
        (ShutdownDeadline("now", NOW), 0, False),
    ],
)
def test_what_has_begun_is_finished_if_it_will_be_stored_in_time(
    deadline: ShutdownDeadline | None, remaining: float | None, finished: bool
) -> None:
    assert finishes(deadline, remaining, NOW) is finished


def test_the_time_that_an_estimate_is_asked_at_counts() -> None:
    shutdown = Shutdown(clock := Clock())
    shutdown.request(ShutdownDeadline("emitted", by=10))
    assert shutdown.finishes(7)
    clock.now = 2
    assert not shutdown.finishes(7)


def test_the_most_urgent_of_all_that_was_announced_counts() -> None:
    shutdown = Shutdown()
    assert not shutdown.deadline
    assert not shutdown.reason
    for deadline in (
        ShutdownDeadline(REBALANCE, None),
        ShutdownDeadline(SPOT_INTERRUPTION, 5.0),
        ShutdownDeadline(REBALANCE, None),
    ):
        shutdown.request(deadline)
    assert shutdown.reason == SPOT_INTERRUPTION


def test_with_no_time_at_all_there_is_still_a_moment_for_handing_back() -> None:
    shutdown = Shutdown(clock := Clock(100))
    assert not shutdown.is_overdue()
    shutdown.request(ShutdownDeadline("now", by=100))
    clock.now = 100 + HANDING_BACK_SECONDS
    assert not shutdown.is_overdue()
    clock.now += 0.1
    assert shutdown.is_overdue()


def test_without_a_deadline_nobody_is_overdue() -> None:
    shutdown = Shutdown(clock := Clock())
    shutdown.request(ShutdownDeadline(REBALANCE, None))
    clock.now = 10**6
    assert not shutdown.is_overdue()


def test_a_pause_ends_when_there_is_a_departure() -> None:
    shutdown = Shutdown()
    threading.Timer(0.1, shutdown.request, [ShutdownDeadline("emitted", None)]).start()
    began = time.monotonic()
    shutdown.pause(60)
    shutdown.pause(60)
    assert time.monotonic() - began < 30


class Clock:
    """Shows what it is set to."""

    def __init__(self, now: float = 0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
