"""Price models: how one simulated day follows another, with parameters fitted to a price history."""

import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.errors import ParameterError
from montecarlo.history import PriceHistory
from montecarlo.limits import Number, shown

DAYS_PER_YEAR = 252  # trading days, whatever the horizon of a simulation

FloatArray = NDArray[np.float64]

_START_PRICE = Number(1e-9, 1e9)
_DRIFT = Number(-100, 100)
_VOLATILITY = Number(0, 100)


@dataclass(frozen=True)
class Model:
    """What all models share.

    Args:
        start_price: Price on day 0, dollars or index points.
        drift: Per year, as a fraction; what it drifts is said by each model.
        volatility: Per year, as a fraction: standard deviation of daily returns times the square root of 252.
        warnings: What is doubtful about the history behind the parameters; shown with every result.
    """

    name: ClassVar[str]

    start_price: float
    drift: float
    volatility: float
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        expected = {"start_price": _START_PRICE, "drift": _DRIFT, "volatility": _VOLATILITY}
        problems = {
            name: f"must be {number}, not {shown(getattr(self, name))}"
            for name, number in expected.items()
            if not number.accepts(getattr(self, name))
        }
        if problems:
            raise ParameterError(problems)
        # One spelling of each number, as in Rules.
        for name in expected:
            object.__setattr__(self, name, float(getattr(self, name)))

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self), "warnings": list(self.warnings)}

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = ()) -> Self:
        """The model whose parameters the closes, shape (days + 1,), have; it starts at the last of them."""
        raise NotImplementedError

    def growth(self, normals: NDArray[np.float32]) -> FloatArray:
        """Price of each day over that of the day before, from standard normal draws of the same shape."""
        raise NotImplementedError

    def expected_price(self, days: int) -> float:
        """Expected price after ``days`` trading days."""
        raise NotImplementedError


class NormalModel(Model):
    """Arithmetic daily returns, Normal(drift/252, volatility²/252): E[S_T] = S_0 (1 + drift/252)^T.

    It tells how a rule fares when days are independent and alike; it knows no fat tails and no calm or stormy spells.
    ``drift`` is 252 times the mean of daily simple returns (not the compound growth rate, which is lower).
    A return of -100 % or less leaves the price at zero for good.
    """

    name = "normal"

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = ()) -> Self:
        mean, volatility = _per_year(np.diff(closes) / closes[:-1])
        return cls(float(closes[-1]), mean, volatility, warnings)

    def growth(self, normals: NDArray[np.float32]) -> FloatArray:
        mean, deviation = self.drift / DAYS_PER_YEAR, self.volatility / math.sqrt(DAYS_PER_YEAR)
        return np.maximum(1 + mean + deviation * normals.astype(np.float64), 0.0)

    def expected_price(self, days: int) -> float:
        return self.start_price * (1 + self.drift / DAYS_PER_YEAR) ** days


class GbmModel(Model):
    """Geometric Brownian motion: log returns are Normal((drift - volatility²/2)/252, volatility²/252).

    E[S_T] = S_0 exp(drift T/252).  It tells the same as the normal model with prices that never reach zero.
    ``drift`` is the growth rate of the expected price, continuously compounded.
    """

    name = "gbm"

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = ()) -> Self:
        mean, volatility = _per_year(np.diff(np.log(closes)))
        return cls(float(closes[-1]), mean + volatility**2 / 2, volatility, warnings)

    def growth(self, normals: NDArray[np.float32]) -> FloatArray:
        mean = (self.drift - self.volatility**2 / 2) / DAYS_PER_YEAR
        deviation = self.volatility / math.sqrt(DAYS_PER_YEAR)
        return np.exp(mean + deviation * normals.astype(np.float64))

    def expected_price(self, days: int) -> float:
        return self.start_price * math.exp(self.drift * days / DAYS_PER_YEAR)


MODELS: dict[str, type[Model]] = {model.name: model for model in (NormalModel, GbmModel)}


def fit(history: PriceHistory, model: str = "normal") -> Model:
    """The named model with the parameters that the history's adjusted closes give, starting at the last of them.

    Raises:
        ParameterError: there is no such model, or the history is too wild for it.
    """
    if model not in MODELS:
        raise ParameterError({"model": f"must be one of {', '.join(MODELS)}, not {shown(model)}"})
    return MODELS[model].fit(history.closes, history.warnings)


def _per_year(returns: FloatArray) -> tuple[float, float]:
    return float(returns.mean()) * DAYS_PER_YEAR, float(returns.std(ddof=1)) * math.sqrt(DAYS_PER_YEAR)
