"""The kinds of experiment that a job can ask for."""

from pathlib import Path

from montecarlo.experiments.experiment import Experiment
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep

KINDS: dict[str, type[Experiment]] = {kind.kind: kind for kind in (Simulation, Sweep)}


def clear(folder: Path) -> None:
    """Remove what an experiment of any kind has left in a folder, before another one is done there.

    Raises:
        OSError: a file cannot be removed.
    """
    for kind in KINDS.values():
        for name in (kind.rows_file, *kind.result_files):
            if name:
                (folder / name).unlink(missing_ok=True)
