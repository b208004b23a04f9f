"""What an answer is worth: parameters as the history leaves them open, and the same answer beside it."""

import hashlib
import json
import math

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.engine.lanes import LANES
from montecarlo.experiments import left_open, uncertainty
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.paths import simulate_drawn
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.simulation import uncertainty_by_default
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.models import MODELS, Drawn
from montecarlo.models.sampling import MOST_RATIO
from montecarlo.statistics.tally import Tally
from tests.montecarlo.experiments.test_same_bits import RETURNS

STRATEGY = mc.SmaCrossover(3, 8)
SETTINGS = ["at the fit", "-2 standard errors", "-1 standard error", "1 standard error", "2 standard errors", "zero"]


def model_of(name, closes=None):
    closes = 80.0 * np.cumprod(1 + np.array(RETURNS * 6)) if closes is None else closes
    return MODELS[name].fit(closes)


def simulation_of(model, **changes):
    return mc.simulate(model, STRATEGY, days=60, iterations=1500, seed=11, **changes).simulation


@pytest.mark.parametrize("name", MODELS)
def test_the_drift_is_drawn_as_far_from_the_fit_as_its_standard_error_says(name):
    model = mc.fit(mc.load_history("IBM", source="sample"), name)
    drifts = model.redrawn(7, 0, 2000).drifts
    # The blocks of the bootstrap remember a little: what goes up for weeks comes down again.
    assert drifts.std() == pytest.approx(model.drift_error, rel=0.3 if name == "bootstrap" else 0.06)
    assert abs(drifts.mean() - model.drift) < 5 * model.drift_error / math.sqrt(2000)


def test_the_volatility_and_the_tails_are_drawn_likewise():
    model = mc.fit(mc.load_history("IBM", source="sample"), "student_t")
    drawn = model.redrawn_values(7, 0, 2000)
    assert drawn["volatility"].std() == pytest.approx(model.volatility_error, rel=0.06)
    assert (1 / drawn["degrees_of_freedom"]).std() == pytest.approx(model.tail_error, rel=0.06)


def test_a_deviation_is_drawn_as_chi_squared_says_and_the_drift_with_the_deviation_that_was_drawn():
    """Of few degrees of freedom, which are far from symmetrical; Wilson and Hilferty's cube is off by a hundredth."""
    degrees, levels = 8, [0.05, 0.25, 0.5, 0.75, 0.95]
    model = mc.NormalModel(80.0, 0.1, 0.2, drift_error=0.1, volatility_error=0.2 / math.sqrt(2 * degrees))
    drawn = model.redrawn_values(7, 0, 20_000)
    chi_squared = degrees / (drawn["volatility"] / 0.2) ** 2  # the fitted variance over the one that was drawn
    np.testing.assert_allclose(np.quantile(chi_squared, levels), stats.chi2(degrees).ppf(levels), rtol=0.03)
    ratio, distance = drawn["volatility"] / 0.2, np.abs(drawn["drift"] - 0.1)
    assert np.corrcoef(ratio, distance)[0, 1] > 0.2
    np.testing.assert_allclose(np.std((drawn["drift"] - 0.1) / ratio), 0.1, rtol=0.03)


def test_of_gbm_it_is_the_mean_of_logarithms_that_does_not_go_along_with_the_volatility():
    model = mc.GbmModel(80.0, 0.1, 0.8, drift_error=0.02, volatility_error=0.1)
    drawn = model.redrawn_values(7, 0, 5000)
    mean = drawn["drift"] - drawn["volatility"] ** 2 / 2
    assert abs(np.corrcoef(mean, drawn["volatility"])[0, 1]) < 0.06
    assert np.corrcoef(drawn["drift"], drawn["volatility"])[0, 1] > 0.9


@pytest.mark.processors
def test_draws_have_no_power_of_a_library_in_them():
    """Powers of C's library differ between processors for one number in a thousand: for these, where they do."""
    model = mc.GbmModel(100.0, 0.1, 0.75953801350524, drift_error=0.1, volatility_error=0.03434220633461163)
    assert model.redrawn_values(7, 0, 3)["drift"][0] == 0.04309670699156684


def test_draws_stay_within_what_is_said_of_them():
    for model in (
        model_of("gbm"),
        model_of("student_t"),
        mc.GbmModel(80.0, 2.0, 3.0, drift_error=1.0, volatility_error=2.0),
    ):
        drift, volatility = model.furthest()
        drawn = model.redrawn_values(7, 0, 20_000)
        assert np.abs(drawn["drift"]).max() <= drift
        assert drawn["volatility"].max() <= volatility


def test_histories_with_a_drift_that_is_certain_have_no_return_that_prices_cannot_have():
    returns = np.append(np.tile([0.1, -0.1], 35), -0.9899)
    model = mc.BootstrapModel.fit(80.0 * np.cumprod(np.append(1, 1 + returns))).with_values({"drift": 0.0})
    assert model.redrawn(7, 0, 200).parameters[:, 2:].min() >= -0.99


