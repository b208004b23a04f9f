"""A simulation: everything that determines the rows of its paths, as one value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from montecarlo import limits
from montecarlo.errors import ParameterError
from montecarlo.models import DAYS_PER_YEAR, MODELS, Model
from montecarlo.rules import Rules
from montecarlo.strategies import STRATEGIES, Strategy

ENGINE_VERSION = "3"  # raised whenever a change of the engine changes any bit of a row

# The fourth power of a return stays in double precision, ten deviations above the median.
_MAX_LOG_GROWTH = 170.0


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
        warm_up: Closes before the start price, oldest first, in its unit: as many as the strategy needs to decide on
            day 0, or none.  They are the same for every path, and only targets depend on them.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """

    model: Model
    strategy: Strategy
    days: int
    iterations: int
    seed: int
    rules: Rules = field(default_factory=Rules)
    warm_up: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        found = self.strategy.problems(self.days, warm_up=bool(self.warm_up))
        found |= limits.problems({"iterations": self.iterations, "seed": self.seed})
        found |= _warm_up_problems(self.warm_up, self.strategy)
        if not found:
            years = self.days / DAYS_PER_YEAR
            if abs(self.model.drift) * years + 10 * self.model.volatility * math.sqrt(years) > _MAX_LOG_GROWTH:
                found["days"] = (
                    f"are too many for a drift of {self.model.drift:g} and a volatility of {self.model.volatility:g} "
                    "per year: returns would leave the range of double precision"
                )
        if found:
            raise ParameterError(found)
        # One spelling of each number, as in Rules.
        object.__setattr__(self, "warm_up", tuple(map(float, self.warm_up)))

    @property
    def first_fill(self) -> int:
        """The first day, counted from 0, at whose close the strategy can trade."""
        return self.strategy.first_decision - len(self.warm_up) + self.rules.delay

    def to_dict(self) -> dict[str, Any]:
        """As plain values that JSON keeps exactly."""
        return {
            "model": self.model.to_dict(),
            "strategy": self.strategy.to_dict(),
            "rules": self.rules.to_dict(),
            "days": self.days,
            "iterations": self.iterations,
            "seed": self.seed,
            "warm_up": list(self.warm_up),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The simulation that ``to_dict`` wrote.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        given = _entries("simulation", values, cls)
        rules = _entries("rules", given["rules"], Rules)
        made = {
            "model": _named("model", given["model"], MODELS),
            "strategy": _named("strategy", given["strategy"], STRATEGIES),
        }
        if isinstance(given["warm_up"], list):
            given["warm_up"] = tuple(given["warm_up"])
        return cls(**given | made | {"rules": Rules(**rules)})


def _warm_up_problems(closes: object, strategy: Strategy) -> dict[str, str]:
    needed = strategy.first_decision
    if not isinstance(closes, tuple):
        return {"warm_up": f"must be a list of closes, not {limits.shown(closes)}"}
    if len(closes) > limits.MAX_WARM_UP:
        message = f"can have {limits.MAX_WARM_UP:,} closes at most, not {len(closes):,}: take a shorter window"
        return {"warm_up": message}
    if closes and len(closes) != needed:
        return {"warm_up": f"must be the last {needed:,} closes before the start price, not {len(closes):,} of them"}
    unusable = [close for close in closes if not limits.PRICE.accepts(close)]
    return {"warm_up": f"must have closes that are {limits.PRICE}, not {limits.shown(unusable[0])}"} if unusable else {}


def _named(what: str, values: object, kinds: Mapping[str, type[Any]]) -> Any:
    """The model or strategy of which ``values`` gives the name and the fields; lists stand for tuples."""
    if not isinstance(values, Mapping):
        raise ParameterError({what: f"must be an object, not {limits.shown(values)}"})
    if "name" not in values:
        raise ParameterError({"name": f"is missing from the {what}"})
    name = values["name"]
    if not isinstance(name, str) or name not in kinds:
        raise ParameterError({what: f"must be one of {', '.join(kinds)}, not {limits.shown(name)}"})
    entries = _entries(what, values, kinds[name], "name")
    del entries["name"]
    return kinds[name](**{key: tuple(value) if isinstance(value, list) else value for key, value in entries.items()})


def _entries(name: str, values: object, fitting: type, *more: str) -> dict[str, Any]:
    """``values`` as a dictionary that has the fields of the dataclass ``fitting`` and ``more``, and nothing else."""
    expected = (*more, *(field.name for field in fields(fitting)))
    if not isinstance(values, Mapping):
        raise ParameterError({name: f"must be an object of {', '.join(expected)}, not {limits.shown(values)}"})
    missing = {key: f"is missing from the {name}" for key in expected if key not in values}
    unknown = {limits.shown(key): f"is not known in the {name}" for key in values if key not in expected}
    if missing or unknown:
        raise ParameterError(missing | unknown)
    return dict(values)
