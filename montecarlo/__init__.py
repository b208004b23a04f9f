"""Stress-test a trading strategy on simulated price histories.

import montecarlo as mc

history = mc.load_history("AAPL", source="sample")
model = mc.fit(history, "gbm")
result = mc.simulate(model, mc.SmaCrossover(short=40, long=100), days=1260, iterations=2000, seed=7)
result.summary
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from montecarlo.backtest import Backtest, backtest
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.history import PriceHistory
from montecarlo.models import BootstrapModel, GbmModel, NormalModel, StudentTModel, fit
from montecarlo.overfitting import Overfitting, overfitting
from montecarlo.price_paths import simulate_prices
from montecarlo.rules import Rules
from montecarlo.simulate import Result, simulate
from montecarlo.simulation import Simulation
from montecarlo.sources import load_history
from montecarlo.strategies import Breakout, BuyAndHold, SmaCrossover
from montecarlo.sweep import Sweep, sweep

__all__ = [
    "Backtest",
    "BootstrapModel",
    "Breakout",
    "BuyAndHold",
    "GbmModel",
    "HistoryError",
    "NormalModel",
    "Overfitting",
    "ParameterError",
    "PriceHistory",
    "Result",
    "Rules",
    "Simulation",
    "SmaCrossover",
    "StudentTModel",
    "Sweep",
    "backtest",
    "charts",
    "fit",
    "load_history",
    "overfitting",
    "simulate",
    "simulate_prices",
    "sweep",
]

if TYPE_CHECKING:
    from montecarlo import charts


def __getattr__(name: str) -> ModuleType:
    if name == "charts":  # imported when first used, because plotly takes a while
        return importlib.import_module("montecarlo.charts")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
