"""Price models: parameters fitted to a history, and paths that have them."""

import math

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.data.sources.sample import SYMBOLS
from montecarlo.models import MODELS as MODELS_BY_NAME

PATHS, DAYS = 10_000, 252

MODELS = [
    mc.NormalModel(start_price=80.0, drift=0.5, volatility=0.6),
    mc.GbmModel(start_price=80.0, drift=0.5, volatility=0.6),
]
BY_NAME = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


@pytest.fixture(scope="module")
def history():
    return mc.load_history("AAPL", source="sample")


def final_prices(model, days, iterations=PATHS, seed=11):
    result = mc.simulate(model, mc.SmaCrossover(1, 2), days=days, iterations=iterations, seed=seed)
    return result.paths["final_price"].to_numpy()


@pytest.fixture(scope="module")
def after_a_year():
    return {model.name: final_prices(model, DAYS) for model in MODELS}


def test_normal_is_fitted_to_the_simple_returns(history):
    closes = history.closes
    returns = closes[1:] / closes[:-1] - 1
    model = mc.fit(history, "normal")
    assert model.drift == pytest.approx(252 * np.mean(returns))
    assert model.volatility == pytest.approx(math.sqrt(252) * np.std(returns, ddof=1))


def test_gbm_is_fitted_to_the_log_returns(history):
    closes = history.closes
    returns = np.log(closes[1:] / closes[:-1])
    model = mc.fit(history, "gbm")
    assert model.volatility == pytest.approx(math.sqrt(252) * np.std(returns, ddof=1))
    assert model.drift == pytest.approx(252 * np.mean(returns) + model.volatility**2 / 2)


def crashed(history, fall):
    """Five years of it, in the middle of which the price falls by so much on a day and stays there."""
    closes = history.closes[-1261:].copy()
    closes[600:] *= 1 - fall
    return closes


def test_a_crash_that_gbm_cannot_draw_and_that_lifts_its_drift_is_said_with_what_fits_better(history):
    closes = crashed(history, 0.99)
    gbm = mc.GbmModel.fit(closes, ("a doubt",))
    returns = closes[1:] / closes[:-1] - 1
    assert gbm.drift > 252 * returns.mean() + 1
    doubt, warning = gbm.warnings
    assert doubt == "a doubt"
    assert f"gbm drifts by {gbm.drift:.2f} a year where daily returns average {252 * returns.mean():.2f}" in warning
    assert "--model student_t" in warning
    assert mc.StudentTModel.fit(closes).drift == pytest.approx(252 * returns.mean())
    assert mc.GbmModel.fit(crashed(history, 0.8)).warnings


def test_of_a_crash_as_stocks_have_them_and_of_wild_days_that_are_all_alike_gbm_says_nothing(history):
    for symbol in SYMBOLS:
        assert mc.GbmModel.fit(mc.load_history(symbol, source="sample").closes).warnings == ()
    assert mc.GbmModel.fit(crashed(history, 0.5)).warnings == ()
    wild = 100 * np.exp(np.random.default_rng(1).normal(0, 3 / math.sqrt(252), 1260).cumsum())
    assert mc.GbmModel.fit(wild).warnings == ()


@pytest.mark.parametrize("name", ["normal", "gbm"])
def test_a_fitted_model_starts_at_the_last_close_and_carries_the_doubts(history, name):
    model = mc.fit(history, name)
    assert model.name == name
    assert model.start_price == history.last_close
    assert model.warnings == history.warnings
    assert any("2000-09-29" in warning for warning in model.warnings)


def test_normal_is_what_is_fitted_unasked(history):
    assert mc.fit(history) == mc.fit(history, "normal")


def test_an_unknown_model_is_refused_by_name(history):
    with pytest.raises(mc.ParameterError, match=r"^model must be one of normal, gbm, .*, student_t, not 'heston'$"):
        mc.fit(history, "heston")


