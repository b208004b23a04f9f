"""What each model's prices do within the day: the same bits compiled and in NumPy, and never beside open and close."""

import hashlib
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.data.bars import Bars
from montecarlo.data.history import check_history
from montecarlo.engine.lanes import BAR, DAY, LANES, aligned
from montecarlo.engine.prices import DRAWS
from montecarlo.experiments.paths import draw_bars, draw_closes
from montecarlo.models import fit, require_bars
from montecarlo.models.bootstrap import MAX_RETURNS
from tests.montecarlo.stages import compiled_prices

HISTORY = mc.load_history("IBM", source="sample")
BOOTSTRAP = fit(HISTORY, "bootstrap", bars=True)
NORMAL, GBM = mc.NormalModel(80.0, 0.5, 0.6), mc.GbmModel(80.0, 0.5, 0.6)
WILD_GBM = mc.GbmModel(80.0, 0.5, 3.0)  # of the other stage
MODELS = [NORMAL, GBM, WILD_GBM, BOOTSTRAP]
BY_NAME = pytest.mark.parametrize("model", MODELS, ids=["normal", "gbm", "wild gbm", "bootstrap"])


def compiled_bars(model, seed, first_path, groups, days):
    """Of some groups of lanes, arrays of shape (days + 1, paths)."""
    fill_bars, parameters = model.bar_stage()
    scratch, found = aligned(DRAWS, 1), []
    for group in range(groups):
        prices, growth, bars = aligned(DAY, days + 1), aligned(DAY, days + 1), aligned(BAR, days + 1)
        first = first_path + group * LANES
        fill_bars(prices, growth, bars, np.uint64(seed), first, model.start_price, parameters, scratch)
        np.testing.assert_array_equal(prices["lane"][1:], prices["lane"][:-1] * growth["lane"][1:])
        found.append(Bars(bars["open"], bars["high"], bars["low"], prices["lane"]))
    return Bars(*(np.concatenate(each, axis=1) for each in zip(*found, strict=True)))


def assert_possible(bars):
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.low >= 0).all()
    assert np.isfinite(bars.high).all()


@pytest.mark.parametrize("days", [1, 3, 8, 9, 65])
@BY_NAME
def test_the_compiled_bars_are_those_of_the_reference(model, days):
    compiled = compiled_bars(model, 2**64 - 5, 2**33 + 5, 3, days)
    plain = model.bars(2**64 - 5, 2**33 + 5, 3 * LANES, days)
    for name, one, other in zip(Bars._fields, compiled, plain, strict=True):
        if model.name == "gbm":  # whose reference has NumPy's exponential
            np.testing.assert_allclose(one, other, rtol=1e-12, err_msg=name)
        else:
            np.testing.assert_array_equal(one, other, err_msg=name)
    assert_possible(compiled)
    assert_possible(plain)


@BY_NAME
def test_closes_are_the_same_bits_as_without_bars(model):
    np.testing.assert_array_equal(compiled_bars(model, 7, 3, 2, 131).close, compiled_prices(model, 7, 3, 2, 131))
    drawn = draw_bars(model, 7, 3, 40, 131)
    np.testing.assert_array_equal(drawn.close, draw_closes(model, 7, 3, 40, 131))
    for one, other in zip(drawn, compiled_bars(model, 7, 3, 3, 131), strict=True):
        np.testing.assert_array_equal(one, other[:, :40])


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (NORMAL, "23e2994fd89965da62e195671f525c862d8f86bac329d8991a3dea99403964d6"),
        (GBM, "a28f37f5036b68cb3a893dc978a6670de899f888121e26622eb585196632a098"),
        (WILD_GBM, "0d8390949e0ada370a438f276a92da22d233725198c82153c514a16bf110a7b7"),
        (replace(BOOTSTRAP, block=20.0), "ead06b358c16f4735ab6cd11f5f457d1986313567808ebfc9d7a6729383c60c7"),
    ],
    ids=["normal", "gbm", "wild gbm", "bootstrap"],
)
def test_the_bits_are_these_on_every_processor(model, expected):
    """When they change, so does every result that looks within days: raise ENGINE_VERSION."""
    digest = hashlib.sha256(np.stack(compiled_bars(model, 7, 0, 2, 199)).tobytes()).hexdigest()
    assert digest == expected


