"""Histories of several symbols, and joint models that nobody fitted."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.history import PriceHistory
from montecarlo.data.joint_history import align
from montecarlo.models.joint import JOINT_MODELS, fit_joint

DAYS = pd.bdate_range("2012-01-02", periods=501, name="date")


def made(returns):
    """A joint history of symbols S0, S1, … with such daily returns, shape (days, symbols)."""
    closes = 100 * np.cumprod(np.vstack([np.ones(returns.shape[1]), 1 + returns]), axis=0)
    dates = pd.bdate_range("2000-01-03", periods=len(closes), name="date")
    columns = [pd.DataFrame({"close": each, "adjusted_close": each}, index=dates) for each in closes.T]
    return align([PriceHistory(f"S{k}", "csv", bars, currency="USD") for k, bars in enumerate(columns)])


@pytest.fixture(scope="session")
def sample():
    """Four stocks on the 2,148 days that all have."""
    return align([mc.load_history(symbol, "sample") for symbol in ("AAPL", "MSFT", "IBM", "GOOG")])


@pytest.fixture(scope="session")
def apple():
    """One stock."""
    return align([mc.load_history("AAPL", "sample")])


@pytest.fixture(scope="session")
def fitted(sample):
    """All kinds of models of the four stocks, by name."""
    return {name: fit_joint(sample, name) for name in JOINT_MODELS}


@pytest.fixture(scope="session")
def given():
    """Makes a model of given volatilities and correlation between each two symbols."""

    def make(name, volatilities, correlation, **others):
        symbols = len(volatilities)
        values = {
            "symbols": tuple(f"S{k}" for k in range(symbols)),
            "start_prices": tuple(100.0 + k for k in range(symbols)),
            "drifts": tuple(0.05 * k for k in range(symbols)),
            "volatilities": tuple(volatilities),
            "correlations": (correlation,) * (symbols * (symbols - 1) // 2),
        }
        return JOINT_MODELS[name](**values | others)

    return make