@BY_NAME
def test_a_fit_to_a_long_simulated_history_finds_the_parameters_again(model):
    true = type(model)(start_price=80.0, drift=0.18, volatility=0.6)
    prices = mc.simulate_prices(true, days=25_000, iterations=1, seed=3)[0].to_numpy()
    fitted = type(model).fit(prices)
    assert fitted.volatility == pytest.approx(0.6, rel=0.02)
    assert fitted.drift == pytest.approx(0.18, abs=3 * 0.6 / math.sqrt(25_000 / 252))


@BY_NAME
def test_the_mean_final_price_is_the_closed_form_within_its_confidence_interval(model, after_a_year):
    prices = after_a_year[model.name]
    closed_form = {"normal": 80.0 * (1 + 0.5 / 252) ** DAYS, "gbm": 80.0 * math.exp(0.5 * DAYS / 252)}[model.name]
    error = prices.std(ddof=1) / math.sqrt(PATHS)
    assert abs(prices.mean() - closed_form) < 1.96 * error
    assert model.expected_price(DAYS) == pytest.approx(closed_form)


def test_terminal_prices_of_gbm_pass_a_kolmogorov_smirnov_test_against_the_log_normal(after_a_year):
    log_normal = stats.lognorm(s=0.6, scale=80.0 * math.exp(0.5 - 0.6**2 / 2))
    assert stats.kstest(after_a_year["gbm"], log_normal.cdf).pvalue > 0.05


def test_daily_returns_of_normal_pass_a_kolmogorov_smirnov_test_against_the_normal():
    prices = mc.simulate_prices(MODELS[0], days=1000, iterations=10, seed=5).to_numpy()
    returns = (prices[1:] / prices[:-1] - 1).ravel()
    assert stats.kstest(returns, stats.norm(0.5 / 252, 0.6 / math.sqrt(252)).cdf).pvalue > 0.05


@BY_NAME
def test_volatility_does_not_depend_on_the_horizon(model, after_a_year):
    """The original workshop divided by the horizon: twice the days made half the volatility."""
    month = np.log(final_prices(model, 21) / 80.0).std(ddof=1) * math.sqrt(252 / 21)
    year = np.log(after_a_year[model.name] / 80.0).std(ddof=1)
    assert month == pytest.approx(0.6, rel=0.04)
    assert year == pytest.approx(0.6, rel=0.04)


@BY_NAME
def test_a_longer_horizon_goes_on_where_the_shorter_one_ended(model):
    month = mc.simulate_prices(model, days=21, iterations=70, seed=9)
    year = mc.simulate_prices(model, days=252, iterations=70, seed=9)
    np.testing.assert_array_equal(month.to_numpy(), year.to_numpy()[:22])


@BY_NAME
def test_without_volatility_a_price_grows_by_its_drift(model):
    still = type(model)(start_price=10.0, drift=0.252, volatility=0.0)
    prices = mc.simulate_prices(still, days=3, iterations=2, seed=1).to_numpy()
    growth = {"normal": 1.001, "gbm": math.exp(0.001)}[model.name]
    np.testing.assert_allclose(prices, np.array([[10.0 * growth**day] * 2 for day in range(4)]), rtol=1e-14)


def test_a_price_of_the_normal_model_that_falls_to_zero_stays_there():
    wild = mc.NormalModel(start_price=50.0, drift=0.0, volatility=8.0)
    prices = mc.simulate_prices(wild, days=100, iterations=200, seed=2).to_numpy()
    assert (prices >= 0).all()
    fallen = prices == 0
    assert 0.5 < fallen[-1].mean() < 1.0
    assert (fallen[1:] >= fallen[:-1]).all()


def test_a_price_of_gbm_never_reaches_zero():
    wild = mc.GbmModel(start_price=50.0, drift=0.0, volatility=8.0)
    assert (mc.simulate_prices(wild, days=100, iterations=200, seed=2).to_numpy() > 0).all()


@pytest.mark.parametrize("name", ["normal", "gbm"])
def test_a_constant_history_has_no_volatility(name):
    model = mc.NormalModel if name == "normal" else mc.GbmModel
    certain = {"drift_error": 0.0, "volatility_error": 0.0}
    assert model.fit(np.full(100, 12.5)) == model(start_price=12.5, drift=0.0, volatility=0.0, **certain)


