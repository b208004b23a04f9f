"""Joint models: one symbol is the single model, bit by bit; several are correlated as they should be."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.paths import draw_closes
from montecarlo.experiments.price_paths import joint_closes, simulate_joint_prices
from montecarlo.models.joint import JOINT_MODELS, JointModel, fit_joint, joint_model_from_dict
from tests.montecarlo.models.joint.conftest import made

EXACT = ("bootstrap", "normal", "gbm")  # Student's t of several symbols is drawn in another way


# One symbol


@pytest.mark.processors
@pytest.mark.parametrize("name", EXACT)
def test_one_symbol_has_the_prices_of_the_single_model_bit_by_bit(apple, name):
    joint, single = fit_joint(apple, name), mc.fit(mc.load_history("AAPL", "sample"), name)
    assert (joint_closes(joint, 7, 5, 40, 29)[:, 0] == draw_closes(single, 7, 5, 40, 29)).all()


@pytest.mark.parametrize("name", JOINT_MODELS)
def test_one_symbol_has_the_parameters_of_the_single_model_to_the_last_bit(apple, name):
    joint, single = fit_joint(apple, name), mc.fit(mc.load_history("AAPL", "sample"), name)
    assert joint.single().to_dict() | {"warnings": ()} == single.to_dict() | {"warnings": ()}
    assert joint.is_uncertain
    assert not joint.shrunk


def test_drift_and_block_by_hand_are_those_of_the_single_model(apple):
    by_hand = {"drift": 0.1, "block": 7}
    joint, single = (
        fit_joint(apple, "bootstrap", **by_hand).single(),
        mc.fit(mc.load_history("AAPL", "sample"), "bootstrap", **by_hand),
    )
    assert joint.returns == pytest.approx(single.returns, abs=1e-12)
    assert (joint.drift_error, joint.block, joint.by_hand) == (0.0, 7.0, ("drift", "block"))
    assert joint.drift == pytest.approx(0.1)


def test_several_symbols_are_no_single_model(fitted):
    for model in fitted.values():
        with pytest.raises(ValueError, match="joint model of 4 symbols"):
            model.single()


# The compiled stages


@pytest.mark.parametrize("name", JOINT_MODELS)
@pytest.mark.parametrize("symbols", [2, 3])
def test_a_stage_draws_what_plain_numpy_does(fitted, sample, name, symbols):
    model = fit_joint(made(sample.returns[:700, :symbols]), name)
    growth = model.growth(7, 5, 21, 29)
    assert growth.shape == (29, symbols, 21)
    start = np.broadcast_to(np.reshape(model.start_prices, (1, -1, 1)), (1, symbols, 21))
    expected = np.cumprod(np.concatenate([start, growth]), axis=0)
    np.testing.assert_allclose(joint_closes(model, 7, 5, 21, 29), expected, rtol=1e-13)


@pytest.mark.processors
@pytest.mark.parametrize("name", JOINT_MODELS)
def test_a_path_is_the_same_bits_from_wherever_it_is_drawn_and_however_long(fitted, name):
    model = fitted[name]
    whole = joint_closes(model, 3, 0, 40, 45)
    assert (joint_closes(model, 3, 23, 10, 20) == whole[:21, :, 23:33]).all()


@pytest.mark.processors
def test_the_first_symbol_has_the_normal_draws_of_a_single_model(fitted):
    model = fitted["normal"]
    alone = mc.NormalModel(model.start_prices[0], model.drifts[0], model.volatilities[0])
    assert (joint_closes(model, 3, 0, 16, 30)[:, 0] == draw_closes(alone, 3, 0, 16, 30)).all()


def test_prices_to_look_at_are_those_of_the_paths(fitted):
    model = fitted["bootstrap"]
    prices = simulate_joint_prices(model, days=10, iterations=2, seed=4)
    assert prices.shape == (11, 8)
    assert prices[1].columns.tolist() == list(model.symbols)
    assert (prices[1].to_numpy() == joint_closes(model, 4, 0, 2, 10)[:, :, 1]).all()
    assert tuple(prices[0].iloc[0]) == model.start_prices
    with pytest.raises(ParameterError, match="iterations"):
        simulate_joint_prices(model, days=10_000, iterations=1000, seed=4)


# Closed forms


def test_normal_returns_have_the_means_and_the_covariance_that_they_should(given):
    model = given("normal", (0.2, 0.4, 0.3), 0.6)
    returns = model.growth(1, 0, 4000, 25).transpose(1, 0, 2).reshape(3, -1) - 1
    count = returns.shape[1]
    off = (returns.mean(axis=1) - np.array(model.drifts) / 252) / (np.array(model.volatilities) / 252**0.5)
    assert np.abs(off).max() < 4 / count**0.5
    np.testing.assert_allclose(np.corrcoef(returns)[np.tril_indices(3, -1)], 0.6, atol=4 * (1 - 0.36) / count**0.5)
    np.testing.assert_allclose(np.cov(returns) * 252, model.covariance, rtol=0.03)


@pytest.mark.parametrize("name", ["normal", "gbm"])
def test_the_product_of_two_prices_has_its_expectation(given, name):
    days, paths = 40, 4000
    model = given(name, (0.5, 0.8), 0.7, start_prices=(1.0, 1.0))
    product = np.prod(joint_closes(model, 1, 0, paths, days)[-1], axis=0)
    (one, two), covariance = model.drifts, 0.7 * 0.5 * 0.8
    daily = (1 + one / 252) * (1 + two / 252) + covariance / 252
    expected = daily**days if name == "normal" else np.exp((one + two + covariance) * days / 252)
    assert abs(product.mean() - expected) < 4 * product.std() / paths**0.5


def test_symbols_that_move_as_one_do_so_on_paths():
    returns = np.random.default_rng(1).normal(0, 0.01, (200, 1))
    for name in ("normal", "student_t", "bootstrap"):
        model = fit_joint(made(np.hstack([returns, 2 * returns, returns * 0, -returns])), name)
        assert model.correlation[0].tolist() == pytest.approx([1, 1, 0, -1], abs=1e-9)
        daily = model.growth(1, 0, 3, 50) - 1 - np.reshape(model.drifts, (-1, 1)) / model.bars_per_year
        np.testing.assert_allclose(daily[:, 1], 2 * daily[:, 0], atol=1e-7)
        np.testing.assert_allclose(daily[:, 2], 0, atol=1e-12)
        np.testing.assert_allclose(daily[:, 3], -daily[:, 0], atol=1e-7)


def test_the_mix_is_that_of_weights_kept(fitted, sample):
    weights = (0.4, 0.3, 0.2, 0.05)
    returns = sample.returns @ np.array(weights)
    drift, error, volatility = fitted["normal"].mix(weights)
    assert drift == pytest.approx(252 * returns.mean())
    assert volatility == pytest.approx(252**0.5 * returns.std(ddof=1))
    assert error == pytest.approx(volatility * (252 / len(returns)) ** 0.5)


# The bootstrap


def test_a_day_of_the_bootstrap_is_a_day_of_all_symbols(sample, fitted):
    model = fitted["bootstrap"]
    days = {tuple(day): place for place, day in enumerate(sample.returns.astype(np.float32).tolist())}
    found = (model.growth(3, 0, 2, 300) - 1).astype(np.float32)
    places = np.array([days[tuple(found[day, :, 0].tolist())] for day in range(300)])
    on = np.diff(places) == 1
    assert 1 - on.mean() == pytest.approx(1 / model.block, abs=4 * (model.block * 300) ** -0.5)


def test_its_block_suits_the_spells_of_all_symbols_in_equal_parts(sample, fitted):
    equal = 100 * np.cumprod(np.append(1.0, 1 + sample.returns.mean(axis=1)))
    bars = sample.history_of("AAPL").bars.assign(close=equal, adjusted_close=equal)
    alone = mc.fit(mc.PriceHistory("EQUAL", "csv", bars), "bootstrap")
    assert fitted["bootstrap"].block == pytest.approx(alone.block)


def test_a_job_has_no_returns_and_gets_them_from_its_history(sample, fitted):
    model = fitted["bootstrap"]
    written = json.loads(json.dumps(model.to_dict()))
    assert "returns" not in written
    read = joint_model_from_dict(written)
    with pytest.raises(ValueError, match="with_history comes first"):
        read.drawn()
    again = read.with_history(sample)
    assert (again, again.to_dict()) == (model, model.to_dict())
    assert (again.table == model.table).all()


def test_another_history_is_refused(sample, fitted):
    shorter = made(sample.returns[1:])
    for other in (shorter, made(sample.returns * 1.1)):
        with pytest.raises(HistoryError, match="are not those that the bootstrap was fitted to"):
            replace(fitted["bootstrap"], symbols=other.symbols).with_history(other)


def test_a_wild_return_is_refused_with_its_symbol():
    returns = np.random.default_rng(1).normal(0, 0.01, (100, 2))
    returns[50, 1] = -0.995
    with pytest.raises(ParameterError, match=r"S1: bootstrap replays daily returns .* one of them is -0\.995"):
        fit_joint(made(returns), "bootstrap")


def test_a_crash_that_gbm_cannot_draw_is_said_with_its_symbol():
    returns = np.random.default_rng(1).normal(0, 0.01, (300, 2))
    returns[50, 1] = -0.98
    assert any(warning.startswith("S1: gbm drifts by") for warning in fit_joint(made(returns), "gbm").warnings)


# By hand


@pytest.mark.parametrize("name", JOINT_MODELS)
def test_a_drift_by_hand_is_every_symbols_and_certain(sample, name):
    model = fit_joint(sample, name, drift=0.03)
    assert model.drifts == (0.03,) * 4
    assert model.drift_errors == (0.0,) * 4
    assert model.mix((0.25,) * 4)[1] == 0
    assert any(warning.startswith("drift of every symbol is 0.03, set by hand; fitted") for warning in model.warnings)
    growth = model.growth(1, 0, 400, 250)
    expected = np.exp(0.03 / 252) if name == "gbm" else 1 + 0.03 / 252
    deviations = 4 * growth.std(axis=(0, 2)) / (400 * 250 / getattr(model, "block", 1)) ** 0.5
    assert (np.abs(growth.mean(axis=(0, 2)) - expected) < deviations).all()


def test_what_only_one_model_has_can_be_set_there_alone(sample):
    assert fit_joint(sample, "bootstrap", block=3).block == 3.0
    tails = fit_joint(sample, "student_t", degrees_of_freedom=5)
    assert (tails.degrees_of_freedom, tails.tail_error) == (5.0, 0.0)
    with pytest.raises(ParameterError, match="block cannot be set for the normal model of several symbols"):
        fit_joint(sample, "normal", block=3)
    with pytest.raises(ParameterError, match="block must be"):
        fit_joint(sample, "bootstrap", block=0)
    with pytest.raises(ParameterError, match="model must be one of bootstrap, normal, gbm, student_t, not 'nrmal'"):
        fit_joint(sample, "nrmal")


@pytest.mark.parametrize("name", JOINT_MODELS)
def test_all_drifts_can_be_shifted(fitted, name):
    model = fitted[name]
    moved = model.shifted(0.5)
    assert moved.drifts == pytest.approx([drift + 0.5 for drift in model.drifts])
    before, after = model.growth(1, 0, 4, 50), moved.growth(1, 0, 4, 50)
    expected = before * np.exp(0.5 / 252) if name == "gbm" else before + 0.5 / 252
    np.testing.assert_allclose(after, expected, rtol=1e-12)


# What is written and what is refused


@pytest.mark.parametrize("name", JOINT_MODELS)
def test_json_gives_the_same_model_back(fitted, name):
    model = fitted[name]
    written = json.loads(json.dumps(model.to_dict()))
    assert joint_model_from_dict(written) == model
    assert JOINT_MODELS[name].from_dict(written) == model
    for broken in ({**written, "more": 1}, {key: value for key, value in written.items() if key != "drifts"}, [], {}):
        with pytest.raises(ParameterError):
            joint_model_from_dict(broken)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("symbols", ("S0", "S0")),
        ("symbols", ("S0", "a b")),
        ("symbols", ()),
        ("start_prices", (0.0, 1.0)),
        ("start_prices", (1.0,)),
        ("drifts", (0.0, float("nan"))),
        ("volatilities", (-0.1, 0.1)),
        ("correlations", (1.1,)),
        ("correlations", ()),
        ("observations", -1),
        ("variance_error", float("inf")),
        ("shrunk", 2.0),
        ("bars_per_year", 0),
        ("warnings", ("a", 1)),
        ("by_hand", "drift"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(given, name, value):
    model = given("normal", (0.2, 0.3), 0.5)
    with pytest.raises(ParameterError) as caught:
        replace(model, **{name: value})
    assert name in caught.value.problems


def test_correlations_that_no_prices_have_are_refused(given):
    with pytest.raises(ParameterError, match="no prices can move together in this way"):
        given("normal", (0.2, 0.2, 0.2), -0.6)
    given("normal", (0.2, 0.2, 0.2), -0.5)


def test_parameters_of_its_own_are_checked(given):
    with pytest.raises(ParameterError, match="degrees_of_freedom"):
        given("student_t", (0.2,), 0.0, degrees_of_freedom=2.0)
    with pytest.raises(ParameterError, match="tail_error"):
        given("student_t", (0.2,), 0.0, degrees_of_freedom=4.0, tail_error=-1.0)
    with pytest.raises(ParameterError, match="block"):
        given("bootstrap", (0.2,), 0.0, block=0.5)
    with pytest.raises(ParameterError, match="shifts"):
        given("bootstrap", (0.2,), 0.0, block=5.0, shifts=(1.0, 2.0))


def test_every_kind_says_what_its_days_are_like():
    assert list(JOINT_MODELS) == ["bootstrap", "normal", "gbm", "student_t"]
    for kind in JOINT_MODELS.values():
        assert kind.help.endswith(".")
        assert issubclass(kind, JointModel)
        assert {field.name for field in fields(JointModel)} <= {field.name for field in fields(kind)}
