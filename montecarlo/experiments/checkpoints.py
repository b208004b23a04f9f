"""Checkpoints of an experiment: what each chunk of it has yielded, so that one that was interrupted goes on.

A chunk is a file of its own, by its range: a line that says what it is, its partial result and its rows.  It is written
under another name first, so it is there whole or not at all; the checksum in that line finds one that was cut off or
altered on its way through a bucket, and its units are done again.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from montecarlo.errors import DamageError
from montecarlo.experiments.experiment import Experiment, PartialResult
from montecarlo.experiments.traded_paths import ENGINE_VERSION

FORMAT = 1
SUFFIX = ".chunk"
LONGEST_HEAD = 1_000  # bytes

Do = Callable[[int, int, BinaryIO | None], PartialResult]
Tell = Callable[[str], object]


class Checkpoints:
    """Those of one experiment in a folder.

    Args:
        folder: Made when it is needed.  Whatever else lies there stays.
        experiment: What is asked for.
        tell: Told in words what was there, and what of it cannot be used.
    """

    def __init__(self, folder: Path, experiment: Experiment, tell: Tell | None = None) -> None:
        self._folder = folder
        self._experiment = experiment
        self._tell = tell or (lambda words: None)
        self._of = _identity(experiment)
        self._found = 0
        self._told = False

    def chunks(self, first: int, stop: int) -> Iterator[tuple[int, int]]:
        """The pieces in which the units of a round are done."""
        chunk = self._experiment.chunk
        return ((begin, min(begin + chunk, stop)) for begin in range(first, stop, chunk))

    def done(self, first: int, stop: int, do: Do, rows: BinaryIO | None) -> PartialResult:
        """The partial result of a chunk: the one that is there, or a new one, which then is.

        Args:
            first, stop: Its units.
            do: Does them.
            rows: Takes its rows, if there are any, as ``do`` writes them.

        Raises:
            OSError: a file cannot be read or written.
        """
        path = self._folder / f"{first}-{stop}{SUFFIX}"
        kept = self._read(path, first, stop)
        if kept is not None:
            partial, content = kept
            self._found += stop - first
            if stop == self._experiment.units:
                self._tell_found()
        else:
            self._tell_found()
            own = io.BytesIO()
            partial = do(first, stop, None if rows is None else own)
            content = own.getbuffer()
            self._write(path, first, stop, partial.to_bytes(), content)
        if rows is not None:
            rows.write(content)
        return partial

    def _tell_found(self) -> None:
        if self._found and not self._told:
            self._told = True
            unit, units = self._experiment.unit, self._experiment.units
            self._tell(f"{self._found:,} of {units:,} {unit}s were done before, and are not done again")

    def _read(self, path: Path, first: int, stop: int) -> tuple[PartialResult, memoryview] | None:
        try:
            with path.open("rb") as file:
                return self._understood(file, first, stop)
        except FileNotFoundError:
            return None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            why = str(error) if isinstance(error, DamageError) else "it is not what this version writes"
            self._tell(f"the checkpoint {path} cannot be used, {why}: its {self._experiment.unit}s are done again")
            return None

    def _understood(self, file: BinaryIO, first: int, stop: int) -> tuple[PartialResult, memoryview]:
        head = file.readline(LONGEST_HEAD)
        if not head.endswith(b"\n"):
            raise DamageError("it is cut off")
        told = json.loads(head)
        if told["format"] != FORMAT or told["of"] != self._of or (told["first"], told["stop"]) != (first, stop):
            raise DamageError("it is of another experiment")
        content = memoryview(file.read())  # whatever the line says: a damaged one may name any number of bytes
        partial, rows = bytes(content[: told["partial"]]), content[told["partial"] :]
        if (len(partial), len(rows)) != (told["partial"], told["rows"]):
            raise DamageError("it is cut off")
        if _checksum(partial, rows) != told["sha256"]:
            raise DamageError("it was altered")
        return self._experiment.partial_result(partial), rows

    def _write(self, path: Path, first: int, stop: int, partial: bytes, rows: bytes | memoryview) -> None:
        head: dict[str, Any] = {"format": FORMAT, "of": self._of, "first": first, "stop": stop}
        head |= {"partial": len(partial), "rows": len(rows), "sha256": _checksum(partial, rows)}
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".unfinished-{os.getpid()}"
        try:
            with unfinished.open("wb") as file:
                file.write(json.dumps(head).encode() + b"\n")
                file.write(partial)
                file.write(rows)
            unfinished.replace(path)
        except BaseException:  # a full disk, say, has room again
            unfinished.unlink(missing_ok=True)
            raise


def _identity(experiment: Experiment) -> str:
    """What all that determines its rows comes down to."""
    values = [experiment.kind, ENGINE_VERSION, experiment.to_dict()]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _checksum(partial: bytes, rows: bytes | memoryview) -> str:
    found = hashlib.sha256(partial)
    found.update(rows)
    return found.hexdigest()
