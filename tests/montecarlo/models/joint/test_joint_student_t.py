"""The multivariate t distribution, drawn in pairs of symbols: its margins, its radius and its joint crashes."""

import numpy as np
import pytest
from scipy import stats

from montecarlo.models.joint import fit_joint
from tests.montecarlo.models.joint.conftest import made


def draws(model, days=60, paths=400):
    """Returns of each symbol less their mean, in the scale of the t distribution, shape (symbols, days · paths)."""
    nu, returns = model.degrees_of_freedom, model.growth(2, 0, paths, days).transpose(1, 0, 2)
    centred = returns.reshape(len(returns), -1) - 1 - np.reshape(model.drifts, (-1, 1)) / 252
    return centred / (np.reshape(model.volatilities, (-1, 1)) / 252**0.5 * ((nu - 2) / nu) ** 0.5)


@pytest.mark.parametrize("symbols", [1, 2, 3, 5])
def test_each_symbol_has_a_t_distribution(given, symbols):
    model = given("student_t", (0.1,) * symbols, 0.0, degrees_of_freedom=3.5)
    for values in draws(model):
        assert stats.kstest(values, stats.t(3.5).cdf).pvalue > 0.001


@pytest.mark.parametrize("symbols", [2, 3, 6])
def test_the_radius_has_the_distribution_that_all_symbols_together_must_have(given, symbols):
    model = given("student_t", (0.1,) * symbols, 0.0, degrees_of_freedom=4.0)
    squares = (draws(model) ** 2).mean(axis=0)
    assert stats.kstest(squares, stats.f(symbols, 4.0).cdf).pvalue > 0.001


def test_a_mixture_of_correlated_symbols_has_a_t_distribution(given):
    model = given("student_t", (0.1, 0.1, 0.1), 0.5, degrees_of_freedom=5.0)
    mixture = np.array([0.5, -1.0, 2.0])
    variance = mixture @ model.correlation @ mixture
    assert stats.kstest(mixture @ draws(model) / variance**0.5, stats.t(5.0).cdf).pvalue > 0.001


def test_symbols_that_are_not_correlated_crash_together(given):
    """Not so often as one, but forty times as often as independent ones."""
    model = given("student_t", (0.1,) * 4, 0.0, degrees_of_freedom=3.0)
    far = np.abs(draws(model, days=100, paths=1000)) > stats.t(3.0).ppf(0.999)
    for one, other in ((0, 1), (0, 2), (1, 3)):  # of a pair, and of different ones
        together = (far[one] & far[other]).mean()
        square = np.random.default_rng(1).standard_normal((2, 400_000)) / np.sqrt(
            np.random.default_rng(2).chisquare(3.0, 400_000) / 3.0
        )
        expected = (np.abs(square) > stats.t(3.0).ppf(0.999)).all(axis=0).mean()
        assert together == pytest.approx(expected, abs=5 * (expected / 100_000) ** 0.5)
        assert expected > 20 * 0.002**2


def test_its_covariance_is_the_fitted_one(given):
    model = given("student_t", (0.2, 0.4), 0.6, degrees_of_freedom=6.0)
    returns = model.growth(1, 0, 1000, 100).transpose(1, 0, 2).reshape(2, -1)
    np.testing.assert_allclose(np.cov(returns) * 252, model.covariance, rtol=0.05)


def test_degrees_of_freedom_are_found_again(given):
    rng = np.random.default_rng(3)
    normals, chi = rng.multivariate_normal(np.zeros(3), np.eye(3) * 0.5 + 0.5, 3000), rng.chisquare(5.0, 3000)
    model = fit_joint(made(0.005 * normals / np.sqrt(chi / 5.0)[:, None]), "student_t")
    assert 1 / model.degrees_of_freedom == pytest.approx(0.2, abs=4 * model.tail_error)
    assert 0.003 < model.tail_error < 0.03
    calm = fit_joint(made(0.005 * normals), "student_t")
    assert calm.degrees_of_freedom > 30


def test_a_symbol_that_comes_twice_under_two_names_changes_no_degrees():
    returns = 0.01 * np.random.default_rng(3).standard_t(4.0, (1000, 2))
    once, twice = (fit_joint(made(each), "student_t") for each in (returns, np.hstack([returns, returns[:, :1]])))
    assert twice.degrees_of_freedom == pytest.approx(once.degrees_of_freedom, rel=1e-6)


def test_tails_alone_may_be_uncertain(given):
    settings = {"degrees_of_freedom": 4.0, "variance_error": 0.0, "observations": 0}
    assert given("student_t", (0.1, 0.1), 0.5, tail_error=0.05, **settings).is_uncertain
    assert not given("student_t", (0.1, 0.1), 0.5, tail_error=0.0, **settings).is_uncertain
