"""One round after the other in this process, until an experiment is enough."""

from collections.abc import Callable
from typing import Any

from montecarlo.experiments.experiment import Experiment, Standing

Told = Callable[[Standing], object]


def in_rounds(experiment: Experiment, run: Callable[[int, int], Any], told: Told | None = None) -> Any:
    """The partial results of all rounds that are needed, added up.

    Args:
        experiment: What is asked for.
        run: Does the units from the first up to but not including the second.
        told: Called at the end of each round with where it stands, if it may be enough before its last unit.
    """
    total, first = None, 0
    for stop in experiment.rounds:
        part = run(first, stop)
        total = part if total is None else total + part
        standing = experiment.standing(total)
        if standing and told:
            told(standing)
        if standing and standing.enough:
            break
        first = stop
    return total
