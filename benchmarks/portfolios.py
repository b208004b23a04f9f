"""What a portfolio takes for each path, day and symbol, beside one symbol that is bought and held on the same model.

``python -m benchmarks.portfolios``: the table alone, of all joint models, ways of rebalancing and sizes.
"""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

import montecarlo as mc
from benchmarks.recommended import DAYS, SEED
from benchmarks.targets import Target
from benchmarks.timing import Contender, Timing
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.given_joint import GivenJoint
from montecarlo.experiments.holdings import holdings_of
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.portfolio_paths import simulate_portfolio_paths
from montecarlo.models.joint import JOINT_MODELS, fit_joint

SIZES = (2, 5, 20)
PATHS = 1024
ONE, SEVERAL = "one symbol held, {}", "{} symbols, {}, {}"
MONTHLY = "monthly"
WAYS = {
    "never": Rebalancing(rebalance="never"),
    MONTHLY: Rebalancing(every=21),
    "daily": Rebalancing(every=1),
    "band of 5 %": Rebalancing(rebalance="band", band=0.05),
}
TRADED = "monthly, each by a crossover"
MOST = 1.5


@cache
def history(symbols: int) -> JointHistory:
    """Made up, because the sample has five stocks: 1,500 days that have a part in common."""
    random, days = np.random.default_rng(SEED), 1500
    own, common = random.normal(0.0003, 0.012, (days, symbols)), random.normal(0, 0.008, (days, 1))
    closes = 100 * np.exp(np.cumsum(own + common, axis=0))
    names = tuple(f"S{k}" for k in range(symbols))
    dates = np.datetime64("2015-01-01") + np.arange(days)
    return JointHistory(names, ("csv",) * symbols, ("USD",) * symbols, dates, closes)


def portfolio(model: str, symbols: int, way: str) -> Portfolio:
    given = history(symbols)
    strategies = mc.SmaCrossover(40, 100) if way == TRADED else None
    return Portfolio(
        history=GivenJoint.of(given),
        holdings=holdings_of(given, strategies=strategies),
        model=fit_joint(given, model),
        rebalancing=WAYS[MONTHLY] if way == TRADED else WAYS[way],
        days=DAYS,
        iterations=PATHS,
        seed=SEED,
    )


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
