"""A file in which a worker says what it is doing, for as long as it runs: one for each process, in the run folder."""

import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import psutil

from fleet.events import Emit, Event
from worker.status import Status, after, from_json, to_json

log = logging.getLogger(__name__)

WRITE_SECONDS = 1.0  # between two looks at whether there is something new to write


@dataclass(frozen=True)
class Seen:
    """A worker process on this machine.

    Attributes:
        pid: Its process id.
        stopped: Whether it was suspended by SIGSTOP or Ctrl-Z.
        resident: Bytes of memory.
        status: What it says; None if it is of a version that says it differently.
    """

    pid: int
    stopped: bool
    resident: int
    status: Status | None


def run_folder(environ: Mapping[str, str]) -> Path:
    """Where the workers of this user leave their files."""
    if chosen := environ.get("SPOTMC_RUN_DIR"):
        return Path(chosen)
    if of_the_session := environ.get("XDG_RUNTIME_DIR"):
        return Path(of_the_session, "spotmc")
    return Path(tempfile.gettempdir(), f"spotmc-{os.getuid()}")


@contextmanager
def status_file(folder: Path) -> Iterator[Emit]:
    """Keep this process's file up to date with the events that are told, until the block is left.

    It is written from a thread, at most every WRITE_SECONDS.  Where it cannot be written, the log says so once, and
    work goes on.
    """
    with suppress(OSError):  # writing will fail, too, and say so
        workers(folder)  # removes what those that were killed have left
    keeper = _Keeper(folder, psutil.Process())
    thread = threading.Thread(target=keeper.keep, name="status file")
    thread.start()
    try:
        yield keeper.emit
    finally:
        keeper.left.set()
        thread.join()


def workers(folder: Path) -> list[Seen]:
    """The workers that have a file in the folder; files of processes that are gone are removed.

    Raises:
        OSError: the folder cannot be read.
    """
    found = []
    for path, process in _files(folder):
        if process is None:
            with suppress(OSError):  # it may be somebody else's
                path.unlink()
        elif path.suffix == ".json":
            with suppress(FileNotFoundError, psutil.NoSuchProcess):  # it has left meanwhile
                stopped = process.status() == psutil.STATUS_STOPPED
                found.append(Seen(process.pid, stopped, process.memory_info().rss, _read(path)))
    return found


class _Keeper:
    def __init__(self, folder: Path, process: psutil.Process) -> None:
        # A process id is given again to another process one day, but not with the same start.
        self._path = folder / f"{process.pid}-{_start(process)}.json"
        self._new = self._path.with_suffix(".new")
        # A lock would not do: a signal handler may tell something while the same thread is telling something else.
        self._emitted: SimpleQueue[tuple[Event, float]] = SimpleQueue()
        self._well = True
        self.left = threading.Event()

    def emit(self, event: Event) -> None:
        self._emitted.put((event, time.time()))

    def keep(self) -> None:
        status, written = Status(since=time.time()), None
        while True:
            while not self._emitted.empty():
                status = after(status, *self._emitted.get())
            if status is not written and self._write(status):
                written = status
            if self.left.wait(WRITE_SECONDS):
                break
        for path in (self._path, self._new):
            with suppress(OSError):  # the next worker, or whoever looks, removes it
                path.unlink()

    def _write(self, status: Status) -> bool:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._new.unlink(missing_ok=True)
            with open(self._new, "x") as file:  # never through a link that somebody else laid
                file.write(to_json(status))
            self._new.replace(self._path)
        except OSError as error:
            if self._well:
                log.warning("`spotmc worker status` is out of date: cannot write %s (%s)", self._new, error)
            self._well = False
        else:
            self._well = True
        return self._well


def _files(folder: Path) -> Iterator[tuple[Path, psutil.Process | None]]:
    """Each worker's file, and its process if there still is one."""
    if folder.exists():
        for path in sorted(folder.iterdir()):
            if match := re.fullmatch(r"(\d+)-(\d+)\.(?:json|new)", path.name):
                yield path, _process(int(match[1]), int(match[2]))


def _process(pid: int, start: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if _start(process) == start and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _start(process: psutil.Process) -> int:
    """Hundredths of a second after boot, which stay the same when the clock is set."""
    return round((process.create_time() - psutil.boot_time()) * 100)


def _read(path: Path) -> Status | None:
    try:
        return from_json(path.read_text())
    except ValueError:
        return None