def test_parameters_that_leave_no_range_are_told_before_the_work_begins():
    closes = 80.0 * np.cumprod(1 + np.tile([0.9, -0.45], 31))
    model = mc.NormalModel.fit(closes)
    assert not uncertainty_by_default(model, STRATEGY, 20)
    with pytest.raises(mc.ParameterError, match="as open as they can be"):
        mc.Simulation(model=model, strategy=STRATEGY, days=20, iterations=1, seed=1, uncertainty=True)
    by_hand = mc.simulate(mc.NormalModel(80.0, 0.1, 0.2), STRATEGY, days=20, iterations=10, seed=1)
    assert "range" not in by_hand.headline["return_median"]


def test_a_volatility_that_hangs_on_one_day_is_drawn_wide_but_not_without_end():
    closes = 80.0 * np.cumprod(1 + np.append(np.tile([0.01, -0.01], 100), -0.8))
    drawn = mc.NormalModel.fit(closes).redrawn_values(7, 0, 4000)["volatility"] / mc.NormalModel.fit(closes).volatility
    assert drawn.min() < 0.6
    assert 1.6 < drawn.max() <= MOST_RATIO


@pytest.mark.parametrize("name", MODELS)
def test_a_draw_is_a_function_of_seed_and_number(name):
    model = model_of(name)
    five = model.redrawn(7, 0, 5).parameters
    np.testing.assert_array_equal(model.redrawn(7, 3, 2).parameters, five[3:])
    assert (model.redrawn(8, 0, 5).parameters != five).any()


@pytest.mark.parametrize("name", MODELS)
def test_a_drift_that_a_person_has_set_is_that_of_every_draw(name):
    certain = model_of(name).with_values({"drift": 0.05})
    np.testing.assert_allclose(certain.redrawn(7, 0, 3).drifts, 0.05, rtol=1e-5)


def test_neighbours_have_parameters_of_their_own_group():
    """Two models in turn, for groups of lanes: what each gives when it stands alone."""
    simulation = simulation_of(model_of("normal"))
    first, second = simulation.model.drawn(), simulation.model.with_drift(3.0).drawn()
    both = Drawn(first.stage, np.vstack([first.parameters, second.parameters]), np.array([0.0, 0.0]))
    found = simulate_drawn(simulation, both, 0, 4 * LANES)["final_value"].reshape(4, LANES)
    alone = [simulate_drawn(simulation, one, 0, 4 * LANES)["final_value"].reshape(4, LANES) for one in (first, second)]
    np.testing.assert_array_equal(found[::2], alone[0][::2])
    np.testing.assert_array_equal(found[1::2], alone[1][1::2])


def test_a_rule_in_plain_numpy_is_worth_what_the_same_one_compiled_is():
    def targets(closes):
        return STRATEGY.targets(closes)

    model = model_of("gbm")
    rule = mc.strategy_from(targets, first_decision=lambda: STRATEGY.first_decision)
    compiled = mc.simulate(model, STRATEGY, days=60, iterations=10, seed=11).simulation
    own = mc.simulate(model, rule, days=60, iterations=10, seed=11).simulation
    drawn = model.redrawn(11, 0, 64)
    for several in (drawn, drawn._replace(parameters=drawn.parameters[:1])):
        ours, theirs = (simulate_drawn(each, several, 0, 1024)["final_value"] for each in (compiled, own))
        np.testing.assert_array_equal(ours, theirs)
    assert uncertainty_by_default(model, compiled.strategy, 60)
    assert not uncertainty_by_default(model, own.strategy, 60), "it would take minutes"


@pytest.fixture(scope="module")
def result():
    return mc.simulate(model_of("gbm"), STRATEGY, days=60, iterations=uncertainty.PATHS, seed=11, risk_free=0.02)


def test_at_the_fit_a_statistic_is_that_of_the_plain_simulation(result):
    at_the_fit = {each.setting: each for each in result.uncertainty.drifts}
    assert list(at_the_fit) == [*SETTINGS[1:3], SETTINGS[0], *SETTINGS[3:], "the risk-free rate"]
    summary = result.summary.set_index("statistic")["value"]
    for name, value in at_the_fit["at the fit"].values.items():
        assert value == pytest.approx(summary[name], rel=1e-12), name
    losses = [at_the_fit[setting].values["probability_of_loss"] for setting in SETTINGS[1:5]]
    assert losses == sorted(losses, reverse=True)


def test_the_predictive_odds_average_over_the_draws(result):
    found = result.uncertainty
    over_draws = np.mean([each.values["probability_of_loss"] for each in found.draws])
    predictive = found.predictive.events["loss"] / found.predictive.paths
    assert found.predictive.paths == uncertainty.PREDICTIVE_PATHS
    assert predictive == pytest.approx(over_draws, abs=0.05)


