"""A simulation: everything that determines the rows of its paths, as one value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from montecarlo import limits
from montecarlo.errors import ParameterError
from montecarlo.models import DAYS_PER_YEAR, MODELS, Model
from montecarlo.rules import Rules
from montecarlo.strategies import SmaCrossover

ENGINE_VERSION = "1"  # raised whenever a change of the engine changes any bit of a row

# Prices stay far inside double precision: ten deviations above the median, and squared.
_MAX_LOG_GROWTH = 300.0


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Simulated paths of a fitted model, traded by a strategy under rules.

    Args:
        model: The fitted price model.
        strategy: What is traded when.
        days: Trading days simulated; a path has ``days + 1`` prices, the first of them the model's start price.
        iterations: Number of paths.
        seed: Key of the random numbers; path i depends on it and on nothing that the other paths do.
        rules: Money, fills and costs.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """

    model: Model
    strategy: SmaCrossover
    days: int
    iterations: int
    seed: int
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        windows = {"short": self.strategy.short, "long": self.strategy.long}
        found = limits.problems({**windows, "days": self.days, "iterations": self.iterations, "seed": self.seed})
        if not found:
            years = self.days / DAYS_PER_YEAR
            if abs(self.model.drift) * years + 10 * self.model.volatility * math.sqrt(years) > _MAX_LOG_GROWTH:
                found["days"] = (
                    f"are too many for a drift of {self.model.drift:g} and a volatility of {self.model.volatility:g} "
                    "per year: prices would leave the range of double precision"
                )
        if found:
            raise ParameterError(found)

    @property
    def first_fill(self) -> int:
        """The first day, counted from 0, at whose close the strategy can trade."""
        return self.strategy.first_decision + self.rules.delay

    def to_dict(self) -> dict[str, Any]:
        """As plain values that JSON keeps exactly."""
        return {
            "model": self.model.to_dict(),
            "strategy": self.strategy.to_dict(),
            "rules": self.rules.to_dict(),
            "days": self.days,
            "iterations": self.iterations,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The simulation that ``to_dict`` wrote.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        try:
            given = dict(values)
            model = dict(given.pop("model"))
            model_class = MODELS[model.pop("name")]
            model["warnings"] = tuple(str(warning) for warning in model["warnings"])
            strategy = dict(given.pop("strategy"))
            if strategy.pop("name") != "sma-crossover":
                raise ParameterError({"strategy": "is not known here"})
            return cls(
                model=model_class(**model),
                strategy=SmaCrossover(**strategy),
                rules=Rules(**given.pop("rules")),
                **given,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ParameterError({"simulation": f"cannot be read: {error!r}"}) from error
