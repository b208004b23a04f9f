"""What all price models share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Self, TypedDict

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from montecarlo.data.trading_year import BARS_PER_YEAR, TRADING_DAYS
from montecarlo.engine.lanes import Stage
from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_PRICE, MIN_PRICE
from montecarlo.models import sampling
from montecarlo.parameters import Number, Parameter, declared, parameter, problems, shown, to_dict, unify

FloatArray = NDArray[np.float64]

ENOUGH_YEARS = 3  # of prices; what is fitted to less is warned of
MOST_DRIFT, MOST_VOLATILITY = 100, 100  # per year
ROUNDING = 1e-12  # of a day's growth: returns that differ by less are the same


class Drawn(NamedTuple):
    """Models with the same stage.

    Attributes:
        stage: Which; with bars, their bar stage.
        parameters: What it is told of each, shape (models, parameters).
        drifts: Of each, per year, shape (models,).
    """

    stage: Stage
    parameters: FloatArray
    drifts: FloatArray


def standard_error(label: str, unit: str = "") -> Any:
    """A field for the standard error of a parameter, None where it is not known."""
    return parameter(
        Number(0, 1000), None, label=f"Standard error of the {label}", unit=unit, optional=True, since=2, kw_only=True
    )


@dataclass(frozen=True)
class Model(ABC):
    """How prices are drawn.  A model is a subclass in a file of its own: see docs/add-a-model.md.

    Args:
        start_price: Price on day 0, dollars or index points.
        drift: Per year, as a fraction; what it drifts is said by each model.
        volatility: Per year, as a fraction: standard deviation of daily returns times √``bars_per_year``.
        warnings: What is doubtful about the history behind the parameters; shown with every result.
        bars_per_year: How many of the history's bars make a year; a bar is a day, unless the history's are longer.
        drift_error: Standard error of the drift, per year; None where it is not known.
        volatility_error: That of the volatility, likewise.
        by_hand: Names of the parameters that a person has set in place of what was fitted.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    """What its days are like, in a line."""
    errors: ClassVar[Mapping[str, str]] = {"drift": "drift_error", "volatility": "volatility_error"}
    """Parameters that a history leaves open, and the parameter that says how far."""
    bars_from_history: ClassVar[bool] = False
    """Whether it has bars only where it was given its history's; see ``with_bars``."""

    within_days: ClassVar[tuple[str, ...]] = ()
    """Fields that tell what prices do within a day, and change no close."""

    start_price: float = parameter(Number(MIN_PRICE, MAX_PRICE), label="Start price")
    drift: float = parameter(Number(-MOST_DRIFT, MOST_DRIFT), label="Drift", unit="per year")
    volatility: float = parameter(Number(0, MOST_VOLATILITY), label="Volatility", unit="per year")
    warnings: tuple[str, ...] = ()
    bars_per_year: int = parameter(BARS_PER_YEAR, TRADING_DAYS, label="Bars per year", since=2, kw_only=True)
    drift_error: float | None = standard_error("drift", "per year")
    volatility_error: float | None = standard_error("volatility", "per year")
    by_hand: tuple[str, ...] = field(default=(), kw_only=True, metadata={"since": 2})

    def __post_init__(self) -> None:
        found = problems(self)
        for name, texts in (("warnings", self.warnings), ("by_hand", self.by_hand)):
            if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
                found[name] = f"must be a list of texts, not {shown(texts)}"
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

    def bars(self, seed: int, first_path: int, paths: int, days: int) -> Bars:
        """Bars whose closes are those that ``growth`` makes, in plain NumPy.

        Raises:
            ParameterError: it has none; then there is no ``bar_stage``.
        """
        raise ParameterError({"model": f"{self.name} does not tell what prices do within a day"})

    def bar_stage(self) -> tuple[Stage, FloatArray] | None:
        """The compiled model stage that fills in bars, too, and its parameters; None where the model has none.

        It is a function (prices, growth, bars, seed, first_path, start, parameters, scratch): as ``stage``, with bars,
        records BAR of the same shape.  The closes are the same bits.
        """
        return None

    @property
    def has_bars(self) -> bool:
        """Whether it tells what prices do within a day."""
        return self.bar_stage() is not None

    @classmethod
    def can_have_bars(cls) -> bool:
        """Whether such a model tells that, at least where it was given its history's bars."""
        return cls.bar_stage is not Model.bar_stage

    def with_bars(self, bars: Bars) -> Self:
        """The same with what its history did within the days, where a model takes its bars from there.

        Args:
            bars: Of the closes that it was fitted to, shape (days,).
        """
        return self

    def expected_growth(self) -> float | None:
        """Expected price of a day over that of the day before, where each day's is independent of the days before.

        None where it is not: then a simulation has no controlled estimates.  The same bits on every processor.
        """
        return None

    @abstractmethod
    def expected_price(self, days: int) -> float:
        """Expected price after ``days`` trading days."""

    # ---- what the history leaves open --------------------------------------------------------------------------------

    @property
    def is_uncertain(self) -> bool:
        """Whether it is known how far the history leaves any parameter open."""
        return any(getattr(self, error) for error in self.errors.values())

    def redrawn(self, seed: int, first: int, count: int, bars: bool = False) -> Drawn:
        """Models that the history might as well have come from.

        Args:
            seed: Of the simulation; the same seed and number give the same parameters, on every processor.
            first: Number of the first draw.
            count: How many.
            bars: Whether their stage is the bar stage; ``require_bars`` of ``montecarlo.models`` says whether it may.
        """
        values = self.redrawn_values(seed, first, count)
        models = [self._with(dict(zip(values, each, strict=True))) for each in zip(*values.values(), strict=True)]
        stages, parameters = zip(*(model._stage(bars) for model in models), strict=True)
        if len(set(stages)) > 1:
            raise TypeError(f"{type(self).__name__} has several stages: its redrawn() must say which one does for all")
        return Drawn(stages[0], np.array(parameters), values["drift"])

    def drawn(self, bars: bool = False) -> Drawn:
        """This one alone."""
        one_stage, parameters = self._stage(bars)
        return Drawn(one_stage, parameters[None], np.array([self.drift]))

    def _stage(self, bars: bool) -> tuple[Stage, FloatArray]:
        found = self.bar_stage() if bars else self.stage()
        if found is None:
            raise ValueError(f"this {self.name} model has no bars; ask require_bars() of montecarlo.models before")
        return found

    def redrawn_values(self, seed: int, first: int, count: int) -> dict[str, FloatArray]:
        """The parameters by name, for each draw.

        The volatility has the sampling distribution of a deviation, and the drift that of a mean whose deviation is the
        one that was drawn.
        """
        normals = sampling.normals(seed, first, count)
        ratio = sampling.deviation_ratio(self.volatility, self.volatility_error, normals[0])
        drift = self.drift + (self.drift_error or 0.0) * ratio * normals[1]
        return {"drift": drift, "volatility": self.volatility * ratio}

    def furthest(self) -> tuple[float, float]:
        """The largest drift, either way, and the largest volatility that may be drawn, per year."""
        error = sampling.FURTHEST * sampling.MOST_RATIO * (self.drift_error or 0.0)
        return abs(self.drift) + error, sampling.MOST_RATIO * self.volatility

    def with_drift(self, drift: float) -> Self:
        """The same with another drift."""
        return replace(self, drift=drift)

    # ---- what a person sets ------------------------------------------------------------------------------------------

    @classmethod
    def settable(cls) -> dict[str, Parameter]:
        """The parameters that a person may set in place of what was fitted, by name."""
        return {name: each for name, each in declared(cls).items() if name not in ("start_price", "bars_per_year")}

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The same with parameters that a person sets, which then are certain, unless their errors are set, too.

        Raises:
            ParameterError: there is no such parameter, or it cannot have the value.
        """
        if not values:
            return self
        known = self.settable()
        if unknown := sorted(name for name in values if name not in known):
            message = f"cannot be set for the {self.name} model, which has {', '.join(known)}"
            raise ParameterError(dict.fromkeys(unknown, message))
        found = {name: problem for name, value in values.items() if (problem := known[name].problem(value))}
        if found:
            raise ParameterError(found)
        certain = {error: 0.0 for name, error in self.errors.items() if name in values and error not in values}
        said = tuple(f"{known[name].label.lower()} is {value:g}, set by hand" for name, value in values.items())
        fitted = tuple(
            f"{words}; fitted to the history it is {getattr(self, name):.3g}" if name in self.errors else words
            for name, words in zip(values, said, strict=True)
        )
        changed, by_hand = self._with({**values, **certain}), dict.fromkeys((*self.by_hand, *values))
        return replace(changed, by_hand=tuple(by_hand), warnings=(*self.warnings, *fitted))

    def _with(self, values: Mapping[str, Any]) -> Self:
        return replace(self, **values)


class Fitted(TypedDict):
    """What daily returns tell, per year."""

    drift: float
    volatility: float
    drift_error: float
    volatility_error: float


def fitted(returns: FloatArray, bars_per_year: int) -> Fitted:
    """Drift and volatility that daily returns have, with their standard errors.

    The error of the volatility is that of a deviation of values with the fourth moment that these have.
    """
    drift, volatility = per_year(returns, bars_per_year)
    drift_error = volatility * math.sqrt(bars_per_year / len(returns))
    relative = 0.0 if volatility == 0 else math.sqrt((kurtosis(returns) - 1) / (4 * len(returns)))
    return {
        "drift": drift,
        "volatility": volatility,
        "drift_error": drift_error,
        "volatility_error": volatility * relative,
    }


def drift_doubts(drift: float, error: float, years: float) -> tuple[str, ...]:
    """Why a drift is little more than a guess, in a sentence; none where it is not.

    Args:
        drift, error: Per year, with its standard error.
        years: Of the prices that it comes from.
    """
    size = f"the drift of {100 * drift:.3g} % per year has a standard error of {100 * error:.2g} %"
    if years < ENOUGH_YEARS:
        return (f"{size}, because it comes from {years:.1f} years of prices: take a longer history",)
    if error > abs(drift):
        return (f"{size}: {years:.0f} years of these prices do not tell whether they rise or fall",)
    return ()


def compounded(start: float, growth: FloatArray) -> FloatArray:
    """Closes from the growth of each day, shape (days, paths), behind the start price: shape (days + 1, paths)."""
    return np.cumprod(np.vstack([np.full((1, growth.shape[1]), start), growth]), axis=0)


def per_year(returns: FloatArray, bars_per_year: int) -> tuple[float, float]:
    """Mean and standard deviation (n - 1) of daily returns, per year; none where all of them are the same."""
    deviation = 0.0 if alike(returns) else float(returns.std(ddof=1))
    return float(returns.mean()) * bars_per_year, deviation * math.sqrt(bars_per_year)


def alike(returns: FloatArray) -> bool:
    """Whether daily returns are all the same but for the rounding of the closes that they were made of."""
    return bool(np.ptp(returns) <= ROUNDING * (1 + np.abs(returns).max()))


def kurtosis(returns: FloatArray) -> float:
    """At least one, which two equal heaps have."""
    squares = (returns - returns.mean()) ** 2
    return max(float((squares**2).mean() / squares.mean() ** 2), 1.0)
