"""A trader from day to day, on an exchange in memory and by its clock."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from fleet.events import Event
from fleet.traders import leases, state
from fleet.traders.orders import CANCELLED, EXPIRED, FILLED, LAPSED, REJECTED
from fleet.traders.settings import Limits
from montecarlo.data.bars import Bars
from tests.trader.exchange import Exchange, lost, out_of_order, refused, weekdays
from tests.trader.trading import NAME, Trading
from trader.events import Decided, Killed, Reported, Sending
from trader.lease import Lease, LeaseLostError
from trader.market import Day

CLOSES = [100.0, 101.0, 103.0, 102.0, 104.0, 107.0]
DATES = weekdays(8)
ENDED = ("ended", "the feed is over")
A_MINUTE = timedelta(minutes=1)


def fills(exchange: Exchange) -> list[tuple[int, float]]:
    return [(each.shares, each.price) for each in exchange.executed]


def shares(trading: Trading) -> list[int]:
    return [day.standing.shares for day in trading.days]


def test_it_buys_at_the_close_after_the_signal_and_sells_likewise() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0++000")
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0), (-100, 104.0)]
    assert shares(trading) == [0, 0, 100, 100, 0, 0]
    assert [day.equity for day in trading.days] == [day.backtest_equity for day in trading.days]
    assert trading.notes == []


def test_the_report_has_a_line_for_each_day_and_the_round_trips_of_both() -> None:
    trading = Trading(Exchange(CLOSES), "0++0++")
    trading.start()
    report = state.report(trading.bucket, NAME)
    assert report["date"].dt.date.tolist() == DATES[:6]
    assert report["orders"].tolist() == [0, 0, 1, 0, 1, 1]
    assert report["fills"].tolist() == [0, 0, 1, 0, 1, 1]
    assert report["equity"].tolist() == report["backtest_equity"].tolist()
    trades = state.trades(trading.bucket, NAME)
    assert trades["exit_reason"].tolist() == ["signal", "end"]
    assert trades.equals(state.backtest_trades(trading.bucket, NAME))


# Days that are not like others


def test_a_split_makes_more_shares_of_a_position_and_of_those_that_follow() -> None:
    exchange = Exchange([100.0, 101.0, 103.0, 52.0, 53.0, 54.0, 55.0], splits={DATES[3]: 2.0})
    trading = Trading(exchange, "0++0+++")
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0), (-200, 53.0), (200, 54.0)]
    assert shares(trading) == [0, 0, 100, 200, 0, 200, 200]
    assert [day.equity for day in trading.days] == pytest.approx([day.backtest_equity for day in trading.days])
    assert trading.notes == ["split 2 for 1"]


def test_a_split_that_leaves_parts_of_shares_halts() -> None:
    exchange = Exchange(CLOSES, splits={DATES[3]: 1 / 3})
    outcome, reason = Trading(exchange, "0+++++").start()
    assert outcome == "halted"
    assert "parts of shares" in reason


def test_a_split_on_a_day_that_is_caught_up_with_is_in_the_account_already() -> None:
    exchange = Exchange([100.0, 101.0, 102.0, 103.0, 104.0, 26.0, 26.5, 27.0], splits={DATES[5]: 4.0})
    trading = Trading(exchange, "++++++++")
    trading.start(until=exchange.session(2).closes + A_MINUTE)
    exchange.advance_to(6, before_close=timedelta(hours=2))
    assert trading.start() == ENDED
    assert shares(trading) == [0, 100, 100, 100, 100, 400, 400, 400]
    assert exchange.held == 400


def test_another_position_halts_it_after_days_that_it_caught_up_with() -> None:
    trading = Trading(exchange := Exchange([*CLOSES, 108.0, 109.0]), "++++++++")
    trading.start(until=exchange.session(2).closes + A_MINUTE)
    exchange.advance_to(5, before_close=timedelta(hours=2))
    exchange.held += 1
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert "the broker's account has 101 shares, and should have 100" in reason
    assert len(exchange.orders) == 1


BEFORE_THE_SPLIT = "was given before the split, and filled with as many new shares"
UP = [100.0, 101.0, 102.0, 1030.0, 1040.0, 1050.0, 1060.0]
"""With a reverse split on the fourth day."""


@pytest.mark.parametrize(
    ("wants", "stop", "order"), [("++00000", None, "exit -100"), ("+++0000", 0.05, "protect -100")]
)
def test_what_was_sold_beyond_what_a_reverse_split_had_left_is_said_and_bought_back(
    wants: str, stop: float | None, order: str
) -> None:
    exchange = Exchange(UP, splits={DATES[3]: 0.1}, lows={3: 90.0})
    trading = Trading(exchange, wants, stop_loss=stop)
    assert trading.start() == ENDED
    assert shares(trading) == [0, 100, 100, -90, 0, 0, 0]
    assert exchange.held == 0
    assert trading.notes == ["split 0.1 for 1", f"{order} {BEFORE_THE_SPLIT}"]


def test_an_entry_that_a_reverse_split_has_made_larger_than_meant_halts() -> None:
    exchange = Exchange(UP, splits={DATES[3]: 0.1})
    trading = Trading(exchange, "00+++++")
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert "is for 100 shares, before a split of 0.1 for 1, and the broker says that 100 are filled" in reason
    state.switches.lift(trading.bucket, NAME)
    assert trading.start() == ENDED
    assert shares(trading)[3:] == [100, 100, 100, 100]


def test_an_entry_that_a_split_has_made_smaller_than_meant_is_said() -> None:
    exchange = Exchange([100.0, 101.0, 102.0, 26.0, 27.0], splits={DATES[3]: 4.0})
    trading = Trading(exchange, "00++0")
    assert trading.start() == ENDED
    assert shares(trading) == [0, 0, 0, 100, 100]
    assert trading.notes == ["split 4 for 1", f"enter +100 {BEFORE_THE_SPLIT}"]


class HeardLate(Exchange):
    """Whose feed hears of a split on the fourth day only after that day is told."""

    def after(self, day: date | None) -> Day | None:
        known, self.splits = self.splits, {} if self.time < self.session(4).closes else self.splits
        found = super().after(day)
        self.splits = known
        if found is None or found.day != DATES[4]:
            return found
        return replace(found, split=1.0)


def test_a_split_that_the_feed_hears_of_late_halts_until_a_person_has_looked() -> None:
    exchange = HeardLate([100.0, 101.0, 102.0, 1030.0, 1040.0, 1050.0, 1060.0], splits={DATES[3]: 0.1})
    trading = Trading(exchange, "00000++")
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert f"the feed tells otherwise of {DATES[3]} than when it was decided" in reason
    assert [day.day for day in trading.days] == DATES[:4]
    state.switches.lift(trading.bucket, NAME)
    assert trading.start() == ENDED
    assert shares(trading) == [0, 0, 0, 0, 0, 0, 100]


class Corrected(Exchange):
    """Whose feed has the second day's bar until the fifth day, or only from then on."""

    second_day_is_there_at_first = True

    def after(self, day: date | None) -> Day | None:
        later = self.time >= self.session(4).closes
        hidden = later == self.second_day_is_there_at_first
        found = super().after(DATES[1] if hidden and day == DATES[0] else day)
        if found is None or not hidden or found.day <= DATES[1]:
            return found
        there = found.dates != np.datetime64(DATES[1])
        return replace(found, dates=found.dates[there], bars=Bars(*(each[there] for each in found.bars)))


