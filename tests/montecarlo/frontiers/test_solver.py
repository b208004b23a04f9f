"""The solver's answers are those of the exact conditions of an optimum, and of closed forms."""

import sys

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.frontiers.bounds import Bounds
from montecarlo.frontiers.moments import Moments
from montecarlo.frontiers.solver import Solver
from tests.montecarlo.frontiers.exact import SYMBOLS, bounds, calmest, moments

VARIANCE = 1e-8  # relative
WITHIN = [{}, {"highest": 0.4}, {"lowest": {"B": 0.1, "D": 0.25}, "highest": {"A": 0.3}}]


def variance(of, weights):
    return weights @ of.covariance @ weights


def sharpe(of, weights):
    return of.weighting(weights).sharpe


@pytest.mark.parametrize("within", WITHIN, ids=["long only", "at most", "both"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_least_volatility_at_a_return_is_the_exact_one(seed, within):
    of, within = moments(seed), bounds(**within)
    solver = Solver(of, within)
    low, high = (float(each @ of.returns) for each in (solver.calmest(), solver.richest()))
    for wanted in np.linspace(low, high, 7)[1:-1]:
        found = solver.calmest_with(float(wanted))
        assert found @ of.returns == pytest.approx(wanted, abs=1e-8)
        assert variance(of, found) == pytest.approx(variance(of, calmest(of, within, wanted)), rel=VARIANCE)
    assert variance(of, solver.calmest()) == pytest.approx(variance(of, calmest(of, within)), rel=VARIANCE)


@pytest.mark.parametrize("within", WITHIN, ids=["long only", "at most", "both"])
def test_no_weighting_within_the_bounds_has_a_higher_sharpe_ratio_than_the_best(within):
    of, within = moments(3, risk_free=0.02), bounds(**within)
    solver = Solver(of, within)
    best = solver.best()
    low, high = (float(each @ of.returns) for each in (solver.calmest(), solver.richest()))
    points = [calmest(of, within, wanted) for wanted in np.linspace(low, high, 9)[1:-1]]
    near = [within.within(best + 1e-3 * step) for step in np.random.default_rng(7).normal(size=(200, 4))]
    assert sharpe(of, best) >= max(sharpe(of, each) for each in (*points, *near)) - 1e-10
    tangent = calmest(of, within, float(best @ of.returns))
    assert sharpe(of, best) == pytest.approx(sharpe(of, tangent), rel=1e-9)


def test_the_best_of_two_is_the_closed_form():
    """Weights as the inverse covariance times the excess return."""
    of = Moments(np.array([0.12, 0.07]), np.array([[0.09, 0.006], [0.006, 0.0225]]), 0.02)
    tangent = np.linalg.solve(of.covariance, of.excess)
    np.testing.assert_allclose(Solver(of, bounds(symbols="AB")).best(), tangent / tangent.sum(), atol=1e-8)


def test_the_calmest_of_two_is_the_closed_form():
    one, other, both = 0.09, 0.0225, 0.006
    of = Moments(np.array([0.12, 0.07]), np.array([[one, both], [both, other]]), 0.0)
    first = (other - both) / (one + other - 2 * both)
    np.testing.assert_allclose(Solver(of, bounds(symbols="AB")).calmest(), [first, 1 - first], atol=1e-8)


def test_the_highest_return_at_a_volatility_lies_on_the_frontier():
    of, within = moments(1), bounds(highest=0.6)
    solver = Solver(of, within)
    low, high = (of.weighting(each).volatility for each in (solver.calmest(), solver.richest()))
    for volatility in low + (high - low) * np.array([1e-9, 0.01, 0.3, 0.9]):
        found = of.weighting(solver.richest_at(float(volatility)))
        assert found.volatility <= volatility * (1 + 1e-6)
        same = of.weighting(solver.calmest_with(found.expected_return))
        assert same.volatility == pytest.approx(volatility, rel=1e-6)


def test_next_to_the_least_volatility_the_highest_return_is_found_by_halving():
    """Where the solver has no room: the same as by the solver where it has."""
    of = moments(1)
    solver = Solver(of, bounds())
    volatility = 1.1 * of.weighting(solver.calmest()).volatility
    np.testing.assert_allclose(solver._between(volatility), solver.richest_at(volatility), atol=1e-6)
    random = np.random.Generator(np.random.PCG64(3))
    for _ in range(5):
        factors = random.normal(size=(20, 30))
        of = Moments(random.normal(size=20), factors @ factors.T / 500, 0.0)
        solver = Solver(of, bounds(symbols=[str(place) for place in range(20)]))
        volatility = of.weighting(solver.calmest()).volatility * (1 + 1e-7)
        assert of.weighting(solver.richest_at(volatility)).volatility <= volatility * (1 + 1e-6)


def test_the_richest_has_as_much_as_may_be_of_the_best_symbols():
    of = Moments(np.array([0.1, 0.3, 0.2, 0.0]), np.eye(4), 0.0)
    np.testing.assert_allclose(Solver(of, bounds()).richest(), [0, 1, 0, 0])
    np.testing.assert_allclose(Solver(of, bounds({"D": 0.1}, 0.5)).richest(), [0, 0.5, 0.4, 0.1])


def test_without_any_excess_return_the_best_is_the_richest():
    of = Moments(np.array([0.01, 0.03]), np.eye(2) * 0.04, 0.05)
    np.testing.assert_array_equal(Solver(of, bounds(symbols="AB")).best(), [0, 1])


def test_symbols_that_are_one_and_the_same_do_no_harm():
    of = Moments(np.array([0.5, 0.5, 0.25]), np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), 0.0)
    solver = Solver(of, bounds(symbols="ABC"))
    for weights in (solver.best(), solver.calmest(), solver.richest_at(0.8)):
        assert weights.sum() == pytest.approx(1)
    assert sharpe(of, solver.best()) == pytest.approx(np.hypot(0.5, 0.25), rel=1e-8)


def test_bounds_that_leave_one_weighting_give_it():
    of = moments(1)
    for within in (bounds(0.25), bounds(0.0, 0.25), Bounds.of(SYMBOLS, {"A": 0.5, "B": 0.5}, 1.0)):
        solver = Solver(of, within)
        for found in (solver.best(), solver.calmest(), solver.richest(), solver.richest_at(0.2)):
            np.testing.assert_allclose(found, within.only, atol=1e-12)


def test_without_the_solver_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "clarabel", None)
    with pytest.raises(mc.LibraryError, match=r"solver Clarabel, .* pip install \"spot-montecarlo\[frontier\]\""):
        Solver(moments(1), bounds())
