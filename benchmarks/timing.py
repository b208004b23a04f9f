"""Measuring several things in turn, so that a machine that is busy for a while is unfair to none of them."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

ROUND_SECONDS = 0.1  # as long for each: a short one would have more luck in its best round


@dataclass(frozen=True)
class Contender:
    """Something to measure.

    Attributes:
        name: In tables.
        run: Does it once.
        path_days: Paths times days that one run simulates.
    """

    name: str
    run: Callable[[], object]
    path_days: int


@dataclass(frozen=True)
class Timing:
    """Nanoseconds per path and day.

    Attributes:
        best: The mean of the best round: what others did on the machine only ever adds.
        spread: Median of all rounds over the best one, less one.
    """

    best: float
    spread: float


def measure(contenders: Sequence[Contender], rounds: int) -> dict[str, Timing]:
    """Run all contenders in turn, each for ROUND_SECONDS, and that for so many rounds."""
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    runs = {contender.name: max(round(ROUND_SECONDS / _seconds(contender, 1)), 1) for contender in contenders}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for contender in contenders:
                seconds[contender.name].append(_seconds(contender, runs[contender.name]))
    finally:
        gc.enable()
    return {
        contender.name: Timing(
            best=min(seconds[contender.name]) / contender.path_days * 1e9,
            spread=median(seconds[contender.name]) / min(seconds[contender.name]) - 1,
        )
        for contender in contenders
    }


def _seconds(contender: Contender, runs: int) -> float:
    """Of one run on average, after one that is not counted: others have just had the caches."""
    contender.run()
    start = time.perf_counter()
    for _ in range(runs):
        contender.run()
    return (time.perf_counter() - start) / runs
