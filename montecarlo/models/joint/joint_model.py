"""What all joint price models share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.joint_history import JointHistory
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.engine.lanes import Stage

FloatArray = NDArray[np.float64]


class JointDrawn(NamedTuple):
    """Joint models with the same stage.

    Attributes:
        stage: Which.
        parameters: What it is told of each, shape (models, parameters).
        drifts: Of each model and symbol, per year, shape (models, symbols).
    """

    stage: Stage
    parameters: FloatArray
    drifts: FloatArray


@dataclass(frozen=True, kw_only=True)
class JointModel(ABC):
    """How the prices of several symbols are drawn together.  A model is a subclass in a file of its own.

    Args:
        symbols: In their order.
        start_prices: Price of each on day 0.
        drifts: Of each, per year; what it drifts is said by each model, as for one symbol.
        covariance: Of daily returns (of their logarithms for ``gbm``), per year: the lower triangle, row by row, so
            (symbols · (symbols + 1) / 2) numbers.
        observations: Days that it was fitted to.
        variance_error: Relative standard error of a variance, on average over the symbols; fat tails make it larger.
        shrunk: Weight of "no correlation" in the correlations, from 0 to 1 (Ledoit and Wolf); 0 where they are the
            history's own.
        warnings: What is doubtful about the history behind the parameters.
        bars_per_year: How many of the history's bars make a year.
        by_hand: Names of the parameters that a person has set in place of what was fitted.
    """

    name: ClassVar[str]
    help: ClassVar[str]

    symbols: tuple[str, ...]
    start_prices: tuple[float, ...]
    drifts: tuple[float, ...]
    covariance: tuple[float, ...]
    observations: int
    variance_error: float
    shrunk: float = 0.0
    warnings: tuple[str, ...] = ()
    bars_per_year: int = TRADING_DAYS
    by_hand: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def from_dict(cls, values: object) -> Self:
        raise NotImplementedError

    @classmethod
    @abstractmethod
    def fit(cls, history: JointHistory) -> Self:
        """The model whose parameters the closes have; it starts at the last of them."""

    def with_history(self, history: JointHistory) -> Self:
        """The same with the returns at hand that a bootstrap replays; ``to_dict`` writes the same."""
        return self

    @abstractmethod
    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        """Price of each day over that of the day before, shape (days, symbols, paths), in plain NumPy.

        Where a price has reached zero, growth stays zero.
        """

    @abstractmethod
    def stage(self) -> tuple[Stage, FloatArray]:
        """The compiled joint model stage, and its parameters.

        The stage is a function (growth, seed, first_path, first_day, parameters, scratch) without a result that fills
        in the growth of DAYS_AT_ONCE days from ``first_day`` (a multiple of that) on, for a group of lanes:

            growth: Records DAY to fill, shape (symbols, DAYS_AT_ONCE).  It may be larger than zero on a day after one
                on which it was zero: whoever holds prices keeps them at zero.
            seed: Key of the random numbers.
            first_path: Number of the first lane's path.
            first_day: Counted from 0.
            parameters: As they are given here.
            scratch: Records DRAWS, shape (symbols,): the same for all days of a group, in their order.
        """

    def drawn(self) -> JointDrawn:
        """This one alone."""
        raise NotImplementedError

    def redrawn_moments(self, seed: int, first: int, count: int) -> tuple[FloatArray, FloatArray]:
        """Drifts per year, shape (count, symbols), and covariances per year, shape (count, symbols, symbols), that the
        history might as well have come from; the same seed and number give the same bits, on every processor.

        Covariance: inverse Wishart around the fitted one with as many degrees of freedom as ``variance_error`` gives;
        means: normal around the fitted ones with the covariance that was drawn, over ``observations``.
        """
        raise NotImplementedError

    def redrawn(self, seed: int, first: int, count: int) -> JointDrawn:
        """Models with such parameters; a bootstrap's each replay a history of their own."""
        raise NotImplementedError

    def shifted(self, by: float) -> Self:
        """The same with all drifts so much higher, per year."""
        raise NotImplementedError

    def mix(self, weights: Sequence[float]) -> tuple[float, float, float]:
        """Drift, its standard error and volatility, per year, of a portfolio that is kept at these weights."""
        raise NotImplementedError

    @property
    def correlation(self) -> FloatArray:
        """Shape (symbols, symbols)."""
        raise NotImplementedError

    @property
    def volatilities(self) -> FloatArray:
        """Of each symbol, per year."""
        raise NotImplementedError

    @classmethod
    def settable(cls) -> Mapping[str, Any]:
        """Parameters that a person may set in place of what was fitted, by name (``montecarlo.parameters.Parameter``)."""
        raise NotImplementedError
