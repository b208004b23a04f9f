"""The bits of simulations and sweeps as they are since engine version 6.

The hashes were recorded with one thread and with two.  Version 3, which stood before the plan of the house was redrawn,
had the same bits, but for Sortino ratios that only the cost of the first possible fill makes: these are empty now.  And
version 5 had them without what buying and holding comes to, which tallies count since.
Models are given as numbers, because a fit may differ in its last digit between machines.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments import sweep as sweep_module
from montecarlo.experiments.sweeping import make_sweep
from montecarlo.experiments.traded_paths import ENGINE_VERSION

RECORDED = json.loads((Path(__file__).parent / "same_bits.json").read_text())
RETURNS = tuple(((k * 7919 % 101) - 49.5) / 2500 for k in range(97))
MODELS = {
    "normal": mc.NormalModel(80.0, 0.08, 0.25),
    "gbm": mc.GbmModel(80.0, 0.08, 0.25),
    "bootstrap": mc.BootstrapModel(
        80.0,
        float(np.mean(RETURNS) * 252),
        float(np.std(RETURNS, ddof=1) * 252**0.5),
        returns=RETURNS,
        block=7.5,
    ),
    "student_t": mc.StudentTModel(80.0, 0.08, 0.25, degrees_of_freedom=3.5),
    "wild": mc.NormalModel(50.0, 0.0, 9.0),
    "wild gbm": mc.GbmModel(50.0, 0.1, 1.5),
}
RULES = {
    "all in": mc.Rules(),
    "shares": mc.Rules(shares=400.0, commission=0.002, risk_free=0.02),
    "same close": mc.Rules(fill="same-close", slippage=0.0),
}
STRATEGIES = {
    "sma-crossover": mc.SmaCrossover(5, 20),
    "sma-crossover shorting": mc.SmaCrossover(8, 21, shorting=True),
    "breakout": mc.Breakout(10),
    "buy-and-hold": mc.BuyAndHold(),
}


def digest(content):
    return hashlib.sha256(content).hexdigest()[:16]


def simulation_of(name):
    model, strategy, rules, warmth = name.split(" | ")
    closes = STRATEGIES[strategy].first_decision if warmth == "warm" else 0
    return mc.Simulation(
        model=MODELS[model],
        strategy=STRATEGIES[strategy],
        rules=RULES[rules],
        days=125,
        iterations=2 * 1024 + 77,
        seed=11,
        warm_up=tuple(80.0 + 3 * ((k * 13) % 11) / 11 for k in range(closes)),
        rows=True,
    )


def test_they_are_those_of_the_engine_that_jobs_name():
    assert ENGINE_VERSION == "6"


@pytest.mark.processors
@pytest.mark.parametrize("name", RECORDED["simulations"])
def test_rows_and_tallies_are_the_same_bits(name):
    simulation = simulation_of(name)
    for threads in (1, 2):
        parts = list(simulation.parts(0, simulation.iterations, threads=threads))
        all_rows, tally = rows.join(part for part, _ in parts), parts[0][1]
        for _, more in parts[1:]:
            tally += more
        every = b"".join(key.encode() + np.ascontiguousarray(all_rows[key]).tobytes() for key in sorted(all_rows))
        found = {
            "paths.csv": digest(rows.to_csv(all_rows)),
            "rows": digest(every),
            "tally": digest(tally.to_bytes()),
        }
        assert found == RECORDED["simulations"][name]
    if name in RECORDED["summaries"]:
        summary = simulation.summary(tally, all_rows).set_index("statistic")["value"]
        expected = RECORDED["summaries"][name]
        assert set(summary.index) == set(expected)
        for statistic, value in expected.items():
            assert summary[statistic] == pytest.approx(value, rel=1e-12, abs=0, nan_ok=True), statistic


@pytest.mark.processors
@pytest.mark.parametrize("name", RECORDED["sweeps"])
def test_the_table_of_a_sweep_is_the_same_bytes(name, monkeypatch):
    model, rules, *sides = name.split(" | ")
    if rules == "histograms":
        monkeypatch.setattr(sweep_module, "RETURNS_KEPT", 1000)
        rules = "all in"
    sweep = make_sweep(
        MODELS[model],
        mc.SmaCrossover(shorting=sides == ["shorting"]),
        {"short": [3, 8, 10], "long": [8, 20, 21]},
        days=61,
        iterations=1024 + 101,
        seed=7,
        rules=RULES[rules],
        warm_up=None,
    )
    for threads in (1, 2):
        found = mc.sweep(
            sweep.model, sweep.strategy, dict(sweep.axes), days=61, iterations=1024 + 101, seed=7, rules=sweep.rules,
            threads=threads,
        )  # fmt: skip
        assert digest(found.table.to_csv(index=False).encode()) == RECORDED["sweeps"][name]