@pytest.mark.parametrize("at_first", [True, False])
def test_a_bar_that_is_taken_back_or_comes_later_leaves_round_trips_their_days(at_first: bool) -> None:
    exchange = Corrected([*CLOSES, 108.0, 109.0])
    exchange.second_day_is_there_at_first = at_first
    trading = Trading(exchange, "00000+++")
    assert trading.start() == ENDED
    assert [day.day for day in trading.days] == [each for each in DATES if at_first or each != DATES[1]]
    entered = state.trades(trading.bucket, NAME)["entry_date"].dt.date.tolist()
    assert entered == [each.session for each in exchange.executed]


def test_on_a_holiday_nothing_happens() -> None:
    dates = weekdays(6, holidays=[DATES[2]])
    trading = Trading(exchange := Exchange(CLOSES, dates), "0+++00")
    assert trading.start() == ENDED
    assert [each.session for each in exchange.executed] == [dates[2], dates[5]]
    assert DATES[2] not in dates


def test_orders_for_a_half_day_are_sent_before_it_closes_early() -> None:
    exchange = Exchange(CLOSES, half_days={DATES[2]})
    trading = Trading(exchange, "0+0000")
    trading.start(until=exchange.session(1).closes + A_MINUTE)
    exchange.advance_to(2, before_close=timedelta(minutes=5))  # 17:55, and its last orders were at 17:50
    assert trading.start() == ENDED
    assert exchange.executed == []
    assert [each.state for each in trading.orders] == [LAPSED]
    on_time = Trading(other := Exchange(CLOSES, half_days={DATES[2]}), "0+0000")
    on_time.start()
    assert fills(other) == [(100, 103.0), (-100, 102.0)]


