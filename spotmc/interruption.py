"""Ctrl-C while a command is still being imported, which takes it a second: quiet, as at any other time.

An import can neither be left half done nor be trusted with an exception: Python prints a stack trace where it comes at
the wrong moment, and goes on.  Nothing has been begun then that would have to be put in order.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STATUS = 128 + signal.SIGINT


@contextmanager
def quiet() -> Iterator[None]:
    """Have it so while the block lasts, and no more of it afterwards, when the process ends anyway."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # by whoever started it in the background
        signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    except KeyboardInterrupt:  # so early or so late that click does not see it
        sys.exit(STATUS)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def raised() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt while the block lasts, also from imports: something has been begun."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(STATUS)
        frame = frame.f_back
    raise KeyboardInterrupt
