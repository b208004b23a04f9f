"""What is ordered at a close."""

from dataclasses import replace

import numpy as np
import pytest

from fleet.traders.days import Standing
from fleet.traders.orders import ENTER, EXIT, PROTECT, Exits
from montecarlo.strategies.orders import Orders
from trader.decision import NotTradableError, Signals, decide

FLAT = Standing(cash=1_000.0)
LONG = Standing(cash=0.0, shares=10, entry_day=3, entry_price=100.0, capital=1_000.0)
SHORT = replace(LONG, cash=2_000.0, shares=-10)


def says(*targets, entries=False, limit=None, stop=None, target=None, holding=None):
    return Signals(np.array(targets, np.int8), Orders.always((len(targets),), limit, stop, target, holding), entries)


def ordered(signals, standing, *, number=4, **more):
    return [(each.intent, each.shares) for each in decide(signals, standing, shares=10, number=number, **more).orders]


def test_nothing_is_ordered_where_all_is_as_wanted():
    assert ordered(says(0), FLAT) == []
    assert ordered(says(1), LONG) == []
    assert ordered(says(-1), SHORT) == []


def test_what_is_wanted_is_entered_with_its_exits():
    (order,) = decide(says(-1, stop=0.1, target=0.2, holding=5), FLAT, shares=10, number=4).orders
    assert (order.intent, order.shares, order.exits) == (ENTER, -10, Exits(stop=0.1, target=0.2, holding=5))


def test_what_is_wanted_no_more_is_left():
    assert ordered(says(0), LONG) == [(EXIT, -10)]
    assert ordered(says(0), SHORT) == [(EXIT, 10)]
    assert ordered(says(0, entries=True), LONG) == []


@pytest.mark.parametrize("entries", [False, True])
def test_the_other_side_reverses(entries):
    assert ordered(says(-1, entries=entries), LONG) == [(EXIT, -10), (ENTER, -10)]


@pytest.mark.parametrize(("held", "stop", "target"), [(LONG, 90.0, 120.0), (SHORT, 110.00000000000001, 80.0)])
def test_stop_and_target_protect_what_is_held(held, stop, target):
    held = replace(held, exits=Exits(stop=0.1, target=0.2))
    (order,) = decide(says(held.side), held, shares=10, number=4).orders
    assert (order.intent, order.shares, order.stop, order.target) == (PROTECT, -held.shares, stop, target)


def test_a_price_that_is_never_reached_is_not_ordered():
    (order,) = decide(says(1), replace(LONG, exits=Exits(stop=1.0, target=0.2)), shares=10, number=4).orders
    assert (order.stop, order.target) == (None, 120.0)
    assert ordered(says(-1), replace(SHORT, exits=Exits(target=1.0))) == []


@pytest.mark.parametrize(("number", "orders"), [(4, []), (5, [(EXIT, -10)]), (9, [(EXIT, -10)])])
def test_the_time_is_over_on_the_day_or_later(number, orders):
    assert ordered(says(1), replace(LONG, exits=Exits(holding=3)), number=number) == orders


def test_a_signal_comes_before_the_time():
    held = replace(LONG, exits=Exits(holding=1))
    assert [each.reason for each in decide(says(0), held, shares=10, number=4).orders] == ["signal"]
    assert [each.reason for each in decide(says(1), held, shares=10, number=4).orders] == ["time"]


def test_the_side_that_was_left_waits_for_something_else():
    left = replace(FLAT, left=1)
    assert ordered(says(1), left) == []
    assert decide(says(1), left, shares=10, number=4).standing.left == 1
    assert decide(says(0), left, shares=10, number=4).standing.left == 0
    assert ordered(says(-1), left) == [(ENTER, -10)]


def test_a_broker_that_takes_one_order_alone_is_not_given_another_beside_the_exit():
    held = replace(LONG, exits=Exits(stop=0.1))
    assert ordered(says(0), held) == [(PROTECT, -10), (EXIT, -10)]
    assert ordered(says(0), held, takes_both=False) == [(EXIT, -10)]
    assert ordered(says(1), held, takes_both=False) == [(PROTECT, -10)]


@pytest.mark.parametrize("entries", [False, True])
def test_there_the_other_side_is_entered_one_day_later(entries):
    decision = decide(says(-1, entries=entries), LONG, shares=10, number=4, takes_both=False)
    assert [each.intent for each in decision.orders] == [EXIT]
    later = replace(FLAT, due=decision.standing.due)
    assert ordered(says(0 if entries else -1, entries=entries), later, takes_both=False) == [(ENTER, -10)]
    assert decide(says(0, entries=True), later, shares=10, number=4, takes_both=False).standing.due == 0


def test_the_ruined_only_leave():
    assert ordered(says(1), replace(FLAT, ruined=True)) == []
    assert ordered(says(1), replace(LONG, ruined=True)) == [(EXIT, -10)]


def test_a_limit_to_enter_cannot_be_traded():
    assert ordered(says(0, limit=0.01), FLAT) == []
    with pytest.raises(NotTradableError, match="limit order"):
        ordered(says(1, limit=0.01), FLAT)
