"""The expected growth of a day: closed forms, and what paths that are drawn have on average."""

import math

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.models.expected_growth import compounded, cut_off_growth, exponential


def of_normal(mean, deviation):
    return mean * stats.norm.cdf(mean / deviation) + deviation * stats.norm.pdf(mean / deviation)


@pytest.mark.parametrize("volatility", [0.3, 3.0, 9.0, 100.0])
@pytest.mark.parametrize("drift", [0.3, -100.0, 100.0])
def test_of_the_normal_model_cut_off_at_zero(volatility, drift):
    expected = of_normal(1 + drift / 252, volatility / math.sqrt(252))
    assert mc.NormalModel(50.0, drift, volatility).expected_growth() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("volatility", [0.3, 8.0, 100.0])
@pytest.mark.parametrize("degrees", [2.05, 3.0, 20.0])
def test_of_students_t_cut_off_at_zero(volatility, degrees):
    scale = volatility * math.sqrt((degrees - 2) / degrees / 252)
    reach = 1.001 / scale
    beyond = (degrees + reach**2) / (degrees - 1) * stats.t.pdf(reach, degrees)
    expected = 1.001 * stats.t.cdf(reach, degrees) + scale * beyond
    model = mc.StudentTModel(50.0, 0.252, volatility, degrees_of_freedom=degrees)
    assert model.expected_growth() == pytest.approx(expected, rel=1e-12)


def test_of_gbm_it_is_the_exponential_of_the_drift_rounded_once():
    assert mc.GbmModel(50.0, 0.3, 0.9).expected_growth() == pytest.approx(math.exp(0.3 / 252), rel=1e-15)
    assert exponential(1.0) == math.e


def test_where_nothing_varies_it_is_the_mean_or_nothing():
    assert cut_off_growth(1.25, 0.0, abs) == 1.25
    assert cut_off_growth(-1.25, 0.0, abs) == 0


def test_days_compound():
    assert compounded(1.5, 3) == 3.375
    assert compounded(1 + 2**-40, 25_000) == pytest.approx(1 + 25_000 * 2**-40, rel=1e-15)


def test_of_the_bootstrap_nobody_knows_it():
    history = mc.load_history("AAPL", source="sample")
    assert mc.fit(history, "bootstrap").expected_growth() is None


@pytest.mark.parametrize(
    "model",
    [
        mc.GbmModel(50.0, 0.5, 0.9),
        mc.NormalModel(50.0, 0.5, 9.0),
        mc.StudentTModel(50.0, 0.5, 4.0, degrees_of_freedom=3.0),
    ],
    ids=lambda model: model.name,
)
def test_it_is_the_average_of_what_is_drawn(model):
    drawn = model.growth(7, 0, 10_000, 40)
    error = drawn.std() / math.sqrt(drawn.size)
    assert abs(drawn.mean() - model.expected_growth()) < 3 * error
    assert np.isfinite(drawn).all()
