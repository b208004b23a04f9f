"""Who has a folder, so that a second one does not come in between.

The claim is a lock on a file in the folder, which the system lifts when the process ends, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"


class FolderInUseError(Exception):
    """Another process has the folder; the message says which."""


def require_unused(folder: Path) -> None:
    """
    Raises:
        FolderInUseError
        OSError: it cannot be told.
    """
    try:
        file = (folder / LOCK).open("rb")
    except FileNotFoundError:
        return
    with file:
        _lock(file.fileno(), fcntl.LOCK_SH)


@contextmanager
def claimed(folder: Path, who: str) -> Iterator[None]:
    """Keep the folder, which is made when missing, to this process while the block lasts.

    Args:
        who: What it is that has the folder then, for a person.

    Raises:
        FolderInUseError
        OSError: the file cannot be made or locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(file, fcntl.LOCK_EX)
        os.truncate(file, 0)
        os.pwrite(file, f"process {os.getpid()} ({who})".encode(), 0)
        yield
    finally:
        os.close(file)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """As ``claimed``, without a file: the folder itself is locked.

    Raises:
        FolderInUseError
        OSError: the folder cannot be made or locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    itself = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(itself, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUseError(f"{folder}/ is in use by another process") from error
        yield
    finally:
        os.close(itself)


def _lock(file: int, kind: int) -> None:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FolderInUseError(os.pread(file, 1000, 0).decode(errors="replace") or "another process") from error
