"""Path i is the same bits on every processor; ``python -m benchmarks.processors`` tries more of them."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.data.joint_history import align
from montecarlo.engine.lanes import LANES
from montecarlo.experiments.paths import draw_bars, simulate_rows
from montecarlo.experiments.price_paths import joint_closes
from montecarlo.models import MODELS
from montecarlo.models.joint import JOINT_MODELS, fit_joint
from montecarlo.statistics.stylized_facts import measured
from montecarlo.statistics.tally import Tally
from montecarlo.strategies import STRATEGIES
from tests.montecarlo.any_forecast import random_logistic, random_model, random_trees

RULES = {"all in": mc.Rules(), "fixed size": mc.Rules(shares=100.0, fill="same-close")}
ORDERS = {
    "bracket": ({"stop_loss": 0.03, "take_profit": 0.05, "max_holding": 20}, mc.Rules()),
    "limit": (
        {"entry_limit": 0.005, "stop_loss": 0.03, "take_profit": 0.05},
        mc.Rules(
            shares=100.0,
            fill="next-open",
            risk_free=0.03,
            interest=True,
            commission_model="per-share",
            commission_per_share=0.01,
            commission_minimum=1.0,
            slippage_model="volatility",
            slippage_volatility=0.1,
        ),
    ),
}


def digests():
    """Of the rows and tallies of all models and all strategies, from code for the processor that Numba is told of.

    And of all bars, and of orders within the day and forecasts on them.
    """
    history = mc.load_history("AAPL", source="sample")
    kinds = [(model, "sma-crossover") for model in MODELS] + [("normal", strategy) for strategy in STRATEGIES]
    found = {}
    for (model, strategy), (size, rules) in ((kind, rule) for kind in kinds for rule in RULES.items()):
        simulation = mc.Simulation(
            model=mc.fit(history, model), strategy=STRATEGIES[strategy](), days=300, iterations=40, seed=7, rules=rules
        )
        found[f"{model}, {strategy}, {size}"] = digest(simulation)
    for model in (mc.fit(history, name, bars=True) for name in MODELS):
        if not model.has_bars:
            continue
        bars = np.stack(draw_bars(model, 7, 0, 40, 300))
        found[f"bars of {model.name}"] = hashlib.sha256(bars.tobytes()).hexdigest()
        for name, (orders, rules) in ORDERS.items():
            simulation = mc.Simulation(
                model=model,
                strategy=mc.SmaCrossover(5, 20, True, **orders),
                days=300,
                iterations=40,
                seed=7,
                rules=rules,
            )
            found[f"{model.name}, {name}"] = digest(simulation)
        for kind in (random_logistic, random_trees):
            strategy = mc.MlForecast(random_model(1, sides=("long", "short"), kind=kind))
            simulation = mc.Simulation(model=model, strategy=strategy, days=300, iterations=40, seed=7)
            found[f"{model.name}, {kind.__name__}"] = digest(simulation)
    return found | joint_digests()


def joint_digests():
    """Of prices of several symbols under all joint models, their own and redrawn ones, and of their stylized facts."""
    history = align([mc.load_history(symbol, source="sample") for symbol in ("AAPL", "MSFT", "IBM")])
    found = {}
    for name in JOINT_MODELS:
        # Which degrees of freedom are the most likely hangs on a last bit; a worker is told them.
        model = fit_joint(history, name, **({"degrees_of_freedom": 4.0} if name == "student_t" else {}))
        for what, drawn in (("", None), (", redrawn", model.redrawn(7, 0, 4))):
            closes = joint_closes(model, 7, 0, 4 * LANES, 60, drawn=drawn)
            found[f"joint {name}{what}"] = hashlib.sha256(closes.tobytes()).hexdigest()
        facts = measured(closes[1:] / closes[:-1] - 1, history.returns)
        found[f"stylized_facts of {name}"] = hashlib.sha256(np.stack(list(facts.values())).tobytes()).hexdigest()
    return found


def digest(simulation):
    simulated = simulate_rows(simulation, 0, simulation.iterations)
    return hashlib.sha256(rows.to_csv(simulated) + Tally.of(simulated).to_bytes()).hexdigest()


def digests_on(processor, cache):
    """The same, compiled afresh for a processor by the name that LLVM has for it."""
    environment = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(cache)}
    content = subprocess.check_output(
        [sys.executable, "-m", "tests.montecarlo.engine.test_contract"], env=os.environ | environment
    )
    return json.loads(content)


@pytest.mark.processors
def test_a_processor_without_wide_vectors_and_fused_operations_gives_the_same_bits(request, tmp_path):
    """Compiling all once more takes half a minute; that this processor gives the recorded bits is tried always."""
    if request.config.option.markexpr != "processors":
        pytest.skip("`make processors` compiles for another processor, which takes long")
    assert digests_on("generic", tmp_path) == digests()


if __name__ == "__main__":
    print(json.dumps(digests()))
