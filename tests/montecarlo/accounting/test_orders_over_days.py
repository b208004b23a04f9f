"""Orders from one day to the next: when they are given, what comes first, and what is entered again."""

import math

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting.broker import carry_out
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES
from tests.montecarlo.accounting.paths_by_hand import bars_of, flat_day, told, traded

# Every price of a market order is another one.
RISING = bars_of(flat_day(100), (101, 104, 100, 103), (105, 108, 104, 107), (109, 112, 108, 111), (113, 116, 112, 115))


@pytest.mark.parametrize(
    ("fill", "entry", "exit"),
    [("same-close", (0, 100), (2, 107)), ("next-close", (1, 103), (3, 111)), ("next-open", (1, 101), (3, 109))],
)
@pytest.mark.parametrize("side", [1, -1])
def test_a_market_order_fills_at_the_close_of_its_signal_the_next_or_the_open_between(fill, entry, exit, side):
    outcome = traded(RISING, [side, side, 0], fill=fill)
    assert told(outcome) == [(*entry, *exit, "signal")]
    assert outcome.trades[0].profit == side * (exit[1] - entry[1])


@pytest.mark.parametrize(("fill", "day", "price"), [("same-close", 2, 107), ("next-close", 3, 111)])
def test_to_reverse_is_to_leave_and_to_enter_at_one_price(fill, day, price):
    first, second = told(traded(RISING, [1, 1, -1], fill=fill))
    assert first[2:] == (day, price, "signal")
    assert second[:2] == (day, price)


def test_a_bracket_is_measured_from_the_fill_and_not_from_the_signal():
    bars = bars_of(flat_day(100), (104, 106, 103, 105), (105, 110.2, 104, 108), (108, 116, 107, 115))
    assert told(traded(bars, [1], target=0.1)) == [(1, 105, 3, pytest.approx(115.5), "target")]
    # From the signal's close it would have been 110, which day 2 reaches.


def test_costs_do_not_move_a_bracket():
    bars = bars_of(flat_day(100), (100, 109.9, 90.1, 100))
    outcome = traded(bars, [1], stop=0.1, target=0.1, fill="same-close", commission=0.05, slippage=0.05)
    assert outcome.trades[0].reason == "end"


def test_a_position_that_begins_at_a_close_cannot_end_on_that_bar():
    bars = bars_of(flat_day(100), (100, 150, 50, 100), flat_day(100))
    assert told(traded(bars, [1], stop=0.1, target=0.1)) == [(1, 100, 2, 100, "end")]


def test_a_market_order_at_the_open_comes_before_the_bracket_at_the_same_price():
    bars = bars_of(flat_day(100), flat_day(100), (80, 80, 80, 80), flat_day(80))
    assert told(traded(bars, [1, 0], stop=0.1, fill="next-open")) == [(1, 100, 2, 80, "signal")]
    assert told(traded(bars, [1, 1], stop=0.1, fill="next-open")) == [(1, 100, 2, 80, "stop")]


def test_a_bracket_ends_the_position_before_the_market_order_of_that_close():
    bars = bars_of(flat_day(100), (100, 104, 85, 103), flat_day(103))
    assert told(traded(bars, [1, 0], stop=0.1, fill="same-close")) == [(0, 100, 1, 90, "stop")]


