"""Doing an experiment in this process, into files."""

import io
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, BinaryIO

from montecarlo.experiments.checkpoints import Checkpoints
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
    checkpoints: Path | None = None,
    tell: Callable[[str], object] | None = None,
) -> dict[str, bytes]:
    """Do all of an experiment and write its results, and its rows if people want them.

    Args:
        experiment: What is asked for.
        folder: Where its files go, in place of those of another experiment, which stay until these are whole.
        beside: What else is to stand there, by name.
        threads: Cores to use; None uses all.
        progress: Called with the number of units done, now and then.
        told: Called at the end of each round with where an experiment stands that may be enough before its last unit.
        checkpoints: A folder for what each of several chunks has yielded, which is not done again where it is there;
            None keeps nothing.  What lies there is no longer needed once this has ended well.
        tell: Told in words what of the checkpoints was there, and what of it cannot be used.

    Returns:
        The results by name.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
        OSError: the files cannot be written.
    """
    require_threads(threads)
    rows_format = experiment.rows_format
    kept = None
    if checkpoints is not None and experiment.units > experiment.chunk:
        kept = Checkpoints(checkpoints, experiment, tell)

    def do(first: int, stop: int, rows: BinaryIO | None = None) -> PartialResult:
        done = None if progress is None else lambda units: progress(first + units)
        return experiment.run(first, stop, rows, threads=threads, progress=done)

    def part(first: int, stop: int, rows: BinaryIO | None = None) -> PartialResult:
        if kept is None:
            return do(first, stop, headed(rows, first))
        return reduce(add, (chunk(*each, rows) for each in kept.chunks(first, stop)))

    def chunk(first: int, stop: int, rows: BinaryIO | None) -> PartialResult:
        assert kept is not None
        partial = kept.done(first, stop, do, headed(rows, first))
        if progress:
            progress(stop)
        return partial

    def headed(rows: BinaryIO | None, first: int) -> BinaryIO | None:
        if rows is None or rows_format is None or not (first and rows_format.joined):
            return rows
        return _WithoutHeader(rows)

    with replaced(folder) as unfinished:
        if rows_format is None:
            results = experiment.results(in_rounds(experiment, part, told), ())
        else:
            rows_file = unfinished / (experiment.rows_file or "rows")
            with rows_file.open("w+b") as rows:

                def joined(first: int, stop: int) -> PartialResult:
                    return part(first, stop, rows)

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
        if self._begun:
            return self._to.write(content)
        self._begun = True
        whole = memoryview(content)
        end = bytes(whole[:_LONGEST_HEADER]).index(b"\n") + 1
        return self._to.write(whole[end:])


_LONGEST_HEADER = 2**16  # bytes


def _whole(rows: BinaryIO) -> Iterator[bytes]:
    rows.seek(0)
    yield rows.read()
