"""Measuring several things in turn, so that a machine that is busy for a while is unfair to none of them."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


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
        best: Of all rounds: what others did on the machine only ever adds.
        spread: Median of all rounds over the best one, less one.
    """

    best: float
    spread: float


def measure(contenders: Sequence[Contender], rounds: int) -> dict[str, Timing]:
    """Run all contenders once for each round, after one run that is not counted."""
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for contender in contenders:
        contender.run()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for contender in contenders:
                start = time.perf_counter()
                contender.run()
                seconds[contender.name].append(time.perf_counter() - start)
    finally:
        gc.enable()
    return {
        contender.name: Timing(
            best=min(seconds[contender.name]) / contender.path_days * 1e9,
            spread=median(seconds[contender.name]) / min(seconds[contender.name]) - 1,
        )
        for contender in contenders
    }
