"""The least volatility at an expected return by trying every set of weights that may lie on their bounds."""

from itertools import product

import numpy as np

from montecarlo.frontiers.bounds import Bounds
from montecarlo.frontiers.moments import Moments

SYMBOLS = ("A", "B", "C", "D")


def moments(seed, symbols=4, risk_free=0.0):
    """Returns of -5 to 25 % and volatilities of some 20 %, correlated."""
    random = np.random.Generator(np.random.PCG64(seed))
    factors = random.normal(size=(symbols, symbols + 2)) + 0.5
    return Moments(random.uniform(-0.05, 0.25, symbols), 0.04 * factors @ factors.T / symbols, risk_free)


def bounds(lowest=0.0, highest=1.0, symbols=SYMBOLS):
    return Bounds.of(symbols, lowest, highest)


def calmest(of, within, expected_return=None):
    """Weights, exactly: of each set, the conditions of the optimum are linear equations."""
    symbols, best = len(of.returns), (np.inf, None)
    wanted = [np.ones(symbols)] + ([] if expected_return is None else [of.returns])
    right = [1.0] + ([] if expected_return is None else [expected_return])
    for places in product((None, "lowest", "highest"), repeat=symbols):
        fixed = [(i, getattr(within, place)[i]) for i, place in enumerate(places) if place]
        rows = wanted + [np.eye(symbols)[i] for i, _ in fixed]
        size = len(rows)
        system = np.block([[of.covariance, np.array(rows).T], [np.array(rows), np.zeros((size, size))]])
        values = np.r_[np.zeros(symbols), right, [value for _, value in fixed]]
        weights = np.linalg.lstsq(system, values, rcond=None)[0][:symbols]
        holds = np.abs(np.array(rows) @ weights - values[symbols:]).max() < 1e-9
        inside = (weights >= within.lowest - 1e-9).all() and (weights <= within.highest + 1e-9).all()
        variance = weights @ of.covariance @ weights
        if holds and inside and variance < best[0]:
            best = variance, weights
    return best[1]
