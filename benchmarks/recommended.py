"""The job that everything is measured on: a 40/100 crossover on AAPL, five years ahead."""

from functools import cache
from pathlib import Path

import montecarlo as mc
from montecarlo.data.joint_history import align
from montecarlo.models import MODELS, Model
from montecarlo.models.joint import JOINT_MODELS, JointModel, fit_joint

STRATEGY = mc.SmaCrossover(short=40, long=100)
MOMENTUM = mc.Momentum(lookback=120, band=0.02)
OWN_MOMENTUM = Path(__file__).with_name("own_momentum.py")  # says the same
DAYS = 1260
ITERATIONS = 2000
SEED = 7
SWEPT = range(20, 201, 20)  # ten windows, which make 45 pairs
WITH_BARS = [name for name, kind in MODELS.items() if kind.bar_stage is not Model.bar_stage]
WINDOWS = {"short": SWEPT, "long": SWEPT}

__all__ = [
    "DAYS",
    "ITERATIONS",
    "MODELS",
    "MOMENTUM",
    "OWN_MOMENTUM",
    "SEED",
    "STRATEGY",
    "SWEPT",
    "WINDOWS",
    "WITH_BARS",
    "bracket",
    "joint_models",
    "model",
    "simulation",
]


@cache
def model(name: str) -> Model:
    return mc.fit(mc.load_history("AAPL", source="sample"), name)


def simulation(name: str = "normal", *, days: int = DAYS, rules: mc.Rules | None = None) -> mc.Simulation:
    return mc.Simulation(
        model=model(name), strategy=STRATEGY, days=days, iterations=ITERATIONS, seed=SEED, rules=rules or mc.Rules()
    )


def bracket(name: str, *, days: int = DAYS) -> mc.Simulation:
    """The crossover with a stop, a target and a longest holding time, on the named model."""
    model = mc.fit(mc.load_history("AAPL", source="sample"), name, bars=True)
    strategy = mc.SmaCrossover(STRATEGY.short, STRATEGY.long, stop_loss=0.02, take_profit=0.04, max_holding=20)
    return mc.Simulation(model=model, strategy=strategy, days=days, iterations=ITERATIONS, seed=SEED)


def joint_models() -> dict[str, JointModel]:
    """Of three stocks, by name."""
    history = align([mc.load_history(symbol, source="sample") for symbol in ("AAPL", "MSFT", "IBM")])
    return {name: fit_joint(history, name) for name in JOINT_MODELS}