class TestLimit:
    def test_is_given_again_at_each_close_from_that_close(self):
        # 5 % below 100, 120 and 110: 95, 114 and 104.5.
        bars = bars_of(flat_day(100), (118, 121, 96, 120), (118, 119, 115, 110), (108, 109, 104, 106))
        assert told(traded(bars, [1], limit=0.05)) == [(3, 104.5, 3, 106, "end")]

    def test_is_good_for_the_day_after_its_signal_whatever_fills_market_orders(self):
        bars = bars_of(flat_day(100), (99, 100, 90, 97), flat_day(97))
        for fill in ("same-close", "next-close", "next-open"):
            assert told(traded(bars, [1], limit=0.05, fill=fill))[0][:2] == (1, 95)

    def test_lapses_with_its_day(self):
        bars = bars_of(flat_day(100), flat_day(100), flat_day(90))
        assert told(traded(bars, [1, 0, 0], limit=0.05)) == []

    def test_of_nothing_is_the_signal_s_close_or_better(self):
        bars = bars_of(flat_day(100), (101, 102, 99, 101))
        assert told(traded(bars, [1], limit=0.0)) == [(1, 100, 1, 101, "end")]

    def test_works_only_on_days_that_begin_without_a_position(self):
        # Long from day 1; at the close of day 2 it is left, and from day 3 on a short one may be entered.
        bars = bars_of(flat_day(100), *[(100, 110, 90, 100)] * 4)
        outcome = traded(bars, [1, -1], limit=0.05)
        assert told(outcome) == [(1, 95, 2, 100, "signal"), (3, 105, 4, 100, "end")]
        outcome = traded(bars, [1, -1], limit=0.05, fill="next-open")
        assert told(outcome) == [(1, 95, 2, 100, "signal"), (3, 105, 4, 100, "end")]
        outcome = traded(bars, [1, -1], limit=0.05, fill="same-close")
        assert told(outcome) == [(1, 95, 1, 100, "signal"), (2, 105, 4, 100, "end")]

    def test_does_not_enter_again_on_the_day_its_position_ended(self):
        bars = bars_of(flat_day(100), (100, 100, 80, 95), (95, 100, 80, 95))
        outcome = traded(bars, [1], limit=0.05, stop=0.1, signals=ENTRIES)
        assert told(outcome) == [(1, 95, 1, 85.5, "stop"), (2, 90.25, 2, pytest.approx(81.225), "stop")]
        assert [trade.holding for trade in outcome.trades] == [0, 0]


class TestTimeExit:
    def test_is_at_the_close_so_many_days_after_the_day_of_the_entry(self):
        for fill, entry in (("same-close", (0, 100)), ("next-close", (1, 103)), ("next-open", (1, 101))):
            closes = (100, 103, 107, 111, 115)
            assert told(traded(RISING, [1], holding=2, fill=fill)) == [
                (*entry, entry[0] + 2, closes[entry[0] + 2], "time")
            ]

    def test_counts_from_the_day_on_which_a_limit_filled(self):
        bars = bars_of(flat_day(100), (100, 100, 94, 98), (98, 99, 97, 99), flat_day(97))
        assert told(traded(bars, [1], limit=0.05, holding=1)) == [(1, 95, 2, 99, "time")]

    def test_comes_after_a_market_order_at_the_same_close(self):
        assert told(traded(RISING, [1, 0], holding=1))[0][2:] == (2, 107, "signal")
        assert told(traded(RISING, [1, -1], holding=1))[0][2:] == (2, 107, "signal")

    def test_comes_after_the_bracket(self):
        assert told(traded(RISING, [1], holding=1, target=0.04))[0][2:] == (2, pytest.approx(107.12), "target")


class TestPositions:
    """A position that is wanted on and on is not entered again after its stop, target or time exit."""

    BARS = bars_of(flat_day(100), flat_day(100), (100, 100, 85, 100), *[flat_day(100)] * 5)

    @pytest.mark.parametrize("fill", ["same-close", "next-close", "next-open"])
    def test_until_something_else_is_wanted_once(self, fill):
        outcome = traded(self.BARS, [1, 1, 1, 0, 1], stop=0.1, fill=fill)
        day = {"same-close": 4, "next-close": 5, "next-open": 5}[fill]
        assert [(trade.entry, trade.reason) for trade in outcome.trades] == [
            ({"same-close": 0}.get(fill, 1), "stop"),
            (day, "end"),
        ]

    @pytest.mark.parametrize("fill", ["same-close", "next-close", "next-open"])
    def test_but_the_other_side_is_at_once(self, fill):
        outcome = traded(self.BARS, [1, 1, 1, -1, 1], stop=0.1, fill=fill)
        assert [np.sign(trade.shares) for trade in outcome.trades] == [1, -1, 1]

    def test_after_each_of_the_three_exits(self):
        for orders in ({"stop": 0.1}, {"target": 0.1}, {"holding": 1}):
            bars = bars_of(flat_day(100), flat_day(100), (100, 115, 95, 100), *[flat_day(100)] * 3)
            bars = bars if "target" in orders else self.BARS
            assert len(traded(bars, [1], **orders).trades) == 1
            assert len(traded(bars, [1], **orders, limit=0.0).trades) == 1

    def test_but_after_an_exit_by_signal_it_is(self):
        assert len(traded(self.BARS, [1, 0, 1, 0, 1]).trades) == 3

    def test_what_was_wanted_when_the_stop_came_counts_if_it_is_filled_after_it(self):
        # The signal of day 1 to leave would be filled at the close of day 2; the stop comes first, and day 2 wants in.
        outcome = traded(self.BARS, [1, 0, 1], stop=0.1)
        assert [(trade.entry, trade.reason) for trade in outcome.trades] == [(1, "stop"), (3, "end")]


