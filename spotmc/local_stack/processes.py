"""Child processes that end when this one does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spotmc.local_stack.tethered import GRACE_SECONDS

START_SECONDS = 300  # on a slow machine that is busy besides, importing everything for the first time


class StackError(Exception):
    """The local stack cannot go on; the message is for the person."""


@dataclass(frozen=True)
class Child:
    """A process of ours.

    Attributes:
        name: For the person.
        process: Running in a session of its own, so that Ctrl-C in a terminal reaches only its parent.
        log: File with what it writes to standard output and standard error.
    """

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def check(self) -> None:
        """
        Raises:
            StackError: it has ended.
        """
        status = self.process.poll()
        if status is not None and status < 0:  # what it wrote last is about something else
            raise StackError(f"{self.name} was ended from outside by {signal.Signals(-status).name} (log: {self.log})")
        if status is not None:
            words = self.log.read_text(errors="replace").strip().splitlines()[-5:]
            raise StackError(f"{self.name} ended by itself with status {status} (log: {self.log})\n" + "\n".join(words))


@contextmanager
def running(commands: Mapping[str, Sequence[str]], logs: Path) -> Iterator[list[Child]]:
    """Children by name while the block lasts, each a Python module and its arguments; they inherit the environment."""
    children: list[Child] = []
    try:
        for name, command in commands.items():
            children.append(start(name, command, logs))
        yield children
    finally:
        stop(children)


def wait_until(ready: Callable[[], bool], child: Child) -> None:
    """Ask again and again until the child is ``ready``.

    Raises:
        StackError: the child has ended, or it takes longer than START_SECONDS.
    """
    until = time.monotonic() + START_SECONDS
    while not ready():
        child.check()
        if time.monotonic() > until:
            raise StackError(f"{child.name} is not ready after {START_SECONDS} s; see {child.log}")
        time.sleep(0.05)


def start(name: str, command: Sequence[str], logs: Path) -> Child:
    """Start a Python module with its arguments; ``running`` is the way to be sure that it is stopped, too."""
    log = logs / f"{name}.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "spotmc.local_stack.tethered", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, log)


def stop(children: Sequence[Child]) -> None:
    """Let go of all of them, then wait until the last has ended."""
    for child in children:
        assert child.process.stdin is not None
        child.process.stdin.close()
    for child in children:
        try:
            child.process.wait(GRACE_SECONDS + 5)
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
