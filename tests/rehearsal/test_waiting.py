"""Every wait has an end, and says how it goes."""

from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.check import RehearsalError
from rehearsal.waiting import Look, Waiting


class Watch:
    """A clock that somebody else turns."""

    def __init__(self):
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def said():
    return []


@pytest.fixture
def waiting(said):
    return Waiting(Watch(), said.append)


def test_what_comes_is_returned_and_told_when_it_changes(waiting, said):
    looks = iter(
        [Look(False, "0 machines"), Look(False, "0 machines"), Look(False, "1 machine"), Look(True, "2 machines")]
    )
    assert waiting.until("two machines", lambda: next(looks), minutes=10) == Look(True, "2 machines")
    assert [line.rpartition(": ")[2] for line in said] == ["0 machines", "1 machine", "2 machines"]
    assert "of at most 10 min, waiting for two machines" in said[0]


def test_what_does_not_come_ends_with_what_was_seen_last(waiting, said):
    with pytest.raises(RehearsalError, match="waited 5 minutes in vain for two machines: 1 machine"):
        waiting.until("two machines", lambda: Look(False, "1 machine"), minutes=5)
    assert len(said) == 6  # one line a minute while nothing changes
    assert waiting.clock.now() == datetime(2026, 1, 1, 0, 5, tzinfo=UTC)


def test_what_is_only_watched_need_not_come(waiting):
    assert waiting.watch("workers", lambda: Look(False, "3 run"), minutes=5) == Look(False, "3 run")
