"""What a simulation and a sweep share: a model's paths, and a strategy that trades them under rules."""

import math
import secrets
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from montecarlo import parameters
from montecarlo.accounting.rules import Rules
from montecarlo.data.trading_year import is_daily
from montecarlo.errors import ParameterError
from montecarlo.experiments.experiment import Experiment
from montecarlo.experiments.within_days import bars_problem, doubts_of
from montecarlo.limits import MAX_DAYS, MAX_ITERATIONS, MAX_PRICE, MAX_SEED, MAX_WARM_UP, MIN_PRICE
from montecarlo.models import MODELS, Model
from montecarlo.models.model import MOST_DRIFT, MOST_VOLATILITY
from montecarlo.parameters import Choice, Number, Parameter, Switch, Whole, Word, parameter, shown
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import ORDERS, STRATEGIES, Strategy, strategy_from_dict
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.strategies.own_rule import OwnRule, RuleCode

ENGINE_VERSION = "6"  # raised whenever a change of the engine changes any bit of a row or of a tally

UNCERTAINTY = "uncertainty.csv"
"""Among the results, where that was asked for."""

WITHIN_DAYS = 5  # times as much work is an account that knows what happens within the day, bars included
CHUNK_PATH_DAYS = 2**33  # some twenty seconds on one core

# The fourth power of a return stays in double precision, ten deviations above the median.
_MAX_LOG_GROWTH = 170.0

MODEL = Parameter.of("model", Choice(tuple(MODELS)), "normal", label="Model", help="How prices are drawn.")
STRATEGY = Parameter.of(
    "strategy", Choice(tuple(STRATEGIES)), "sma-crossover", label="Strategy", help="What is traded when."
)
FILE = Parameter.of("file", Word(64), label="File", help="In which the rule is.")
TRAINED = Parameter.of("trained_model", Word(64), label="Trained model", help="Whose forecasts are traded.")
WARM_UP = Parameter.of(
    "warm_up",
    Switch(),
    False,
    label="Warm-up",
    unit="real closes",
    help="Put the last real closes before the paths, so that the strategy decides from the first day on.",
)

_CLOSE = Number(MIN_PRICE, MAX_PRICE)


