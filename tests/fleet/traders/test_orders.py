"""Orders are known by ids that depend on the order alone."""

import re
from datetime import date
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from fleet import keys as all_keys
from fleet.traders import keys
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
    Report,
    order_id,
)
from tests.fleet.traders import examples

SAFE = re.compile(r"[A-Za-z0-9._-]{1,128}")
DAY = date(2020, 12, 31)


def test_an_id_says_what_it_is_of() -> None:
    mine = order_id(account="PA3ABC", strategy="0f", symbol="^GSPC", day=DAY, intent=EXIT, attempt=2)
    assert re.fullmatch(r"mc-PA3ABC-[0-9a-f]{12}-caretGSPC-20201231-exit-2", mine)
    assert mine == order_id(account="PA3ABC", strategy="0f", symbol="^gspc", day=DAY, intent=EXIT, attempt=2)


def test_whatever_is_other_makes_another_id() -> None:
    axes = (
        ("PA3", "PA3-", "PA", "P/A3", "P?A3", "A" * 64, "A" * 65),
        ("0f", "0e", ""),
        ("AAPL", "BRK-B", "BRK.B", "BRK_B", "^GSPC", "CARETGSPC", "=", "_EQUALS", "^" * 31, "^" * 32, "A" * 32),
        (DAY, date(2021, 1, 1)),
        (ENTER, EXIT, PROTECT),
        (1, 2, 12),
    )
    fields = ("account", "strategy", "symbol", "day", "intent", "attempt")
    ids = [order_id(**dict(zip(fields, each, strict=True))) for each in product(*axes)]  # type: ignore[arg-type]
    assert len(set(ids)) == len(ids)
    assert all(SAFE.fullmatch(each) for each in ids)


@given(account=st.text(max_size=80), strategy=st.text(max_size=80), attempt=st.integers(1, 999))
def test_whatever_a_broker_calls_an_account_an_id_can_stand_in_a_key(account: str, strategy: str, attempt: int) -> None:
    made = order_id(account=account, strategy=strategy, symbol="&" * 32, day=DAY, intent=PROTECT, attempt=attempt)
    assert SAFE.fullmatch(made)
    assert all_keys.is_ours(keys.order_key("x", DAY, made))
    assert all_keys.is_ours(keys.account_key(account, "&" * 32)) or not account


def test_an_order_is_final_once_nothing_more_can_become_of_it() -> None:
    record = examples.order_record()
    assert (record.state, record.is_final) == (RECORDED, False)
    for state in (ACCEPTED, FILLED, REJECTED, CANCELLED, EXPIRED):
        told = record.with_report(Report(id=record.order.id, state=state))
        assert (told.state, told.is_final) == (state, state != ACCEPTED)
    assert LAPSED == "lapsed"
