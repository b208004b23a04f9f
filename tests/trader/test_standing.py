"""What fills make of an account."""

from dataclasses import replace
from datetime import date

import pytest

from fleet.traders.days import Standing
from fleet.traders.orders import (
    CANCELLED,
    ENTER,
    EXIT,
    FILLED,
    PROTECT,
    REJECTED,
    Exits,
    Order,
    OrderRecord,
    Report,
)
from trader.standing import SplitError, after, split_up, still_open

DAY, SESSION = date(2024, 1, 2), date(2024, 1, 3)
FLAT = Standing(cash=1_000.0)
LONG = Standing(cash=0.0, shares=10, entry_day=3, entry_price=100.0, capital=1_001.0, exits=Exits(stop=0.1))


def record(intent, shares, filled=None, price=100.0, *, cost=0.0, reason="signal", attempt=1, state=FILLED, exits=None):
    """Of an order of which all was filled, or so many shares."""
    id = f"{intent}-{attempt}"
    order = Order(id=id, symbol="X", session=SESSION, intent=intent, shares=shares, exits=exits or Exits())
    order = replace(order, reason=reason if intent == EXIT else "signal")
    filled = shares if filled is None else filled
    report = Report(id=id, state=state, shares=filled, price=price if filled else None, cost=cost, reason=reason)
    return OrderRecord(order=order, day=DAY, attempt=attempt, lease=1, report=report)


def then(standing, *records, close=100.0, idle=1.0, **more):
    return after(standing, records, number=5, close=close, idle=idle, **more)


def test_an_entry_is_paid_and_remembered():
    found = then(FLAT, record(ENTER, 4, cost=2.0, exits=Exits(holding=3))).standing
    assert (found.cash, found.shares, found.entry_day, found.entry_price) == (598.0, 4, 5, 100.0)
    assert (found.capital, found.exits) == (1_000.0, Exits(holding=3))


def test_a_round_trip_is_told_when_it_ends():
    found = then(LONG, record(EXIT, -10, price=120.0, cost=3.0))
    assert found.standing == Standing(cash=1_197.0)
    (trade,) = found.trades
    assert (trade.entry, trade.exit, trade.entry_price, trade.exit_price) == (3, 5, 100.0, 120.0)
    assert (trade.shares, trade.capital, trade.profit, trade.reason) == (10.0, 1_001.0, 196.0, "signal")


def test_idle_cash_earns_interest_before_the_fills():
    assert then(FLAT, record(ENTER, 4), idle=1.01).standing.cash == 610.0


def test_in_whatever_order_the_records_come_the_exit_is_filled_first():
    records = record(ENTER, -10, price=120.0), record(EXIT, -10, price=120.0)
    found = then(LONG, *records, close=120.0).standing
    assert (found.shares, found.entry_day, found.entry_price, found.capital) == (-10, 5, 120.0, 1_200.0)


def test_what_was_filled_in_part_stays_in_part():
    found = then(FLAT, record(ENTER, 10, 4, state=CANCELLED)).standing
    assert (found.shares, found.cash) == (4, 600.0)
    assert then(FLAT, record(ENTER, 10, 0, state=REJECTED)) == then(FLAT)


def test_a_second_attempt_adds_to_the_first():
    parts = record(ENTER, 10, 4, price=100.0, state=CANCELLED), record(ENTER, 10, 6, price=110.0, attempt=2)
    found = then(FLAT, *parts).standing
    assert (found.shares, found.entry_price, found.capital) == (10, 106.0, 1_000.0)
    assert found.cash == 1_000 - 400 - 660


def test_a_position_that_is_left_in_parts_makes_what_it_made():
    first = then(LONG, record(EXIT, -10, -4, price=110.0, cost=1.0, state=CANCELLED))
    assert first.standing.shares == 6
    second = then(first.standing, record(EXIT, -6, price=90.0, cost=2.0))
    assert [trade.shares for trade in first.trades + second.trades] == [4.0, 6.0]
    made = sum(trade.profit for trade in first.trades + second.trades)
    assert made == pytest.approx(second.standing.cash - LONG.capital, abs=1e-9)


def test_more_than_is_held_opens_the_other_side():
    found = then(LONG, record(ENTER, -15, price=120.0, cost=3.0), close=120.0)
    assert [trade.shares for trade in found.trades] == [10.0]
    assert (found.standing.shares, found.standing.entry_price) == (-5, 120.0)
    assert found.standing.cash == pytest.approx(15 * 120 - 3)


@pytest.mark.parametrize(
    ("records", "left"),
    [
        ([record(PROTECT, -10, reason="stop")], 1),
        ([record(EXIT, -10, reason="time")], 1),
        ([record(EXIT, -10)], 0),
        ([record(PROTECT, -10, reason="stop"), record(EXIT, -10, 0, state=CANCELLED)], 0),
        ([record(PROTECT, -10, reason="stop"), record(ENTER, -10)], 0),
        ([record(PROTECT, -10, -4, reason="stop", state=CANCELLED)], 0),
    ],
    ids=["stopped", "time", "signal", "stopped before a signal", "stopped before a reversal", "stopped in part"],
)
def test_the_side_that_ended_by_itself_is_remembered(records, left):
    assert then(LONG, *records).standing.left == left
    assert then(LONG, *records, entries=True).standing.left == 0


def test_of_an_account_with_nothing_left_all_is_closed():
    short = replace(LONG, cash=2_000.0, shares=-10)
    closed = Report(id="", state=FILLED, shares=10, price=210.0, reason="ruin")
    found = then(short, close=210.0, closed=closed)
    assert found.standing.ruined
    assert [(trade.reason, trade.profit) for trade in found.trades] == [("ruin", -1_101.0)]


def test_a_split_changes_shares_and_price():
    found = split_up(LONG, 4.0)
    assert (found.shares, found.entry_price, found.capital) == (40, 25.0, 1_001.0)
    assert split_up(split_up(LONG, 3.0), 0.3333333333).shares == 10
    assert then(LONG, record(EXIT, -40, price=30.0), split=4.0).standing.cash == 1_200.0


def test_a_split_into_parts_of_shares_is_refused():
    with pytest.raises(SplitError, match=r"7\.5 shares"):
        split_up(LONG, 0.75)
    assert split_up(FLAT, 0.75) == FLAT


def test_what_is_still_held_counts_at_the_last_close():
    (trade,) = still_open(LONG, number=7, close=110.0)
    assert (trade.exit, trade.exit_price, trade.profit, trade.reason) == (7, 110.0, 99.0, "end")
    assert still_open(FLAT, number=7, close=110.0) == ()