@pytest.mark.parametrize(
    "model",
    [
        mc.NormalModel(80.0, 0.1, 20.0),  # falls to zero
        mc.NormalModel(80.0, 100.0, 0.0),
        mc.NormalModel(80.0, -100.0, 1e-9),
        mc.GbmModel(80.0, 0.1, 0.0),
        mc.GbmModel(80.0, 50.0, 10.0),
        mc.GbmModel(80.0, 0.1, 1e-300),
    ],
    ids=repr,
)
def test_bars_of_extreme_parameters_are_possible(model):
    found = compiled_bars(model, 5, 0, 4, 60)
    assert_possible(found)
    assert_possible(model.bars(5, 0, 64, 60))
    ruined = found.close == 0
    for prices in (found.open, found.high, found.low):
        assert (prices[1:][ruined[:-1]] == 0).all()


def test_a_price_that_falls_to_zero_was_higher_on_its_last_day():
    found = compiled_bars(mc.NormalModel(80.0, 0.1, 20.0), 5, 0, 4, 60)
    last = (found.close == 0) & (found.open > 0)
    assert last.sum() > 20
    assert (found.high[last] >= found.open[last]).all()
    assert (found.low[last] == 0).all()


def test_days_without_volatility_go_straight_to_their_close():
    for model in (mc.NormalModel(80.0, 0.5, 0.0), mc.GbmModel(80.0, -0.5, 0.0)):
        found = compiled_bars(model, 5, 0, 1, 60)
        np.testing.assert_array_equal(found.high, np.maximum(found.open, found.close))
        np.testing.assert_array_equal(found.low, np.minimum(found.open, found.close))


@pytest.mark.parametrize("model", [NORMAL, GBM], ids=["normal", "gbm"])
def test_days_open_at_the_close_before(model):
    found = compiled_bars(model, 5, 0, 1, 60)
    np.testing.assert_array_equal(found.open[1:], found.close[:-1])
    for prices in found:
        assert (prices[0] == model.start_price).all()


def in_deviations(model, bars):
    """How far each day's high and low are from its open, in standard deviations of a day, and its close."""
    _, deviation = model._per_day()
    if model.name == "gbm":
        high, low, close = (np.log(prices[1:] / bars.open[1:]) for prices in (bars.high, bars.low, bars.close))
    else:
        high, low, close = (prices[1:] / bars.open[1:] - 1 for prices in (bars.high, bars.low, bars.close))
    return high / deviation, -low / deviation, close / deviation


# Drifts that a day feels: a mean of half a deviation.
DRIFTING = [mc.NormalModel(80.0, 0.05 * 252, 0.1 * math.sqrt(252)), mc.GbmModel(80.0, 0.055 * 252, 0.1 * 252**0.5)]


@pytest.mark.parametrize("model", DRIFTING, ids=["normal", "gbm"])
def test_maximum_and_minimum_have_the_distributions_of_brownian_motion_with_drift(model):
    """P(M < m) = Φ(m - μ) - exp(2 μ m) Φ(-m - μ), for the minimum with -μ: Harrison (1985), 1.8."""
    high, low, close = in_deviations(model, draw_bars(model, 11, 0, 1600, 100))
    assert close.mean() == pytest.approx(0.5, abs=0.01)
    for reached, mu in ((high, 0.5), (low, -0.5)):

        def distribution(m, mu=mu):
            return stats.norm.cdf(m - mu) - np.exp(2 * mu * m) * stats.norm.cdf(-m - mu)

        assert stats.kstest(reached.ravel(), distribution).pvalue > 0.001


@pytest.mark.parametrize("model", [mc.NormalModel(80.0, 0.0, 0.3), mc.GbmModel(80.0, 0.045, 0.3)], ids=lambda m: m.name)
def test_both_sides_are_reached_as_often_as_by_brownian_motion(model):
    """Of ± 0.8 deviations, on 3.27 % of days: the sum over the images of the motion between two walls."""
    high, low, _ = in_deviations(model, draw_bars(model, 11, 0, 4000, 252))
    level, k = 0.8, np.arange(-10, 11)
    inside = np.sum(stats.norm.cdf(level * (4 * k + 1)) - stats.norm.cdf(level * (4 * k - 1)))
    inside -= np.sum(stats.norm.cdf(level * (4 * k + 3)) - stats.norm.cdf(level * (4 * k + 1)))
    expected = 4 * stats.norm.sf(level) - (1 - inside)
    assert expected == pytest.approx(0.03266, abs=1e-5)
    seen = np.mean((high >= level) & (low >= level))
    assert abs(seen - expected) < 4 * math.sqrt(expected / high.size)


# ---- the bootstrap ---------------------------------------------------------------------------------------------------


def days_of(bars):
    """Of each day but the first, over the close before: open, high, low and close, in the last dimension."""
    return np.stack([prices[1:] / bars.close[:-1] for prices in bars], axis=-1)