def test_a_range_has_nineteen_draws_of_twenty(result):
    low, high = result.uncertainty.range_of("return_median")
    values = [each.values["return_median"] for each in result.uncertainty.draws]
    assert sum(low <= value <= high for value in values) / len(values) == pytest.approx(0.95, abs=0.011)
    phrase = result.headline["return_median"]
    assert phrase.partition(", range ")[2].count(" to ") == 1


@pytest.mark.processors
def test_it_is_the_same_with_any_number_of_threads_and_on_any_processor():
    simulation = simulation_of(mc.GbmModel(80.0, 0.1, 0.25, drift_error=0.1, volatility_error=0.02))
    one, two = (uncertainty.measure(simulation, threads=threads).to_dict() for threads in (1, 2))
    assert one == two
    of_draws = json.dumps([one["draws"], one["drifts"]])
    assert hashlib.sha256(of_draws.encode()).hexdigest()[:16] == "e01f7c34d0b81891"


def test_a_job_has_it_beside_the_very_same_results(tmp_path):
    model = model_of("normal")
    simulation = simulation_of(model)
    plain = run_to_folder(simulation, tmp_path / "plain")
    done: list[int] = []
    with_it = mc.Simulation.from_dict(json.loads(json.dumps(simulation.to_dict() | {"uncertainty": True})))
    found = run_to_folder(with_it, tmp_path / "with", progress=done.append)
    assert list(found) == [UNCERTAINTY, SUMMARY]
    assert found[SUMMARY] == plain[SUMMARY]
    assert (tmp_path / "with/paths.csv").read_bytes() == (tmp_path / "plain/paths.csv").read_bytes()
    assert done == sorted(done)
    assert done[0] >= 1
    assert done[-1] == 1500
    assert done[0] < 100, "the paths of the job are a small part of the work"
    for name, content in found.items():
        with_it.require_whole(name, content)
    with pytest.raises(ValueError, match="lines below the header"):
        with_it.require_whole(UNCERTAINTY, b"\n".join(found[UNCERTAINTY].splitlines()[:-1]) + b"\n")


def test_the_range_of_paths_that_begins_the_job_brings_it_and_merging_keeps_it():
    simulation = mc.Simulation(
        model=model_of("normal"), strategy=STRATEGY, days=60, iterations=3000, seed=11, uncertainty=True
    )
    first, second = simulation.run(0, 2048), simulation.run(2048, 3000)
    assert second.uncertainty is None
    for total in (first + second, second + first):
        assert Tally.from_bytes(total.to_bytes()).uncertainty == first.uncertainty


def test_what_is_certain_has_no_uncertainty():
    model = mc.NormalModel(80.0, 0.1, 0.2)
    with pytest.raises(mc.ParameterError, match=r"^uncertainty needs a model that knows its standard errors"):
        mc.Simulation(model=model, strategy=STRATEGY, days=60, iterations=1, seed=1, uncertainty=True)


def test_a_horizon_that_no_draw_survives_in_double_precision_is_refused_and_not_tried_by_default():
    model = mc.NormalModel(80.0, 0.1, 2.0, drift_error=1.0, volatility_error=0.3)
    assert not uncertainty_by_default(model, STRATEGY, 252 * 30)
    with pytest.raises(mc.ParameterError, match=r"^uncertainty cannot be told for so many days"):
        mc.Simulation(model=model, strategy=STRATEGY, days=252 * 30, iterations=1, seed=1, uncertainty=True)


def test_a_sweep_says_on_request_how_its_combinations_fare_and_in_how_many_draws_each_is_the_best():
    model, over = model_of("normal"), {"short": (3, 5), "long": (8, 13)}
    plain = mc.sweep(model, STRATEGY, over, days=60, iterations=1100, seed=11)
    found = mc.sweep(model, STRATEGY, over, days=60, iterations=1100, seed=11, uncertainty=True)
    assert plain.ranges is None
    assert found.table.equals(plain.table)
    assert found.ranges["best_in"].sum() == pytest.approx(1)
    assert list(found.ranges[["short", "long"]].itertuples(index=False, name=None)) == [
        (3, 8),
        (3, 13),
        (5, 8),
        (5, 13),
    ]
    drawn = left_open.evenly_drawn(model, 11)
    first = mc.simulate(model, found.sweep.strategies[0], days=60, iterations=1, seed=11).simulation
    each = (drawn._replace(parameters=drawn.parameters[[number]]) for number in range(left_open.DRAWS))
    losses = [uncertainty.values_of(simulate_drawn(first, one, 0, 1024))["probability_of_loss"] for one in each]
    row = found.ranges.iloc[0]
    assert (row["probability_of_loss_low"], row["probability_of_loss_high"]) == uncertainty.central(losses)
    assert "draws" in str(found).splitlines()[-1]
