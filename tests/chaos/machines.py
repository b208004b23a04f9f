"""The machines of a fleet: each a real worker process with a metadata service, a clock and a disk of its own."""

import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from tests.chaos import faults
from tests.chaos.clock import Clock
from tests.chaos.faults import Moment, WorkerFault
from tests.metadata_server import MetadataServer

MIB = 2**20

STOP_SECONDS = 8  # that a worker may take to leave when it is told to; the worker's own default


class Machine:
    """One machine, from the start of its worker to the worker's end.

    Args:
        name: Of the machine.
        environment: Of its worker.
        lease_seconds: Of its worker.
        own_clock: Whether its clock can be set.
        folder: For its log and its disk; a new one.

    Attributes:
        may_leave: Whether its worker is right to leave by itself.
        told_at: When it was told to go, by a clock that only goes forward; None if it was not.
        deadline: When it is taken away; None if it is not.
        died_at: When it was killed; None if it was not.
        ended_at: When its worker ended; None while it runs.
    """

    def __init__(
        self, name: str, environment: Mapping[str, str], *, lease_seconds: int, own_clock: bool, folder: Path
    ) -> None:
        self.name = name
        self.may_leave = False
        self.told_at: float | None = None
        self.deadline: float | None = None
        self.died_at: float | None = None
        self.ended_at: float | None = None
        self.log = folder / "log"
        self._left_at: float | None = None
        self._stopped = False
        self._timers: list[threading.Timer] = []
        self._disk = folder / "disk"
        self._disk.mkdir(parents=True)
        self._clock = Clock(folder) if own_clock else None
        self._metadata = MetadataServer()
        self._metadata.__enter__()
        ours = {
            "AWS_SDK_UA_APP_ID": name,  # tells the proxy who asks
            "SPOTMC_LEASE_SECONDS": str(lease_seconds),
            "SPOTMC_OWN_RULES": "allow",
            "SPOTMC_STOP_SECONDS": str(STOP_SECONDS),
            "TMPDIR": str(self._disk),
            "XDG_RUNTIME_DIR": str(self._disk),
            **self._metadata.environment(),
            **(self._clock.environment() if self._clock else {}),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "spotmc.local_stack.tethered", "spotmc.cli", "worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,  # as a machine's journal, it takes lines when the disk is full
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=self._disk,
            env={**environment, **ours},
        )
        self._watches = [
            threading.Thread(target=watch, name=f"{name}: {watch.__name__}") for watch in (self._copy_log, self._wait)
        ]
        for watch in self._watches:
            watch.start()

    @property
    def running(self) -> bool:
        return self.ended_at is None

    @property
    def staying(self) -> bool:
        """Whether it runs and has no reason to leave."""
        return self.running and self.told_at is None and self.died_at is None

    @property
    def standing_still(self) -> bool:
        """Whether it runs and does nothing, because it was stopped."""
        return self.running and self._stopped

    @property
    def leave_seconds(self) -> float | None:
        """From ``leave`` to its end; None where it was not told to leave or has not ended."""
        return None if self._left_at is None or self.ended_at is None else self.ended_at - self._left_at

    @property
    def status(self) -> int:
        """Of the process that has ended; minus the signal that killed it."""
        status = self._process.returncode
        assert status is not None
        return status

    def hit(self, fault: WorkerFault, dice: random.Random) -> None:
        """Do it to this machine."""
        match fault:
            case faults.Signal(number, Moment.LATER, within_seconds):
                self._after(dice.uniform(0, within_seconds), self.signal, number)
            case faults.Signal(number):
                self.signal(number)
            case faults.Stop(seconds):
                self.signal(signal.SIGSTOP)
                self._after(seconds, self.signal, signal.SIGCONT)
            case faults.Interrupt(notice_seconds):
                if self.deadline is None:
                    self.told_at = time.monotonic()
                    self.deadline = self.told_at + notice_seconds
                    self._metadata.announce_interruption(notice_seconds)
                    self._after(notice_seconds, self.signal, signal.SIGKILL)
            case faults.Recommend():
                self.told_at = self.told_at or time.monotonic()
                self._metadata.recommend_rebalance()
            case faults.Sicken(health):
                self._metadata.health = health
            case faults.SetClock(seconds):
                assert self._clock
                self._clock.set(seconds)
            case faults.FillDisk():
                self.may_leave = True  # it cannot put a person's own rule anywhere
                self._limit(resource.RLIMIT_FSIZE, 0)
            case faults.ShortenMemory(more):
                self.may_leave = True
                self._limit(resource.RLIMIT_AS, self._memory() + more * MIB)

    def signal(self, number: int) -> None:
        """Send a signal, unless the worker has ended."""
        if not self.running:
            return
        if number == signal.SIGKILL:
            self.died_at = time.monotonic()
        elif number in (signal.SIGTERM, signal.SIGINT):
            self._left_at = time.monotonic()
            self.told_at = self.told_at or self._left_at
        elif number in (signal.SIGSTOP, signal.SIGCONT):
            self._stopped = number == signal.SIGSTOP
        self._process.send_signal(number)

    def leave(self) -> None:
        """Tell the worker to go, as systemd does."""
        self.signal(signal.SIGTERM)

    def last_words(self) -> str:
        """The last line of its log."""
        return (self.log.read_text(errors="replace").strip().splitlines() or ["nothing"])[-1]

    def close(self) -> None:
        """Kill the worker if it still runs, and take away the machine."""
        for timer in self._timers:
            timer.cancel()
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        for watch in self._watches:
            watch.join()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._metadata.__exit__(None, None, None)

    def left_behind(self, *, files: bool) -> list[str]:
        """Processes that still run, and perhaps what is left on its disk, where people's own rules may stay."""
        left = [path.relative_to(self._disk) for path in self._disk.rglob("*") if path.is_file()]
        on_disk = [f"file {path}" for path in left if not path.parts[0].startswith("spotmc-rules-")]
        running = _processes_of_session(self._process.pid) | _processes_in(self._disk)
        return (on_disk if files else []) + [f"process {process}" for process in sorted(running)]

    def _after(self, seconds: float, act: Callable[..., None], *arguments: object) -> None:
        timer = threading.Timer(seconds, act, arguments)
        self._timers.append(timer)
        timer.start()

    def _limit(self, what: int, most: int) -> None:
        with suppress(ProcessLookupError):
            _, hard = resource.prlimit(self._process.pid, what)  # not lowered, as it could not be raised again
            resource.prlimit(self._process.pid, what, (most, hard))

    def _memory(self) -> int:
        """Bytes of address space that the worker has now."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[0]
        return int(pages) * resource.getpagesize()

    def _copy_log(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines, self.log.open("wb") as log:
            for line in lines:
                log.write(line)
                log.flush()

    def _wait(self) -> None:
        self._process.wait()
        self.ended_at = time.monotonic()


def _processes_of_session(session: int) -> set[str]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # After the command's name, which is in brackets: state, parent, group, session.
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                found.add(stat.parent.name)
    return found


def _processes_in(folder: Path) -> set[str]:
    """Those that run in a folder or below it, as those of people's own rules do, in sessions of their own."""
    found = set()
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if cwd.readlink().is_relative_to(folder):
                found.add(cwd.parent.name)
    return found
