"""What a trader's log looks like, in a process that really writes one."""

import json
import logging
import subprocess
import sys

import pytest

from trader import events

CODE = """
from datetime import date
from fleet.logs import log_event, log_to_stderr
from trader.events import Decided, Halted

log_to_stderr("trader", "demo")
log_event(Decided(day=date(2026, 3, 2), number=3, close=101.5, shares=100, equity=100_150.0, backtest_shares=100.0,
                  backtest_equity=100_150.0, orders=("exit -100",), notes=("split 2 for 1",)))
log_event(Halted(reason="two\\nlines"))
"""


def test_events_are_lines_of_json_with_days_as_text_and_the_name_of_the_trader() -> None:
    log = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stderr
    decided, halted = map(json.loads, log.splitlines())
    assert (decided.pop("time")[-1], decided.pop("level"), decided.pop("trader")) == ("Z", "info", "demo")
    assert decided == {
        "event": "decided",
        "day": "2026-03-02",
        "number": 3,
        "close": 101.5,
        "shares": 100,
        "equity": 100_150.0,
        "backtest_shares": 100.0,
        "backtest_equity": 100_150.0,
        "orders": ["exit -100"],
        "notes": ["split 2 for 1"],
    }
    assert (halted["level"], halted["event"], halted["reason"]) == ("error", "halted", "two | lines")


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (events.Decided, logging.INFO),
        (events.Reported, logging.INFO),
        (events.Lapsed, logging.WARNING),
        (events.Troubled, logging.WARNING),
        (events.Killed, logging.WARNING),
        (events.Halted, logging.ERROR),
    ],
)
def test_how_grave_an_event_is(kind: type[events.Event], level: int) -> None:
    assert kind.level == level
