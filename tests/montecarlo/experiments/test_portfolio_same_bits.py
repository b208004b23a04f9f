"""The bits of portfolios as they are since there are any, in engine version 6; recorded as in ``test_same_bits``."""

import json
from pathlib import Path

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.experiments.portfolio_paths import simulate_portfolio_paths
from tests.montecarlo.experiments.test_same_bits import digest
from tests.montecarlo.portfolios import WARM_UP, portfolio_of

RECORDED = json.loads((Path(__file__).parent / "portfolio_same_bits.json").read_text())
STRATEGIES = {
    "held": None,
    "traded": {"A": mc.SmaCrossover(5, 25), "B": mc.SmaCrossover(2, 5, shorting=True)},
}
REBALANCING = {
    "never": Rebalancing(rebalance="never"),
    "weekly": Rebalancing(every=5),
    "daily": Rebalancing(every=1),
    "band": Rebalancing(rebalance="band", band=0.02),
}
RULES = {
    "next close": mc.Rules(),
    "same close": mc.Rules(fill="same-close", commission=0.02, interest=True, risk_free=0.05),
}


def bits_of(name):
    model, strategies, rebalancing, rules = name.split(" | ")
    portfolio = portfolio_of(
        "normal" if model == "wild" else model,
        strategies=STRATEGIES[strategies],
        volatility=8.0 if model == "wild" else 0.25,
        rebalancing=REBALANCING[rebalancing],
        rules=RULES[rules],
        warm_up=WARM_UP if strategies == "traded" else 0,
        days=125,
        seed=11,
    )
    rows, *others = simulate_portfolio_paths(portfolio, 0, 77)
    every = b"".join(key.encode() + np.ascontiguousarray(rows[key]).tobytes() for key in sorted(rows))
    return digest(every + b"".join(each.tobytes() for each in others))


@pytest.mark.processors
@pytest.mark.parametrize("name", RECORDED)
def test_paths_are_the_same_bits(name):
    assert bits_of(name) == RECORDED[name]
