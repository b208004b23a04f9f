"""No order is lost and none is doubled, whatever becomes of requests and answers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fleet.events import Event
from fleet.memory_bucket import MemoryBucket
from fleet.traders import switches
from fleet.traders.orders import (
    ACCEPTED,
    CANCELLED,
    ENTER,
    EXIT,
    EXPIRED,
    FILLED,
    LAPSED,
    PROTECT,
    RECORDED,
    REJECTED,
    Order,
    OrderRecord,
    Report,
)
from tests.trader.exchange import (
    Exchange,
    doubled,
    lost,
    out_of_order,
    refused,
    unanswered,
    unknown,
    weekdays,
)
from tests.trader.killing import KilledProcess
from tests.trader.trading import NAME, PATIENCE, Trading
from trader.answers import contradiction, overfilled
from trader.attempts import with_attempt
from trader.events import Decided, Sending
from trader.lease import Lease, LeaseLostError
from trader.notes import notes_of, passed_by

CLOSES = [100.0, 101.0, 103.0, 102.0, 104.0, 107.0]
DATES = weekdays(6)
ENDED = ("ended", "the feed is over")
ONCE = [(100, 103.0)]


def fills(exchange: Exchange) -> list[tuple[int, float]]:
    return [(each.shares, each.price) for each in exchange.executed]


def trading() -> Trading:
    return Trading(Exchange(CLOSES), "0+++++")


def killed_at(tried: Trading, what: str) -> None:
    """Kill the process at its first request of a kind, before it arrives."""

    def kill() -> None:
        if tried.exchange.asked[-1:] == [what]:
            raise KilledProcess

    tried.exchange.before_each = kill
    tried.exchange.will(what, lambda _: None)
    with pytest.raises(KilledProcess):
        tried.start()
    tried.exchange.before_each = lambda: None


# Answers that do not come


def test_an_order_that_got_lost_is_asked_for_and_sent_again_under_the_same_id() -> None:
    tried = trading()
    tried.exchange.will("submit", lost)
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE
    assert [(each.attempt, each.state) for each in tried.orders] == [(1, FILLED)]
    sent = [(each.order, each.again) for each in tried.events if isinstance(each, Sending)]
    assert sent == [(tried.orders[0].order.id, False), (tried.orders[0].order.id, True)]


def test_an_order_whose_answer_got_lost_is_not_sent_again() -> None:
    tried = trading()
    tried.exchange.will("submit", unanswered)
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE
    assert tried.exchange.asked.count("submit") == 1


def test_an_order_whose_answer_got_lost_and_that_is_not_found_at_first_is_not_doubled() -> None:
    tried = trading()
    tried.exchange.will("submit", unanswered)
    tried.exchange.will("find", *[unknown] * (PATIENCE.asks + 1))
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE
    assert tried.exchange.asked.count("submit") == 2  # and the second one was refused, because the id was known


def test_an_order_that_arrives_twice_is_one_order() -> None:
    tried = trading()
    tried.exchange.will("submit", doubled)
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE


def test_a_refusal_of_what_had_been_taken_before_is_no_refusal() -> None:
    """The second of two that arrive is refused, because cash is bound by the first."""
    tried = trading()

    def taken_and_then_refused(do):
        do()
        return refused(do)

    tried.exchange.will("submit", taken_and_then_refused)
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE
    assert [(each.attempt, each.state) for each in tried.orders] == [(1, FILLED)]


def test_a_refusal_proves_nothing_while_an_earlier_request_may_be_on_its_way() -> None:
    """Another attempt would be filled beside it."""
    tried = trading()

    def late(do):
        tried.exchange.arrives_late(do, hours=2)
        return lost(do)

    tried.exchange.will("submit", late, refused)
    outcome, reason = tried.start()
    assert [(each.attempt, each.state) for each in tried.orders] == [(1, LAPSED)]
    assert fills(tried.exchange) == ONCE
    assert outcome == "halted"
    assert "was lapsed, and is open at the broker" in reason or "has 100 shares, and should have 0" in reason


def test_a_broker_that_has_an_id_and_does_not_find_it_halts() -> None:
    tried = trading()
    tried.exchange.will("submit", doubled)
    tried.exchange.will("find", *[unknown] * PATIENCE.asks)
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert "and does not find it" in reason


# After a crash


def test_what_was_recorded_and_not_sent_is_sent_after_a_restart_within_its_session() -> None:
    tried = trading()
    killed_at(tried, "submit")
    assert [each.state for each in tried.orders] == [RECORDED]
    assert tried.exchange.orders == {}
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE
    assert [(each.attempt, each.state) for each in tried.orders] == [(1, FILLED)]


def test_what_was_sent_and_not_acknowledged_is_asked_for_after_a_restart_and_not_sent_again() -> None:
    tried = trading()

    def killed_before_the_answer(do):
        do()
        raise KilledProcess

    tried.exchange.will("submit", killed_before_the_answer)
    with pytest.raises(KilledProcess):
        tried.start()
    assert [each.state for each in tried.orders] == [RECORDED]
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE
    assert tried.exchange.asked.count("submit") == 1


def test_what_was_recorded_and_not_sent_lapses_after_its_session() -> None:
    tried = trading()
    killed_at(tried, "submit")
    tried.exchange.advance_to(2, before_close=timedelta(minutes=9))
    assert tried.start() == ENDED
    assert fills(tried.exchange) == [(100, 102.0)]
    assert [(each.order.session, each.state) for each in tried.orders] == [(DATES[2], LAPSED), (DATES[3], FILLED)]
    assert tried.notes == ["enter +100 was not sent: its session was over before it reached the broker"]


def test_what_was_decided_and_not_recorded_lapses_after_its_session() -> None:
    tried = trading()

    def die(event: Event) -> None:
        if isinstance(event, Decided) and event.orders:
            raise KilledProcess

    with pytest.raises(KilledProcess):
        tried.start(emit=die)
    assert tried.orders == []
    tried.exchange.advance_to(4, before_close=timedelta(hours=9))
    assert tried.start() == ENDED
    assert fills(tried.exchange) == [(100, 104.0)]
    assert [each.state for each in tried.orders] == [LAPSED, LAPSED, FILLED]


def test_whoever_has_lost_the_lease_does_not_send_what_it_has_recorded() -> None:
    class TakenBucket(MemoryBucket):
        """Of which another process has the lease as soon as an order is recorded."""

        def put_new(self, key: str, content: bytes) -> bool:
            stored = super().put_new(key, content)
            if "/orders/" in key:
                exchange.time += timedelta(minutes=30)
                Lease.take(
                    self,
                    NAME,
                    pause=exchange.advance,
                    elapsed=lambda: exchange.time.timestamp(),  # noqa: PLW0108  time goes on
                )
            return stored

    exchange = Exchange(CLOSES)
    tried = Trading(exchange, "0+++++", bucket=TakenBucket())
    with pytest.raises(LeaseLostError):
        tried.start()
    assert [each.state for each in tried.orders] == [RECORDED]
    assert "submit" not in exchange.asked


# A broker that contradicts itself


def acknowledged(tried: Trading) -> None:
    """Its order is open at the exchange, and the process has ended."""
    tried.start(until=tried.exchange.session(2).closes - timedelta(hours=5))
    assert [each.state for each in tried.orders] == [ACCEPTED]


def test_an_order_that_is_forgotten_halts() -> None:
    tried = trading()
    acknowledged(tried)
    tried.exchange.orders.clear()
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert f"has acknowledged order {tried.orders[0].order.id} (accepted) and knows it no more" in reason
    assert "then lift the halt" in reason


def test_once_a_person_has_lifted_that_what_is_recorded_of_the_order_is_all_there_is() -> None:
    tried = trading()
    acknowledged(tried)
    tried.exchange.orders.clear()
    assert tried.start()[0] == "halted"
    switches.lift(tried.bucket, NAME)
    assert tried.start() == ENDED
    assert fills(tried.exchange) == [(100, 102.0)]
    assert [each.state for each in tried.orders] == [CANCELLED, FILLED]
    assert "knows it no more" in tried.notes[0]


def test_no_stop_is_sent_that_might_arrive_after_the_close() -> None:
    """It would be taken for the next session."""
    tried = Trading(exchange := Exchange(CLOSES), "0+++++", stop_loss=0.05)
    tried.start(until=exchange.session(2).closes + timedelta(seconds=30))
    exchange.advance_to(3, before_close=timedelta(minutes=1))
    tried.start(until=exchange.session(3).closes - timedelta(seconds=30))
    assert [(each.order.intent, each.state) for each in tried.orders] == [("enter", FILLED), ("protect", LAPSED)]
    assert list(exchange.orders) == [tried.orders[0].order.id]


def test_too_many_shares_halt_and_are_the_traders_once_that_is_lifted() -> None:
    tried = trading()
    acknowledged(tried)
    [(order, report)] = tried.exchange.orders.values()
    tried.exchange.orders[order.id] = replace(order, shares=150), report
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert "is for 100 shares, and the broker says that 150 are filled" in reason
    switches.lift(tried.bucket, NAME)
    assert tried.start() == ENDED
    assert tried.days[-1].standing.shares == tried.exchange.held == 150


def test_an_old_answer_does_not_halt() -> None:
    tried = trading()
    acknowledged(tried)
    tried.exchange.will("find", *[unknown] * (PATIENCE.asks - 1))
    assert tried.start() == ENDED
    assert fills(tried.exchange) == ONCE


def test_an_order_of_somebody_else_halts() -> None:
    tried = trading()
    acknowledged(tried)
    [(order, report)] = tried.exchange.orders.values()
    tried.exchange.orders["theirs"] = replace(order, id="theirs"), replace(report, id="theirs")
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert "an order is open that this trader has not given, theirs" in reason
    assert reason.endswith("; still open at the broker: enter +100")
    assert order.id in tried.exchange.orders


def test_an_order_that_lapsed_and_is_open_after_all_halts() -> None:
    tried = trading()
    killed_at(tried, "submit")
    order = tried.orders[0].order
    tried.exchange.advance_to(3, before_close=timedelta(hours=9))
    late = replace(order, session=DATES[5])
    tried.exchange.will("find", *[unknown] * (PATIENCE.asks + 2))
    tried.exchange.orders[order.id] = late, Report(id=order.id, state=ACCEPTED)
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert f"order {order.id} was lapsed, and is open at the broker" in reason


def taken_for_another_session(tried: Trading) -> Order:
    acknowledged(tried)
    [(order, report)] = tried.exchange.orders.values()
    tried.exchange.orders[order.id] = replace(order, session=DATES[5]), report
    return order


def test_an_order_that_stays_open_after_its_session_is_cancelled() -> None:
    tried = trading()
    order = taken_for_another_session(tried)
    assert tried.start() == ENDED
    assert tried.exchange.orders[order.id][1].state == CANCELLED
    assert tried.notes == ["enter +100 was cancelled"]
    assert fills(tried.exchange) == [(100, 102.0)]  # of the day after


def test_an_order_that_stays_open_and_cannot_be_cancelled_halts() -> None:
    tried = trading()
    order = taken_for_another_session(tried)
    tried.exchange.will("cancel", out_of_order)
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert f"5 hours after the session, the broker still says that order {order.id} is accepted" in reason


def test_a_broker_that_is_silent_for_a_day_after_the_session_does_not_halt() -> None:
    tried = trading()
    wrong = [*[lost] * 15, lambda _: Report(id=tried.orders[0].order.id, state=ACCEPTED)]

    def after_the_session() -> None:
        if tried.exchange.time > tried.exchange.session(2).closes and wrong:
            tried.exchange.will("find", *wrong)
            wrong.clear()

    tried.exchange.before_each = after_the_session
    assert tried.start() == ENDED
    assert tried.exchange.asked.count("find") > 16
    assert fills(tried.exchange) == ONCE


def test_another_position_than_fills_have_made_halts() -> None:
    tried = trading()
    acknowledged(tried)
    tried.exchange.advance_to(3, before_close=timedelta(hours=9))
    tried.exchange.held += 1
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert "the broker's account has 101 shares, and should have 100" in reason
    assert tried.exchange.asked.count("submit") == 1


def test_before_the_account_is_what_it_should_be_nothing_is_sent_at_a_start() -> None:
    tried = trading()
    killed_at(tried, "submit")
    sent = tried.exchange.asked.count("submit")
    tried.exchange.held = 7
    outcome, reason = tried.start()
    assert outcome == "halted"
    assert "has 7 shares, and should have 0" in reason
    assert tried.exchange.asked.count("submit") == sent


def test_two_looks_at_a_position_that_is_late_do_not_halt() -> None:
    tried = trading()
    acknowledged(tried)
    tried.exchange.will("position", lambda _: 55.0, lambda _: 55.0)
    assert tried.start() == ENDED


# The rules by themselves

ORDER = Order(id="mc-a-1", symbol="X", session=date(2026, 3, 3), intent=ENTER, shares=100)
RECORD = OrderRecord(order=ORDER, day=date(2026, 3, 2), attempt=1, lease=1)
PART = Report(id="mc-a-1", state=ACCEPTED, shares=40, price=10.0)


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (None, None, ""),
        (None, PART, ""),
        (PART, replace(PART, state=FILLED, shares=100), ""),
        (PART, replace(PART, state=EXPIRED), ""),
        (PART, None, "knows it no more"),
        (PART, replace(PART, shares=39), "40 shares were filled, and now the broker says 39"),
        (PART, replace(PART, id="other"), "answers about other"),
        (None, replace(PART, shares=-40), "is for 100 shares, and the broker says that -40 are filled"),
        (None, replace(PART, price=None), "at no price"),
        (replace(PART, state=CANCELLED), PART, "was cancelled, and now the broker says that it is accepted"),
        (replace(PART, state=EXPIRED), replace(PART, state=FILLED), "was expired"),
    ],
)
def test_what_cannot_have_become_of_an_order(before: Report | None, now: Report | None, says: str) -> None:
    found = contradiction(replace(RECORD, report=before), now)
    assert says in found
    assert bool(found) == bool(says)


@pytest.mark.parametrize(
    ("filled", "split", "fits"),
    [
        (100, 1.0, True),
        (101, 1.0, False),
        (99, 1.0, False),
        (200, 2.0, True),
        (100, 2.0, True),
        (201, 2.0, False),
        (10, 0.1, True),
        (11, 0.1, False),
        (100, 0.1, False),
        (7, 0.07, True),  # of 7.000000000000001
    ],
)
def test_how_many_shares_can_be_filled_of_an_order(filled: int, split: float, fits: bool) -> None:
    report = Report(id=ORDER.id, state=FILLED, shares=filled, price=10.0)
    assert (overfilled(ORDER, report, split) == "") == fits


def test_another_attempt_has_another_id_and_is_known_by_it() -> None:
    assert with_attempt("mc-acc-0123-AAPL-20260302-enter-1", 12) == "mc-acc-0123-AAPL-20260302-enter-12"


def test_a_person_is_told_of_what_is_not_filled_and_of_nothing_else() -> None:
    records = [
        replace(RECORD, report=replace(PART, state=FILLED, shares=100)),
        replace(RECORD, report=Report(id="mc-a-1", state=REJECTED, text="no cash")),
        replace(RECORD, lapsed="too late"),
        replace(RECORD, report=replace(PART, state=EXPIRED)),
    ]
    assert notes_of(records) == [
        "enter +100 was rejected (attempt 1): no cash",
        "enter +100 was not sent: too late",
        "enter +100 was filled in part, +40, and then expired",
    ]


def test_an_exit_that_is_not_filled_is_told_unless_a_stop_has_left_nothing_to_close() -> None:
    leave = replace(RECORD, order=replace(ORDER, intent=EXIT, shares=-100), report=Report(id="mc-a-1", state=EXPIRED))
    stop = replace(RECORD, order=replace(ORDER, intent=PROTECT, shares=-100, stop=9.0))
    assert notes_of([leave]) == ["exit -100 was expired"]
    assert notes_of([replace(stop, report=Report(id="mc-a-1", state=EXPIRED)), leave]) == ["exit -100 was expired"]
    assert notes_of([replace(stop, report=replace(PART, state=FILLED, shares=-100)), leave]) == []


def test_a_stop_that_was_taken_back_is_told() -> None:
    stop = replace(RECORD, order=replace(ORDER, intent=PROTECT, shares=-100, stop=9.0))
    assert notes_of([replace(stop, report=Report(id="mc-a-1", state=CANCELLED))]) == ["protect -100 was cancelled"]


@pytest.mark.parametrize(
    ("shares", "low", "high", "split", "reached"),
    [
        (-100, 9.0, 11.0, 1.0, ["stop"]),
        (-100, 9.01, 12.0, 1.0, ["target"]),
        (-100, 9.01, 11.99, 1.0, []),
        (-100, 4.5, 5.0, 2.0, ["stop"]),
        (-100, 4.51, 5.0, 2.0, []),
        (100, 9.0, 9.0, 1.0, ["stop", "target"]),
        (100, 12.01, 12.5, 1.0, ["stop"]),
    ],
)
def test_a_stop_that_expired_although_the_day_reached_it_is_told(
    shares: int, low: float, high: float, split: float, reached: list[str]
) -> None:
    order = replace(ORDER, intent=PROTECT, shares=shares, stop=9.0, target=12.0)
    record = replace(RECORD, order=order, report=Report(id="mc-a-1", state=EXPIRED))
    found = passed_by([record], low, high, split)
    assert [each.split()[4] for each in found] == reached
    assert passed_by([replace(record, report=Report(id="mc-a-1", state=CANCELLED))], low, high, split) == []
