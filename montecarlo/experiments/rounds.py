"""The rounds of an experiment that may be enough before its last unit, one after the other in this process."""

from collections.abc import Callable, Iterator
from typing import Any

from montecarlo.experiments.experiment import Experiment, Standing
from montecarlo.statistics.tally import BLOCK_PATHS

Told = Callable[[Standing], object]

FIRST_ROUND = 4 * BLOCK_PATHS


def round_ends(ceiling: int) -> tuple[int, ...]:
    """How many paths are done at the end of each round: 4, 6, 8, 12, 16, 24 … blocks, at last the ceiling."""
    return (*_below(ceiling), ceiling)


def _below(ceiling: int) -> Iterator[int]:
    end = FIRST_ROUND
    while end < ceiling:
        yield end
        if end + end // 2 < ceiling:
            yield end + end // 2
        end *= 2


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
