"""A folder that holds what the bucket holds, because the emulator forgets everything when it stops."""

import errno
import logging
import os
import threading
import time
from pathlib import Path
from typing import Self

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import FleetError, MissingObjectError
from fleet.traders.keys import PAPER_ACCOUNT
from montecarlo.experiments.experiment import SUMMARY
from spotmc.local_stack.processes import StackError

log = logging.getLogger(__name__)

_INPUTS = tuple(folder for folder, _ in keys.INPUTS.values())
PARTIAL = ".partial"  # ending of a file that is being written
PAUSE_SECONDS = 1.0

# About one name: another file can be written all the same.
_OF_ITS_NAME = {errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}


class Mirror:
    """The objects of a bucket as files of the same names; passed over are those that we did not write, and those that
    count for a few minutes only.

    Args:
        bucket: What is mirrored.
        folder: Where; what else is in it is left alone.
    """

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        self._bucket = bucket
        self._folder = folder
        self._written: dict[str, str] = {}
        self._left_out: set[str] = set()
        self._lock = threading.Lock()

    def restore(self) -> None:
        """Put the files into the bucket, but for those that cannot be read.

        Raises:
            BucketError
        """
        for prefix in keys.PREFIXES:
            for file in sorted((self._folder / prefix).rglob("*")):
                key = file.relative_to(self._folder).as_posix()
                if not _is_kept(key) or not file.is_file():
                    continue
                try:
                    content = file.read_bytes()
                except OSError as error:
                    log.warning("%s is left out: %s", file, error.strerror)
                else:
                    self._bucket.put(key, content)
        self._written = self._list()

    def update(self) -> None:
        """Write what is new in the bucket, and remove what is gone from it.

        A listing is no snapshot: it may name a tally and not the rows that were stored just before.  The files must not
        do so, because they are all that is left when this process is killed; so what others rest on is listed again
        afterwards, and written before them.

        An object that no file can be named after is left out, with a word.  Whatever else is wrong with one of them,
        the others are written first, but for those of the same job that may rest on it.

        Raises:
            BucketError, OSError
        """
        trouble: dict[str, OSError] = {}
        with self._lock:
            settled = self._list()
            if settled == self._written:
                return
            found = self._list()
            for key, version in sorted(found.items(), key=lambda item: _rank(item[0])):
                if self._written.get(key) == version or not (key in settled or _rank(key) == 0):
                    continue
                if _job_folder(key) in trouble:
                    continue
                try:
                    self._write(key)
                except OSError as error:
                    if error.errno not in _OF_ITS_NAME:
                        trouble[_job_folder(key)] = error
                        continue
                    self._leave_out(key, error)
                self._written[key] = version
            for key in self._written.keys() - found.keys():
                if key not in self._left_out:
                    (self._folder / key).unlink(missing_ok=True)
                self._left_out.discard(key)
                del self._written[key]
        if trouble:
            raise next(iter(trouble.values()))

    def _leave_out(self, key: str, error: OSError) -> None:
        if key not in self._left_out:
            log.warning("%s is not kept on disk: %s", key, error.strerror)
            self._left_out.add(key)

    def _list(self) -> dict[str, str]:
        """Versions by key."""
        entries = (entry for prefix in keys.PREFIXES for entry in self._bucket.list(prefix))
        return {entry.key: entry.version for entry in entries if _is_kept(entry.key)}

    def _write(self, key: str) -> None:
        file = self._folder / key
        try:
            content = self._bucket.get(key)
        except MissingObjectError:
            return  # gone since it was listed
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(file.name + PARTIAL)
        partial.write_bytes(content)
        os.replace(partial, file)


def _is_kept(key: str) -> bool:
    return keys.is_ours(key) and not keys.is_passing(key)


def _job_folder(key: str) -> str:
    """Up to which keys are alike that may rest on each other."""
    if key.startswith(keys.TABLES):
        return keys.folder(key.split("/")[2]).rstrip("/")
    return "/".join(key.split("/")[:2])


def _rank(key: str) -> int:
    """An object rests only on such of lower ranks: a job on its inputs, kept bars on what is told of
    them, a tally on rows, a summary on tallies and on what tables have of it, a trader's records on the account at our
    own broker, which may know more than they but not less.
    """
    if (
        key.startswith((*_INPUTS, keys.ABOUT, keys.TABLES))
        or key.endswith(PAPER_ACCOUNT)
        or any(f"/{folder}" in key for folder in (*keys.ROWS, keys.RECORDS))
    ):
        return 0
    return 2 if key.endswith(f"/{SUMMARY}") else 1


class Mirroring:
    """Updates a mirror about each second, from a thread, while the ``with`` block lasts, and once more at its end."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._left = threading.Event()
        self._error: FleetError | OSError | None = None
        self._thread = threading.Thread(target=self._keep_updating, name="mirror")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()
        try:
            self._mirror.update()
        except (FleetError, OSError) as error:
            log.error("the last results are not in the folder: %s", error)

    def check(self) -> None:
        """
        Raises:
            StackError: the folder can no longer be written, or the bucket read.
        """
        if self._error is not None:
            raise StackError(f"results are no longer kept on disk: {self._error}")

    def _keep_updating(self) -> None:
        pause = PAUSE_SECONDS
        while not self._left.wait(pause):
            began = time.monotonic()
            try:
                self._mirror.update()
            except (FleetError, OSError) as error:
                self._error = error
                return
            # With very many objects, most of the emulator's time is still left for the work.
            pause = max(PAUSE_SECONDS, 5 * (time.monotonic() - began))
