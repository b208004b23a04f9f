"""Portfolios to measure, and to try on different processors."""

from functools import cache

import numpy as np

import montecarlo as mc
from benchmarks.recommended import DAYS, SEED
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.given_joint import GivenJoint
from montecarlo.experiments.holdings import holdings_of
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.models.joint import fit_joint

PATHS = 1024
MONTHLY = "monthly"
WAYS = {
    "never": Rebalancing(rebalance="never"),
    MONTHLY: Rebalancing(every=21),
    "daily": Rebalancing(every=1),
    "band of 5 %": Rebalancing(rebalance="band", band=0.05),
}
TRADED = "monthly, each by a crossover"


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
