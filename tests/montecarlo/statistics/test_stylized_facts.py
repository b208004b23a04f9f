"""Stylized facts of days of several symbols, against plain figures of SciPy."""

import numpy as np
import pytest
from scipy import stats

from montecarlo.statistics import stylized_facts
from montecarlo.statistics.stylized_facts import STATISTICS, correlations, measured


@pytest.fixture(scope="module")
def history():
    rng = np.random.default_rng(1)
    storms = np.repeat(np.exp(rng.normal(0, 0.7, 25)), 21)[:, None]
    return 0.01 * storms * (rng.standard_t(5, (525, 3)) + rng.normal(0, 1, (525, 1)))


@pytest.fixture(scope="module")
def found(history):
    other = np.roll(history[::-1], 100, axis=1) * 1.5
    return measured(np.stack([history, other], axis=2), history)


def test_every_statistic_is_measured_of_each_path_and_explained(found):
    assert list(found) == list(STATISTICS)
    for values in found.values():
        assert values.shape == (2,)
        assert np.isfinite(values).all()


def test_correlations_are_those_of_each_pair(history):
    expected = np.corrcoef(history.T)
    assert correlations(history[:, :, None])[:, 0] == pytest.approx(expected[np.tril_indices(3, -1)], rel=1e-12)


def test_the_mean_correlation_is_over_all_pairs(history, found):
    mean = np.corrcoef(history.T)[np.tril_indices(3, -1)].mean()
    assert found["mean_correlation"] == pytest.approx([mean, mean], rel=1e-12)


def test_figures_of_equal_weights_are_scipys(history, found):
    equal = history.mean(axis=1)
    month = np.prod(1 + history.reshape(25, 21, 3), axis=1) - 1
    days_before = np.corrcoef(equal[1:] ** 2, equal[:-1] ** 2)[0, 1]
    expected = {
        "daily_deviation_of_equal_weights": equal.std(ddof=1),
        "worst_day_of_equal_weights": equal.min(),
        "mean_of_worst_1_percent_of_days_of_equal_weights": np.sort(equal)[:5].mean(),
        "worst_month_of_equal_weights": (np.prod(1 + equal.reshape(25, 21), axis=1) - 1).min(),
        "skewness_of_equal_weights": stats.skew(equal),
        "kurtosis_of_equal_weights": stats.kurtosis(equal, fisher=False),
        "correlation_of_months": np.corrcoef(month.T)[np.tril_indices(3, -1)].mean(),
        "days_when_all_fall": (history < 0).all(axis=1).mean(),
    }
    for name, value in expected.items():
        assert found[name][0] == pytest.approx(value, rel=1e-9), name
    assert found["autocorrelation_of_squares_of_equal_weights"][0] == pytest.approx(days_before, abs=0.02)


def test_a_joint_crash_is_a_day_on_which_half_of_them_crash_by_their_historys_measure(history, found):
    lowest = np.sort(history, axis=0)[5]
    for path, returns in enumerate((history, np.roll(history[::-1], 100, axis=1) * 1.5)):
        crashed = (returns < lowest).sum(axis=1) >= 2
        assert found["joint_crash_days"][path] == crashed.mean()


def test_stormy_days_are_those_after_a_month_that_moved_most():
    """Whatever else happens, symbols move together on the 21 days that have the largest of all in the month before."""
    returns = np.tile([[0.001, -0.001], [-0.001, 0.001]], (60, 1))
    returns[70] *= 50
    returns[71:92, 1] = returns[71:92, 0]
    found = measured(returns[:, :, None], returns)
    assert found["mean_correlation"][0] < -0.9
    assert found["correlation_on_stormy_days"][0] == pytest.approx(1)


@pytest.mark.parametrize("correlation", [0.2, 0.7])
def test_of_normal_days_all_alike_storms_change_no_correlation(correlation):
    """The days that move most are more correlated in any case; those that follow stormy ones are not."""
    rng = np.random.default_rng(2)
    returns = 0.01 * rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], (2000, 30)).transpose(
        0, 2, 1
    )
    found = measured(returns, returns[:, :, 0])
    assert found["correlation_on_stormy_days"].mean() == pytest.approx(correlation, abs=0.04)
    assert found["kurtosis_of_equal_weights"].mean() == pytest.approx(3, abs=0.1)


def test_one_symbol_has_no_correlations(history):
    found = measured(history[:, :1, None], history[:, :1])
    undefined = {name for name, values in found.items() if np.isnan(values[0])}
    assert undefined == {"mean_correlation", "correlation_on_stormy_days", "correlation_of_months"}


def test_few_days_and_prices_that_never_move_are_no_error(history):
    for days in (1, 2, 21, 22, 43):
        assert list(measured(history[:days, :, None], history)) == list(STATISTICS)
    still = history[:, :, None].copy()
    still[:, 1] = 0.0
    assert measured(still, history)["mean_correlation"][0] == pytest.approx(np.corrcoef(history[:, [0, 2]].T)[0, 1])
    assert np.isnan(measured(0 * still, history)["kurtosis_of_equal_weights"][0])


@pytest.mark.processors
def test_a_path_has_the_same_figures_in_whatever_company(history):
    many = np.stack([np.roll(history, shift, axis=0) * (1 + shift) for shift in range(9)], axis=2)
    together, alone = measured(many, history), measured(many[:, :, 4:5].copy(), history)
    for name in STATISTICS:
        assert together[name][4] == alone[name][0], name


def test_shares_of_days_are_fractions(found):
    for name in (stylized_facts.DAYS_WHEN_ALL_FALL, stylized_facts.JOINT_CRASH_DAYS):
        assert ((found[name] >= 0) & (found[name] <= 1)).all()
