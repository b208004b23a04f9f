"""What is timed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import numpy as np
import pandas as pd

import montecarlo as mc
from benchmarks import workshop
from benchmarks.agreement import RICH, fixed_size, price_paths
from benchmarks.peers import with_backtesting, with_backtrader, with_vectorbt
from benchmarks.recommended import (
    DAYS,
    ITERATIONS,
    MODELS,
    MOMENTUM,
    OWN_MOMENTUM,
    SEED,
    STRATEGY,
    SWEPT,
    WINDOWS,
    model,
    simulation,
)
from benchmarks.timing import Contender
from montecarlo.engine.lanes import LANES
from montecarlo.engine.stages import Space
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import rule_at_hand

DRAWING = "NumPy only drawing the normals (SFC64, float32)"
PRICES, TARGETS = "of the core, normal: prices", "of the core, normal: targets"
CORE, REPORT = "core, {}", "`simulate` with its default report, {}"
REFERENCE = "NumPy reference, normal"
VECTORBT = "vectorbt, given the paths, final values"
WORKSHOP = "the workshop's loop, pandas frames for each path"
BACKTESTING, BACKTRADER = "backtesting.py, given the path", "backtrader, given the path"
DRAWING_BY_ONE = "NumPy only drawing as many normals, one thread"
DRAWING_BY_TWO = "NumPy only drawing as many normals, two threads"
ONE_THREAD, TWO_THREADS = "`simulate`, {:,} paths, one thread", "`simulate`, {:,} paths, two threads"
SWEEP, SINGLE_RUNS = "45 pairs of windows in one sweep, each", "45 pairs of windows in single runs, each"
COMPILED_RULE = "momentum, compiled"
OWN_RULE, LIMITED_RULE = "momentum in a file of one's own", "the same in a limited process, as on a worker"

PEER_PATHS, WORKSHOP_PATHS, SOME_PATHS, MANY_PATHS = 200, 10, 20_000, 200_000
PATHS_DRAWN = 40  # at a time: the fastest, for they stay in the cache


def on_one_thread() -> list[Contender]:
    """The engine, its yardstick and its peers."""
    prices = price_paths(PEER_PATHS)
    frame, path = pd.DataFrame(prices), prices[:, 0].copy()
    windows = STRATEGY.short, STRATEGY.long
    contenders = [Contender(DRAWING, _drawing(ITERATIONS // PATHS_DRAWN), ITERATIONS * DAYS)]
    for name in MODELS:
        contenders.append(Contender(CORE.format(name), _core(name), ITERATIONS * DAYS))
        contenders.append(Contender(REPORT.format(name), _simulate(name, ITERATIONS, threads=1), ITERATIONS * DAYS))
    return [
        *contenders,
        *_stages(),
        Contender(REFERENCE, lambda: reference.simulate_rows(simulation(), 0, PEER_PATHS), PEER_PATHS * DAYS),
        Contender(VECTORBT, lambda: with_vectorbt.final_values(frame, *windows, mc.Rules()), PEER_PATHS * DAYS),
        Contender(
            WORKSHOP,
            lambda: workshop.simulate(model("normal"), STRATEGY, DAYS, WORKSHOP_PATHS, RICH),
            WORKSHOP_PATHS * DAYS,
        ),
        Contender(BACKTESTING, lambda: with_backtesting.final_value(path, *windows, fixed_size()), DAYS),
        Contender(BACKTRADER, lambda: with_backtrader.final_value(path, *windows, fixed_size()), DAYS),
    ]


def _stages() -> list[Contender]:
    """Called from Python for each group of lanes, which takes a microsecond each time: 0.06 ns for a path and day."""
    job, compiled = simulation(), STRATEGY.stage()
    assert compiled is not None
    fill_targets, strategy = compiled
    space, starts = Space.of(job.days, job.warm_up, STRATEGY.scratch()), range(0, ITERATIONS, LANES)
    fill_prices, model = job.model.stage()

    def prices() -> None:
        for first in starts:
            fill_prices(
                space.prices, space.growth, np.uint64(job.seed), first, job.model.start_price, model, space.draws
            )

    def targets() -> None:
        for _ in starts:
            fill_targets(space.prices, space.bars, space.targets, strategy, space.scratch)

    return [Contender(PRICES, prices, ITERATIONS * DAYS), Contender(TARGETS, targets, ITERATIONS * DAYS)]


def by_threads() -> list[Contender]:
    """The same simulation on one thread and on two, and what this machine gives to two threads that share nothing."""
    times = SOME_PATHS // PATHS_DRAWN
    contenders = [
        Contender(DRAWING_BY_ONE, _drawing(times), SOME_PATHS * DAYS),
        Contender(DRAWING_BY_TWO, _by_two(_drawing(times // 2), _drawing(times // 2)), SOME_PATHS * DAYS),
    ]
    for paths in (SOME_PATHS, MANY_PATHS):
        for threads, name in enumerate((ONE_THREAD, TWO_THREADS), 1):
            contenders.append(Contender(name.format(paths), _simulate("normal", paths, threads), paths * DAYS))
    return contenders


def by_pairs() -> list[Contender]:
    """The same pairs of windows together and one by one, on one thread."""
    pairs = [mc.SmaCrossover(short, long) for long in SWEPT for short in SWEPT if short < long]

    def sweep() -> None:
        mc.sweep(model("normal"), STRATEGY, WINDOWS, days=DAYS, iterations=ITERATIONS, seed=SEED, threads=1)

    def single_runs() -> None:
        for strategy in pairs:
            mc.simulate(model("normal"), strategy, days=DAYS, iterations=ITERATIONS, seed=SEED, threads=1)

    path_days = len(pairs) * ITERATIONS * DAYS
    return [Contender(SWEEP, sweep, path_days), Contender(SINGLE_RUNS, single_runs, path_days)]


@contextmanager
def by_rules() -> Iterator[list[Contender]]:
    """A strategy of the library and the same as a file, on one thread; processes last as long as the block."""

    def simulate(strategy: mc.Strategy) -> Callable[[], object]:
        return lambda: mc.simulate(
            model("normal"), strategy, days=DAYS, iterations=ITERATIONS, seed=SEED, threads=1, rows=False
        )

    with rule_at_hand(RuleFile.read(OWN_MOMENTUM)) as limited:
        strategies = {COMPILED_RULE: MOMENTUM, OWN_RULE: mc.strategy_from(OWN_MOMENTUM), LIMITED_RULE: limited}
        yield [Contender(name, simulate(strategy), ITERATIONS * DAYS) for name, strategy in strategies.items()]


def _drawing(times: int) -> Callable[[], object]:
    generator, normals = np.random.Generator(np.random.SFC64(SEED)), np.empty((PATHS_DRAWN, DAYS), np.float32)

    def draw() -> None:
        for _ in range(times):
            generator.standard_normal(out=normals, dtype=np.float32)

    return draw


def _by_two(one: Callable[[], object], other: Callable[[], object]) -> Callable[[], object]:
    def both() -> None:
        thread = Thread(target=other)
        thread.start()
        one()
        thread.join()

    return both


def _core(name: str) -> Callable[[], object]:
    job = simulation(name)
    return lambda: simulate_rows(job, 0, ITERATIONS)


def _simulate(name: str, iterations: int, threads: int) -> Callable[[], object]:
    return lambda: mc.simulate(model(name), STRATEGY, days=DAYS, iterations=iterations, seed=SEED, threads=threads)
