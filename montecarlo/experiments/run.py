"""Doing an experiment in this process, into files."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from montecarlo.experiments.experiment import Experiment, PartialResult, Progress
from montecarlo.experiments.parallel import require_threads
from montecarlo.experiments.results_folder import replaced
from montecarlo.experiments.rounds import Told, in_rounds


def run_to_folder(
    experiment: Experiment,
    folder: Path,
    *,
    beside: Mapping[str, bytes] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    told: Told | None = None,
) -> dict[str, bytes]:
    """Do all of an experiment and write its results, and its rows if people want them.

    Args:
        experiment: What is asked for.
        folder: Where its files go, in place of those of another experiment, which stay until these are whole.
        beside: What else is to stand there, by name.
        threads: Cores to use; None uses all.
        progress: Called with the number of units done, now and then.
        told: Called at the end of each round with where an experiment stands that may be enough before its last unit.

    Returns:
        The results by name.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
        OSError: the files cannot be written.
    """
    require_threads(threads)
    rows_format = experiment.rows_format

    def part(first: int, stop: int, rows: BinaryIO | None = None) -> PartialResult:
        done = None if progress is None else lambda units: progress(first + units)
        return experiment.run(first, stop, rows, threads=threads, progress=done)

    with replaced(folder) as unfinished:
        if rows_format is None:
            results = experiment.results(in_rounds(experiment, part, told), ())
        else:
            rows_file = unfinished / (experiment.rows_file or "rows")
            with rows_file.open("w+b") as rows:

                def joined(first: int, stop: int) -> PartialResult:
                    return part(first, stop, _WithoutHeader(rows) if first and rows_format.joined else rows)

                results = experiment.results(in_rounds(experiment, joined, told), _whole(rows))
            if not rows_format.joined:
                rows_file.unlink()
        for name, content in {**(beside or {}), **results}.items():
            (unfinished / name).write_bytes(content)
    return results


class _WithoutHeader(io.BytesIO):
    """Hands on what is written into it, but for the first line."""

    def __init__(self, to: BinaryIO) -> None:
        super().__init__()
        self._to = to
        self._begun = False

    def write(self, content: Any) -> int:
        rest = content if self._begun else content[content.index(b"\n") + 1 :]
        self._begun = True
        return self._to.write(rest)


def _whole(rows: BinaryIO) -> Iterator[bytes]:
    rows.seek(0)
    yield rows.read()
