"""Stress-test a trading strategy on simulated price histories.

import montecarlo as mc

history = mc.load_history("AAPL", source="sample")
model = mc.fit(history, "gbm")
result = mc.simulate(model, mc.SmaCrossover(short=40, long=100), days=1260, iterations=2000, seed=7)
result.summary
"""

import importlib
from typing import TYPE_CHECKING, Any

from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.data.joint_history import JointHistory, align
from montecarlo.data.sources import load_history
from montecarlo.errors import HistoryError, LibraryError, ParameterError, RuleError, TrainedModelError
from montecarlo.experiments.backtest import Backtest, backtest
from montecarlo.experiments.comparison import Comparison, compare
from montecarlo.experiments.holdings import Holding, holdings_of
from montecarlo.experiments.overfitting import Overfitting, overfitting
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.portfolio_backtest import PortfolioBacktest, backtest_portfolio
from montecarlo.experiments.portfolio_result import PortfolioResult, simulate_portfolio
from montecarlo.experiments.price_paths import simulate_bars, simulate_joint_prices, simulate_prices
from montecarlo.experiments.simulate import Result, simulate
from montecarlo.experiments.simulated_history import simulate_history
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from montecarlo.experiments.sweeping import SweepResult, sweep
from montecarlo.experiments.verdict import Verdict, verdict
from montecarlo.frontiers.frontier import Frontier, frontier
from montecarlo.learning import Trained, Training, WalkForward, train, walk_forward
from montecarlo.models import MODELS, BootstrapModel, GbmModel, NormalModel, StudentTModel, fit
from montecarlo.models.joint import (
    JOINT_MODELS,
    JointBootstrap,
    JointGbm,
    JointModel,
    JointNormal,
    JointStudentT,
    fit_joint,
)
from montecarlo.own_rules.in_process import strategy_from
from montecarlo.own_rules.trial import try_rule
from montecarlo.strategies import (
    STRATEGIES,
    BollingerReversion,
    Breakout,
    BuyAndHold,
    DailyBreakout,
    EmaCrossover,
    Momentum,
    SmaCrossover,
    Strategy,
)
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.strategies.own_rule import OwnRule
from montecarlo.trained import TrainedModel

__all__ = [
    "JOINT_MODELS",
    "Backtest",
    "BollingerReversion",
    "BootstrapModel",
    "Breakout",
    "BuyAndHold",
    "Comparison",
    "DailyBreakout",
    "EmaCrossover",
    "Frontier",
    "GbmModel",
    "HistoryError",
    "Holding",
    "JointBootstrap",
    "JointGbm",
    "JointHistory",
    "JointModel",
    "JointNormal",
    "JointStudentT",
    "LibraryError",
    "MlForecast",
    "Momentum",
    "NormalModel",
    "Overfitting",
    "OwnRule",
    "ParameterError",
    "Portfolio",
    "PortfolioBacktest",
    "PortfolioResult",
    "PriceHistory",
    "Rebalancing",
    "Result",
    "RuleError",
    "Rules",
    "Simulation",
    "SmaCrossover",
    "Strategy",
    "StudentTModel",
    "Sweep",
    "SweepResult",
    "Trained",
    "TrainedModel",
    "TrainedModelError",
    "Training",
    "Verdict",
    "WalkForward",
    "align",
    "backtest",
    "backtest_portfolio",
    "charts",
    "compare",
    "fit",
    "fit_joint",
    "frontier",
    "holdings_of",
    "load_history",
    "overfitting",
    "simulate",
    "simulate_bars",
    "simulate_history",
    "simulate_joint_prices",
    "simulate_portfolio",
    "simulate_prices",
    "strategy_from",
    "sweep",
    "train",
    "try_rule",
    "verdict",
    "walk_forward",
]

if TYPE_CHECKING:
    from montecarlo import charts


def __getattr__(name: str) -> Any:
    if name == "charts":  # imported when first used, because plotly takes a while
        return importlib.import_module("montecarlo.charts")
    for kind in (*STRATEGIES.values(), *MODELS.values()):
        if kind.__name__ == name:  # one that was added to the library
            return kind
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
