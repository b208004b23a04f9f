"""Controlled estimates: against least squares, and where there are none."""

import json
import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.accounting.controls import CONTROLS
from montecarlo.experiments.paths import simulate_rows
from montecarlo.statistics.controlled import (
    LEAST_PATHS,
    controlled_mean,
    controlled_median,
    controlled_probability_of_loss,
)
from montecarlo.statistics.histogram import Distribution
from montecarlo.statistics.tally import BLOCK_PATHS, Tally

PATHS = 3 * BLOCK_PATHS + 77
MODELS = (
    mc.GbmModel(50.0, 0.3, 0.5),
    mc.NormalModel(50.0, 0.3, 0.5),
    mc.NormalModel(50.0, 0.3, 6.0),  # some paths fall to zero
    mc.StudentTModel(50.0, 0.3, 0.5, degrees_of_freedom=5.0),
)
RULES = {"all in": mc.Rules(), "shares": mc.Rules(shares=900.0), "same close": mc.Rules(fill="same-close")}
NOTHING = pytest.approx((math.nan,) * 3, nan_ok=True)


def rows_of(model=MODELS[0], rules=RULES["all in"], strategy=None, paths=PATHS, days=250):
    strategy = strategy or mc.SmaCrossover(5, 20)
    simulation = mc.Simulation(model=model, strategy=strategy, rules=rules, days=days, iterations=1, seed=11)
    return simulate_rows(simulation, 0, paths)


@pytest.fixture(scope="module")
def rows():
    return rows_of()


def least_squares(values, controls):
    """Intercept of the regression of the values on the controls, its standard error, and the residuals' variance."""
    design = np.column_stack([np.ones(len(values)), *controls])
    coefficients, (squares,), *_ = np.linalg.lstsq(design, values, rcond=None)
    variance = squares / (len(values) - design.shape[1])
    return coefficients[0], math.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0]), variance


def columns(rows):
    return [rows[name] for name in CONTROLS]


def estimates(tally):
    returns = Distribution.of_histogram(tally.wealth).shift(-1.0)
    return controlled_mean(tally), controlled_median(tally, returns), controlled_probability_of_loss(tally)


def test_the_mean_is_the_intercept_of_the_regression_on_the_controls(rows):
    value, error, _ = least_squares(rows["return"], columns(rows))
    half = stats.t.ppf(0.975, PATHS - 5) * error
    assert controlled_mean(Tally.of(rows)) == pytest.approx((value, value - half, value + half), rel=1e-6)


def test_the_probability_of_loss_is_the_intercept_with_the_interval_of_as_many_paths_as_it_is_worth(rows):
    value, error, _ = least_squares((rows["return"] < 0) * 1.0, columns(rows))
    _, low, high = controlled_probability_of_loss(Tally.of(rows))
    assert controlled_probability_of_loss(Tally.of(rows))[0] == pytest.approx(value, rel=1e-9)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.01)
    assert low < value < high


def test_the_median_is_where_the_controlled_distribution_function_is_a_half(rows):
    """Coefficients are those at the medians of blocks, which hardly differ from those at the median of all paths."""
    returns = rows["return"]
    below = (returns <= np.median(returns)) * 1.0
    at_half, error, _ = least_squares(below, columns(rows))
    rank = PATHS * (0.5 + below.mean() - at_half)
    found = controlled_median(Tally.of(rows), Distribution.of_sample(returns))
    ranks = np.searchsorted(np.sort(returns), found) + 1
    assert ranks[0] == pytest.approx(rank, abs=0.02 * PATHS * error + 1)
    assert ranks[2] - ranks[1] == pytest.approx(2 * 1.96 * PATHS * error, rel=0.03)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.name} {model.volatility}")
@pytest.mark.parametrize("shorting", [False, True])
def test_every_control_is_zero_on_average(model, rules, shorting):
    found = rows_of(model, rules, mc.SmaCrossover(2, 5, shorting), paths=8 * BLOCK_PATHS, days=25)
    for name in CONTROLS:
        error = found[name].std() / math.sqrt(len(found[name]))
        assert abs(found[name].mean()) < 4 * error, name


@pytest.mark.processors
def test_the_cut_and_the_order_of_blocks_change_no_bit(rows):
    parts = [{name: column[k : k + BLOCK_PATHS] for name, column in rows.items()} for k in range(0, PATHS, BLOCK_PATHS)]
    backwards = reduce(add, (Tally.of(part) for part in reversed(parts)))
    assert estimates(backwards) == estimates(Tally.of(rows))


def test_where_the_price_alone_decides_nothing_is_left_to_luck():
    """Bought at the first close and kept: the mean return is known to the last digits."""
    rules, days = mc.Rules(fill="same-close"), 60
    model = MODELS[0]
    value, low, high = controlled_mean(Tally.of(rows_of(model, rules, mc.BuyAndHold(), days=days)))
    assert value == pytest.approx(math.exp(0.3 * days / 252) / 1.001 - 1, rel=1e-6)
    assert high - low < 1e-4


def test_of_dependent_days_there_is_no_controlled_estimate():
    model = mc.fit(mc.load_history("AAPL", source="sample"), "bootstrap")
    tally = Tally.of(rows_of(model, paths=LEAST_PATHS))
    assert estimates(tally) == (NOTHING,) * 3
    assert not any("control" in name for name in tally.sums)


@pytest.mark.parametrize(("paths", "some"), [(LEAST_PATHS - 1, False), (LEAST_PATHS, True)])
def test_few_paths_have_no_controlled_estimate(paths, some):
    found = estimates(Tally.of(rows_of(paths=paths)))
    assert all(not math.isnan(number) for estimate in found for number in estimate) is some


def test_paths_that_never_trade_have_no_controlled_estimate():
    """They all return nothing; the price alone varies."""
    found = estimates(Tally.of(rows_of(rules=mc.Rules(shares=1e9), paths=200)))
    assert found == (NOTHING,) * 3


def test_still_prices_have_no_controlled_estimate():
    assert estimates(Tally.of(rows_of(mc.GbmModel(50.0, 0.3, 0.0), paths=200))) == (NOTHING,) * 3


def test_a_tally_of_an_older_engine_has_no_controlled_estimate_and_the_rest(rows):
    values = json.loads(Tally.of(rows).to_bytes())
    values["sums"] = {name: total for name, total in values["sums"].items() if "control" not in name}
    older = Tally.from_bytes(json.dumps(values).encode())
    assert estimates(older) == (NOTHING,) * 3
    assert older.fan.to_dict() == Tally.of(rows).fan.to_dict()
