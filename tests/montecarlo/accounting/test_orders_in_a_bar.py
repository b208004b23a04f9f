"""One bar at a time, every order of events enumerated by hand: what a stop and a target of 10 % make of it.

A bar is written as its open, high, low and close.  The last column tells that it is ambiguous.
"""

import pytest

from tests.montecarlo.accounting.paths_by_hand import bars_of, flat_day, told, traded

pytestmark = pytest.mark.processors

STAYS = None
UP = 100 * (1 + 0.1)  # what a double makes of 110
BOUGHT_AT_100 = [  # before; stop 90, target 110
    # bar                   stop-first         target-first       ambiguous
    ((100, 109, 91, 105), STAYS, STAYS, False),
    ((100, UP, 91, 105), (110, "target"), (110, "target"), False),  # reached is enough
    ((100, 112, 91, 111), (110, "target"), (110, "target"), False),
    ((100, 109, 90, 105), (90, "stop"), (90, "stop"), False),
    ((100, 109, 88, 89), (90, "stop"), (90, "stop"), False),
    ((100, 112, 88, 89), (90, "stop"), (110, "target"), True),
    ((100, 112, 88, 100), (90, "stop"), (110, "target"), True),
    ((100, 112, 88, 111), (90, "stop"), (110, "target"), True),
    ((90, 95, 89, 94), (90, "stop"), (90, "stop"), False),
    ((90, 112, 84, 111), (90, "stop"), (90, "stop"), False),  # what the open reaches comes before all else
    ((85, 95, 84, 94), (85, "stop"), (85, "stop"), False),  # a gap fills at the open
    ((85, 112, 84, 111), (85, "stop"), (85, "stop"), False),
    ((UP, 111, 100, 105), (110, "target"), (110, "target"), False),
    ((UP, 116, 80, 85), (110, "target"), (110, "target"), False),
    ((115, 116, 100, 105), (115, "target"), (115, "target"), False),
    ((115, 116, 80, 85), (115, "target"), (115, "target"), False),
]
SOLD_AT_100 = [  # before; stop 110, target 90
    ((100, 109, 91, 95), STAYS, STAYS, False),
    ((100, 109, 90, 95), (90, "target"), (90, "target"), False),
    ((100, 109, 88, 89), (90, "target"), (90, "target"), False),
    ((100, UP, 91, 95), (110, "stop"), (110, "stop"), False),
    ((100, 112, 91, 111), (110, "stop"), (110, "stop"), False),
    ((100, 112, 88, 111), (110, "stop"), (90, "target"), True),
    ((100, 112, 88, 100), (110, "stop"), (90, "target"), True),
    ((100, 112, 88, 89), (110, "stop"), (90, "target"), True),
    ((UP, 111, 105, 106), (110, "stop"), (110, "stop"), False),
    ((UP, 116, 88, 89), (110, "stop"), (110, "stop"), False),
    ((115, 116, 105, 106), (115, "stop"), (115, "stop"), False),
    ((115, 116, 88, 89), (115, "stop"), (115, "stop"), False),
    ((90, 100, 89, 95), (90, "target"), (90, "target"), False),
    ((90, 120, 84, 115), (90, "target"), (90, "target"), False),
    ((85, 100, 84, 95), (85, "target"), (85, "target"), False),
    ((85, 120, 84, 115), (85, "target"), (85, "target"), False),
]
BUY_AT_100 = [  # a limit for this bar, then stop 90 and target 110
    ((104, 108, 101, 105), "no fill", "no fill", False),
    ((104, 120, 100.5, 119), "no fill", "no fill", False),
    ((104, 108, 100, 105), STAYS, STAYS, False),  # reached is enough
    ((104, 109, 95, 102), STAYS, STAYS, False),
    ((104, 109, 88, 89), (90, "stop"), (90, "stop"), False),  # the low comes after the entry
    ((104, 109, 88, 105), (90, "stop"), (90, "stop"), False),
    ((104, 112, 95, 111), (110, "target"), (110, "target"), False),  # the close comes after the entry
    ((104, 112, 95, UP), (110, "target"), (110, "target"), False),
    ((104, 112, 95, 105), STAYS, (110, "target"), True),  # the high may have come before
    ((115, 116, 95, 105), STAYS, (110, "target"), True),  # and here, too, it may not
    ((104, 112, 88, 105), (90, "stop"), (110, "target"), True),
    ((104, 112, 88, 111), (90, "stop"), (110, "target"), True),
]
SELL_AT_100 = [  # a limit for this bar, then stop 110 and target 90
    ((96, 99, 92, 95), "no fill", "no fill", False),
    ((96, 99.5, 80, 81), "no fill", "no fill", False),
    ((96, 100, 92, 95), STAYS, STAYS, False),
    ((96, 105, 91, 98), STAYS, STAYS, False),
    ((96, 112, 91, 111), (110, "stop"), (110, "stop"), False),
    ((96, 112, 91, 95), (110, "stop"), (110, "stop"), False),
    ((96, 105, 88, 89), (90, "target"), (90, "target"), False),
    ((96, 105, 88, 90), (90, "target"), (90, "target"), False),
    ((96, 105, 88, 95), STAYS, (90, "target"), True),
    ((85, 105, 84, 95), STAYS, (90, "target"), True),
    ((96, 112, 88, 95), (110, "stop"), (90, "target"), True),
    ((96, 112, 88, 89), (110, "stop"), (90, "target"), True),
]
BOUGHT_AT_THE_OPEN = [  # of this bar, at 100, by a limit that the open is below: it can end on the bar it began
    ((100, 109, 91, 105), STAYS, STAYS, False),
    ((100, 112, 91, 105), (110, "target"), (110, "target"), False),  # the high comes after the entry
    ((100, 109, 88, 105), (90, "stop"), (90, "stop"), False),
    ((100, 112, 88, 105), (90, "stop"), (110, "target"), True),
]
SOLD_AT_THE_OPEN = [
    ((100, 109, 91, 105), STAYS, STAYS, False),
    ((100, 109, 88, 95), (90, "target"), (90, "target"), False),
    ((100, 112, 91, 105), (110, "stop"), (110, "stop"), False),
    ((100, 112, 88, 105), (110, "stop"), (90, "target"), True),
]


