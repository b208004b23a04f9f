"""What figures are drawn of."""

import pytest

import montecarlo as mc
from tests.montecarlo.charts.figures import STRATEGY


@pytest.fixture(scope="module")
def history():
    return mc.load_history("AAPL", source="sample")


@pytest.fixture(scope="module")
def backtest(history):
    return mc.backtest(history, STRATEGY)


@pytest.fixture(scope="module")
def model(history):
    return mc.fit(history, "gbm")


@pytest.fixture(scope="module")
def result(model):
    return mc.simulate(model, STRATEGY, days=300, iterations=500, seed=7)
