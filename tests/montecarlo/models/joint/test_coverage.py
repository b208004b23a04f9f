"""How often what is redrawn from a history holds the truth that the history was drawn from."""

import numpy as np
import pytest

from montecarlo.models.joint import fit_joint
from tests.montecarlo.models.joint.conftest import made

VOLATILITIES, DRIFTS = np.array([0.2, 0.3, 0.25]), np.array([0.08, 0.05, 0.1])
CORRELATION = np.array([[1, 0.6, 0.2], [0.6, 1, -0.1], [0.2, -0.1, 1]])
COVARIANCE = CORRELATION * VOLATILITIES * VOLATILITIES[:, None]
WEIGHTS = np.array([0.5, 0.3, 0.2])
HISTORIES, DRAWS = 200, 300


def histories(days):
    """Independent normal days, of which a model knows all but the numbers."""
    random, root = np.random.default_rng(12), np.linalg.cholesky(COVARIANCE / 252)
    for _ in range(HISTORIES):
        yield made(DRIFTS / 252 + random.standard_normal((days, 3)) @ root.T)


def share_that_holds(found, truth):
    low, high = np.quantile(found, (0.025, 0.975), axis=1)
    return np.mean((low <= truth) & (truth <= high))


@pytest.mark.thorough
@pytest.mark.parametrize("days", [250, 1000])
def test_ranges_of_the_normal_model_hold_the_truth_as_often_as_they_say(days):
    drifts, mixes, deviations, correlations, of_mixes = [], [], [], [], []
    for number, history in enumerate(histories(days)):
        means, covariances = fit_joint(history, "normal").redrawn_moments(number, 0, DRAWS)
        drifts.append(means[:, 0])
        mixes.append(means @ WEIGHTS)
        deviations.append(np.sqrt(covariances[:, 1, 1]))
        correlations.append(covariances[:, 1, 0] / np.sqrt(covariances[:, 0, 0] * covariances[:, 1, 1]))
        of_mixes.append(np.sqrt(WEIGHTS @ covariances @ WEIGHTS))
    for found, truth in (
        (drifts, DRIFTS[0]),
        (mixes, DRIFTS @ WEIGHTS),
        (deviations, VOLATILITIES[1]),
        (correlations, 0.6),
        (of_mixes, np.sqrt(WEIGHTS @ COVARIANCE @ WEIGHTS)),
    ):
        assert share_that_holds(np.array(found), truth) == pytest.approx(0.95, abs=0.045)


@pytest.mark.thorough
def test_ranges_of_the_bootstrap_hold_the_truth_nearly_as_often():
    drifts, of_mixes = [], []
    for number, history in enumerate(histories(250)):
        drawn = fit_joint(history, "bootstrap").redrawn(number, 0, DRAWS)
        drifts.append(drawn.drifts @ WEIGHTS)
        replayed = history.returns[drawn.parameters[:, 5:].astype(int)] @ WEIGHTS
        of_mixes.append(replayed.std(axis=1, ddof=1) * np.sqrt(252))
    assert 0.88 < share_that_holds(np.array(drifts), DRIFTS @ WEIGHTS) < 0.985
    assert 0.88 < share_that_holds(np.array(of_mixes), np.sqrt(WEIGHTS @ COVARIANCE @ WEIGHTS)) < 0.985
