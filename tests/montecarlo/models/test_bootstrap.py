"""The stationary bootstrap: the history's own returns, in blocks of the length that they should have."""

import hashlib
import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length
from scipy import stats

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.engine.lanes import LANES
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.models.bootstrap import MAX_RETURNS
from montecarlo.models.model import per_year
from tests.montecarlo.stages import compiled_prices

STEP = 1e-4  # between the returns of NUMBERED


def model_of(returns, block):
    drift, volatility = per_year(np.array(returns), 252)
    return mc.BootstrapModel(80.0, drift, volatility, returns=tuple(map(float, returns)), block=block)


def numbered(count, block):
    """A model whose every return tells its place in the history."""
    return model_of(STEP * (np.arange(count) - count // 2), block)


def places(model, paths, days, seed=3):
    """Places in the history of a numbered model's returns, shape (days, paths)."""
    returns = model.growth(seed, 0, paths, days) - 1
    found = np.rint(returns / STEP).astype(int) + len(model.returns) // 2
    np.testing.assert_allclose(returns, np.array(model.returns)[found], rtol=1e-7, atol=1e-15)
    return found


@pytest.fixture(scope="module")
def ibm():
    """Of 3269 days, with calm and stormy spells."""
    return mc.fit(mc.load_history("IBM", source="sample"), "bootstrap")


def test_the_returns_are_those_of_the_history():
    history = mc.load_history("AAPL", source="sample")
    closes = history.closes
    model = mc.fit(history, "bootstrap")
    np.testing.assert_allclose(model.returns, closes[1:] / closes[:-1] - 1, rtol=1e-12, atol=1e-15)
    assert model.start_price == closes[-1]
    assert model.warnings == history.warnings
    assert model.drift == pytest.approx(252 * np.mean(model.returns))
    assert model.volatility == pytest.approx(math.sqrt(252) * np.std(model.returns, ddof=1))


def test_the_block_length_is_that_of_politis_and_white_for_the_squares(ibm):
    of_squares, of_returns = (
        float(optimal_block_length(np.array(ibm.returns) ** power)["stationary"].iloc[0]) for power in (2, 1)
    )
    assert ibm.block == of_squares
    assert of_squares > 50 > of_returns, "returns themselves remember little"


def test_days_that_remember_nothing_are_blocks_of_their_own():
    returns = np.random.default_rng(1).normal(0, 0.01, 1000)
    assert mc.BootstrapModel.fit(80.0 * np.cumprod(1 + returns)).block == 1


def test_a_constant_history_has_blocks_of_a_day():
    model = mc.BootstrapModel.fit(np.full(100, 12.5))
    assert (model.drift, model.volatility, model.block) == (0, 0, 1)
    assert (mc.simulate_prices(model, days=70, iterations=3, seed=1) == 12.5).all(axis=None)


@pytest.mark.processors
def test_days_that_differ_in_their_sign_alone_have_no_spells_whatever_rounding_makes_of_their_squares():
    closes = 12.3 * np.cumprod(np.random.default_rng(1).choice([1.01, 0.99], 200))
    assert len(set((np.diff(closes) / closes[:-1]) ** 2)) > 2
    assert mc.BootstrapModel.fit(closes).block == 1


def test_of_a_longer_history_the_latest_returns_are_kept_and_a_warning_says_so():
    returns = np.random.default_rng(1).normal(0, 0.01, MAX_RETURNS + 7)
    model = mc.BootstrapModel.fit(np.cumprod(1 + np.append(0, returns)), ("a move of 52%",))
    np.testing.assert_allclose(model.returns, returns[7:], atol=1e-15)
    assert model.warnings == (
        "a move of 52%",
        "the bootstrap draws from the latest 5,000 of 5,007 daily returns",
    )


@pytest.mark.parametrize("days", [1, 3, 4, 63, 64, 65, 130])
@pytest.mark.parametrize("block", [1.0, 7.5, 1000.0])
def test_the_compiled_prices_are_those_of_the_reference(days, block):
    model = numbered(101, block)
    compiled = compiled_prices(model, 2**64 - 5, 2**33 + 5, 3, days)
    plain = reference.simulate_prices(model, 2**64 - 5, 2**33 + 5, 3 * LANES, days)
    np.testing.assert_allclose(compiled, plain, rtol=1e-9)


def test_the_bits_are_these_on_every_processor():
    """When they change, so does every result: raise ENGINE_VERSION."""
    digest = hashlib.sha256(compiled_prices(numbered(101, 7.5), 7, 0, 2, 199).tobytes()).hexdigest()
    assert digest == "802c3b4cb9d0f0ded2916777bc011e2e3664ef13a216f26049643bfa4ab55b62"


@pytest.fixture(scope="module")
def simulation(ibm):
    return mc.Simulation(model=ibm, strategy=mc.SmaCrossover(3, 8), days=131, iterations=75, seed=5)


def test_the_compiled_rows_are_those_of_the_reference(simulation):
    engine, plain = simulate_rows(simulation, 0, 75), reference.simulate_rows(simulation, 0, 75)
    for name in rows.COLUMNS:
        np.testing.assert_allclose(engine[name], plain[name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("cuts", [(1,), (16, 17), (31, 33, 64)], ids=str)
def test_a_cut_anywhere_changes_no_bit(simulation, cuts):
    pieces = [simulate_rows(simulation, a, b) for a, b in itertools.pairwise((0, *cuts, 75))]
    assert rows.to_csv(rows.join(pieces)) == rows.to_csv(simulate_rows(simulation, 0, 75))


def test_every_place_is_as_likely_as_any_other_on_every_day():
    """Also on the first, which begins a block without the luck of the others."""
    found = places(numbered(60, 12.0), paths=30_000, days=66)
    for day in (0, 1, 2, 63, 64, 65):
        assert stats.chisquare(np.bincount(found[day], minlength=60)).pvalue > 0.001


def test_blocks_have_the_expected_length_and_no_memory_of_their_own():
    """The wait for the next one is geometric, whenever it begins."""
    count, block = 4999, 6.0
    found = places(numbered(count, block), paths=2000, days=300)
    begins = found[1:] != (found[:-1] + 1) % count
    expected = (1 - 1 / count) / block  # a new block may happen to go on where the old one ended
    assert abs(begins.mean() - expected) < 4 * math.sqrt(expected / begins.size)
    waits = np.concatenate([begins[day : day + 49].argmax(axis=0) for day in range(0, 299, 50)])
    seen = np.bincount(waits, minlength=49)[:15]
    likely = stats.geom(expected).pmf(np.arange(1, 16))
    longer = len(waits) - seen.sum(), 1 - likely.sum()
    assert stats.chisquare([*seen, longer[0]], len(waits) * np.append(likely, longer[1])).pvalue > 0.001


def test_after_the_last_day_of_the_history_comes_the_first():
    found = places(numbered(60, 1000.0), paths=50, days=200)
    last = found[:-1] == 59
    assert last.sum() > 100
    assert (found[1:][last] == 0).mean() > 0.98


def test_blocks_of_a_day_are_independent_draws():
    found = places(numbered(60, 1.0), paths=100, days=1000)
    for lag in (1, 2, 32, 64):
        early, late = found[:-lag].ravel(), found[lag:].ravel()
        assert abs(np.corrcoef(early, late)[0, 1]) < 4 / math.sqrt(early.size)


def circular_covariances(values, lags):
    away = values - values.mean()
    return np.array([np.mean(away * np.roll(away, -lag)) for lag in range(lags)])


@pytest.mark.parametrize("block", [5.0, 20.0, 111.0])
def test_squares_remember_as_much_as_the_history_and_the_blocks_allow(ibm, block):
    """Autocorrelation at lag k is (1 - 1/b)^k times the history's: Politis and Romano (1994), lemma 1."""
    squares = np.array(ibm.returns) ** 2
    paths = (replace(ibm, block=block).growth(9, 0, 3000, 300) - 1) ** 2 - squares.mean()
    history = circular_covariances(squares, 11) / squares.var()
    assert history[1] > 0.1
    for lag in (1, 2, 5, 10):
        seen = (paths[:-lag] * paths[lag:]).mean(axis=0) / squares.var()
        error = seen.std(ddof=1) / math.sqrt(len(seen))
        expected = (1 - 1 / block) ** lag * history[lag]
        assert abs(seen.mean() - expected) < 4 * error
        assert 5 * error < history[lag], "or the test could not tell"


@pytest.mark.parametrize("block", [1.0, 20.0])
def test_final_prices_spread_as_sums_of_such_blocks_do(ibm, block):
    """A permutation of the returns would always end at the same price: its product never changes."""
    days = len(ibm.returns)
    logs = np.log(replace(ibm, block=block).growth(4, 0, 2000, days)).sum(axis=0)
    lags = np.arange(1, 400)
    covariances = circular_covariances(np.log1p(ibm.returns), 400)
    variance = days * covariances[0] + 2 * np.sum((days - lags) * (1 - 1 / block) ** lags * covariances[1:])
    assert logs.std(ddof=1) == pytest.approx(math.sqrt(variance), rel=4 / math.sqrt(2 * len(logs)))


@pytest.mark.parametrize("block", [1.0, 15.0])
def test_the_mean_final_price_is_the_expected_one(ibm, block):
    model = replace(ibm, block=block)
    prices = mc.simulate(model, mc.SmaCrossover(1, 2), days=252, iterations=10_000, seed=11).paths["final_price"]
    error = prices.std(ddof=1) / math.sqrt(len(prices))
    assert abs(prices.mean() - model.expected_price(252)) < 3 * error


def test_the_expected_price_counts_every_chain_of_places():
    """By hand for two days: a pair of neighbours, or any two."""
    model = numbered(60, 4.0)
    factors = 1 + np.array(model.returns)
    neighbours = np.mean(factors * np.roll(factors, -1))
    assert model.expected_price(1) == pytest.approx(80 * factors.mean(), rel=1e-14)
    assert model.expected_price(2) == pytest.approx(80 * (0.75 * neighbours + 0.25 * factors.mean() ** 2), rel=1e-14)


def test_blocks_of_a_day_have_the_expected_price_of_independent_days(ibm):
    model = replace(ibm, block=1.0)
    assert model.expected_price(500) == pytest.approx(ibm.start_price * (1 + np.mean(ibm.returns)) ** 500, rel=1e-12)


def test_a_model_survives_json_to_the_last_bit(simulation):
    again = mc.Simulation.from_dict(json.loads(json.dumps(simulation.to_dict(), allow_nan=False)))
    assert again == simulation
    assert again.model.returns == simulation.model.returns


GOOD = mc.Simulation(model=numbered(60, 4.0), strategy=mc.SmaCrossover(3, 8), days=50, iterations=1, seed=1)


def with_model(**changes):
    values = GOOD.to_dict()
    return {**values, "model": {**values["model"], **changes}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"returns": [0.0] * 59}, "returns must be a list of 60 to 5,000 returns, not 59"),
        ({"returns": [0.0] * 5001}, "returns must be a list of 60 to 5,000 returns, not 5,001"),
        ({"returns": [0.0] * 59 + [-1.0]}, "returns must each be a number from -0.99 to 100, not -1.0"),
        ({"returns": [0.0] * 59 + [1e300]}, "returns must each be a number from -0.99 to 100, not 1e+300"),
        ({"returns": [0.0] * 59 + [True]}, "returns must each be a number from -0.99 to 100, not True"),
        ({"block": 0.5}, "block must be a number from 1 to 1,000, not 0.5"),
        ({"block": 1e9}, "block must be a number from 1 to 1,000, not 1000000000.0"),
        ({"drift": 0.5}, "drift must be that of the returns, "),
        ({"volatility": 0.0}, "volatility must be that of the returns, "),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_the_model_cannot_have_is_refused_by_name(changes, message):
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation.from_dict(with_model(**changes))
    assert str(error.value).startswith(message)
    assert len(str(error.value)) < 400


def test_a_history_with_a_day_beyond_what_it_replays_is_refused_with_what_to_do():
    closes = mc.load_history("AAPL", source="sample").closes.copy()
    closes[600:] *= 0.005
    with pytest.raises(mc.ParameterError) as error:
        mc.BootstrapModel.fit(closes)
    assert str(error.value).startswith(
        "model bootstrap replays daily returns of the history, each a number from -0.99 to 100, and one of them is -0.9"
    )
    assert "--start, --end" in str(error.value)
    assert "--model student_t" in str(error.value)


ODD = [None, True, "", "x" * 100_000, 1, -1, 10**400, float("nan"), float("inf"), {}, {"a": 1}, [], [[1]], range(2)]


@pytest.mark.parametrize(
    "odd", [*ODD, *([0.0] * 59 + [odd] for odd in ODD if odd != 1)], ids=lambda odd: repr(odd)[-15:]
)
@pytest.mark.parametrize("name", ["returns", "block"])
def test_a_value_that_makes_no_sense_is_a_parameter_error(name, odd):
    if (name, odd) == ("block", 1):
        assert mc.Simulation.from_dict(with_model(block=1)).model.block == 1.0
        return
    with pytest.raises(mc.ParameterError):
        mc.Simulation.from_dict(with_model(**{name: odd}))


@pytest.mark.parametrize("name", ["returns", "block"])
def test_each_value_is_missed(name):
    values = GOOD.to_dict()
    del values["model"][name]
    with pytest.raises(mc.ParameterError, match=f"{name} is missing from the model"):
        mc.Simulation.from_dict(values)
