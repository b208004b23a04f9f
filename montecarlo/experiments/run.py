"""Doing an experiment in this process, into files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from montecarlo.experiments.experiment import Experiment, Progress
from montecarlo.experiments.parallel import require_threads
from montecarlo.experiments.results_folder import replaced


def run_to_folder(
    experiment: Experiment,
    folder: Path,
    *,
    beside: Mapping[str, bytes] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, bytes]:
    """Do all of an experiment and write its results, and its rows if people want them.

    Args:
        experiment: What is asked for.
        folder: Where its files go, in place of those of another experiment, which stay until these are whole.
        beside: What else is to stand there, by name.
        threads: Cores to use; None uses all.
        progress: Called with the number of units done, now and then.

    Returns:
        The results by name.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
        OSError: the files cannot be written.
    """
    require_threads(threads)
    rows_format = experiment.rows_format
    with replaced(folder) as unfinished:
        if rows_format is None:
            total = experiment.run(0, experiment.units, threads=threads, progress=progress)
            results = experiment.results(total, ())
        else:
            rows_file = unfinished / (experiment.rows_file or "rows")
            with rows_file.open("w+b") as rows:
                total = experiment.run(0, experiment.units, rows, threads=threads, progress=progress)
                results = experiment.results(total, _whole(rows))
            if not rows_format.joined:
                rows_file.unlink()
        for name, content in {**(beside or {}), **results}.items():
            (unfinished / name).write_bytes(content)
    return results


def _whole(rows: BinaryIO) -> Iterator[bytes]:
    rows.seek(0)
    yield rows.read()
