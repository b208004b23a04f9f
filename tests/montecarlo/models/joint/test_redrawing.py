"""Models that the history might as well have come from: the same on every processor, and as uncertain as it is."""

from dataclasses import replace

import numpy as np
import pytest

from montecarlo.engine.lanes import LANES
from montecarlo.experiments.price_paths import joint_closes
from montecarlo.models import sampling
from montecarlo.models.joint import JOINT_MODELS, fit_joint
from montecarlo.models.joint.triangles import below_diagonal, correlation_matrix, divided, factor, rows, squared


@pytest.fixture
def uncertain(given):
    """Of 1,000 days with normal tails."""
    return given("normal", (0.2, 0.4, 0.3), 0.5, observations=1000, variance_error=(2 / 1000) ** 0.5)


@pytest.mark.processors
@pytest.mark.parametrize("name", JOINT_MODELS)
def test_the_same_number_is_the_same_model_in_whatever_company(fitted, name):
    model = fitted[name]
    many, some = model.redrawn(9, 0, 12), model.redrawn(9, 5, 3)
    assert many.stage is some.stage
    assert (many.parameters[5:8] == some.parameters).all()
    assert (many.drifts[5:8] == some.drifts).all()
    assert len(np.unique(many.drifts[:, 0])) == 12
    assert many.parameters.flags.c_contiguous


@pytest.mark.parametrize("name", ["normal", "gbm", "student_t"])
def test_one_symbol_is_redrawn_as_the_single_model_is(apple, name):
    joint = fit_joint(apple, name)
    single = joint.single().redrawn_values(4, 3, 50)
    drifts, factors = joint.redrawn_factors(4, 3, 50)
    np.testing.assert_allclose(factors[:, 0, 0], single["volatility"], rtol=1e-12)
    np.testing.assert_allclose(drifts[:, 0], single["drift"], rtol=1e-12)
    if name == "student_t":
        assert joint.redrawn(4, 3, 50).parameters[:, 0].tolist() == single["degrees_of_freedom"].tolist()


def test_drifts_are_as_uncertain_as_their_covariance_says(uncertain):
    drifts, _ = uncertain.redrawn_moments(1, 0, 4000)
    np.testing.assert_allclose(drifts.mean(axis=0), uncertain.drifts, atol=4 * max(uncertain.drift_errors) / 4000**0.5)
    np.testing.assert_allclose(np.cov(drifts.T), uncertain.covariance * 252 / 1000, rtol=0.15)


def test_covariances_are_drawn_around_the_fitted_one(uncertain):
    """The inverse of an inverse Wishart matrix has the mean that it was made with."""
    _, covariances = uncertain.redrawn_moments(1, 0, 4000)
    mean = np.linalg.inv(covariances).mean(axis=0)
    np.testing.assert_allclose(mean, 1002 / 1000 * np.linalg.inv(uncertain.covariance), rtol=0.02)


def test_every_mixture_is_as_uncertain_as_a_single_symbol(uncertain):
    _, covariances = uncertain.redrawn_moments(1, 0, 4000)
    for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.3, 0.3, 0.4), (1, -1, 0)):
        variances = np.einsum("i,nij,j->n", weights, covariances, weights)
        fitted = np.array(weights) @ uncertain.covariance @ np.array(weights)
        assert np.std(variances / fitted) == pytest.approx(uncertain.variance_error, rel=0.1)


def test_the_last_of_many_symbols_is_as_uncertain_as_the_first(given):
    """The fitted variance over the drawn one is chi-squared over its degrees of freedom, whose mean is one."""
    model = given("normal", (0.2,) * 8, 0.3, observations=40, variance_error=(2 / 40) ** 0.5)
    _, covariances = model.redrawn_moments(1, 0, 4000)
    ratios = 0.04 / np.diagonal(covariances, axis1=1, axis2=2)
    np.testing.assert_allclose(ratios.mean(axis=0), 1, atol=4 * (2 / 40 / 4000) ** 0.5)
    np.testing.assert_allclose(ratios.std(axis=0), (2 / 40) ** 0.5, rtol=0.1)


def test_correlations_are_as_uncertain_as_those_of_so_many_days(uncertain):
    _, covariances = uncertain.redrawn_moments(1, 0, 4000)
    correlations = covariances[:, 1, 0] / np.sqrt(covariances[:, 0, 0] * covariances[:, 1, 1])
    assert correlations.std() == pytest.approx((1 - 0.25) / 1000**0.5, rel=0.1)


