"""What each of Alpaca's statuses means to us."""

from typing import Any

import pytest
from alpaca.trading.enums import OrderStatus
from alpaca.trading.models import Order as AlpacaOrder

from fleet.traders.orders import ACCEPTED, CANCELLED, EXPIRED, FILLED, FINAL, REJECTED
from trader.alpaca.order_reports import STATES, report_of
from trader.broker import BrokerSilentError

Fill = tuple[str, str, str | None]
"""A status, shares and the price."""

AT = "2025-11-24T20:00:00Z"


def told(status: str, filled: str = "0", price: str | None = None, **changes: Any) -> AlpacaOrder:
    given: dict[str, Any] = {
        "id": "6f0c7d4e-0000-4000-8000-000000000001",
        "client_order_id": "mc-1",
        **dict.fromkeys(("created_at", "updated_at", "submitted_at"), AT),
        "symbol": "AAPL",
        "qty": "10",
        "filled_qty": filled,
        "filled_avg_price": price,
        "order_class": "",
        "type": "market",
        "side": "sell",
        "time_in_force": "cls",
        "status": status,
        "extended_hours": False,
    }
    return AlpacaOrder(**{**given, **changes})


def test_every_status_is_known() -> None:
    assert set(STATES) == set(OrderStatus)


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_is_over_only_when_no_more_can_be_filled(status: OrderStatus) -> None:
    over = {"filled", "canceled", "expired", "rejected", "replaced"}
    found = report_of(told(status.value, "10" if status == OrderStatus.FILLED else "0", "100.0"))
    assert (found.state in FINAL) == (status.value in over)
    assert found.text in {"", f"Alpaca says {status.value}"}


def test_a_part_that_is_filled_counts_whatever_becomes_of_the_rest() -> None:
    for status, state in (("partially_filled", ACCEPTED), ("expired", EXPIRED), ("canceled", CANCELLED)):
        found = report_of(told(status, "4", "101.5"))
        assert (found.state, found.shares, found.price) == (state, -4, 101.5)


def test_what_is_filled_is_over_even_where_settlement_is_not() -> None:
    assert report_of(told("calculated", "10", "100.0")).state == FILLED


@pytest.mark.parametrize(
    ("target", "stop", "expected"),
    [
        (("new", "0", None), ("held", "0", None), (ACCEPTED, 0, None, "")),
        (("filled", "10", "110.0"), ("canceled", "0", None), (FILLED, -10, 110.0, "target")),
        (("filled", "10", "110.0"), ("pending_cancel", "0", None), (FILLED, -10, 110.0, "target")),
        (("canceled", "0", None), ("filled", "10", "90.0"), (FILLED, -10, 90.0, "stop")),
        (("canceled", "0", None), ("new", "0", None), (ACCEPTED, 0, None, "")),
        (("canceled", "4", "110.0"), ("filled", "6", "90.0"), (FILLED, -10, 98.0, "stop")),
        (("partially_filled", "4", "110.0"), ("held", "0", None), (ACCEPTED, -4, 110.0, "target")),
        (("expired", "0", None), ("expired", "0", None), (EXPIRED, 0, None, "")),
        (("rejected", "0", None), ("canceled", "0", None), (REJECTED, 0, None, "")),
    ],
)
def test_of_two_that_cancel_each_other(target: Fill, stop: Fill, expected: tuple[object, ...]) -> None:
    leg = told(*stop, client_order_id="theirs", type="stop")
    found = report_of(told(*target, legs=[leg.model_dump()], order_class="oco", type="limit", time_in_force="day"))
    assert found.id == "mc-1"
    assert (found.state, found.shares, found.price, found.reason) == expected


def test_parts_of_shares_are_none_of_ours() -> None:
    with pytest.raises(BrokerSilentError, match=r"0\.5 shares"):
        report_of(told("expired", "0.5", "100.0"))
