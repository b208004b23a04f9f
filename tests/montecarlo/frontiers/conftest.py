"""A frontier of four stocks."""

import pytest

import montecarlo as mc
from montecarlo.data.joint_history import align


@pytest.fixture(scope="session")
def joint():
    return align([mc.load_history(symbol, source="sample") for symbol in ("AAPL", "GOOG", "IBM", "MSFT")])


@pytest.fixture(scope="session")
def found(joint):
    return mc.frontier(joint, weightings=2000, points=20, draws=60, asked=(0.5, 0.1, 0.1, 0.2), seed=7)