def test_every_simulated_day_is_one_of_the_history_as_a_whole():
    """So that open, high, low and close belong together, and gaps are the history's."""
    real = days_of(HISTORY.adjusted_bars)
    real = real[np.argsort(real[:, 3])]
    simulated = days_of(draw_bars(BOOTSTRAP, 5, 0, 20, 300)).reshape(-1, 4)
    nearest = np.searchsorted(real[:, 3], simulated[:, 3])
    around = np.clip(nearest[:, None] + np.arange(-20, 21), 0, len(real) - 1)  # some returns come several times
    distances = np.abs(real[around] - simulated[:, None]).max(axis=2).min(axis=1)
    assert distances.max() < 1e-6
    assert np.mean(simulated[:, 0] != 1) > 0.8


def test_joint_ranges_are_as_frequent_as_in_the_history():
    _, real_high, real_low, _ = np.moveaxis(days_of(HISTORY.adjusted_bars), -1, 0)
    _, high, low, _ = np.moveaxis(days_of(draw_bars(BOOTSTRAP, 5, 0, 4000, 252)), -1, 0)
    for level in (0.005, 0.01, 0.02):
        in_history = np.mean((real_high >= 1 + level) & (real_low <= 1 - level))
        by_path = np.mean((high >= 1 + level) & (low <= 1 - level), axis=0)
        error = by_path.std(ddof=1) / math.sqrt(len(by_path))
        assert in_history > 10 * error, "or the test could not tell"
        assert abs(by_path.mean() - in_history) < 4 * error


def test_of_a_longer_history_the_bars_of_the_latest_days_are_kept():
    days = MAX_RETURNS + 7
    closes = 80 * np.exp(np.random.default_rng(1).normal(0, 0.01, days + 1).cumsum())
    bars = Bars(closes * 0.999, closes * np.linspace(1.01, 1.02, days + 1), closes * 0.99, closes)
    model = mc.BootstrapModel.fit(closes).with_bars(bars)
    np.testing.assert_allclose(model.highs, np.linspace(1.01, 1.02, days + 1)[-MAX_RETURNS:], atol=6e-8)
    assert len(model.opens) == len(model.lows) == MAX_RETURNS


def test_another_drift_leaves_what_happens_within_a_day():
    moved = BOOTSTRAP.with_values({"drift": BOOTSTRAP.drift + 0.5})
    assert (moved.opens, moved.highs, moved.lows) == (BOOTSTRAP.opens, BOOTSTRAP.highs, BOOTSTRAP.lows)
    one, other = draw_bars(BOOTSTRAP, 5, 0, 16, 100), draw_bars(moved, 5, 0, 16, 100)
    np.testing.assert_allclose(other.high / other.close, one.high / one.close, rtol=1e-14)
    np.testing.assert_allclose(np.diff(np.log(other.close / one.close), axis=0), 0.5 / 252, rtol=0.2)


def test_without_bars_its_json_is_what_it_was():
    alone = fit(HISTORY, "bootstrap")
    assert set(BOOTSTRAP.to_dict()) - set(alone.to_dict()) == {"opens", "highs", "lows"}
    assert BOOTSTRAP.returns == alone.returns
    assert not alone.has_bars
    with pytest.raises(mc.ParameterError, match="bootstrap does not tell what prices do within a day"):
        alone.bars(1, 0, 16, 10)


def simulation(model):
    return mc.Simulation(model=model, strategy=mc.BuyAndHold(), days=20, iterations=16, seed=1)


def test_bars_survive_json_to_the_last_bit_and_are_not_long():
    written = json.dumps(simulation(BOOTSTRAP).to_dict(), allow_nan=False)
    assert mc.Simulation.from_dict(json.loads(written)).model == BOOTSTRAP
    alone = json.dumps(simulation(fit(HISTORY, "bootstrap")).to_dict(), allow_nan=False)
    assert len(written) < 2.6 * len(alone)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"opens": [1.0] * 5}, "opens must be a list of as many numbers as there are returns, not 5"),
        ({"highs": []}, "highs must be given together with the others of opens, highs and lows"),
        ({"opens": []}, "highs must be given together with the others of opens, highs and lows"),
        ({"lows": [1.0, 0.0]}, "lows must each be a number above 0 to 101, not 0.0"),
        ({"lows": [1.0, None]}, "lows must each be a number above 0 to 101, not None"),
        ({"highs": [1.0, 0.9]}, "highs must hold open and close"),
        ({"lows": [1.0, 1.1]}, "highs must hold open and close"),
        ({"opens": [1.0, 100.0]}, "highs must hold open and close"),
        ({"opens": "wide"}, "opens must be a list of as many numbers as there are returns, not 'wide'"),
    ],
    ids=str,
)
def test_bars_that_cannot_be_are_refused_by_name(changes, message):
    values = simulation(BOOTSTRAP).to_dict()
    for name, some in changes.items():  # two are the last ones, and all others stay
        kept = list(values["model"][name])[:-2] if len(some) == 2 else []
        values["model"][name] = [*kept, *some] if isinstance(some, list) else some
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation.from_dict(values)
    assert str(error.value).startswith(message)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("certain", [False, True], ids=["fitted drift", "drift set"])
