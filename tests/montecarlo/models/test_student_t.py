"""Student's t: fat tails of the fitted weight, the variance of the history, days that do not know each other."""

import hashlib
import itertools
import json
import math

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.engine import normals
from montecarlo.engine.lanes import LANES
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.models.student_t import fit_degrees_of_freedom
from tests.montecarlo.stages import compiled_prices

DEGREES = pytest.mark.parametrize("degrees", [2.05, 3.0, 4.5, 30.0, 1000.0])


def model_of(degrees, volatility=0.01, drift=0.0):
    """A volatility so low that no price ever comes near zero."""
    return mc.StudentTModel(80.0, drift, volatility, degrees_of_freedom=degrees)


def draws_of(degrees, paths=2048, days=1024, seed=20_240_229):
    """What the returns were made of, shape (days, paths): t variables as in the tables."""
    model = model_of(degrees)
    scale = model.volatility / math.sqrt(252) * math.sqrt((degrees - 2) / degrees)
    return (model.growth(seed, 0, paths, days) - 1) / scale


@pytest.fixture(scope="module")
def draws():
    """2,097,152 of them."""
    return {degrees: draws_of(degrees) for degrees in (3.0, 10.0)}


@pytest.mark.parametrize("name", ["AAPL", "IBM"])
def test_the_fit_has_the_history_s_mean_and_variance_and_the_likeliest_tails(name):
    history = mc.load_history(name, source="sample")
    returns = history.closes[1:] / history.closes[:-1] - 1
    model = mc.fit(history, "student_t")
    assert model.drift == pytest.approx(252 * np.mean(returns))
    assert model.volatility == pytest.approx(math.sqrt(252) * np.std(returns, ddof=1))
    assert (model.start_price, model.warnings) == (history.last_close, history.warnings)

    def likelihood(nu):
        scale = np.std(returns, ddof=1) * math.sqrt((nu - 2) / nu)
        return stats.t(nu, np.mean(returns), scale).logpdf(returns).sum()

    best = likelihood(model.degrees_of_freedom)
    others = np.concatenate([np.geomspace(2.06, 100, 50), model.degrees_of_freedom * np.array([0.99, 1.01])])
    assert all(likelihood(nu) < best for nu in others)


@pytest.mark.parametrize("degrees", [3.0, 6.0])
def test_a_fit_to_a_long_simulated_history_finds_the_degrees_of_freedom_again(degrees):
    prices = mc.simulate_prices(model_of(degrees, 0.2, 0.1), days=25_000, iterations=1, seed=3)[0].to_numpy()
    assert mc.StudentTModel.fit(prices).degrees_of_freedom == pytest.approx(degrees, rel=0.1)


def test_a_normal_history_has_hardly_any_tails_and_wild_ones_are_bounded():
    random = np.random.default_rng(1)
    assert 30 < fit_degrees_of_freedom(random.normal(0, 0.01, 25_000))[0] <= 100
    assert fit_degrees_of_freedom(random.standard_cauchy(25_000))[0] == pytest.approx(2.05, abs=0.05)


def test_a_constant_history_has_no_volatility():
    model = mc.StudentTModel.fit(np.full(100, 12.5))
    assert (model.drift, model.volatility, model.degrees_of_freedom) == (0, 0, 100)
    assert (mc.simulate_prices(model, days=70, iterations=3, seed=1) == 12.5).all(axis=None)
    assert model.expected_price(70) == 12.5


@pytest.mark.parametrize("day", [0, 5, 63, 64, 100])
@pytest.mark.parametrize("path", [0, 2**32])
def test_a_draw_is_that_of_bailey_s_polar_method(day, path):
    """A span of 8 days takes 16 words: the first half are radii, the second half angles."""
    span, place = divmod(day, 8)
    words = normals.words(5, path, 1, 16 * (span + 1))[16 * span :, 0]
    uniform = (int(words[place]) + 0.5) / 2**32
    half, rest = divmod(int(words[place + 8]), 2**31)
    angle = math.pi * (half + (rest if rest < 2**30 else rest - 2**31) / 2**31)
    expected = math.sqrt(4.5 * (uniform ** (-2 / 4.5) - 1)) * math.cos(angle)
    model = model_of(4.5)
    scale = model.volatility / math.sqrt(252) * math.sqrt(2.5 / 4.5)
    draw = (model.growth(5, path, 1, day + 1)[day, 0] - 1) / scale
    assert draw == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("days", [1, 3, 4, 63, 64, 65, 130])
