"""What is compared with the broker's account, and what a difference says."""

from dataclasses import replace
from datetime import date

import pytest

from fleet.traders.orders import ACCEPTED, ENTER, FILLED, Order, OrderRecord, Report
from trader.reconciling import difference, filled

ORDER = Order(id="mc-1", symbol="X", session=date(2026, 3, 3), intent=ENTER, shares=100)
OPEN = OrderRecord(order=ORDER, day=date(2026, 3, 2), attempt=1, lease=1, report=Report(id="mc-1", state=ACCEPTED))
OVER = OPEN.with_report(Report(id="mc-1", state=FILLED, shares=100, price=10.0))
TOLD = Report(id="mc-1", state=ACCEPTED)


@pytest.mark.parametrize(
    ("records", "position", "told", "says"),
    [
        ([], 100.0, [], ""),
        ([OPEN], 100.0, [TOLD], ""),
        ([OPEN], 100.0, [], ""),
        ([OVER], 100.0, [], ""),
        ([OVER], 100.0, [TOLD], "order mc-1 was filled, and is open at the broker"),
        ([], 100.0, [TOLD], "an order is open that this trader has not given, mc-1"),
        ([OPEN], 100.0, [TOLD, replace(TOLD, id="theirs")], "has not given, theirs"),
        ([], 99.0, [], "has 99 shares, and should have 100"),
        ([], -100.0, [], "has -100 shares, and should have 100"),
        ([], 100.5, [], "has 100.5 shares, and should have 100"),
    ],
)
def test_position_and_open_orders_are_those_of_the_trader(records, position, told, says) -> None:
    found = difference(100, records, position, told)
    assert says in found
    assert bool(found) == bool(says)


def test_what_is_filled_of_orders_is_what_the_broker_has_told_of_them() -> None:
    sold = OVER.with_report(Report(id="mc-2", state=ACCEPTED, shares=-30, price=10.0))
    assert filled([OPEN, OVER, sold, replace(OPEN, report=None)]) == 70


def test_a_large_position_is_told_to_the_last_share() -> None:
    assert difference(1_234_568, [], 1_234_567.0, []).endswith("has 1,234,567 shares, and should have 1,234,568")