@pytest.mark.processors
@pytest.mark.parametrize("name", MODELS_BY_NAME)
@pytest.mark.parametrize("growth", [1.0, 1.01, 0.97, 1 + 1e-4])
def test_a_history_that_grows_evenly_has_no_volatility_and_no_tails_whatever_rounding_makes_of_its_closes(name, growth):
    closes = 12.3 * growth ** np.arange(100.0)
    model = MODELS_BY_NAME[name].fit(closes)
    assert model.volatility == 0
    assert getattr(model, "degrees_of_freedom", 100) == 100
    assert getattr(model, "block", 1) == 1
    assert model.expected_price(1) == pytest.approx(closes[-1] * growth)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("start_price", 0.0, "start_price must be a number from 1e-09 to 1,000,000,000, not 0.0"),
        ("start_price", -5.0, "not -5.0"),
        ("start_price", float("nan"), "not nan"),
        ("drift", float("inf"), "drift must be a number from -100 to 100, not inf"),
        ("drift", "0.1", "not '0.1'"),
        ("volatility", -0.1, "volatility must be a number from 0 to 100, not -0.1"),
        ("volatility", True, "not True"),
    ],
)
@BY_NAME
def test_a_parameter_that_no_price_can_have_is_refused(model, name, value, message):
    usable = {"start_price": 100.0, "drift": 0.1, "volatility": 0.2}
    with pytest.raises(mc.ParameterError) as error:
        type(model)(**usable | {name: value})
    assert str(error.value).endswith(message)


def test_models_with_the_same_numbers_are_different_models():
    normal, gbm = (model(start_price=1.0, drift=0.1, volatility=0.2) for model in (mc.NormalModel, mc.GbmModel))
    assert normal != gbm
    assert normal == mc.NormalModel(start_price=1, drift=0.1, volatility=0.2)


def test_parameters_are_set_by_hand_and_said(history):
    model = mc.fit(history, "gbm", drift=0.05)
    assert (model.drift, model.drift_error, model.by_hand) == (0.05, 0, ("drift",))
    assert model.volatility_error == mc.fit(history, "gbm").volatility_error
    assert model.warnings[-1] == "drift is 0.05, set by hand; fitted to the history it is 0.316"
    assert mc.fit(history, "gbm", drift=0.05, drift_error=0.02).drift_error == 0.02


def test_the_bootstrap_has_another_block_and_another_drift_by_adding_to_its_returns(history):
    fitted, model = mc.fit(history, "bootstrap"), mc.fit(history, "bootstrap", block=20, drift=0.0)
    assert model.block == 20
    assert model.drift == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(np.subtract(fitted.returns, model.returns), fitted.drift / 252, atol=1e-12)


@pytest.mark.parametrize(
    ("by_hand", "message"),
    [
        (
            {"start_price": 5.0},
            "^start_price cannot be set for the gbm model, which has drift, volatility, drift_error",
        ),
        ({"drift": "much"}, "^drift must be a number from -100 to 100, not 'much'$"),
    ],
)
def test_what_cannot_be_set_is_refused(history, by_hand, message):
    with pytest.raises(mc.ParameterError, match=message):
        mc.fit(history, "gbm", **by_hand)


def test_a_short_history_and_a_drift_that_is_less_than_its_error_are_warned_of(history):
    assert len(mc.fit(history).warnings) == len(history.warnings)
    facebook = mc.fit(mc.load_history("FB", source="sample"))
    assert facebook.warnings[-1] == (
        "the drift of -23.3 % per year has a standard error of 68 %, because it comes from 0.8 years of "
        "prices: take a longer history"
    )
    flat = mc.PriceHistory("FLAT", "csv", history.bars * 0 + 50.0 + (np.arange(len(history.bars)) % 2)[:, None], ())
    assert "do not tell whether they rise or fall" in mc.fit(flat).warnings[-1]