class TestEntries:
    """A signal is an order to come in; positions end by their orders, or by an entry to the other side."""

    FLAT = bars_of(*[flat_day(100)] * 7)

    def test_nothing_new_leaves_the_position_as_it_is(self):
        assert told(traded(self.FLAT, [1, 0], signals=ENTRIES)) == [(1, 100, 6, 100, "end")]

    def test_the_same_side_again_is_nothing_new(self):
        outcome = traded(self.FLAT, [1, 1, 1, 0], holding=3, signals=ENTRIES)
        assert told(outcome) == [(1, 100, 4, 100, "time")]

    def test_the_other_side_reverses(self):
        outcome = traded(self.FLAT, [1, 0, -1, 0], signals=ENTRIES)
        assert told(outcome) == [(1, 100, 3, 100, "signal"), (3, 100, 6, 100, "end")]

    def test_an_entry_after_an_exit_needs_no_other_signal_between(self):
        outcome = traded(self.FLAT, [1], holding=1, signals=ENTRIES)
        assert told(outcome) == [(1, 100, 2, 100, "time"), (3, 100, 4, 100, "time"), (5, 100, 6, 100, "time")]

    def test_at_the_close_of_its_signal_an_entry_comes_before_the_time_exit_and_is_nothing_new(self):
        outcome = traded(self.FLAT, [1], holding=1, signals=ENTRIES, fill="same-close")
        assert [(trade.entry, trade.exit) for trade in outcome.trades] == [(0, 1), (2, 3), (4, 5), (6, 6)]

    def test_an_entry_that_was_nothing_new_when_it_was_given_stays_so_though_the_stop_comes_before_its_fill(self):
        bars = bars_of(flat_day(100), flat_day(100), (100, 100, 85, 100), *[flat_day(100)] * 3)
        outcome = traded(bars, [1, 1, 0], stop=0.1, signals=ENTRIES)
        assert told(outcome) == [(1, 100, 2, 90, "stop")]

    def test_an_entry_to_the_other_side_only_opens_where_the_stop_came_before_its_fill(self):
        bars = bars_of(flat_day(100), flat_day(100), (100, 100, 85, 100), *[flat_day(100)] * 3)
        outcome = traded(bars, [1, -1, 0], stop=0.1, signals=ENTRIES)
        assert told(outcome) == [(1, 100, 2, 90, "stop"), (2, 100, 5, 100, "end")]

    def test_an_entry_to_the_other_side_by_a_limit_only_leaves(self):
        bars = bars_of(flat_day(100), *[(100, 110, 90, 100)] * 5)
        outcome = traded(bars, [1, -1, 0], limit=0.05, signals=ENTRIES)
        assert told(outcome) == [(1, 95, 2, 100, "signal")]


def test_the_stop_target_and_time_of_a_position_are_those_of_its_signal():
    days = 5
    bars = bars_of(flat_day(100), flat_day(100), (100, 103, 97, 100), (100, 106, 94, 100), flat_day(100))
    none = np.full(days, math.nan)
    stop = np.array([0.05, 0.01, 0.01, 0.01, 0.01])
    rules = mc.Rules(shares=1, commission=0, slippage=0)
    orders = Orders(none, stop, none, none)
    outcome = carry_out(bars, np.ones(days, np.int8), orders, 1, rules, slippage=np.zeros(days))
    assert told(outcome) == [(1, 100, 3, 95, "stop")]


def test_cutting_the_future_off_changes_nothing_before():
    generator = np.random.default_rng(1)
    close = 100 * np.exp(generator.normal(0, 0.03, 40).cumsum())
    opened = close * np.exp(generator.normal(0, 0.01, 40))
    spread = np.exp(abs(generator.normal(0, 0.02, (2, 40))))
    bars = type(RISING)(opened, np.maximum(opened, close) * spread[0], np.minimum(opened, close) / spread[1], close)
    targets = generator.choice([-1, 0, 1], 40).tolist()
    orders = {"stop": 0.02, "target": 0.03, "holding": 4, "limit": 0.005}
    whole = traded(bars, targets, **orders)
    for days in range(2, 40):
        cut = traded(type(bars)(*(each[:days] for each in bars)), targets[:days], **orders)
        assert cut.equity.tolist() == whole.equity[:days].tolist()
