"""The bits of simulations and sweeps as they are since engine version 6.

The hashes were recorded with one thread and with two.  Version 3, which stood before the plan of the house was redrawn,
had the same bits, but for Sortino ratios that only the cost of the first possible fill makes: these are empty now.  And
version 5 had them without what buying and holding comes to, which tallies count since.
Orders within the day were added to version 6, and changed no bit of what there was.
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
    "days": mc.BootstrapModel(
        80.0,
        float(np.mean(RETURNS) * 252),
        float(np.std(RETURNS, ddof=1) * 252**0.5),
        returns=RETURNS,
        block=7.5,
        opens=tuple(1 + (k * 31 % 7 - 3) / 400 for k in range(97)),
        highs=tuple(1.01 + (k * 17 % 11) / 500 for k in range(97)),
        lows=tuple(0.99 - (k * 13 % 11) / 500 for k in range(97)),
    ),
    "wild": mc.NormalModel(50.0, 0.0, 9.0),
    "wild gbm": mc.GbmModel(50.0, 0.1, 1.5),
}
RULES = {
    "all in": mc.Rules(),
    "shares": mc.Rules(shares=400.0, commission=0.002, risk_free=0.02),
    "next open": mc.Rules(fill="next-open", intrabar="target-first"),
    "dear": mc.Rules(
        commission_model="per-share",
        commission_per_share=0.01,
        commission_minimum=1.0,
        slippage_model="volatility",
        slippage_volatility=0.1,
    ),
    "same close": mc.Rules(fill="same-close", slippage=0.0),
}
STRATEGIES = {
    "sma-crossover": mc.SmaCrossover(5, 20),
    "sma-crossover shorting": mc.SmaCrossover(8, 21, shorting=True),
    "breakout": mc.Breakout(10),
    "buy-and-hold": mc.BuyAndHold(),
    "bracket": mc.SmaCrossover(5, 20, shorting=True, stop_loss=0.03, take_profit=0.04, max_holding=15),
    "limit": mc.Momentum(10, entry_limit=0.004, stop_loss=0.02, take_profit=0.02),
    "daily-breakout": mc.DailyBreakout(2),
}


def digest(content):
    return hashlib.sha256(content).hexdigest()[:16]


def simulation_of(name):
    model, strategy, rules, warmth = name.split(" | ")
    closes = STRATEGIES[strategy].first_decision if warmth == "warm" else 0
    before = tuple(80.0 + 3 * ((k * 13) % 11) / 11 for k in range(closes))
    looks = STRATEGIES[strategy].uses_bars and closes > 0
    return mc.Simulation(
        model=MODELS[model],
        strategy=STRATEGIES[strategy],
        rules=RULES[rules],
        days=125,
        iterations=2 * 1024 + 77,
        seed=11,
        warm_up=before,
        warm_up_bars=tuple((price, price + 1, price - 1) for price in (*before, 80.0)) if looks else (),
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
    exits = {"stop_loss": [None, 0.02, 0.05], "take_profit": [None, 0.03]}
    sweep = make_sweep(
        MODELS[model],
        mc.SmaCrossover(5, 20) if sides == ["exits"] else mc.SmaCrossover(shorting=sides == ["shorting"]),
        exits if sides == ["exits"] else {"short": [3, 8, 10], "long": [8, 20, 21]},
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