@DEGREES
def test_the_compiled_prices_are_those_of_the_reference(days, degrees):
    model = model_of(degrees, 0.3, 0.1)
    compiled = compiled_prices(model, 2**64 - 5, 2**33 + 5, 3, days)
    plain = reference.simulate_prices(model, 2**64 - 5, 2**33 + 5, 3 * LANES, days)
    np.testing.assert_allclose(compiled, plain, rtol=1e-9)


def test_the_bits_are_these_on_every_processor():
    """When they change, so does every result: raise ENGINE_VERSION."""
    digest = hashlib.sha256(compiled_prices(model_of(4.5, 0.3, 0.1), 7, 0, 2, 199).tobytes()).hexdigest()
    assert digest == "e7b81786910c3cf65f1fe053016e8b794d16901c184b8c5c24d6408c8b990cf9"


SIMULATION = mc.Simulation(
    model=model_of(2.8, 0.6, 0.1), strategy=mc.SmaCrossover(3, 8), days=131, iterations=75, seed=5
)


def test_the_compiled_rows_are_those_of_the_reference():
    engine, plain = simulate_rows(SIMULATION, 0, 75), reference.simulate_rows(SIMULATION, 0, 75)
    for name in rows.COLUMNS:
        np.testing.assert_allclose(engine[name], plain[name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("cuts", [(1,), (16, 17), (31, 33, 64)], ids=str)
def test_a_cut_anywhere_changes_no_bit(cuts):
    pieces = [simulate_rows(SIMULATION, a, b) for a, b in itertools.pairwise((0, *cuts, 75))]
    assert rows.to_csv(rows.join(pieces)) == rows.to_csv(simulate_rows(SIMULATION, 0, 75))


@pytest.mark.parametrize("days", [1, 64, 100])
def test_a_longer_horizon_goes_on_where_the_shorter_one_ended(days):
    model = SIMULATION.model
    np.testing.assert_array_equal(model.growth(9, 0, 7, days), model.growth(9, 0, 7, 150)[:days])


@DEGREES
def test_draws_pass_a_kolmogorov_smirnov_test(degrees):
    assert stats.kstest(draws_of(degrees, paths=1000).ravel(), stats.t(degrees).cdf).pvalue > 0.01


def test_moments_are_those_of_the_distribution(draws):
    """Of ten degrees of freedom, where the eighth moment, which the error of the fourth needs, still exists."""
    moment = {0: 1.0, 1: 0.0, 3: 0.0}
    for power in (2, 4, 6, 8):
        moment[power] = moment[power - 2] * 10 * (power - 1) / (10 - power)
    for power in (1, 2, 3, 4):
        error = math.sqrt((moment[2 * power] - moment[power] ** 2) / draws[10.0].size)
        assert abs((draws[10.0] ** power).mean() - moment[power]) < 4 * error


def test_returns_have_the_variance_that_was_fitted_whatever_their_tails():
    for degrees in (5.0, 8.0, 100.0):
        returns = model_of(degrees, 0.2, 0.252).growth(8, 0, 1000, 1000) - 1
        error = math.sqrt((stats.t(degrees).stats("k") + 2) / returns.size)
        assert returns.var() == pytest.approx(0.2**2 / 252, rel=4 * error)
        assert abs(returns.mean() - 0.001) < 4 * 0.2 / math.sqrt(252 * returns.size)


@pytest.mark.parametrize("degrees", [3.0, 10.0])
@pytest.mark.parametrize("chance", [1e-2, 1e-3, 1e-4, 1e-5])
def test_both_tails_are_as_heavy_as_they_should_be(draws, degrees, chance):
    values, beyond = draws[degrees], stats.t(degrees).isf(chance)
    for seen in (np.count_nonzero(values > beyond), np.count_nonzero(values < -beyond)):
        assert stats.poisson.ppf(1e-4, values.size * chance) <= seen <= stats.poisson.isf(1e-4, values.size * chance)


@pytest.mark.parametrize("of", [lambda x: x, abs], ids=["draws", "sizes"])
@pytest.mark.parametrize("lag", [1, 2, 31, 32, 33, 64, 128], ids="{} days".format)
def test_days_do_not_know_each_other(draws, lag, of):
    """In ranks, because of the tails; sizes too: a pair of draws with a radius in common would show there."""
    values = of(stats.t(3).cdf(draws[3.0][:, :1000]) - 0.5)
    early, late = values[:-lag].ravel(), values[lag:].ravel()
    assert abs(np.corrcoef(early, late)[0, 1]) < 4 / math.sqrt(early.size)


@pytest.mark.parametrize("of", [lambda x: x, abs], ids=["draws", "sizes"])
def test_paths_do_not_know_each_other(draws, of):
    values = of(stats.t(3).cdf(draws[3.0][:, :1000]) - 0.5)
    assert abs(np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1]) < 4 / math.sqrt(values.size)


def test_the_mean_final_price_is_the_expected_one():
    model = model_of(5.0, 0.4, 0.3)
    prices = mc.simulate(model, mc.SmaCrossover(1, 2), days=252, iterations=10_000, seed=11).paths["final_price"]
    error = prices.std(ddof=1) / math.sqrt(len(prices))
    assert abs(prices.mean() - model.expected_price(252)) < 3 * error
    assert model.expected_price(252) == pytest.approx(80 * (1 + 0.3 / 252) ** 252, rel=1e-3)


def test_the_expected_price_knows_that_a_fall_ends_at_zero():
    """So wild that it matters: the average growth of a day, by numerical integration."""
    model = model_of(3.0, 8.0, 0.252)
    scale = 8.0 / math.sqrt(252) * math.sqrt(1 / 3)
    growth = stats.t(3, 1.001, scale).expect(lambda price: price, lb=0)
    assert growth > 1.01
    assert model.expected_price(3) == pytest.approx(80 * growth**3, rel=1e-8)


def test_paths_whose_price_fell_to_zero_are_counted_and_stay_there():
    wild = model_of(3.0, 8.0)
    result = mc.simulate(wild, mc.SmaCrossover(3, 8), days=200, iterations=300, seed=2)
    absorbed = np.count_nonzero(result.paths["final_price"] == 0)
    assert 100 < absorbed < 300
    assert result.summary.set_index("statistic").loc["absorbed_paths", "value"] == absorbed
    fallen = mc.simulate_prices(wild, days=200, iterations=300, seed=2).to_numpy() == 0
    assert (fallen[1:] >= fallen[:-1]).all()
    assert np.count_nonzero(fallen[-1]) == absorbed


def test_a_model_survives_json_to_the_last_bit():
    again = mc.Simulation.from_dict(json.loads(json.dumps(SIMULATION.to_dict(), allow_nan=False)))
    assert again == SIMULATION
    assert again.model.degrees_of_freedom == 2.8


ODD = [None, True, "", "x" * 100_000, "4", 2, 2.0, -1, 1e300, 10**400, 10**5000, float("nan"), [4.0], {}, range(2)]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_what_degrees_of_freedom_cannot_be_is_refused_by_name(odd):
    values = SIMULATION.to_dict()
    values["model"]["degrees_of_freedom"] = odd
    with pytest.raises(mc.ParameterError, match=r"^degrees_of_freedom must be a number above 2 to 1,000, not") as error:
        mc.Simulation.from_dict(values)
    assert len(str(error.value)) < 400


def test_the_degrees_of_freedom_are_missed():
    values = SIMULATION.to_dict()
    del values["model"]["degrees_of_freedom"]
    with pytest.raises(mc.ParameterError, match="degrees_of_freedom is missing from the model"):
        mc.Simulation.from_dict(values)
