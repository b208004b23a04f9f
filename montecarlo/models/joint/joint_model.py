"""What all joint price models share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo import parameters
from montecarlo.data.history import SYMBOL_PATTERN
from montecarlo.data.joint_history import MOST_SYMBOLS, JointHistory
from montecarlo.data.trading_year import BARS_PER_YEAR, TRADING_DAYS
from montecarlo.engine.lanes import Stage
from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_PRICE, MIN_PRICE
from montecarlo.models import Model, sampling
from montecarlo.models.joint import triangles
from montecarlo.models.joint.redrawing import redraw
from montecarlo.models.model import MOST_DRIFT, MOST_VOLATILITY
from montecarlo.parameters import Number, Parameter, Whole, shown

FloatArray = NDArray[np.float64]

DRIFT = Parameter.of("drift", Number(-MOST_DRIFT, MOST_DRIFT), label="Drift", unit="per year")
"""Of every symbol, where a person sets it."""

_OF_EACH: dict[str, Number] = {
    "start_prices": Number(MIN_PRICE, MAX_PRICE),
    "drifts": Number(-MOST_DRIFT, MOST_DRIFT),
    "volatilities": Number(0, MOST_VOLATILITY),
}
_ALONE: dict[str, Number | Whole] = {
    "observations": Whole(0, 10**6),
    "variance_error": Number(0, 1000),
    "shrunk": Number(0, 1),
    "bars_per_year": BARS_PER_YEAR,
}
_CORRELATION = Number(-1, 1)
_ROUNDING = 1e-6  # of correlations that were written by hand


class JointDrawn(NamedTuple):
    """Joint models with the same stage.

    Attributes:
        stage: Which.
        parameters: What it is told of each, shape (models, parameters).
        drifts: Of each model and symbol, per year, shape (models, symbols).
        table: What it is told of all of them: days that they replay, [place][symbol]; empty where they replay none.
    """

    stage: Stage
    parameters: FloatArray
    drifts: FloatArray
    table: NDArray[np.float32]


class Mix(NamedTuple):
    """What a portfolio that is kept at its weights drifts and varies, per year."""

    drift: float
    drift_error: float
    volatility: float


@dataclass(frozen=True, kw_only=True)
class JointModel(ABC):
    """How the prices of several symbols are drawn together.  A model is a subclass in a file of its own.

    Args:
        symbols: In their order.
        start_prices: Price of each on day 0.
        drifts: Of each, per year; what it drifts is said by each model, as for one symbol.
        volatilities: Of each, per year: standard deviation of daily returns (of their logarithms for ``gbm``) times
            √``bars_per_year``.
        correlations: Of the same, below the diagonal, row by row: symbols · (symbols - 1) / 2 numbers.
        observations: Days that it was fitted to; 0 where its parameters come from elsewhere, and are certain.
        variance_error: Relative standard error of a variance, on average over the symbols; fat tails make it larger.
        shrunk: Weight of "no correlation" in the correlations, from 0 to 1 (Ledoit and Wolf); 0 where they are the
            history's own.
        warnings: What is doubtful about the history behind the parameters.
        bars_per_year: How many of the history's bars make a year.
        by_hand: Names of the parameters that a person has set in place of what was fitted.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    """What its days are like, in a line."""

    symbols: tuple[str, ...]
    start_prices: tuple[float, ...]
    drifts: tuple[float, ...]
    volatilities: tuple[float, ...]
    correlations: tuple[float, ...]
    observations: int = 0
    variance_error: float = 0.0
    shrunk: float = 0.0
    warnings: tuple[str, ...] = ()
    bars_per_year: int = TRADING_DAYS
    by_hand: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        found = self._problems()
        if found:
            raise ParameterError(found)
        for name in (*_OF_EACH, "correlations"):
            object.__setattr__(self, name, tuple(float(value) for value in getattr(self, name)))

    def _problems(self) -> dict[str, str]:
        found = {
            name: f"must be {kind}, not {shown(value)}"
            for name, kind in _ALONE.items()
            if not kind.accepts(value := getattr(self, name))
        }
        for name, texts in (("symbols", self.symbols), ("warnings", self.warnings), ("by_hand", self.by_hand)):
            if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
                return found | {name: f"must be a list of texts, not {shown(texts)}"}
        symbols, width = self.symbols, len(self.symbols)
        if not 1 <= width <= MOST_SYMBOLS or len(set(symbols)) < width:
            return found | {"symbols": f"must be 1 to {MOST_SYMBOLS}, each once, not {shown(symbols)}"}
        if wrong := [symbol for symbol in symbols if not SYMBOL_PATTERN.fullmatch(symbol)]:
            return found | {"symbols": f"must be symbols, which {shown(wrong[0])} is not"}
        lists = {name: (kind, width) for name, kind in _OF_EACH.items()}
        for name, (kind, count) in (lists | {"correlations": (_CORRELATION, width * (width - 1) // 2)}).items():
            values = getattr(self, name)
            if not isinstance(values, tuple) or len(values) != count or not all(map(kind.accepts, values)):
                found[name] = f"must be {count:,} numbers, each {kind}, for {width} symbols, not {shown(values)}"
        if "correlations" not in found:
            matrix = triangles.correlation_matrix(self.correlations, width)
            if np.abs(triangles.squared(triangles.factor(matrix)) - matrix).max() > _ROUNDING:
                found["correlations"] = "must be those of some returns: no prices can move together in this way"
        return found

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **parameters.to_dict(self)}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """What ``to_dict`` of this kind of model wrote.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        given = parameters.from_dict("model", values, cls, "name")
        if given.pop("name") != cls.name:
            raise ParameterError({"model": f"must be {cls.name}"})
        return cls(**given)

    @classmethod
    @abstractmethod
    def fit(cls, history: JointHistory) -> Self:
        """The model whose parameters the closes have; it starts at the last of them."""

    def with_history(self, history: JointHistory) -> Self:
        """The same with the days at hand that a bootstrap replays; ``to_dict`` writes the same.

        Raises:
            HistoryError: they are not the days that it was fitted to.
        """
        return self

    @abstractmethod
    def single(self) -> Model:
        """The model of one symbol that this is: the same prices, bit by bit, but for ``student_t``.

        Raises:
            ValueError: it has several symbols.
        """

    @abstractmethod
    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        """Price of each day over that of the day before, shape (days, symbols, paths), in plain NumPy.

        It may be larger than zero on a day after one on which it was zero: a price stays there.
        """

    @abstractmethod
    def stage(self) -> tuple[Stage, FloatArray]:
        """The compiled joint model stage, and its parameters.

        The stage is a function (growth, seed, first_path, first_day, parameters, table, scratch) without a result that
        fills in the growth of DAYS_AT_ONCE days from ``first_day`` (a multiple of that) on, for a group of lanes:

            growth: Records DAY to fill, shape (symbols, DAYS_AT_ONCE).  It may be larger than zero on a day after one
                on which it was zero: whoever holds prices keeps them at zero.
            seed: Key of the random numbers.
            first_path: Number of the first lane's path.
            first_day: Counted from 0.
            parameters: As they are given here.
            table: As ``table`` has it.
            scratch: Records JOINT_DRAWS, shape (symbols,): the same for all days of a group, in their order.
        """

    @property
    def table(self) -> NDArray[np.float32]:
        """The days that it replays, flat [place][symbol]; empty where it replays none."""
        return np.empty(0, np.float32)

    def drawn(self) -> JointDrawn:
        """This one alone."""
        stage, told = self.stage()
        return JointDrawn(stage, told[None], np.array(self.drifts)[None], self.table)

    # ---- what the history leaves open --------------------------------------------------------------------------------

    @property
    def drift_errors(self) -> tuple[float, ...]:
        """Standard errors of the drifts, per year; zero where a person has set them, or nobody fitted them."""
        if not self.observations or DRIFT.name in self.by_hand:
            return (0.0,) * len(self.symbols)
        root = math.sqrt(self.bars_per_year / self.observations)
        return tuple(volatility * root for volatility in self.volatilities)

    @property
    def is_uncertain(self) -> bool:
        """Whether it is known how far the history leaves any parameter open."""
        return any(self.drift_errors) or self.variance_error > 0

    def redrawn_factors(self, seed: int, first: int, count: int) -> tuple[FloatArray, FloatArray]:
        """Drifts and Cholesky's factors of covariances, per year, that the history might as well have come from, of
        shapes (count, symbols) and (count, symbols, symbols); the same bits on every processor.

        Covariance: inverse Wishart around the fitted one with as many degrees of freedom as ``variance_error`` gives;
        means: normal around the fitted ones with the covariance that was drawn, over ``observations``.

        Args:
            seed: Of the experiment; the same seed and number give the same.
            first: Number of the first draw.
            count: How many.
        """
        found = redraw(self._factors_per_year(), self.variance_error, seed, first, count)
        drifts = np.broadcast_to(np.array(self.drifts), found.means.shape)
        if any(self.drift_errors):
            drifts = drifts + found.means * math.sqrt(self.bars_per_year / self.observations)
        return drifts, found.factors

    def redrawn_moments(self, seed: int, first: int, count: int) -> tuple[FloatArray, FloatArray]:
        """The same drifts, and the covariances themselves."""
        drifts, factors = self.redrawn_factors(seed, first, count)
        return drifts, triangles.squared(factors)

    @abstractmethod
    def redrawn(self, seed: int, first: int, count: int) -> JointDrawn:
        """Models with such parameters; a bootstrap's each replay a history of their own."""

    def shifted(self, by: float) -> Self:
        """The same with all drifts so much higher, per year."""
        return replace(self, drifts=tuple(drift + by for drift in self.drifts))

    def furthest(self) -> tuple[float, float]:
        """The largest drift of any symbol, either way, and the largest volatility that may be drawn, per year."""
        most = max(
            abs(drift) + sampling.FURTHEST * sampling.MOST_RATIO * error
            for drift, error in zip(self.drifts, self.drift_errors, strict=True)
        )
        return most, sampling.MOST_RATIO * max(self.volatilities)

    def mix(self, weights: Sequence[float]) -> Mix:
        """Of a portfolio that is kept at these weights of the symbols, the rest being cash that earns nothing."""
        drift, variance, weighted = 0.0, 0.0, 0.0
        covariance = self.covariance.tolist()
        for i, weight in enumerate(weights):
            drift += weight * self.drifts[i]
            for j, other in enumerate(weights):
                variance += weight * other * covariance[i][j]
            weighted += abs(weight) * self.drift_errors[i]
        volatility = math.sqrt(max(variance, 0.0))
        error = volatility * math.sqrt(self.bars_per_year / self.observations) if weighted else 0.0
        return Mix(drift, error, volatility)

    # ---- matrices ----------------------------------------------------------------------------------------------------

    @property
    def correlation(self) -> FloatArray:
        """Shape (symbols, symbols)."""
        return triangles.correlation_matrix(self.correlations, len(self.symbols))

    @property
    def covariance(self) -> FloatArray:
        """Of daily returns (of their logarithms for ``gbm``), per year, shape (symbols, symbols)."""
        deviations = np.array(self.volatilities)
        return np.asarray(self.correlation * deviations[:, None] * deviations[None, :])

    def _factors_per_year(self) -> FloatArray:
        # Of the correlations, so that of one symbol, or of the first, it is the volatility itself.
        return np.asarray(triangles.factor(self.correlation) * np.array(self.volatilities)[:, None])

    def _factors_per_day(self) -> FloatArray:
        deviations = np.array(self.volatilities) / math.sqrt(self.bars_per_year)
        return np.asarray(triangles.factor(self.correlation) * deviations[:, None])

    def _single_values(self) -> dict[str, Any]:
        """The fields of ``Model``, of the only symbol.

        Raises:
            ValueError: there are several.
        """
        if len(self.symbols) != 1:
            raise ValueError(f"a joint model of {len(self.symbols)} symbols is none of one")
        return {
            "start_price": self.start_prices[0],
            "drift": self.drifts[0],
            "volatility": self.volatilities[0],
            "warnings": self.warnings,
            "bars_per_year": self.bars_per_year,
            "drift_error": self.drift_errors[0],
            "volatility_error": self.volatilities[0] * (self.variance_error / 2),
            "by_hand": self.by_hand,
        }

    # ---- what a person sets ------------------------------------------------------------------------------------------

    @classmethod
    def settable(cls) -> Mapping[str, Parameter]:
        """Parameters that a person may set in place of what was fitted, by name."""
        return {DRIFT.name: DRIFT}

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The same with parameters that a person sets, which then are certain.

        Raises:
            ParameterError: there is no such parameter, or it cannot have the value.
        """
        if not values:
            return self
        known = self.settable()
        if unknown := sorted(name for name in values if name not in known):
            message = f"cannot be set for the {self.name} model of several symbols, which has {', '.join(known)}"
            raise ParameterError(dict.fromkeys(unknown, message))
        found = {name: problem for name, value in values.items() if (problem := known[name].problem(value))}
        if found:
            raise ParameterError(found)
        said = tuple(self._said(name, value) for name, value in values.items())
        others = {name: known[name].unified(value) for name, value in values.items() if name != DRIFT.name}
        if DRIFT.name in values:
            others["drifts"] = (float(values[DRIFT.name]),) * len(self.symbols)
        by_hand = tuple(dict.fromkeys((*self.by_hand, *values)))
        return replace(self, **others, by_hand=by_hand, warnings=(*self.warnings, *said))

    def _said(self, name: str, value: Any) -> str:
        label = self.settable()[name].label.lower()
        if name == DRIFT.name:
            of = "" if len(self.symbols) == 1 else " of every symbol"
            low, high = min(self.drifts), max(self.drifts)
            fitted = f"it is {low:.3g}" if len(self.symbols) == 1 else f"they are {low:.3g} to {high:.3g}"
            return f"{label}{of} is {value:g}, set by hand; fitted to the history {fitted}"
        return f"{label} is {value:g}, set by hand; fitted to the history it is {getattr(self, name):.3g}"