def test_redrawn_histories_keep_the_days_as_they_were(certain):
    model = BOOTSTRAP.with_values({"drift": 0.05}) if certain else BOOTSTRAP
    closes, bars = model.redrawn(7, 3, 5), model.redrawn(7, 3, 5, bars=True)
    count = len(model.returns)
    np.testing.assert_array_equal(bars.parameters[:, : 2 + count], closes.parameters)
    np.testing.assert_array_equal(bars.drifts, closes.drifts)
    real = {}
    for value, *day in zip(model.returns, *np.float32([model.opens, model.highs, model.lows]).tolist(), strict=True):
        real.setdefault(tuple(day), []).append(value)
    for values, *days in bars.parameters[:, 2:].reshape(5, 4, count):
        away = [
            min((value - other for other in real[tuple(day)]), key=abs)
            for value, *day in zip(values.tolist(), *(each.tolist() for each in days), strict=True)
        ]
        moved = np.median(away)  # by which a drift that was set moves all returns alike
        np.testing.assert_allclose(away, moved, atol=1e-6)
        assert certain or abs(moved) < 1e-6


@pytest.mark.parametrize("model", MODELS, ids=["normal", "gbm", "wild gbm", "bootstrap"])
def test_redrawn_models_have_bars(model):
    if model.name != "bootstrap":
        model = fit(HISTORY, model.name)
    drawn = model.redrawn(7, 0, 3, bars=True)
    assert_possible(draw_bars(model, 7, 0, 48, 60, drawn=drawn))
    np.testing.assert_array_equal(model.redrawn(7, 2, 1, bars=True).parameters, drawn.parameters[2:])
    closes = draw_closes(model, 7, 0, 48, 60, drawn=model.redrawn(7, 0, 3))
    np.testing.assert_array_equal(draw_bars(model, 7, 0, 48, 60, drawn=drawn).close, closes)


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_a_model_without_bars_is_refused_with_those_that_have_them():
    model = fit(HISTORY, "student_t", bars=True)
    assert not model.has_bars
    message = "model student_t does not tell what prices do within a day; take one that does: normal, gbm, bootstrap"
    for ask in (require_bars, mc.simulate_bars):
        with pytest.raises(mc.ParameterError) as error:
            ask(model)
        assert str(error.value) == message


def test_a_bootstrap_of_closes_is_refused_with_how_it_gets_bars():
    with pytest.raises(mc.ParameterError, match=r'fitted to closes alone.*: fit\(history, "bootstrap", bars=True\)$'):
        require_bars(fit(HISTORY, "bootstrap"))


def test_a_bootstrap_with_bars_of_a_history_of_closes_is_refused():
    closes = check_history(HISTORY.bars[["close"]], "ACME", "csv")
    with pytest.raises(mc.HistoryError, match="ACME from source 'csv': there are closes only"):
        fit(closes, "bootstrap", bars=True)
    assert fit(closes, "gbm", bars=True).has_bars


def test_what_was_done_to_bars_is_a_warning_of_the_model_that_draws_them():
    frame = HISTORY.bars.copy()
    frame.iloc[5, frame.columns.get_loc("open")] = np.nan
    history = check_history(frame, "ACME", "csv")
    assert "no open on 1 day" in fit(history, "bootstrap", bars=True).warnings[-1]
    assert fit(history, "bootstrap").warnings == fit(history, "gbm", bars=True).warnings == ()


def test_simulated_bars_are_shown_by_path():
    bars = mc.simulate_bars(GBM, days=30, iterations=5, seed=3)
    prices = mc.simulate_prices(GBM, days=30, iterations=5, seed=3)
    assert list(bars[4].columns) == ["open", "high", "low", "close"]
    assert (bars.xs("close", axis=1, level="price") == prices).all(axis=None)
    assert (bars.iloc[0] == 80.0).all()
    np.testing.assert_array_equal(bars[4]["high"], draw_bars(GBM, 3, 0, 5, 30).high[:, 4])
    with pytest.raises(mc.ParameterError, match="iterations must be a whole number from 1 to 80,645 for 30 days"):
        mc.simulate_bars(GBM, days=30, iterations=10**6)