@dataclass(frozen=True, kw_only=True)
class TradedPaths(Experiment):
    """Paths of a fitted model, and a strategy that trades them.

    Args:
        model: The fitted price model.
        strategy: What is traded when.
        days: Trading days simulated; a path has ``days + 1`` prices, the first of them the model's start price.
        iterations: Number of paths.
        seed: Key of the random numbers; path i depends on it and on nothing that the other paths do.
        rules: Money, fills and costs.
        warm_up: Closes before the start price, oldest first, in its unit: as many as the strategy needs to decide on
            day 0, or none.  They are the same for every path, and only targets depend on them.
        warm_up_bars: Open, high and low of the same days and of the start price's own; of what looks at them alone.
        uncertainty: Whether it is found out what the answer is worth, where the history leaves parameters of the model
            open; which is done where path 0 is.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """

    model: Model
    strategy: Strategy
    days: int = parameter(
        Whole(1, MAX_DAYS),
        1260,
        label="Days",
        unit="trading days",
        help="Trading days to simulate; a year has 252, one of a coin 365.",
    )
    iterations: int = parameter(
        Whole(1, MAX_ITERATIONS), 2000, label="Iterations", unit="paths", help="Number of simulated paths."
    )
    seed: int = parameter(
        Whole(0, MAX_SEED), label="Seed", help="Same seed, same bytes; without one, a new one is drawn."
    )
    uncertainty: bool = parameter(
        Switch(),
        False,
        label="Uncertainty",
        help="Say how the answer changes with the drift and whatever else the history leaves open; usual, but for "
        "rules of your own and in sweeps.",
        since=2,
    )
    rules: Rules = field(default_factory=Rules)
    warm_up: tuple[float, ...] = ()
    warm_up_bars: tuple[tuple[float, float, float], ...] = field(default=(), metadata={"since": 2})

    def __post_init__(self) -> None:
        found = parameters.problems(self)
        if not found:
            parameters.unify(self)
        if "days" not in found:
            found |= self._problems()
        model = self.model
        if not found and (problem := bars_problem(model, self.traded)):
            found["model"] = problem
        if self.uncertainty is True and (problem := uncertainty_problem(model, self.days)):
            found["uncertainty"] = problem
        if not found and not self._stays_in_range:
            found["days"] = (
                f"are too many for a drift of {model.drift:g} and a volatility of {model.volatility:g} per year: "
                "returns would leave the range of double precision"
            )
        if found:
            raise ParameterError(found)
        object.__setattr__(self, "warm_up", tuple(map(float, self.warm_up)))
        object.__setattr__(self, "warm_up_bars", tuple(tuple(map(float, each)) for each in self.warm_up_bars))

    @property
    def traded(self) -> tuple[Strategy, ...]:
        """All strategies that are traded on the paths."""
        return (self.strategy,)

    @property
    def keeps_orders(self) -> bool:
        """Whether the account of any of them is one that knows what happens within the day."""
        return self.rules.needs_order_account or any(each.gives_orders for each in self.traded)

    @property
    def draws_bars(self) -> bool:
        """Whether anything looks at what happens within the day, and the model tells it."""
        opens = self.rules.fill == "next-open" and self.model.has_bars
        return opens or any(each.gives_orders for each in self.traded)

    @property
    def _stays_in_range(self) -> bool:
        return stays_in_range(self.model.drift, self.model.volatility, self.days / self.model.bars_per_year)

    @abstractmethod
    def _problems(self) -> dict[str, str]:
        """What is wrong with the strategy in these days, and with the warm-up."""

    @property
    def units(self) -> int:
        return self.iterations

    @property
    def path_days(self) -> int:
        return self.days

    @property
    def work(self) -> int:
        """Of a path: as many days of a path would take a compiled strategy as long."""
        return self.path_days * self.strategy.work * (WITHIN_DAYS if self.keeps_orders else 1)

    @property
    def chunk(self) -> int:
        return max(CHUNK_PATH_DAYS // self.work // BLOCK_PATHS, 1) * BLOCK_PATHS

    @property
    def inputs(self) -> Mapping[str, str]:
        return self.strategy.inputs

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        strategy = self.strategy.with_inputs(contents)
        return self if strategy is self.strategy else replace(self, strategy=strategy)

    @property
    def reproducible(self) -> bool:
        return self.strategy.reproducible

    @property
    def warnings(self) -> tuple[str, ...]:
        doubts = doubts_of(self.model, self.traded, self.rules)
        return (*self.model.warnings, *self.strategy.warnings, *self.rules.warnings, *doubts)

    @property
    def strategy_values(self) -> Mapping[str, Any]:
        """The parameters of the strategy by name; of those that are varied, all values."""
        return self.strategy.values

    @property
    def own_rule(self) -> OwnRule | None:
        return self.strategy if isinstance(self.strategy, OwnRule) else None

    def bound(self, code: RuleCode) -> Self:
        return replace(self, strategy=replace(self.own_rule, code=code)) if self.own_rule else super().bound(code)

    def facts(self) -> list[tuple[Parameter, Any]]:
        model = [(each, getattr(self.model, name)) for name, each in parameters.declared(self.model).items()]
        own = [(each, getattr(self, name)) for name, each in parameters.declared(self).items()]
        values = self.strategy_values
        strategy = [
            (each, values[name])
            for name, each in self.strategy.parameters.items()
            if values[name] is not None or name not in ORDERS
        ]
        bracketed = any(each.stop_loss is not None and each.take_profit is not None for each in self.traded)
        rules = [
            (each, getattr(self.rules, name))
            for name, each in parameters.declared(self.rules).items()
            if self.rules.counts(name) and (name != "intrabar" or bracketed)
        ]
        found = [
            (MODEL, self.model.name),
            *model,
            *own,
            (STRATEGY, self.strategy.label),
            *known_by(self.strategy),
            *strategy,
            (WARM_UP, len(self.warm_up)),
            *rules,
        ]
        return in_bars(found, self.model.bars_per_year)

    def headline(self) -> dict[str, Any]:
        told = {"days": self.days, "iterations": self.iterations, "strategy": self.strategy.name}
        told |= {each.name: value for each, value in known_by(self.strategy)}
        # A person's own rule may have a parameter of such a name.
        given = {name: value for name, value in self.strategy_values.items() if value is not None}
        return told | {name: value for name, value in given.items() if name not in told}

    def to_dict(self) -> dict[str, Any]:
        values = parameters.to_dict(self)
        return values | {
            "model": self.model.to_dict(),
            "strategy": self.strategy.to_dict(),
            "rules": self.rules.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: object) -> Self:
        given = parameters.from_dict(cls.kind, values, cls)
        return cls(
            **given
            | {
                "model": _model(given["model"]),
                "strategy": strategy_from_dict(given["strategy"]),
                "rules": Rules(**parameters.from_dict("rules", given["rules"], Rules)),
            }
        )


def shared(name: str) -> Any:
    """A field that another kind of experiment has in common with these, under the same name."""
    (found,) = (each for each in fields(TradedPaths) if each.name == name)
    return field(default=found.default, metadata=found.metadata)


def known_by(strategy: Strategy) -> list[tuple[Parameter, Any]]:
    """What tells strategies of one name apart beside their parameters."""
    if isinstance(strategy, OwnRule):
        return [(FILE, strategy.file)]
    return [(TRAINED, strategy.card.name)] if isinstance(strategy, MlForecast) else []


def uncertainty_problem(model: Model, days: int) -> str:
    """Why it cannot be told what an answer is worth; empty where it can."""
    if all(getattr(model, error) is None for error in model.errors.values()):
        return "needs a model that knows its standard errors, such as one that is fitted to a history"
    if not model.is_uncertain:
        return "has nothing to tell: no parameter is open where prices do not vary, or where all are set by hand"
    return furthest_problem(*model.furthest(), days / model.bars_per_year)


def furthest_problem(drift: float, volatility: float, years: float) -> str:
    """Why the furthest of the likely parameters cannot be simulated for so long; empty where they can.

    Args:
        drift: Without its sign, per year.
        volatility: Per year.
        years: How many are simulated.
    """
    if drift > MOST_DRIFT or volatility > MOST_VOLATILITY:
        return "cannot be told: the history leaves the parameters nearly as open as they can be; take a longer one"
    if not stays_in_range(drift, volatility, years):
        return (
            "cannot be told for so many days, because some of the likely parameters leave double precision: take fewer "
            "days or a longer history"
        )
    return ""


def stays_in_range(drift: float, volatility: float, years: float) -> bool:
    """Whether sums over returns of so many years stay in double precision."""
    return abs(drift) * years + 10 * volatility * math.sqrt(years) <= _MAX_LOG_GROWTH


def in_bars(facts: list[tuple[Parameter, Any]], bars_per_year: int) -> list[tuple[Parameter, Any]]:
    """Facts of which those about days say bars, where a bar is a week, a month or longer."""
    return facts if is_daily(bars_per_year) else [(_of_bars(each), value) for each, value in facts]


def _of_bars(each: Parameter) -> Parameter:
    if each.unit != "trading days":
        return each
    return replace(each, unit="bars", label="Bars" if each.name == "days" else each.label)


def warm_up_problems(closes: object, bars: object, needed: int, uses_bars: bool) -> dict[str, str]:
    """What is wrong with closes before the start price, of which so many are needed if any, and with their bars."""
    return _problems_of_closes(closes, needed) or _problems_of_bars(closes, bars, uses_bars)


def _problems_of_closes(closes: object, needed: int) -> dict[str, str]:
    if not isinstance(closes, tuple):
        return {"warm_up": f"must be a list of closes, not {shown(closes)}"}
    if len(closes) > MAX_WARM_UP:
        return {"warm_up": f"can have {MAX_WARM_UP:,} closes at most, not {len(closes):,}: take a shorter window"}
    if closes and len(closes) != needed:
        return {"warm_up": f"must be the last {needed:,} closes before the start price, not {len(closes):,} of them"}
    unusable = [close for close in closes if not _CLOSE.accepts(close)]
    return {"warm_up": f"must have closes that are {_CLOSE}, not {shown(unusable[0])}"} if unusable else {}


def _problems_of_bars(closes: Any, bars: object, uses_bars: bool) -> dict[str, str]:
    if not isinstance(bars, tuple):
        return {"warm_up_bars": f"must be a list of opens, highs and lows, not {shown(bars)}"}
    needed = len(closes) + 1 if uses_bars and len(closes) else 0
    if len(bars) != needed:
        days = f"those of the {needed:,} days until the start price" if needed else "left out: nothing needs them"
        return {"warm_up_bars": f"must be {days}, not {len(bars):,} of them"}
    for bar in bars:
        if not isinstance(bar, tuple | list) or len(bar) != 3 or not all(map(_CLOSE.accepts, bar)):
            return {"warm_up_bars": f"must each be an open, a high and a low that are {_CLOSE}, not {shown(bar)}"}
    return {}


def seed_or_new(seed: int | None) -> int:
    """The seed, or a fresh one where none is given."""
    return secrets.randbits(64) if seed is None else seed


def _model(values: object) -> Model:
    kind = parameters.named("model", values, MODELS)
    given = parameters.from_dict("model", values, kind, "name")
    del given["name"]
    return kind(**given)
