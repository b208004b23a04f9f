"""Little history of many symbols: correlations are drawn towards none, by as much as Ledoit and Wolf say."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from montecarlo.models.joint import fit_joint
from montecarlo.models.joint.shrinkage import correlations, shrinkage
from tests.montecarlo.models.joint.conftest import made


@pytest.fixture(scope="module")
def returns():
    rng = np.random.default_rng(5)
    return 0.01 * (rng.standard_t(5, (200, 8)) * np.linspace(0.5, 3, 8) + rng.normal(0, 1, (200, 1)))


def test_the_weight_is_that_of_ledoit_and_wolf(returns):
    standard = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    covariance, weight = ledoit_wolf(standard)
    assert shrinkage(returns) == pytest.approx(weight, rel=1e-9)
    assert 0.02 < weight < 0.9
    model = fit_joint(made(returns), "normal")
    np.testing.assert_allclose(model.correlation, covariance, atol=1e-9)


def test_it_is_said_and_changes_no_volatility(returns):
    model = fit_joint(made(returns), "normal")
    assert model.shrunk == pytest.approx(shrinkage(returns))
    assert model.volatilities == pytest.approx(returns.std(axis=0, ddof=1) * 252**0.5)
    (warning,) = [warning for warning in model.warnings if "Ledoit" in warning]
    assert warning.startswith("200 days in common are few for 8 symbols (400 are enough), so correlations are drawn")


def test_the_bootstrap_replays_days_as_they_were_and_says_nothing_of_it(returns):
    model = fit_joint(made(returns), "bootstrap")
    assert model.shrunk == 0
    np.testing.assert_allclose(model.correlation, correlations(returns), atol=1e-9)
    assert not [warning for warning in model.warnings if "Ledoit" in warning]


def test_enough_history_is_left_alone(returns):
    model = fit_joint(made(returns[:, :4]), "normal")
    assert model.shrunk == 0
    np.testing.assert_allclose(model.correlation, np.corrcoef(returns[:, :4].T), atol=1e-9)
    assert not [warning for warning in model.warnings if "Ledoit" in warning]


def test_one_symbol_has_nothing_to_shrink(returns):
    assert fit_joint(made(returns[:62, :1]), "normal").shrunk == 0


def test_a_symbol_that_never_moves_is_correlated_with_none():
    still = np.random.default_rng(1).normal(0, 0.01, (100, 3))
    still[:, 1] = 0.0
    found = correlations(still)
    assert found[1].tolist() == [0, 1, 0]
    model = fit_joint(made(still), "normal")
    assert model.volatilities[1] == 0
    assert (model.growth(1, 0, 2, 20)[:, 1] == 1).all()


def test_symbols_without_any_correlation_may_be_shrunk_to_none_at_all():
    assert shrinkage(np.random.default_rng(2).normal(0, 0.01, (100, 5))) == pytest.approx(1.0, abs=0.5)
