"""What stops and targets take, beside the crossover alone on the same model with the same bars drawn."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

import montecarlo as mc
from benchmarks.recommended import DAYS, ITERATIONS, SEED, STRATEGY, WITH_BARS, bracket
from benchmarks.targets import Target
from benchmarks.timing import Contender, Timing
from montecarlo.engine.lanes import BAR, DAY, LANES, aligned
from montecarlo.engine.prices import DRAWS
from montecarlo.experiments.paths import simulate_rows
from montecarlo.models import Model

CROSSOVER, BRACKET = "crossover, {}", "crossover with a stop of 2 %, a target of 4 % and 20 days at most, {}"
CLOSES, BARS = "drawing closes, {}", "drawing bars, {}"
MOST = 2.0


def contenders() -> list[Contender]:
    """For each model that has bars; on one thread."""
    found = []
    for name in WITH_BARS:
        job = bracket(name)
        model, alone = job.model, replace(job, strategy=STRATEGY)
        found += [
            Contender(CLOSES.format(name), _drawing(model, bars=False), ITERATIONS * DAYS),
            Contender(BARS.format(name), _drawing(model, bars=True), ITERATIONS * DAYS),
            Contender(CROSSOVER.format(name), _simulating(alone), ITERATIONS * DAYS),
            Contender(BRACKET.format(name), _simulating(job), ITERATIONS * DAYS),
        ]
    return found


def of_timings(timings: Mapping[str, Timing]) -> list[Target]:
    """Drawing bars is added to the crossover, which needs none: it is no part of what orders take."""

    def best(name: str, model: str) -> float:
        return timings[name.format(model)].best

    found = []
    for model in WITH_BARS:
        alike = best(CROSSOVER, model) + best(BARS, model) - best(CLOSES, model)
        claim = f"crossover with stop, target and time-out / crossover, with the same bars, {model}"
        found.append(Target(claim, best(BRACKET, model) / alike, MOST, True))
    return found


def _drawing(model: Model, *, bars: bool) -> Callable[[], object]:
    drawn = model.drawn(bars=bars)
    memory = [aligned(DAY, DAYS + 1), aligned(DAY, DAYS + 1), *([aligned(BAR, DAYS + 1)] if bars else [])]
    draws, told = aligned(DRAWS, 1), drawn.parameters[0]

    def draw() -> None:
        for first in range(0, ITERATIONS, LANES):
            drawn.stage(*memory, np.uint64(SEED), first, model.start_price, told, draws)

    return draw


def _simulating(job: mc.Simulation) -> Callable[[], object]:
    return lambda: simulate_rows(job, 0, ITERATIONS)


if __name__ == "__main__":
    from benchmarks.targets import as_table
    from benchmarks.timing import measure

    measured = measure(contenders(), 20)
    print(as_table(of_timings(measured)), *(f"{name}: {each.best:.2f} ns" for name, each in measured.items()), sep="\n")
