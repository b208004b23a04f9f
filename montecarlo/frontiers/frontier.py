"""Random weightings, the efficient frontier, and the band that the history leaves open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.rules import Rules
from montecarlo.data.joint_history import JointHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments.traded_paths import seed_or_new
from montecarlo.frontiers import words
from montecarlo.frontiers.bounds import ROUNDING, WEIGHT, Bound, Bounds
from montecarlo.frontiers.elsewhere import band_of, elsewhere_of
from montecarlo.frontiers.moments import Moments, Weighting
from montecarlo.frontiers.random_weightings import random_weightings
from montecarlo.frontiers.solver import Solver
from montecarlo.models.joint import JointModel, fit_joint
from montecarlo.parameters import Parameter, Whole, declared, plain, shown

FloatArray = NDArray[np.float64]

MEASURES = ("expected_return", "volatility", "sharpe")
_OF_DRAWS = ("best_sharpe", "equal_sharpe", "asked_sharpe", "best_here", "kept", "calmest_kept", "weighting")

PARAMETERS: dict[str, Parameter] = {
    each.name: each
    for each in (
        Parameter.of(
            "weightings", Whole(1, 100_000), 10_000, label="Random weightings", help="How many weightings are drawn."
        ),
        Parameter.of("points", Whole(2, 500), 50, label="Points", help="Of the efficient frontier."),
        Parameter.of(
            "draws",
            Whole(20, 2000),
            200,
            label="Draws of history",
            help="How many other draws of the same history the band and the sentence are about.",
        ),
        declared(Rules)["risk_free"],
        Parameter.of(
            "seed", Whole(0, 2**64 - 1), None, label="Seed", help="Same seed, same weightings and draws.", optional=True
        ),
    )
}
"""Those of ``frontier`` that are plain values, for command line and form."""


@dataclass(frozen=True, eq=False)
class Frontier:
    """What was found.

    Returns are arithmetic, per year: mean daily return times ``bars_per_year``, of weights that are put back every day
    at no cost.

    Attributes:
        symbols: In the order of weights.
        risk_free: Per year.
        random: Of the random weightings: columns ``expected_return``, ``volatility``, ``sharpe``, and one by symbol.
        best_random, calmest_random: Of these, with the highest Sharpe ratio, and with the least volatility.
        efficient: Points of the efficient frontier, from the least volatility to the highest return: same columns.
        best, calmest: On it, with the highest Sharpe ratio (exactly: the tangency portfolio), the least volatility.
            Where no weighting has more than the risk-free rate, ``best`` is the one with the highest return.
        equal: The same weight in each symbol, whatever the bounds.
        alone: All in one symbol, for each of them.
        band: Of the frontiers of other draws: columns ``volatility``, ``low``, ``median``, ``high``: the highest return
            at that volatility, of the central 90 %.
        elsewhere: Of each draw: columns ``best_sharpe`` (of its own best weighting), ``sharpe`` (of ``best`` under that
            draw), ``equal_sharpe``, ``asked_sharpe`` (where one is asked about), ``best_here`` (of its own best under
            this history's moments), ``kept`` (the share of the money that its own best has where ``best`` has it),
            ``calmest_kept`` (the same of the calmest), and one by symbol: weights of its own best.
        asked: The weighting that a person asked about; None where none was.  What its weights leave of 1 is cash at the
            risk-free rate.
        seed: Of random weightings and draws.
        warnings: What is doubtful about the history behind it.
    """

    symbols: tuple[str, ...]
    risk_free: float
    random: pd.DataFrame
    best_random: Weighting
    calmest_random: Weighting
    efficient: pd.DataFrame
    best: Weighting
    calmest: Weighting
    equal: Weighting
    alone: tuple[Weighting, ...]
    band: pd.DataFrame
    elsewhere: pd.DataFrame
    asked: Weighting | None
    seed: int
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """How little of the best weighting survives, in plain words."""
        return " ".join(self.paragraphs())

    def paragraphs(self) -> list[str]:
        """The same, parted by what it is about."""
        return words.paragraphs(self.symbols, self.best, self.equal, self.asked, self.elsewhere)

    def warnings_beside(self, others: Sequence[str]) -> tuple[str, ...]:
        """What is doubtful about the frontier alone, where ``others`` are told of a portfolio: with other models."""
        return tuple(f"for the frontier, {each}" for each in self.warnings if each not in others)

    def __str__(self) -> str:
        return self.sentence()

    @property
    def best_by(self) -> str:
        """What ``best`` has most of: below the risk-free rate it is not the highest Sharpe ratio."""
        return "highest Sharpe ratio" if self.best.sharpe > 0 else "highest return"

    @property
    def table(self) -> pd.DataFrame:
        """Those with a name: columns ``weighting``, ``expected_return``, ``volatility``, ``sharpe``, one by symbol."""
        marks = {
            self.best_by: self.best,
            "least volatility": self.calmest,
            "highest Sharpe ratio of the random ones": self.best_random,
            "least volatility of the random ones": self.calmest_random,
            "equal weights": self.equal,
            "asked": self.asked,
        }
        rows = [
            [name, each.expected_return, each.volatility, each.sharpe, *each.weights]
            for name, each in marks.items()
            if each is not None
        ]
        return pd.DataFrame(rows, columns=["weighting", *MEASURES, *self.symbols])


def frontier(
    history: JointHistory,
    *,
    weightings: int = 10_000,
    points: int = 50,
    draws: int = 200,
    lowest: Bound = 0.0,
    highest: Bound = 1.0,
    risk_free: float = 0.0,
    asked: Sequence[float] | None = None,
    seed: int | None = None,
    progress: Callable[[float], object] | None = None,
) -> Frontier:
    """Random weightings and the efficient frontier, long only and within bounds, with the band of other draws.

    Returns and covariances are those of the joint model ``normal``, fitted to the history; other draws of the history
    are its ``redrawn_moments``.

    Args:
        history: From ``align``.
        weightings: How many are drawn at random.
        points: Of the efficient frontier, evenly spaced by expected return.
        draws: Of the history.
        lowest, highest: Bounds of weights: by symbol, or the same for all.
        risk_free: Per year; Sharpe ratios measure the excess over it.
        asked: Weights of a weighting that is measured beside the others, in the order of the symbols; its cash is
            what they leave of 1.
        seed: Same seed, same weightings and draws; None draws one, which the result tells.
        progress: Called with the fraction done, now and then.

    Raises:
        ParameterError: naming each parameter that cannot be used, bounds that leave no weighting among them, or the
            history is too wild for the model.
        LibraryError: the solver is not installed, and what helps.
    """
    told = {"weightings": weightings, "points": points, "draws": draws, "risk_free": risk_free, "seed": seed}
    found = {name: problem for name, value in told.items() if (problem := PARAMETERS[name].problem(value))}
    found |= _problems_of(history.symbols, asked)
    try:
        bounds = Bounds.of(history.symbols, lowest, highest)
    except ParameterError as error:
        found |= error.problems
    if found:
        raise ParameterError(found)
    model, seed = fit_joint(history, "normal"), seed_or_new(plain(seed))
    moments = Moments.of(model, float(plain(risk_free)))
    tell = progress or (lambda done: None)

    drawn = random_weightings(seed, weightings, bounds)
    measured = moments.measured(drawn)
    solver = Solver(moments, bounds)
    best, calmest = moments.weighting(solver.best()), moments.weighting(solver.calmest())
    equal = moments.weighting(np.full(len(history.symbols), 1 / len(history.symbols)))
    own = None if asked is None else moments.weighting(np.array([float(plain(weight)) for weight in asked]))
    efficient = _points(solver, moments, points)
    tell(0.1)
    others = _redrawn(model, moments.risk_free, seed, draws)
    solvers = [Solver(other, bounds) for other in others]
    elsewhere = elsewhere_of(
        solvers, others, moments, symbols=history.symbols, best=best, calmest=calmest, equal=equal, asked=own
    )
    tell(0.2)
    band = band_of(solvers, others, float(moments.measured(efficient)[1][-1]), tell=lambda done: tell(0.2 + 0.8 * done))
    return Frontier(
        symbols=history.symbols,
        risk_free=moments.risk_free,
        random=_frame(history.symbols, drawn, measured),
        best_random=_picked(drawn, measured, int(np.argmax(measured[2]))),
        calmest_random=_picked(drawn, measured, int(np.argmin(measured[1]))),
        efficient=_frame(history.symbols, efficient, moments.measured(efficient)),
        best=best,
        calmest=calmest,
        equal=equal,
        alone=tuple(moments.weighting(each) for each in np.eye(len(history.symbols))),
        band=band,
        elsewhere=elsewhere,
        asked=own,
        seed=seed,
        warnings=model.warnings,
    )


def _points(solver: Solver, moments: Moments, points: int) -> FloatArray:
    """Weights of the efficient frontier, shape (points, symbols), from the calmest to the richest."""
    calmest, richest = solver.calmest(), solver.richest()
    low, high = (moments.weighting(each).expected_return for each in (calmest, richest))
    returns = np.linspace(low, high, points)
    between = [solver.calmest_with(float(each)) for each in returns[1:-1]]
    return np.vstack([calmest, *between, richest])


def _redrawn(model: JointModel, risk_free: float, seed: int, draws: int) -> list[Moments]:
    returns, covariances = model.redrawn_moments(seed, 0, draws)
    return [Moments(*each, risk_free) for each in zip(returns, covariances, strict=True)]


def _picked(weights: FloatArray, measured: tuple[FloatArray, ...], place: int) -> Weighting:
    return Weighting(tuple(weights[place].tolist()), *(float(each[place]) for each in measured))


def _frame(symbols: Sequence[str], weights: FloatArray, measured: tuple[FloatArray, ...]) -> pd.DataFrame:
    return pd.DataFrame(np.column_stack([*measured, weights]), columns=[*MEASURES, *symbols])


def _problems_of(symbols: Sequence[str], asked: Sequence[float] | None) -> dict[str, str]:
    if taken := [symbol for symbol in symbols if symbol in (*MEASURES, *_OF_DRAWS)]:
        return {"symbols": f"cannot be called {' or '.join(taken)}: a column of the tables has that name"}
    if asked is None:
        return {}
    if len(asked) != len(symbols):
        return {"asked": f"must have a weight for each of {', '.join(symbols)}, not {len(asked)} weights"}
    if wrong := [shown(weight) for weight in asked if not WEIGHT.accepts(weight)]:
        return {"asked": f"must have weights from 0 to 1, not {', '.join(wrong)}"}
    total = float(sum(asked))
    if total > 1 + ROUNDING:
        return {"asked": f"must add up to 1 at most, not to {total:g}"}
    return {}
