"""When a trader holds orders back and halts."""

from datetime import date

import pytest

from fleet.traders.orders import ENTER, EXIT, Order
from fleet.traders.settings import Limits
from montecarlo.errors import ParameterError
from trader.limits import breach, stale


def order(shares: int, intent: str = ENTER) -> Order:
    return Order(id=f"{intent}-1", symbol="X", session=date(2026, 3, 3), intent=intent, shares=shares)


def found(limits: Limits, *orders: Order, equity=100.0, highest=100.0, before=(100.0, 100.0)) -> str:
    return breach(
        limits,
        orders,
        close=10.0,
        equity=equity,
        highest=highest,
        equity_before=before and before[0],
        highest_before=before and before[1],
    )


def test_without_limits_nothing_is_held_back() -> None:
    assert found(Limits(), order(10**6), equity=1.0) == ""


def test_an_order_to_enter_may_be_worth_its_limit_and_no_more() -> None:
    limits = Limits(order_value=1_000.0)
    assert found(limits, order(100)) == found(limits, order(-100)) == ""
    assert "-101 shares is worth $1,010.00, and the limit is $1,000.00" in found(limits, order(-101))


def test_leaving_a_position_that_has_grown_is_not_held_back() -> None:
    assert found(Limits(order_value=1_000.0), order(-101, EXIT)) == ""


def test_as_many_orders_a_day_as_the_limit_says() -> None:
    assert found(Limits(day_orders=2), order(-1, EXIT), order(1)) == ""
    assert "has 2 orders, and the limit is 1" in found(Limits(day_orders=1), order(-1, EXIT), order(1))


@pytest.mark.parametrize(
    ("equity", "before", "halts"),
    [
        (80.0, (100.0, 100.0), False),
        (79.9, (100.0, 100.0), True),
        (79.9, (79.95, 100.0), False),  # it was so the day before
        (79.9, (80.0, 100.0), True),
        (79.9, None, True),
    ],
)
def test_a_drawdown_halts_on_the_day_on_which_it_crosses_its_limit(equity, before, halts) -> None:
    assert bool(found(Limits(drawdown=0.2), equity=equity, before=before)) == halts


def test_a_bar_may_be_as_late_as_the_limit_says() -> None:
    assert stale(Limits(stale_days=2), 2, date(2026, 3, 2)) == ""
    assert "the last bar is of 2026-03-02, and 3 sessions are over" in stale(Limits(stale_days=2), 3, date(2026, 3, 2))


def test_limits_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ParameterError):
        Limits(drawdown=0.0)
