"""Portfolios of three made-up symbols whose models are given as numbers: a fit may differ in its last digit."""

import numpy as np

import montecarlo as mc
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.given_joint import GivenJoint
from montecarlo.experiments.holdings import holdings_of
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.models.joint import JOINT_MODELS

SYMBOLS = ("A", "B", "C")
START = (80.0, 20.0, 125.0)
DAYS = 97
RETURNS = np.array([[((k * step % 101) - 49.5) / 2500 for step in (7919, 104729, 1299709)] for k in range(DAYS)])
WARM_UP = 24


def history_of(symbols=3):
    """A joint history that ends at START."""
    growth = np.concatenate([np.ones((1, symbols)), 1 + RETURNS[:, :symbols]]).cumprod(axis=0)
    closes = growth / growth[-1] * START[:symbols]
    closes[-1] = START[:symbols]
    dates = np.datetime64("2020-01-01") + np.arange(DAYS + 1)
    return JointHistory(SYMBOLS[:symbols], ("csv",) * symbols, ("USD",) * symbols, dates, closes)


def model_of(name, symbols=3, volatility=0.25):
    """A joint model by hand."""
    told = {
        "symbols": SYMBOLS[:symbols],
        "start_prices": START[:symbols],
        "drifts": (0.08, 0.02, 0.12)[:symbols],
        "volatilities": (volatility, 0.8 * volatility, 1.2 * volatility)[:symbols],
        "correlations": (0.5, 0.2, -0.3)[: symbols * (symbols - 1) // 2],
        "observations": DAYS,
        "variance_error": 0.15,
    }
    if name == "bootstrap":
        returns = RETURNS[:, :symbols]
        told |= {"block": 7.5, "returns": returns, "drifts": tuple((252 * returns.mean(axis=0)).tolist())}
        told["volatilities"] = tuple((returns.std(axis=0, ddof=1) * 252**0.5).tolist())
    if name == "student_t":
        told |= {"degrees_of_freedom": 4.5}
    return JOINT_MODELS[name](**told)


def portfolio_of(model="normal", weights=(0.3, 0.25, 0.2), strategies=None, volatility=0.25, **settings):
    """A portfolio of as many symbols as there are weights."""
    history = history_of(len(weights))
    told = {"rebalancing": Rebalancing(), "days": 60, "iterations": 64, "seed": 11, "rules": mc.Rules()} | settings
    return Portfolio(
        history=GivenJoint.of(history),
        holdings=holdings_of(history, weights, strategies),
        model=model_of(model, len(weights), volatility),
        **told,
    )
