"""What all price models share."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.trading_year import BARS_PER_YEAR, TRADING_DAYS
from montecarlo.engine.lanes import Stage
from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_PRICE, MIN_PRICE
from montecarlo.parameters import Number, parameter, problems, shown, to_dict, unify

FloatArray = NDArray[np.float64]

ROUNDING = 1e-12  # of a day's growth: returns that differ by less are the same


@dataclass(frozen=True)
class Model(ABC):
    """How prices are drawn.  A model is a subclass in a file of its own: see docs/add-a-model.md.

    Args:
        start_price: Price on day 0, dollars or index points.
        drift: Per year, as a fraction; what it drifts is said by each model.
        volatility: Per year, as a fraction: standard deviation of daily returns times √``bars_per_year``.
        warnings: What is doubtful about the history behind the parameters; shown with every result.
        bars_per_year: How many of the history's bars make a year; a bar is a day, unless the history's are longer.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    """What its days are like, in a line."""

    start_price: float = parameter(Number(MIN_PRICE, MAX_PRICE), label="Start price")
    drift: float = parameter(Number(-100, 100), label="Drift", unit="per year")
    volatility: float = parameter(Number(0, 100), label="Volatility", unit="per year")
    warnings: tuple[str, ...] = ()
    bars_per_year: int = parameter(BARS_PER_YEAR, TRADING_DAYS, label="Bars per year", since=2, kw_only=True)

    def __post_init__(self) -> None:
        found = problems(self)
        if not isinstance(self.warnings, tuple) or not all(isinstance(warning, str) for warning in self.warnings):
            found["warnings"] = f"must be a list of texts, not {shown(self.warnings)}"
        if found:
            raise ParameterError(found)
        unify(self)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **to_dict(self)}

    @classmethod
    @abstractmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = (), bars_per_year: int = TRADING_DAYS) -> Self:
        """The model whose parameters the closes, shape (days + 1,), have; it starts at the last of them."""

    @abstractmethod
    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        """Price of each day over that of the day before, shape (days, paths), in plain NumPy."""

    @abstractmethod
    def stage(self) -> tuple[Stage, FloatArray]:
        """The compiled model stage, and its parameters: what it has to know of this model.

        The stage is a function (prices, growth, seed, first_path, start, parameters, scratch) without a result that
        fills in the same prices for a group of lanes:

            prices: Records DAY to fill, shape (days + 1,); row 0 is the start price.
            growth: Of each price but that of row 0 over that of the day before, records DAY to fill, same shape.
            seed: Key of the random numbers.
            first_path: Number of the first lane's path.
            start: The start price.
            parameters: As they are given here.
            scratch: One record DRAWS.
        """

    def expected_growth(self) -> float | None:
        """Expected price of a day over that of the day before, where each day's is independent of the days before.

        None where it is not: then a simulation has no controlled estimates.  The same bits on every processor.
        """
        return None

    @abstractmethod
    def expected_price(self, days: int) -> float:
        """Expected price after ``days`` trading days."""


def per_year(returns: FloatArray, bars_per_year: int) -> tuple[float, float]:
    """Mean and standard deviation (n - 1) of daily returns, per year; none where all of them are the same."""
    deviation = 0.0 if alike(returns) else float(returns.std(ddof=1))
    return float(returns.mean()) * bars_per_year, deviation * math.sqrt(bars_per_year)


def alike(returns: FloatArray) -> bool:
    """Whether daily returns are all the same but for the rounding of the closes that they were made of."""
    return bool(np.ptp(returns) <= ROUNDING * (1 + np.abs(returns).max()))
