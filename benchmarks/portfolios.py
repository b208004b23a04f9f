"""What a portfolio takes for each path, day and symbol, beside one symbol that is bought and held on the same model.

``python -m benchmarks.portfolios``: the table alone, of all joint models, ways of rebalancing and sizes.
"""

from collections.abc import Callable, Mapping

from benchmarks.portfolio_jobs import MONTHLY, PATHS, TRADED, WAYS, portfolio
from benchmarks.recommended import DAYS
from benchmarks.targets import Target
from benchmarks.timing import Contender, Timing
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.portfolio_paths import simulate_portfolio_paths
from montecarlo.models.joint import JOINT_MODELS

SIZES = (2, 5, 20)
ONE, SEVERAL = "one symbol held, {}", "{} symbols, {}, {}"
MOST = 1.5


def contenders(models: tuple[str, ...] = ("normal",), ways: tuple[str, ...] = (*WAYS, TRADED)) -> list[Contender]:
    """On one thread; a path-day of several symbols counts as often as there are symbols."""
    found = []
    for model in models:
        found.append(Contender(ONE.format(model), _holding(portfolio(model, 1, "never")), PATHS * DAYS))
        for symbols in SIZES:
            for way in ways:
                run = _trading(portfolio(model, symbols, way))
                found.append(Contender(SEVERAL.format(symbols, way, model), run, PATHS * DAYS * symbols))
    return found


def of_timings(timings: Mapping[str, Timing], models: tuple[str, ...] = ("normal",)) -> list[Target]:
    """For each path, day and symbol."""
    found = []
    for model in models:
        for symbols in SIZES:
            several, one = SEVERAL.format(symbols, MONTHLY, model), ONE.format(model)
            ratio = timings[several].best / timings[one].best
            found.append(Target(f"{several} / {one}, per symbol", ratio, MOST, True))
    return found


def _holding(job: Portfolio) -> Callable[[], object]:
    alone = job.alone
    assert alone is not None, "one symbol without a reserve is a simulation"
    return lambda: simulate_rows(alone, 0, PATHS)


def _trading(job: Portfolio) -> Callable[[], object]:
    return lambda: simulate_portfolio_paths(job, 0, PATHS)


if __name__ == "__main__":
    from benchmarks.targets import as_table
    from benchmarks.timing import measure

    every = tuple(JOINT_MODELS)
    measured = measure([*contenders(every[:1]), *contenders(every[1:], (MONTHLY,))], 5)
    print(
        as_table(of_timings(measured, every)),
        *(f"{name}: {each.best:.2f} ns" for name, each in measured.items()),
        sep="\n",
    )
