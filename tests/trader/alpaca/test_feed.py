"""Daily bars as they come from Alpaca: each once it is over, as seen from then, with the session that comes next."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import numpy as np
import pytest

from montecarlo.data.bars import Bars
from tests.alpaca_exchange import Exchange, TradingDay, eastern
from tests.alpaca_server import AlpacaServer, Answer, Do, Request
from tests.trader.alpaca.conftest import BEGIN
from trader.alpaca.feed import AlpacaFeed
from trader.market import Day, FeedError, Session

TUESDAY, WEDNESDAY, FRIDAY = BEGIN + timedelta(days=1), BEGIN + timedelta(days=2), BEGIN + timedelta(days=4)
EVENING = time(19, 5)


def traded(days: Sequence[TradingDay], until: date) -> Bars:
    bars = np.array([each.bar for each in days if each.bar and each.day <= until])
    return Bars(*bars.T)


Told = TypeVar("Told", Day, Session)


def told(what: Told | None) -> Told:
    assert what is not None
    return what


def change(exchange: Exchange, day: date, **changes: Any) -> None:
    exchange.days = tuple(replace(each, **changes) if each.day == day else each for each in exchange.days)


def test_a_trader_begins_with_the_last_day_that_is_over(feed: AlpacaFeed, exchange: Exchange) -> None:
    day = told(feed.after(None))
    assert day.day == BEGIN
    assert day.dates[-1] == np.datetime64(BEGIN)
    assert day.dates.dtype == np.dtype("datetime64[D]")
    for name, seen, given in zip(Bars._fields, day.bars, traded(exchange.days, BEGIN), strict=True):
        assert seen.tolist() == given.tolist(), name
    assert day.split == 1.0
    assert day.next == Session(
        TUESDAY,
        closes=datetime(2025, 11, 25, 21, tzinfo=UTC),
        last_orders=datetime(2025, 11, 25, 20, 50, tzinfo=UTC),
        first_orders=datetime(2025, 11, 25, 0, 5, tzinfo=UTC),
    )


def test_a_day_is_told_once_orders_for_the_next_close_are_taken(feed: AlpacaFeed, exchange: Exchange) -> None:
    for at in (time(9, 0), time(12, 0), time(16, 0), time(16, 20), time(19, 4)):
        exchange.advance(eastern(TUESDAY, at))
        assert feed.now() == exchange.now
        assert feed.after(BEGIN) is None
        assert told(feed.after(None)).day == BEGIN
        assert feed.late(BEGIN) == 0
    exchange.advance(eastern(TUESDAY, EVENING))
    assert told(feed.after(BEGIN)).day == TUESDAY
    assert feed.late(BEGIN) == 1
    assert feed.after(TUESDAY) is None


def test_a_holiday_a_half_day_and_a_weekend(feed: AlpacaFeed, exchange: Exchange) -> None:
    exchange.advance(eastern(WEDNESDAY, EVENING))
    half = told(told(feed.after(TUESDAY)).next)
    assert half == Session(
        FRIDAY,
        closes=datetime(2025, 11, 28, 18, tzinfo=UTC),
        last_orders=datetime(2025, 11, 28, 17, 50, tzinfo=UTC),
        first_orders=datetime(2025, 11, 27, 0, 5, tzinfo=UTC),
    )
    exchange.advance(eastern(FRIDAY, time(18, 0)))
    assert feed.after(WEDNESDAY) is None
    exchange.advance(eastern(FRIDAY + timedelta(days=1), time(12, 0)))
    assert told(feed.after(WEDNESDAY)).day == FRIDAY
    assert told(told(feed.after(WEDNESDAY)).next).day == date(2025, 12, 1)
    assert feed.after(FRIDAY) is None


def test_the_hour_is_that_of_new_york_in_summer_and_in_winter(feed: AlpacaFeed) -> None:
    summer, winter = told(feed.after(date(2025, 10, 30))), told(feed.after(date(2025, 10, 31)))
    assert (summer.day, winter.day) == (date(2025, 10, 31), date(2025, 11, 3))
    assert told(summer.next).closes == datetime(2025, 11, 3, 21, tzinfo=UTC)
    assert told(summer.next).first_orders == datetime(2025, 10, 31, 23, 5, tzinfo=UTC)
    assert told(winter.next).first_orders == datetime(2025, 11, 4, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(("ratio", "before"), [(4.0, 0.25), (1.5, 1 / 1.5), (0.1, 10.0), (0.05, 20.0)])
def test_a_split_is_told_with_its_day(feed: AlpacaFeed, exchange: Exchange, ratio: float, before: float) -> None:
    unsplit = traded(exchange.days, BEGIN)
    change(exchange, TUESDAY, split=ratio, bar=tuple(before * 100 + each for each in (0.0, 0.5, -0.25, 0.25)))
    exchange.advance_to_evening(WEDNESDAY)
    day = told(feed.after(BEGIN))
    assert (day.day, day.split) == (TUESDAY, ratio)
    assert day.bars.close[-1] == before * 100 + 0.25
    np.testing.assert_allclose(day.bars.close[:-1], unsplit.close * before, rtol=1e-3)
    assert told(feed.after(TUESDAY)).split == 1.0


def test_a_dividend_is_no_split(feed: AlpacaFeed, exchange: Exchange) -> None:
    change(exchange, TUESDAY, dividend=2.0)
    exchange.advance_to_evening(TUESDAY)
    day, raw = told(feed.after(BEGIN)), traded(exchange.days, TUESDAY)
    assert day.split == 1.0
    assert day.bars.close[-1] == raw.close[-1]
    np.testing.assert_allclose(day.bars.close[:-1], raw.close[:-1] * (1 - 2 / raw.close[-2]), atol=0.006)


def test_a_day_that_is_past_is_told_as_it_was_known_then(feed: AlpacaFeed, exchange: Exchange) -> None:
    then = told(feed.after(BEGIN - timedelta(days=1)))
    change(exchange, TUESDAY, split=4.0)
    change(exchange, WEDNESDAY, dividend=1.0)
    exchange.advance_to_evening(date(2026, 1, 12))
    later = told(feed.after(BEGIN - timedelta(days=3)))  # a Friday, and so a date without a session in between
    assert (later.day, later.next, later.split) == (then.day, then.next, then.split)
    assert later.dates.tolist() == then.dates.tolist()
    assert later.bars.close[-1] == then.bars.close[-1]
    np.testing.assert_allclose(np.stack(later.bars), np.stack(then.bars), rtol=5e-4)


def test_a_calendar_that_breaks_off_is_no_end_of_the_feed(feed: AlpacaFeed, server: AlpacaServer) -> None:
    def cut(request: Request, do: Do) -> Answer:
        answer = do(request)
        if request.path.endswith("calendar"):
            return Answer(200, [each for each in answer.body if each["date"] <= str(BEGIN)])
        return answer

    server.interfere = cut
    with pytest.raises(FeedError, match=f"Alpaca's calendar has no session after {BEGIN}"):
        feed.after(None)


def test_days_that_were_missed_come_one_by_one(feed: AlpacaFeed, exchange: Exchange) -> None:
    exchange.advance_to_evening(date(2025, 12, 3))
    assert feed.late(BEGIN) == 6
    day, seen = BEGIN, []
    while (found := feed.after(day)) is not None:
        day = found.day
        seen.append(day)
    assert seen == [each.day for each in exchange.days if BEGIN < each.day <= date(2025, 12, 3)]


def test_a_bar_that_is_late_is_waited_for(feed: AlpacaFeed, exchange: Exchange) -> None:
    change(exchange, TUESDAY, published=timedelta(hours=20))
    exchange.advance_to_evening(TUESDAY)
    assert feed.after(BEGIN) is None
    assert feed.late(BEGIN) == 1
    exchange.advance(eastern(WEDNESDAY, time(12, 0)))
    assert told(feed.after(BEGIN)).day == TUESDAY


def test_until_a_bar_is_there_those_before_it_are_not_asked_for(
    feed: AlpacaFeed, server: AlpacaServer, exchange: Exchange
) -> None:
    change(exchange, TUESDAY, published=timedelta(hours=20))
    exchange.advance_to_evening(TUESDAY)
    server.asked.clear()
    assert feed.after(BEGIN) is None
    starts = [each.query["start"] for each in server.asked if each.path.endswith("bars")]
    assert [each[:10] for each in starts] == [str(TUESDAY)]


def test_a_day_without_any_trade_is_passed_over(feed: AlpacaFeed, exchange: Exchange) -> None:
    change(exchange, TUESDAY, bar=None)
    exchange.advance_to_evening(WEDNESDAY)
    day = told(feed.after(BEGIN))
    assert day.day == WEDNESDAY
    assert day.dates[-2] == np.datetime64(BEGIN)


def test_waiting_asks_for_little(feed: AlpacaFeed, server: AlpacaServer, exchange: Exchange) -> None:
    """Alpaca allows 200 requests a minute."""
    exchange.advance(eastern(TUESDAY, time(12, 0)))
    feed.after(BEGIN)
    server.asked.clear()
    for _ in range(3):
        feed.after(BEGIN)
        feed.late(BEGIN)
    assert set(server.operations()) == {"GET /v2/clock"}


def test_bars_come_in_pages(feed: AlpacaFeed, server: AlpacaServer, exchange: Exchange) -> None:
    server.page = 7
    assert told(feed.after(None)).bars.close.tolist() == traded(exchange.days, BEGIN).close.tolist()


def test_a_symbol_without_bars_has_no_day(server: AlpacaServer) -> None:
    assert AlpacaFeed("NVDA", server.environment).after(None) is None


def fails(request: Request, do: Do) -> Answer | None:
    return Answer(500, "<html>Out of order</html>")


def breaks_off(request: Request, do: Do) -> Answer | None:
    return None


def refuses(request: Request, do: Do) -> Answer | None:
    return Answer(403, {"message": "subscription does not permit querying recent SIP data"})


def talks_nonsense(request: Request, do: Do) -> Answer | None:
    return Answer(200, "[[]]")


@pytest.mark.parametrize("how", [fails, breaks_off, refuses, talks_nonsense])
def test_what_cannot_be_had_is_a_feed_error(
    feed: AlpacaFeed, server: AlpacaServer, how: Callable[[Request, Do], Answer | None]
) -> None:
    server.interfere = how
    for question in (feed.now, lambda: feed.after(BEGIN), lambda: feed.late(BEGIN)):
        before = len(server.asked)
        with pytest.raises(FeedError):
            question()
        assert len(server.asked) == before + 1  # whoever asks asks again, not the client
    server.interfere = lambda request, do: how(request, do) if request.path.endswith("bars") else do(request)
    with pytest.raises(FeedError):
        feed.after(BEGIN - timedelta(days=3))


def changed(bars: Callable[[list[dict[str, Any]], Request], list[dict[str, Any]]]) -> Callable[[Request, Do], Answer]:
    def change_bars(request: Request, do: Do) -> Answer:
        answer = do(request)
        if not request.path.endswith("bars"):
            return answer
        found = answer.body["bars"].get("AAPL", [])
        return Answer(200, {"bars": {"AAPL": bars(found, request)}, "next_page_token": None})

    return change_bars


@pytest.mark.parametrize(
    ("bars", "words"),
    [
        (lambda bars, request: bars[::-1], "not in order of time"),
        (lambda bars, request: [*bars, bars[-1]], "not in order of time"),
        (lambda bars, request: [{**each, "l": -1.0} for each in bars], "prices that cannot be"),
        (lambda bars, request: bars[:-1] if request.query["adjustment"] == "raw" else bars, "of different days"),
        (
            lambda bars, request: (
                [{**bars[0], "c": bars[0]["c"] * 1.0317}, *bars[1:]] if request.query["adjustment"] == "split" else bars
            ),
            "split of AAPL before 2025-11-24 cannot be understood",
        ),
    ],
)
def test_bars_that_cannot_be_are_not_traded_by(
    feed: AlpacaFeed, server: AlpacaServer, bars: Callable[..., list[dict[str, Any]]], words: str
) -> None:
    server.interfere = changed(bars)
    with pytest.raises(FeedError, match=words):
        feed.after(None)