def outcomes(bar, side, before, **orders):
    """By stop-first and by target-first: the exit and its reason, STAYS or "no fill"; and what is ambiguous."""
    found, ambiguous = [], set()
    for intrabar in ("stop-first", "target-first"):
        bars = bars_of(flat_day(before), bar)
        outcome = traded(bars, [side], stop=0.1, target=0.1, intrabar=intrabar, **orders)
        if not (trades := told(outcome)):
            found.append("no fill")
        else:
            ((_, entry_price, day, price, reason),) = trades
            assert entry_price == 100
            found.append(STAYS if reason == "end" else (pytest.approx(price), reason))
            assert day == 1
        ambiguous.add(bool(outcome.ambiguous[1]))
        assert outcome.trades == () or outcome.trades[0].ambiguous == outcome.ambiguous[1]
    (told_alike,) = ambiguous  # whichever convention is asked
    return (*found, told_alike)


def cases(table):
    return pytest.mark.parametrize(("bar", "stop_first", "target_first", "ambiguous"), table)


@cases(BOUGHT_AT_100)
def test_a_long_position_of_the_day_before(bar, stop_first, target_first, ambiguous):
    assert outcomes(bar, 1, 100, fill="same-close") == (stop_first, target_first, ambiguous)


@cases(SOLD_AT_100)
def test_a_short_position_of_the_day_before(bar, stop_first, target_first, ambiguous):
    assert outcomes(bar, -1, 100, fill="same-close") == (stop_first, target_first, ambiguous)


@cases(BUY_AT_100)
def test_a_limit_to_buy_that_is_reached_after_the_open(bar, stop_first, target_first, ambiguous):
    assert outcomes(bar, 1, 125, limit=0.2) == (stop_first, target_first, ambiguous)


@cases(SELL_AT_100)
def test_a_limit_to_sell_short_that_is_reached_after_the_open(bar, stop_first, target_first, ambiguous):
    assert outcomes(bar, -1, 80, limit=0.25) == (stop_first, target_first, ambiguous)


@cases(BOUGHT_AT_THE_OPEN)
def test_a_long_position_that_begins_at_the_open(bar, stop_first, target_first, ambiguous):
    assert outcomes(bar, 1, 120, limit=0.1) == (stop_first, target_first, ambiguous)
    assert outcomes(bar, 1, 120, fill="next-open") == (stop_first, target_first, ambiguous)


@cases(SOLD_AT_THE_OPEN)
def test_a_short_position_that_begins_at_the_open(bar, stop_first, target_first, ambiguous):
    assert outcomes(bar, -1, 80, limit=0.1) == (stop_first, target_first, ambiguous)
    assert outcomes(bar, -1, 80, fill="next-open") == (stop_first, target_first, ambiguous)


@pytest.mark.parametrize("intrabar", ["stop-first", "target-first"])
def test_a_stop_or_a_target_alone_is_never_ambiguous_in_a_position_of_the_day_before(intrabar):
    wide = bars_of(flat_day(100), (100, 112, 88, 100))
    for orders, reason in (({"stop": 0.1}, "stop"), ({"target": 0.1}, "target")):
        for side in (1, -1):
            outcome = traded(wide, [side], fill="same-close", intrabar=intrabar, **orders)
            assert [trade.reason for trade in outcome.trades] == [reason]
            assert not outcome.ambiguous.any()


def test_a_target_alone_is_ambiguous_on_the_bar_of_its_limit_where_the_close_is_short_of_it():
    bars = bars_of(flat_day(125), (104, 112, 88, 105))
    found = {
        intrabar: traded(bars, [1], limit=0.2, target=0.1, intrabar=intrabar)
        for intrabar in ("stop-first", "target-first")
    }
    assert told(found["stop-first"]) == [(1, 100, 1, 105, "end")]
    assert told(found["target-first"]) == [(1, 100, 1, pytest.approx(110), "target")]
    assert found["stop-first"].ambiguous.tolist() == [False, True]
