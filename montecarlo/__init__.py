"""Stress-test a trading strategy on simulated price histories.

import montecarlo as mc

history = mc.load_history("AAPL", source="sample")
model = mc.fit(history, "gbm")
result = mc.simulate(model, mc.SmaCrossover(short=40, long=100), days=1260, iterations=2000, seed=7)
result.summary
"""

from montecarlo.backtest import Backtest, backtest
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.history import PriceHistory
from montecarlo.models import GbmModel, NormalModel, fit
from montecarlo.rules import Rules
from montecarlo.simulate import Result, simulate
from montecarlo.simulation import Simulation
from montecarlo.sources import load_history
from montecarlo.strategies import SmaCrossover

__all__ = [
    "Backtest",
    "GbmModel",
    "HistoryError",
    "NormalModel",
    "ParameterError",
    "PriceHistory",
    "Result",
    "Rules",
    "Simulation",
    "SmaCrossover",
    "backtest",
    "fit",
    "load_history",
    "simulate",
]