# What does not happen as it was decided


def test_sessions_that_were_missed_are_caught_up_with_and_said() -> None:
    trading = Trading(exchange := Exchange([*CLOSES, 108.0, 109.0]), "0+--0+++")
    trading.start(until=exchange.session(2).closes - A_MINUTE)
    assert fills(exchange) == []
    exchange.advance_to(5, before_close=timedelta(hours=2))  # all of two sessions, in which it should have turned
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0), (-100, 107.0), (100, 108.0)]
    assert [day.day for day in trading.days] == DATES
    assert [note for note in trading.notes if "not sent" in note] == [
        f"exit -100 was not sent: orders for {DATES[3]} were taken until 2026-03-05 20:50 UTC",
        f"enter -100 was not sent: orders for {DATES[3]} were taken until 2026-03-05 20:50 UTC",
        f"exit -100 was not sent: orders for {DATES[4]} were taken until 2026-03-06 20:50 UTC",
        f"enter -100 was not sent: orders for {DATES[4]} were taken until 2026-03-06 20:50 UTC",
    ]


def test_what_is_filled_in_part_is_held_in_part() -> None:
    trading = Trading(exchange := Exchange(CLOSES, fills={DATES[2]: 40}), "0++000")
    assert trading.start() == ENDED
    assert fills(exchange) == [(40, 103.0), (-40, 104.0)]
    assert shares(trading) == [0, 0, 40, 40, 0, 0]
    assert trading.notes == ["enter +100 was filled in part, +40, and then expired"]


def test_what_is_left_of_a_position_is_sold_the_day_after() -> None:
    trading = Trading(exchange := Exchange(CLOSES, fills={DATES[3]: 30}), "0+0000")
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0), (-30, 102.0), (-70, 104.0)]


def test_an_order_that_is_refused_is_sent_anew_under_another_id() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++++")
    exchange.will("submit", refused, refused)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0)]
    assert [(each.attempt, each.state) for each in trading.orders] == [(1, REJECTED), (2, REJECTED), (3, FILLED)]
    assert [each.order.id[-1] for each in trading.orders] == ["1", "2", "3"]


def test_an_order_that_is_accepted_and_then_refused_is_sent_anew() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++++")

    def refuse_the_first(event: Event) -> None:
        if isinstance(event, Reported) and event.state == "accepted" and event.attempt == 1:
            order, report = exchange.orders[event.order]
            exchange.orders[event.order] = order, type(report)(id=report.id, state=REJECTED, text="not marginable")

    assert trading.start(emit=refuse_the_first) == ENDED
    assert fills(exchange) == [(100, 103.0)]
    assert [(each.attempt, each.state) for each in trading.orders] == [(1, REJECTED), (2, FILLED)]


def test_what_is_filled_in_part_and_then_refused_is_not_sent_anew() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++++")

    def fill_some(event: Event) -> None:
        if isinstance(event, Reported) and event.state == "accepted" and not exchange.held:
            order, report = exchange.orders[event.order]
            exchange.orders[event.order] = order, replace(report, state=REJECTED, shares=30, price=101.5)
            exchange.held = 30

    assert trading.start(emit=fill_some) == ENDED
    assert [(each.attempt, each.state) for each in trading.orders] == [(1, REJECTED)]
    assert shares(trading) == [0, 0, 30, 30, 30, 30]
    assert trading.notes == ["enter +100 was filled in part, +30, and then rejected"]


def test_after_three_refusals_the_day_passes() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0++000")
    exchange.will("submit", refused, refused, refused)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 102.0), (-100, 104.0)]  # it is still wanted a day later
    assert len([note for note in trading.notes if "rejected" in note]) == 3


def test_what_cash_cannot_pay_is_not_tried_again_that_day() -> None:
    trading = Trading(exchange := Exchange(CLOSES, poor={DATES[2]}), "0+++++")
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 102.0)]
    assert [(each.attempt, each.state) for each in trading.orders] == [(1, REJECTED), (1, FILLED)]
    assert trading.notes == ["enter +100 was rejected (attempt 1): insufficient buying power"]


