"""What ``spotmc trader run`` tells a person who watches it."""

import logging
from datetime import date

import pytest

from fleet.logs import TextLine
from fleet.traders.orders import CANCELLED, EXIT, EXPIRED, FILLED, PROTECT
from spotmc.trader.progress import tell
from trader.events import Reported


def reported(intent: str, state: str, *, filled: int = 0, price: float | None = None, text: str = "") -> Reported:
    order = {"order": "x-1", "intent": intent, "shares": -100, "session": date(2026, 3, 3), "attempt": 1}
    return Reported(**order, state=state, filled=filled, price=price, text=text)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (reported(EXIT, FILLED, filled=-100, price=12.5), "exit -100 filled at 12.5000"),
        (reported(PROTECT, EXPIRED, text="its session is over"), ""),
        (reported(EXIT, EXPIRED, text="its session is over"), "exit -100 expired: its session is over"),
        (reported(PROTECT, CANCELLED, text="on request"), "protect -100 cancelled: on request"),
        (
            reported(PROTECT, CANCELLED, filled=-40, price=9.0, text="on request"),
            "protect -100 cancelled, -40 of them filled: on request",
        ),
    ],
)
def test_what_became_of_an_order_is_a_line_where_a_person_should_know_it(
    event: Reported, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(event)
    assert capsys.readouterr().err.strip() == told


def test_a_day_in_the_log_at_a_terminal_is_not_quoted() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "", (), None)
    record.event = reported(EXIT, EXPIRED)
    assert " session=2026-03-03 " in TextLine().format(record)
