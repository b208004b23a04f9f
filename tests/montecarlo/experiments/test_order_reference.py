"""Simulations with orders within the day: compiled rows are those of the broker, path by path."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting.rows import ORDER_COLUMNS
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows

PATHS, DAYS = 20, 120
CROSSOVER = {"short": 3, "long": 8}
BRACKET = {"stop_loss": 0.02, "take_profit": 0.03}
STRATEGIES = {
    "market": mc.SmaCrossover(**CROSSOVER, max_holding=1000),
    "limit": mc.SmaCrossover(**CROSSOVER, entry_limit=0.002),
    "stop": mc.SmaCrossover(**CROSSOVER, stop_loss=0.02),
    "target": mc.SmaCrossover(**CROSSOVER, take_profit=0.03),
    "bracket": mc.SmaCrossover(**CROSSOVER, **BRACKET),
    "time": mc.SmaCrossover(**CROSSOVER, max_holding=4),
    "all, long and short": mc.Breakout(channel=5, direction="both", entry_limit=0.001, **BRACKET, max_holding=6),
}


@pytest.fixture(scope="module")
def bootstrap():
    history = mc.load_history("MSFT", source="sample")
    return mc.fit(history, "bootstrap", bars=True)


def simulation_of(model, strategy, **rules):
    return mc.Simulation(model=model, strategy=strategy, days=DAYS, iterations=PATHS, seed=11, rules=mc.Rules(**rules))


def agree(simulation):
    ours, theirs = simulate_rows(simulation, 0, PATHS), reference.simulate_rows(simulation, 0, PATHS)
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-8, atol=1e-9, err_msg=name)
    return ours


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
@pytest.mark.parametrize("fill", ["next-close", "same-close", "next-open"])
def test_of_every_kind_of_order(bootstrap, strategy, fill):
    rows = agree(simulation_of(bootstrap, strategy, fill=fill, intrabar="target-first"))
    assert rows["trades"].sum() > PATHS
    assert set(ORDER_COLUMNS) <= set(rows)


def test_with_costs_of_other_models(bootstrap):
    costs = {"commission_model": "per-share", "commission_per_share": 0.01, "commission_minimum": 1.0}
    costs |= {"slippage_model": "volatility", "slippage_volatility": 0.1}
    agree(simulation_of(bootstrap, STRATEGIES["bracket"], **costs))
    agree(simulation_of(bootstrap, mc.SmaCrossover(**CROSSOVER), shares=100, **costs))


def test_with_a_warm_up_its_volatility_is_known_on_the_first_day(bootstrap):
    costs = {"slippage_model": "volatility", "slippage_volatility": 0.5, "fill": "same-close"}
    warm_up = tuple(bootstrap.start_price * np.exp(0.05 * np.sin(np.arange(7))))
    rows = agree(
        mc.Simulation(
            model=bootstrap,
            strategy=STRATEGIES["bracket"],
            days=DAYS,
            iterations=PATHS,
            seed=3,
            rules=mc.Rules(**costs),
            warm_up=warm_up,
        )
    )
    assert rows["trades"].sum() > PATHS


def test_of_a_model_without_bars_days_open_at_the_close_before():
    model = mc.fit(mc.load_history("MSFT", source="sample"), "student_t")
    agree(simulation_of(model, mc.SmaCrossover(**CROSSOVER), fill="next-open"))


@pytest.mark.parametrize("name", ["normal", "gbm", "bootstrap"])
def test_of_entries_that_look_at_highs_and_lows(name):
    model = mc.fit(mc.load_history("MSFT", source="sample"), name, bars=True)
    strategy = mc.DailyBreakout(channel=2, stop_loss=0.01, take_profit=0.01, max_holding=5)
    rows = agree(simulation_of(model, strategy, intrabar="target-first"))
    assert rows["ambiguous_bars"].sum() > 0