def test_the_other_side_is_entered_only_once_the_exit_is_taken() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+----")
    exchange.will("submit", lambda do: do(), refused, refused, refused)
    assert trading.start() == ENDED
    of_third_session = [each for each in trading.orders if each.order.session == DATES[3]]
    assert {each.order.intent: each.state for each in of_third_session} == {"exit": REJECTED, "enter": LAPSED}
    assert fills(exchange) == [(100, 103.0), (-100, 104.0), (-100, 104.0)]


def test_while_the_exit_is_not_taken_the_other_side_waits() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+----")
    exchange.will("submit", lambda do: do(), out_of_order, lost)
    assert trading.start() == ENDED
    sent = [each.intent for each in trading.events if isinstance(each, Sending)]
    assert sent == ["enter", "exit", "exit", "exit", "enter"]
    assert fills(exchange) == [(100, 103.0), (-100, 102.0), (-100, 102.0)]


def test_orders_are_sent_when_the_exchange_takes_them() -> None:
    trading = Trading(exchange := Exchange(CLOSES, takes_orders=timedelta(hours=3, minutes=5)), "0+++++")
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0)]
    assert [each.attempt for each in trading.orders] == [1]


def test_what_is_refused_after_its_session_is_not_tried_again_in_the_night() -> None:
    exchange = Exchange(CLOSES, poor={DATES[2]}, bar_comes=timedelta(hours=10))
    trading = Trading(exchange, "0++000")
    assert trading.start() == ENDED
    assert exchange.asked.count("submit") == 3  # one for each of the sessions in which something was wanted
    assert fills(exchange) == [(100, 102.0), (-100, 104.0)]


def test_a_broker_out_of_order_is_asked_again() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++++")
    exchange.will("submit", out_of_order, out_of_order)
    exchange.will("position", out_of_order)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0)]


def test_a_stop_goes_with_each_session_and_ends_with_it() -> None:
    trading = Trading(exchange := Exchange(CLOSES, lows={4: 90.0}), "0+++++", stop_loss=0.1)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0), (-100, pytest.approx(92.7))]
    assert [(each.order.intent, each.state) for each in trading.orders] == [
        ("enter", FILLED),
        ("protect", EXPIRED),
        ("protect", FILLED),
    ]
    assert state.trades(trading.bucket, NAME)["exit_reason"].tolist() == ["stop"]


# Being told to end


def test_told_to_end_it_gives_its_lease_back_and_leaves_its_orders() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0++000")
    assert trading.start(until=exchange.session(2).closes - timedelta(hours=3)) == ("stopped", "SIGTERM was received")
    assert len(exchange.open_orders()) == 1
    assert leases.look(trading.bucket, NAME)[0].holder == ""
    began = exchange.time
    times: list[datetime] = []
    assert trading.start(emit=lambda _: times.append(exchange.time)) == ENDED
    assert times[0] - began < timedelta(days=1)
    assert fills(exchange) == [(100, 103.0), (-100, 104.0)]


def test_whoever_has_lost_the_lease_writes_and_sends_nothing_more() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0++000")

    def taken_by_another(event: Event) -> None:
        if isinstance(event, Decided) and event.number == 1:
            exchange.time += timedelta(minutes=30)  # as long as this process was asleep
            Lease.take(
                trading.bucket,
                NAME,
                pause=exchange.advance,
                elapsed=lambda: exchange.time.timestamp(),  # noqa: PLW0108  time goes on
                now=exchange.now,
            )

    with pytest.raises(LeaseLostError):
        trading.start(emit=taken_by_another)
    assert "submit" not in exchange.asked
    assert trading.orders == []
    assert len(trading.days) == 2


# The kill switch


def kill_at_sending(trading: Trading) -> None:
    def kill(event: Event) -> None:
        if isinstance(event, Reported) and event.state == "accepted":
            state.switches.kill(trading.bucket, NAME, "a person")

    assert trading.start(emit=kill)[0] == "killed"


def test_the_kill_switch_cancels_what_is_open_and_leaves_the_position() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+0+++")
    kill_at_sending(trading)
    assert exchange.open_orders() == []
    assert [each.state for each in trading.orders] == [CANCELLED]
    assert trading.start()[0] == "killed"
    assert exchange.asked.count("submit") == 1


