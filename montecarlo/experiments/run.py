"""Doing an experiment in this process, into files."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from montecarlo.experiments.experiment import Experiment, Progress
from montecarlo.experiments.kinds import clear
from montecarlo.experiments.parallel import require_threads


def run_to_folder(
    experiment: Experiment, folder: Path, *, threads: int | None = None, progress: Progress | None = None
) -> dict[str, bytes]:
    """Do all of an experiment and write its results, and its rows if people want them; a file has its name when whole.

    Args:
        experiment: What is asked for.
        folder: Where its files go, in place of those of another experiment.
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
    clear(folder)
    unfinished = folder / "rows.unfinished"
    if rows_format is None:
        total = experiment.run(0, experiment.units, threads=threads, progress=progress)
        results = experiment.results(total, ())
    else:
        with unfinished.open("w+b") as rows:
            total = experiment.run(0, experiment.units, rows, threads=threads, progress=progress)
            results = experiment.results(total, _whole(rows))
        if rows_format.joined and experiment.rows_file:
            unfinished.replace(folder / experiment.rows_file)
        else:
            unfinished.unlink()
    for name, content in results.items():
        (folder / name).write_bytes(content)
    return results


def _whole(rows: BinaryIO) -> Iterator[bytes]:
    rows.seek(0)
    yield rows.read()
