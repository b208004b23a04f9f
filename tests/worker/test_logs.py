"""What a worker's log looks like, in processes that really write one."""

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from fleet.events import Event
from fleet.logs import LONGEST_TEXT, log_event, name, one_line
from worker.events import Claimed, Failed, LeaseLost, Left, Noticed, Progressed, Troubled

HOSTILE = "oops\n2026-01-01 INFO forged\r\n\u2028\33[2Jgone"


def log_of(code: str) -> list[str]:
    """The lines on standard error of a process that sets up the log and runs the code."""
    return subprocess.run(program(code), capture_output=True, text=True, check=False).stderr.splitlines()


def program(code: str) -> list[str]:
    head = "import logging\nfrom worker.events import *\nfrom fleet.logs import *\nlog_to_stderr('worker', 'w-1')\n"
    return [sys.executable, "-c", head + code]


def test_an_event_is_one_line_of_json_with_all_its_particulars() -> None:
    [line] = log_of("log_event(Stored(message='m', job='j', first=0, stop=500, path_days=30000, seconds=1.5))")
    emitted = json.loads(line)
    assert abs(datetime.fromisoformat(emitted.pop("time")) - datetime.now(UTC)) < timedelta(minutes=1)
    assert emitted == {
        "level": "info",
        "worker": "w-1",
        "event": "stored",
        "message": "m",
        "job": "j",
        "first": 0,
        "stop": 500,
        "path_days": 30000,
        "seconds": 1.5,
    }


def test_text_that_somebody_else_wrote_begins_no_line() -> None:
    failed = f"Failed(message='m', job='', reason={HOSTILE!r}, failures=1, dead=False)"
    [event, record] = log_of(f"log_event({failed})\nlogging.getLogger('fleet').warning({HOSTILE!r})")
    assert json.loads(event)["reason"] == json.loads(record)["text"] == one_line(HOSTILE)
    assert one_line(HOSTILE) == r"oops | 2026-01-01 INFO forged |  | \x1b[2Jgone"
    assert all(each.isprintable() for each in event + record)


def test_even_the_longest_text_is_a_line_that_the_journal_keeps_whole() -> None:
    [line] = log_of("logging.getLogger('fleet').warning('first' + 10**6 * '\\0' + 'last')")
    assert len(line) < 48 * 1024
    assert json.loads(line)["text"].startswith("first")
    assert json.loads(line)["text"].endswith("last")
    assert one_line("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


def test_warnings_and_tracebacks_come_out_in_the_same_form() -> None:
    lines = log_of(
        "import threading, warnings\n"
        "warnings.warn('old')\n"
        "logging.getLogger('botocore').info('found credentials')\n"
        "thread = threading.Thread(target=lambda: 1 / 0)\n"
        "thread.start()\n"
        "thread.join()\n"
        "raise ValueError('first\\nsecond')\n"
    )
    warning, thread, end = (json.loads(line) for line in lines)
    assert (warning["level"], warning["logger"]) == ("warning", "py.warnings")
    assert "UserWarning: old" in warning["text"]
    assert thread["traceback"].startswith("Traceback (most recent call last): | ")
    assert thread["traceback"].endswith("ZeroDivisionError: division by zero")
    assert (end["level"], end["event"], end["text"]) == ("critical", "log", "the worker ends by an error")
    assert end["traceback"].endswith("ValueError: first | second")


def test_a_person_at_a_terminal_gets_text_with_what_is_grave_in_colour() -> None:
    ours, theirs = pty.openpty()
    code = (
        "log_event(Settled(message='m'))\n"
        f"log_event(Failed(message='m', job='', reason={HOSTILE!r}, failures=1, dead=False))\n"
    )
    subprocess.run(program(code), stderr=theirs, check=True)
    os.close(theirs)
    settled, failed = os.read(ours, 65536).decode().splitlines()
    os.close(ours)
    assert settled.endswith(" settled message=m")
    assert failed.startswith("\33[31m")
    assert failed.endswith("\33[0m")
    assert (
        r' failed message=m job="" reason="oops | 2026-01-01 INFO forged |  | \\x1b[2Jgone" failures=1 dead=false'
        in (failed)
    )


@pytest.mark.parametrize(
    ("event", "word", "level"),
    [
        (Claimed(message="m", delivery=1), "claimed", "INFO"),
        (Left(reason="idle"), "left", "INFO"),
        (LeaseLost(message="m", job="j", first=0, stop=1, reason="r"), "lease-lost", "WARNING"),
        (Troubled(reason="r", pause_seconds=1), "troubled", "WARNING"),
        (Noticed(reason="r", seconds_left=None), "noticed", "WARNING"),
        (Failed(message="m", job="", reason="r", failures=1, dead=True), "failed", "ERROR"),
    ],
)
def test_levels_follow_what_happened(event: Event, word: str, level: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    log_event(event)
    assert name(event) == word
    assert [(record.levelname, record.message) for record in caplog.records] == [(level, word)]


def test_progress_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    log_event(Progressed(message="m", job="j", first=0, stop=1, done=1))
    assert not caplog.records