def test_what_is_certain_stays(given):
    model = given("normal", (0.2, 0.4), 0.5)
    assert not model.is_uncertain
    drifts, covariances = model.redrawn_moments(1, 0, 3)
    np.testing.assert_allclose(covariances, np.broadcast_to(model.covariance, (3, 2, 2)), rtol=1e-12)
    assert (drifts == np.array(model.drifts)).all()
    by_hand = replace(model, observations=500, variance_error=0.1, by_hand=("drift",))
    drifts, covariances = by_hand.redrawn_moments(1, 0, 3)
    assert (drifts == np.array(model.drifts)).all()
    assert len(np.unique(covariances[:, 0, 0])) == 3


def test_the_mean_logarithm_is_what_a_history_tells_of_gbm(given):
    values = {"observations": 500, "variance_error": 0.5}
    gbm, normal = (given(name, (0.2, 0.4), 0.5, **values) for name in ("gbm", "normal"))
    drifts, factors = gbm.redrawn_factors(1, 0, 50)
    plain, same = normal.redrawn_factors(1, 0, 50)
    variances = squared(factors)[:, [0, 1], [0, 1]]
    np.testing.assert_allclose(drifts - variances / 2, plain - np.array([0.2, 0.4]) ** 2 / 2, rtol=1e-9)
    assert (factors == same).all()


def test_a_redrawn_bootstrap_replays_a_history_of_its_own(sample, fitted):
    model = fitted["bootstrap"]
    drawn = model.redrawn(9, 0, 2)
    days = len(sample.returns)
    histories = drawn.parameters[:, 2 + 4 :].astype(int)
    assert histories.shape == (2, days)
    assert (np.diff(histories[0]) % days == 1).mean() == pytest.approx(1 - 1 / model.block, abs=0.02)
    means = sample.returns.astype(np.float32).astype(float)[histories].mean(axis=1)
    assert drawn.drifts == pytest.approx(252 * means, abs=1e-6)
    growth = joint_closes(model, 1, 0, 2 * LANES, 30, drawn=drawn)
    found = growth[1:] / growth[:-1] - 1
    for k in range(2):
        off = np.abs(found[:, None, :, k * LANES] - sample.returns[histories[k]]).max(axis=2)
        assert off.min(axis=1).max() < 1e-7


def test_a_drift_by_hand_is_that_of_every_redrawn_bootstrap(sample):
    model = fit_joint(sample, "bootstrap", drift=0.02)
    drawn = model.redrawn(9, 0, 3)
    assert (drawn.drifts == 0.02).all()
    histories, shifts = drawn.parameters[:, 6:].astype(int), drawn.parameters[:, 2:6]
    means = sample.returns.astype(np.float32).astype(float)[histories].mean(axis=1) + shifts
    assert 252 * means == pytest.approx(np.full((3, 4), 0.02), abs=1e-6)


def test_nothing_is_drawn_further_than_is_said(given):
    wild = given("gbm", (0.5, 1.0), 0.5, observations=60, variance_error=3.0)
    drifts, factors = wild.redrawn_factors(1, 0, 2000)
    most_drift, most_volatility = wild.furthest()
    assert np.abs(drifts[:, 0]).max() < most_drift
    assert factors[:, 0, 0].max() <= most_volatility
    assert sampling.MOST_RATIO > 3


def test_triangles_are_factors_of_matrices_and_divide_each_other():
    matrix = np.cov(np.random.default_rng(1).normal(size=(6, 30)))
    lower = factor(matrix)
    np.testing.assert_allclose(lower, np.linalg.cholesky(matrix), rtol=1e-10)
    np.testing.assert_allclose(squared(lower), matrix, rtol=1e-10)
    other = np.linalg.cholesky(np.eye(6) + 0.3)
    np.testing.assert_allclose(divided(lower, np.stack([other, 2 * other]))[1] @ other * 2, lower, atol=1e-12)
    assert rows(lower)[:3].tolist() == [lower[0, 0], lower[1, 0], lower[1, 1]]
    correlation = np.corrcoef(np.random.default_rng(1).normal(size=(6, 30)))
    np.testing.assert_allclose(correlation_matrix(below_diagonal(correlation), 6), correlation, rtol=1e-12)
