"""The log of a process: one line for each event, whatever is in it, so that the journal and CloudWatch show it whole.

A program gets JSON, a person at a terminal gets text.  What other libraries log comes out in the same form.
"""

import json
import logging
import re
import sys
import threading
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from fleet.events import Event

log = logging.getLogger(__name__)

LONGEST_TEXT = 4000  # characters, of up to six bytes once escaped: journald cuts lines of more than 48 KiB in two

_COLOURS = {logging.WARNING: "\33[33m", logging.ERROR: "\33[31m", logging.CRITICAL: "\33[31m"}


def log_to_stderr(what: str, name: str) -> None:
    """Send this process's log to standard error.

    Args:
        what: It is, such as "worker".
        name: Its own, which each line of JSON tells.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(TextLine() if sys.stderr.isatty() else JsonLine(what, name))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("botocore").setLevel(logging.WARNING)  # it tells where it found credentials, at every start
    logging.captureWarnings(True)
    sys.excepthook = lambda *raised: log.critical("the %s ends by an error", what, exc_info=raised)
    threading.excepthook = lambda raised: log.critical("a thread ends by an error", exc_info=raised.exc_value)


def log_event(event: Event) -> None:
    """Log an event, unless it is one that comes several times a second."""
    if event.level > logging.DEBUG:
        log.log(event.level, "%s", name(event), extra={"event": event})


def name(event: Event) -> str:
    """What happened, in a word or two: ``LeaseLost`` is ``lease-lost``."""
    return re.sub(r"(?<=.)(?=[A-Z])", "-", type(event).__name__).lower()


def one_line(text: str) -> str:
    """The text without anything that could begin a new line or steer a terminal, and not too long."""
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]} … {text[-half:]}"
    joined = " | ".join(text.splitlines())
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in joined)


class JsonLine(logging.Formatter):
    """A record as an object: when (UTC), how grave, by which process, what, and the particulars."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__()
        self._who = {what: name}

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": when.replace("+00:00", "Z"), "level": record.levelname.lower(), **self._who}
        return json.dumps(head | _particulars(record), default=str)  # dates


class TextLine(logging.Formatter):
    """A record for a person at a terminal: the local time, what, and the particulars; what is grave in colour."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _particulars(record)
        when = time.strftime("%H:%M:%S", time.localtime(record.created))
        line = " ".join([when, fields.pop("event"), *(f"{key}={_quoted(value)}" for key, value in fields.items())])
        colour = _COLOURS.get(record.levelno)
        return f"{colour}{line}\33[0m" if colour else line


def _particulars(record: logging.LogRecord) -> dict[str, Any]:
    event = getattr(record, "event", None)
    if isinstance(event, Event):
        fields = {"event": name(event)} | asdict(event)
    else:
        fields = {"event": "log", "logger": record.name, "text": record.getMessage()}
        if record.exc_info:
            fields["traceback"] = logging.Formatter().formatException(record.exc_info)
    return {key: one_line(value) if isinstance(value, str) else value for key, value in fields.items()}


def _quoted(value: Any) -> str:
    text = str(value) if isinstance(value, str | date) else json.dumps(value, default=str)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[\s"=]|^$', text) else text
