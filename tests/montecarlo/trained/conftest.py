"""Models that nobody trained."""

from datetime import date

import numpy as np
import pytest

from montecarlo.trained import Barrier, Forecast, Logistic, Skill, TrainedModel, TrainedOn, Trees

N = 5


def skill() -> Skill:
    areas = {"auc": 0.52, "auc_low": 0.48, "auc_high": 0.56}
    volatility = {"volatility_auc": 0.54, "volatility_auc_low": 0.5, "volatility_auc_high": 0.58}
    excess = {"excess_auc": -0.02, "excess_auc_low": -0.06, "excess_auc_high": 0.02}
    errors = {"brier": 0.249, "brier_base": 0.25, "volatility_brier": 0.248}
    return Skill(days=700, effective_days=63.6, base_rate=0.45, **areas, **volatility, **excess, **errors)


def logistic() -> Logistic:
    return Logistic(0.1, tuple((-1) ** k * (2 + k) / 3 for k in range(2 * N)))


def trees() -> Trees:
    """Two: one that asks for a change of three days, then for the volatility; and one that never asks."""
    return Trees(
        roots=(0, 5),
        feature=(N + 1, -1, 2 * N - 1, -1, -1, -1),
        threshold=(0.0, 0.0, 0.02, 0.0, 0.0, 0.0),
        left=(1, -1, 3, -1, -1, -1),
        right=(2, -1, 4, -1, -1, -1),
        value=(0.0, -0.5, 0.0, 0.25, 0.75, 0.125),
    )


@pytest.fixture
def model() -> TrainedModel:
    """A logistic regression for buying, trees for selling short."""
    on = TrainedOn("AAPL", "sample", "ab" * 32, date(2000, 1, 3), date(2005, 4, 6), date(2005, 4, 7))
    long = Forecast.of(logistic(), a=1.5, b=-0.2, threshold=0.5, base_rate=0.45, skill=skill())
    short = Forecast.of(trees(), a=0.7, b=0.1, threshold=0.55, base_rate=0.4)
    return TrainedModel("apple", N, Barrier(), long, short, on, "scikit-learn 1.9.1")


@pytest.fixture
def closes() -> np.ndarray:
    """Of three paths, shape (400, 3)."""
    returns = 0.02 * np.random.default_rng(2).standard_normal((400, 3))
    return 100 * np.exp(np.cumsum(returns, axis=0))