def test_released_it_goes_on_without_the_orders_that_were_cancelled() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++00")
    kill_at_sending(trading)
    state.switches.release(trading.bucket, NAME)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 102.0), (-100, 107.0)]
    assert trading.notes == ["enter +100 was cancelled"]


def test_the_kill_switch_of_all_stops_an_order_that_is_recorded_and_not_sent() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++++")

    def kill(event: Event) -> None:
        if isinstance(event, Decided) and event.number == 1:
            state.switches.kill(trading.bucket, None, "a person")

    assert trading.start(emit=kill)[0] == "killed"
    assert "submit" not in exchange.asked
    state.switches.release(trading.bucket, None)
    assert trading.start() == ENDED
    assert [each.state for each in trading.orders] == [LAPSED, FILLED]
    assert fills(exchange) == [(100, 102.0)]


def test_a_service_stays_killed_until_it_is_released() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++++")
    looks = 0

    def kill_and_release(event: Event) -> None:
        nonlocal looks
        if isinstance(event, Sending) and not looks:
            looks += 1
            state.switches.kill(trading.bucket, NAME, "a person")
        elif isinstance(event, Killed):
            state.switches.release(trading.bucket, NAME)

    stopped = trading.start(until=exchange.session(5).closes + timedelta(days=1), stay=True, emit=kill_and_release)
    assert stopped == ("stopped", "SIGTERM was received")
    assert fills(exchange) == [(100, 102.0)]


# Halts


def test_a_halt_stays_until_a_person_lifts_it() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0++000")
    exchange.held = 7
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert "has 7 shares, and should have 0" in reason
    assert "lift the halt" in reason
    exchange.held = 0
    assert trading.start() == ("halted", reason)
    state.switches.lift(trading.bucket, NAME)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 103.0), (-100, 104.0)]


def test_a_halted_service_goes_on_when_the_halt_is_lifted() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0++000")
    exchange.held = 7

    def lift(event: Event) -> None:
        if type(event).__name__ == "Halted":
            exchange.held = 0
            state.switches.lift(trading.bucket, NAME)

    trading.start(until=exchange.session(5).closes + timedelta(days=1), stay=True, emit=lift)
    assert fills(exchange) == [(100, 103.0), (-100, 104.0)]


def test_bars_that_do_not_come_halt_it() -> None:
    trading = Trading(exchange := Exchange(CLOSES, missing={DATES[3]}), "0+++++", limits=Limits(stale_days=1))
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert f"the last bar is of {DATES[2]}, and 2 sessions are over since" in reason
    exchange.missing.clear()
    state.switches.lift(trading.bucket, NAME)
    assert trading.start() == ENDED


def test_a_drawdown_halts_once_with_its_orders_held_back() -> None:
    exchange = Exchange([100.0, 100.0, 100.0, 60.0, 55.0, 50.0])
    trading = Trading(exchange, "0++00+", limits=Limits(drawdown=0.03))
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert "has lost 4 %" in reason
    assert trading.days[-1].orders == ()
    assert trading.days[-1].halt in trading.notes
    assert trading.start()[0] == "halted"
    state.switches.lift(trading.bucket, NAME)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 100.0), (-100, 50.0)]


def test_a_drawdown_halts_even_if_the_process_dies_before_it_says_so() -> None:
    exchange = Exchange([100.0, 100.0, 100.0, 60.0, 55.0, 50.0])
    trading = Trading(exchange, "0++000", limits=Limits(drawdown=0.03))

    def die(event: Event) -> None:
        if isinstance(event, Decided) and any("has lost" in note for note in event.notes):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trading.start(emit=die)
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert "has lost 4 %" in reason


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(order_value=10_000.0), "an order for +100 shares is worth $10,100.00"),
        (Limits(day_orders=1), "the day has 2 orders, and the limit is 1"),
    ],
)
def test_too_large_an_order_and_too_many_halt(limits: Limits, says: str) -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+----", limits=limits)
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert says in reason
    assert len(exchange.executed) == (0 if limits.order_value else 1)


def test_attempts_count_among_the_orders_of_a_day() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0+++++", limits=Limits(day_orders=2))
    exchange.will("submit", refused, refused)
    outcome, reason = trading.start()
    assert outcome == "halted"
    assert f"more than 2 orders for {DATES[2]}" in reason
    state.switches.lift(trading.bucket, NAME)
    assert trading.start() == ENDED
    assert fills(exchange) == [(100, 102.0)]
