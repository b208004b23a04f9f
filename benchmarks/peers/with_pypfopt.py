"""PyPortfolioOpt (MIT): the efficient frontier by its critical line algorithm, which is exact, and by its solver.

Bailey and López de Prado, "An open-source implementation of the critical-line algorithm for portfolio optimization",
2013, is what the former follows.  ``python -m benchmarks.peers.with_pypfopt`` records what it finds for four stocks in
tests/montecarlo/frontiers/pyportfolioopt.csv: it comes with 200 MB of solvers, which the tests do without.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pypfopt import CLA, EfficientFrontier

import montecarlo as mc
from montecarlo.data.joint_history import align
from montecarlo.frontiers.bounds import Bounds
from montecarlo.frontiers.moments import Moments
from montecarlo.frontiers.solver import Solver
from montecarlo.models.joint import fit_joint

SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")
VARIANCE, LEAST, SHARPE = "variance", "least variance", "highest Sharpe ratio"
TOLERANCE = 1e-6  # of the variance, and of the Sharpe ratio
RISK_FREE = 0.01
MANY = 20  # symbols
RECORD = Path(__file__).parents[2] / "tests" / "montecarlo" / "frontiers" / "pyportfolioopt.csv"


@dataclass(frozen=True, eq=False)
class Case:
    """Symbols and the bounds of their weights.

    Attributes:
        name: For messages.
        moments: Per year.
        bounds: Of weights.
    """

    name: str
    moments: Moments
    bounds: Bounds


def cases() -> Iterator[Case]:
    """Four stocks and twenty made up, long only and within bounds."""
    stocks = Moments.of(
        fit_joint(align([mc.load_history(symbol, "sample") for symbol in SYMBOLS]), "normal"), RISK_FREE
    )
    for what, moments, highest in (("four stocks", stocks, 0.4), ("twenty made up", _made_up(), 0.15)):
        symbols = [str(place) for place in range(len(moments.returns))]
        yield Case(f"{what}, long only", moments, Bounds.of(symbols, 0.0, 1.0))
        yield Case(f"{what}, at most {highest:g} of each", moments, Bounds.of(symbols, 0.0, highest))
        yield Case(f"{what}, at least 0.02 of each", moments, Bounds.of(symbols, 0.02, 1.0))


def _made_up() -> Moments:
    random = np.random.Generator(np.random.PCG64(7))
    factors = random.normal(size=(MANY, MANY + 5)) + 0.8
    return Moments(random.uniform(0.0, 0.2, MANY), 0.03 * factors @ factors.T / MANY, RISK_FREE)


def disagreements() -> tuple[list[str], str]:
    """What it disagrees about, as messages, and what was compared, with the largest difference found."""
    found, worst, compared = [], 0.0, 0
    for case in cases():
        for what, expected, theirs in answers(case):
            ours = _ours(case, what, expected)
            off = abs(ours / theirs - 1)
            worst, compared = max(worst, off), compared + 1
            if off > TOLERANCE:
                found.append(
                    f"{case.name}, {what} at {expected:.4f}: {ours:.12g} is ours, {theirs:.12g} PyPortfolioOpt's"
                )
    return (
        found,
        f"{compared} comparisons of the efficient frontier with PyPortfolioOpt, the largest difference {worst:.1g}",
    )


def _ours(case: Case, what: str, expected: float) -> float:
    solver = Solver(case.moments, case.bounds)
    if what == SHARPE:
        return case.moments.weighting(solver.best()).sharpe
    return _variance(case.moments, solver.calmest() if what == LEAST else solver.calmest_with(expected))


def answers(case: Case) -> Iterator[tuple[str, float, float]]:
    """What was asked, at which expected return, and the answer."""
    for weights in _corners(case):
        yield VARIANCE, float(weights @ case.moments.returns), _variance(case.moments, weights)
    low, high = (float(each @ case.moments.returns) for each in _ends(case))
    for expected in np.linspace(low, high, 12)[1:-1].tolist():
        optimiser = _optimiser(case)
        optimiser.efficient_return(expected)
        weights = np.asarray(optimiser.weights)  # they keep to the return as closely as the solver does
        yield VARIANCE, float(weights @ case.moments.returns), _variance(case.moments, weights)
    optimiser = _optimiser(case)
    optimiser.min_volatility()
    yield LEAST, float(np.asarray(optimiser.weights) @ case.moments.returns), optimiser.portfolio_performance()[1] ** 2
    optimiser = _optimiser(case)
    optimiser.max_sharpe(risk_free_rate=case.moments.risk_free)
    best = case.moments.weighting(np.asarray(optimiser.weights))
    yield SHARPE, best.expected_return, best.sharpe


def _optimiser(case: Case) -> EfficientFrontier:
    pairs = list(zip(case.bounds.lowest.tolist(), case.bounds.highest.tolist(), strict=True))
    returns, covariance = pd.Series(case.moments.returns), pd.DataFrame(case.moments.covariance)
    return EfficientFrontier(returns, covariance, weight_bounds=pairs, solver="CLARABEL")


def _corners(case: Case) -> list[NDArray[np.float64]]:
    """The corner portfolios below the one with the highest return.

    What its own ``efficient_frontier`` draws between them has up to 0.08 % more variance than need be where it has left
    out a corner, as it does within some bounds.
    """
    limits = case.bounds.lowest.tolist(), case.bounds.highest.tolist()
    lines = CLA(case.moments.returns, case.moments.covariance, weight_bounds=limits)
    lines.max_sharpe()
    return [np.ravel(corner) for corner in lines.w[2:]]


def _ends(case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    solver = Solver(case.moments, case.bounds)
    return solver.calmest(), solver.richest()


def _variance(moments: Moments, weights: NDArray[np.float64]) -> float:
    return float(weights @ moments.covariance @ weights)


def main() -> None:
    with RECORD.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("lowest", "highest", "what", "expected_return", "answer"))
        for case in list(cases())[:3]:
            for what, expected, answer in answers(case):
                rows.writerow(
                    (case.bounds.lowest[0], case.bounds.highest[0], what, repr(expected), repr(float(answer)))
                )


if __name__ == "__main__":
    main()
