"""The account on paper: each order once, whoever asks and however often, and after whatever end of a process."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

import montecarlo as mc
from fleet.errors import BucketError
from fleet.memory_bucket import MemoryBucket
from fleet.traders.orders import ACCEPTED, CANCELLED, ENTER, EXIT, EXPIRED, FILLED, PROTECT, REJECTED, Order
from montecarlo.data.bars import Bars
from trader.broker import BrokerSilentError, KnownOrderError, OrderRejectedError, UnusableAccountError
from trader.market import Day
from trader.paper_broker import KEPT, PaperBroker

FIRST = date(2024, 1, 2)
SECOND, THIRD = FIRST + timedelta(1), FIRST + timedelta(2)
RULES = mc.Rules(shares=10.0, capital=10_000.0, commission=0.01, slippage=0.01)


@pytest.fixture
def bucket():
    return MemoryBucket()


@pytest.fixture
def broker(bucket):
    return begun(bucket)


def begun(bucket, rules=RULES):
    """A process with the account that is in the bucket."""
    return PaperBroker(bucket, "account", symbol="X", rules=rules, bars_per_year=252)


def session(day, close=100.0, *, open_=None, high=None, low=None, split=1.0):
    bar = (open_ or close, high or max(open_ or close, close), low or min(open_ or close, close), close)
    return Day(day=day, dates=np.array([day], "M8[D]"), bars=Bars(*(np.array([each]) for each in bar)), split=split)


def order(intent, shares, day=SECOND, **more):
    return Order(id=f"{day}-{intent}", symbol="X", session=day, intent=intent, shares=shares, **more)


def held(broker, shares=10):
    """Entered at 100 on the second day."""
    broker.settle(session(FIRST))
    broker.submit(order(ENTER, shares))
    broker.settle(session(SECOND))
    return broker


def test_an_order_is_filled_by_the_bar_of_its_session(broker):
    broker.settle(session(FIRST))
    entry = order(ENTER, 10)
    assert broker.submit(entry).state == ACCEPTED
    assert [each.id for each in broker.open_orders()] == [entry.id]
    broker.settle(session(SECOND, 110.0))
    report = broker.find(entry)
    assert (report.state, report.shares, report.price, report.cost) == (FILLED, 10, 110.0, 22.0)
    assert (broker.position(), broker.open_orders()) == (10.0, [])


def test_a_session_is_settled_once_however_often_it_is_told(broker):
    held(broker)
    broker.submit(order(EXIT, -10, THIRD))
    for _ in range(3):
        broker.settle(session(SECOND, 55.0))
    assert broker.position() == 10


def test_an_order_is_taken_once(broker):
    broker.settle(session(FIRST))
    broker.submit(order(ENTER, 10))
    with pytest.raises(KnownOrderError):
        broker.submit(order(ENTER, 10))
    broker.settle(session(SECOND))
    with pytest.raises(KnownOrderError):
        broker.submit(order(ENTER, 10))
    assert broker.position() == 10


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (order(ENTER, 10, FIRST), "is over"),
        (replace(order(ENTER, 10), symbol="Y"), "trades X, not Y"),
        (order(ENTER, 0), "one share"),
    ],
)
def test_an_order_that_cannot_be_is_not_taken(broker, given, message):
    broker.settle(session(FIRST))
    with pytest.raises(OrderRejectedError, match=message):
        broker.submit(given)
    assert broker.find(given) is None


def test_cash_that_cannot_pay_rejects_at_the_fill(broker):
    broker.settle(session(FIRST))
    broker.submit(order(ENTER, 100))
    broker.settle(session(SECOND))
    report = broker.find(order(ENTER, 100))
    assert (report.state, report.shares) == (REJECTED, 0)
    assert "cannot pay for 100 shares" in report.text


def test_an_exit_after_a_stop_has_nothing_to_close(broker):
    held(broker)
    broker.submit(order(EXIT, -10, THIRD))
    broker.submit(order(PROTECT, -10, THIRD, stop=90.0, target=120.0))
    broker.settle(session(THIRD, 95.0, high=121.0, low=89.0))
    stopped, left = broker.find(order(PROTECT, -10, THIRD)), broker.find(order(EXIT, -10, THIRD))
    assert (stopped.state, stopped.reason, stopped.price, stopped.ambiguous) == (FILLED, "stop", 90.0, True)
    assert left.state == CANCELLED
    assert broker.position() == 0


def test_what_is_not_reached_ends_with_its_session(broker):
    held(broker)
    broker.submit(order(PROTECT, -10, THIRD, stop=90.0))
    broker.settle(session(THIRD))
    assert broker.find(order(PROTECT, -10, THIRD)).state == EXPIRED


def test_an_order_for_a_session_that_did_not_come_is_never_filled(broker):
    broker.settle(session(FIRST))
    broker.submit(order(ENTER, 10))
    broker.settle(session(THIRD))
    assert broker.find(order(ENTER, 10)).state == EXPIRED


def test_what_is_cancelled_is_not_filled(broker):
    held(broker)
    broker.submit(order(EXIT, -10, THIRD))
    broker.cancel(order(EXIT, -10, THIRD))
    broker.cancel(order(ENTER, 10))
    broker.settle(session(THIRD))
    assert broker.find(order(EXIT, -10, THIRD)).state == CANCELLED
    assert broker.find(order(ENTER, 10)).state == FILLED
    assert broker.position() == 10


def test_an_account_with_nothing_left_is_closed_and_told_again(bucket, broker):
    held(broker, -10)
    ruined = session(THIRD, 1_200.0)
    for _ in range(2):
        report = broker.settle(ruined)
        assert (report.shares, report.price, report.reason) == (10, 1_200.0, "ruin")
    broker.submit(order(ENTER, 1, THIRD + timedelta(1)))
    assert broker.settle(session(THIRD + timedelta(1))) is None
    assert broker.position() == 0
    assert begun(bucket).settle(ruined) == report, "whoever was killed on the day after asks again"


def test_a_split_restates_what_is_held_and_ordered(broker):
    held(broker)
    broker.submit(order(PROTECT, -10, THIRD, stop=90.0))
    broker.settle(session(THIRD, 25.0, split=4.0))
    assert broker.position() == 40
    broker.submit(order(PROTECT, -40, THIRD + timedelta(1), stop=22.5))
    broker.settle(session(THIRD + timedelta(1), 23.0, low=22.0))
    assert broker.position() == 0


def test_a_split_into_parts_of_shares_is_told(broker):
    held(broker)
    with pytest.raises(UnusableAccountError, match=r"2\.5 shares"):
        broker.settle(session(THIRD, split=0.25))


def test_another_process_goes_on_with_the_same_account(bucket, broker):
    held(broker)
    broker.submit(order(EXIT, -10, THIRD))
    other = begun(bucket)
    assert (other.position(), other.open_orders()) == (10.0, broker.open_orders())
    other.settle(session(THIRD))
    assert begun(bucket).find(order(EXIT, -10, THIRD)) == other.find(order(EXIT, -10, THIRD))


def test_of_two_processes_none_undoes_what_the_other_has_done(bucket, broker):
    broker.settle(session(FIRST))
    other = begun(bucket)
    assert other.position() == 0
    broker.submit(order(ENTER, 10))
    other.submit(order(EXIT, -10))
    assert {each.id for each in other.open_orders()} == {order(ENTER, 10).id, order(EXIT, -10).id}
    other.settle(session(SECOND))
    broker.settle(session(SECOND, 55.0))
    assert broker.find(order(ENTER, 10)).price == 100.0


def test_the_same_order_of_two_processes_is_one(bucket, broker):
    broker.settle(session(FIRST))
    other = begun(bucket)
    assert other.open_orders() == []
    broker.submit(order(ENTER, 10))
    other.submit(order(ENTER, 10))
    assert len(begun(bucket).open_orders()) == 1


class _Unsure(MemoryBucket):
    """A bucket of which the answer to a put is lost, before or after it is done."""

    lost = ""

    def put_instead(self, key, content, version):
        done = None if self.lost == "before" else super().put_instead(key, content, version)
        if self.lost:
            raise BucketError("no answer")
        return done


@pytest.mark.parametrize(("lost", "known"), [("before", False), ("after", True)])
def test_after_a_lost_answer_the_order_can_be_asked_for(lost, known):
    bucket = _Unsure()
    broker = begun(bucket)
    broker.settle(session(FIRST))
    bucket.lost = lost
    with pytest.raises(BrokerSilentError):
        broker.submit(order(ENTER, 10))
    bucket.lost = ""
    assert (broker.find(order(ENTER, 10)) is not None) == known


def test_a_damaged_account_is_told_and_not_begun_anew(bucket, broker):
    held(broker)
    bucket.put("account", bucket.get("account").replace(b"10", b"11"))
    with pytest.raises(UnusableAccountError, match="altered"):
        begun(bucket).position()


def test_orders_that_are_long_over_are_forgotten(broker):
    held(broker)
    broker.settle(session(SECOND + KEPT))
    assert broker.find(order(ENTER, 10)) is not None
    broker.settle(session(SECOND + KEPT + timedelta(1)))
    assert broker.find(order(ENTER, 10)) is None
    with pytest.raises(OrderRejectedError):
        broker.submit(order(ENTER, 10))
