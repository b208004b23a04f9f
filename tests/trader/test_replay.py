"""A history as a feed."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

import montecarlo as mc
from trader.replay import Replay

HISTORY = mc.load_history("AAPL", source="sample")
DATES = HISTORY.dates.tolist()


def test_each_day_has_the_bars_until_then_and_no_more():
    feed, day = Replay(HISTORY, within_days=True), None
    for index in range(3):
        told = feed.after(day)
        day = told.day
        assert day == DATES[index]
        assert told.dates.tolist() == DATES[: index + 1]
        for each, whole in zip(told.bars, HISTORY.adjusted_bars, strict=True):
            assert each.tolist() == whole[: index + 1].tolist()
        assert told.split == 1


def test_closes_alone_are_told_four_times():
    told = Replay(HISTORY, within_days=False).after(DATES[4])
    assert all(each.tolist() == HISTORY.closes[:6].tolist() for each in told.bars)


@pytest.mark.parametrize(
    ("first", "begins"), [(None, DATES[0]), (DATES[7], DATES[7]), (date(2000, 3, 4), date(2000, 3, 6))]
)
def test_it_begins_on_a_day_or_the_bar_after(first, begins):
    told = Replay(HISTORY, within_days=False, first=first).after(None)
    assert told.day == begins
    assert told.dates[0] == DATES[0]


def test_it_cannot_begin_after_its_end():
    with pytest.raises(ValueError, match="begin earlier"):
        Replay(HISTORY, within_days=False, first=date(2030, 1, 1))


def test_the_session_that_comes_next_takes_orders_until_the_day_is_asked_for():
    feed = Replay(HISTORY, within_days=False)
    session = feed.after(None).next
    assert session.day == DATES[1]
    assert session.last_orders < session.closes
    assert feed.now() < session.last_orders
    feed.after(DATES[0])
    assert feed.now() > session.closes


def test_hours_are_those_of_new_york():
    closes = [Replay(HISTORY, within_days=False).after(day).next.closes for day in (date(2000, 7, 3), date(2001, 1, 3))]
    assert closes == [datetime(2000, 7, 6, 20, tzinfo=UTC), datetime(2001, 1, 5, 21, tzinfo=UTC)]


def test_a_process_that_begins_again_finds_the_clock_where_it_stopped():
    told = Replay(HISTORY, within_days=False).after(DATES[9])
    again = Replay(HISTORY, within_days=False)
    assert again.now() < told.next.last_orders
    assert again.after(DATES[9]).next == told.next
    assert again.after(DATES[3]).day == DATES[4]  # again, as it was then
    assert again.now() > told.next.closes.replace(day=told.day.day)


def test_it_ends_with_its_last_day():
    feed = Replay(HISTORY, within_days=False)
    assert not feed.ended
    last = feed.after(DATES[-2])
    assert (last.day, last.next) == (DATES[-1], None)
    assert feed.ended
    assert feed.after(DATES[-1]) is None
    again = Replay(HISTORY, within_days=False)
    assert (again.after(DATES[-1]), again.ended) == (None, True)


def test_a_day_takes_as_long_as_it_is_told_to():
    seconds = [0.0]
    feed = Replay(HISTORY, within_days=False, seconds=10, clock=lambda: seconds[0])
    assert feed.after(None).day == DATES[0]
    assert feed.after(DATES[0]) is None
    assert feed.now() < feed.after(None).next.last_orders
    seconds[0] = 10
    assert feed.after(DATES[0]).day == DATES[1]
    assert feed.after(DATES[1]) is None


def test_prices_are_those_of_the_backtest():
    feed = Replay(HISTORY, within_days=True)
    assert feed.bars_per_year == HISTORY.bars_per_year
    assert feed.symbol == "AAPL"
    assert np.array_equal(feed.after(DATES[-2]).bars.close, HISTORY.closes)
