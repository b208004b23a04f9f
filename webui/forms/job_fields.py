"""The fields of the job form, made of what strategies, models, rules and simulations declare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fleet.histories import SOURCE as S3
from montecarlo.accounting.rules import FRACTION, PER_SHARE, VOLATILITY, Rules
from montecarlo.data.sources import SOURCES as OF_THE_LIBRARY
from montecarlo.data.span import Span
from montecarlo.data.trading_year import GIVEN
from montecarlo.errors import ParameterError
from montecarlo.experiments import traded_paths
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.varied import one_of
from montecarlo.models import MODELS, Model
from montecarlo.parameters import Choice, Parameter, Switch, Word, declared
from montecarlo.strategies import ORDERS, STRATEGIES, Strategy, strategy_named
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.strategies.own_rule import OwnRule
from webui.forms import trained
from webui.forms.fields import Field
from webui.forms.trained import AskedForecast

SOURCES = {  # those that need no file
    "sample": "Real bars on this machine, no network: AAPL, FB, GOOG, IBM, MSFT until 2013.",
    "yfinance": "Yahoo Finance, the last ten years or other days.",
    "fred": "Index levels of the St. Louis Fed, the last ten years or other days: SP500, NASDAQCOM.",
    S3: "Kept in the bucket, where spotmc history put brings it up to date.",
}
ALL_SOURCES = (*OF_THE_LIBRARY, S3)
"""Those that prices in the bucket may be from."""

_OF_SIMULATION = declared(Simulation)
_FIRST = ("days", "iterations")  # of a simulation; the others are lesser ones

SOURCE = Field("source", Parameter.of("source", Choice(tuple(SOURCES)), label="Price history from"), SOURCES)
SOURCE_OF_SNAPSHOT = replace(SOURCE, parameter=replace(SOURCE.parameter, kind=Choice(ALL_SOURCES)))
LENGTHS = tuple(Field(name, _OF_SIMULATION[name]) for name in _FIRST)
MODEL = Field("model", traded_paths.MODEL, {name: model.help for name, model in MODELS.items()})
MODEL_VALUES = Field(  # in addresses, and for scripts: the form has a field for each
    "model_values",
    Parameter.of(
        "model_values",
        Word(200),
        None,
        label="Model's parameters",
        help="In place of what the history says: drift=0.05, or block=20 of bootstrap.",
        optional=True,
    ),
)
PRICES = (*(Field(name, each) for name, each in declared(Span).items()), Field(GIVEN.name, GIVEN))
RULES = tuple(Field(name, rule) for name, rule in declared(Rules).items())
INTRABAR = next(each for each in RULES if each.name == "intrabar")  # which decides between a stop and a target
EXITS = tuple(Field(name, each, several=True) for name, each in ORDERS.items())
"""What every strategy of the library can have; each has one field, whatever is chosen."""
COST_MODELS: Mapping[
    str, Mapping[str, Sequence[str]]
] = {  # those of the rules that choose how a cost is reckoned, with what counts only for each word
    "commission_model": {FRACTION: ("commission",), PER_SHARE: ("commission_per_share", "commission_minimum")},
    "slippage_model": {FRACTION: ("slippage",), VOLATILITY: ("slippage_volatility",)},
}
OF_COST_MODELS = {
    each.name: each
    for each in RULES
    if each.name in COST_MODELS or any(each.name in names for own in COST_MODELS.values() for names in own.values())
}
MORE = (  # of lesser weight, as the rules are
    Field("warm_up", traded_paths.WARM_UP),
    *(Field.left_open(each) for name, each in _OF_SIMULATION.items() if name not in _FIRST),
)
LESSER = (MODEL_VALUES, *PRICES, *RULES, *MORE)
PREVIEW = Field(
    "preview",
    Parameter.of(
        "preview",
        Switch(),
        False,
        label="Preview only",
        help="Shows the job and the messages that would go onto the queue, and sends nothing.",
    ),
)


_NAMED_AT_MOST = 12  # symbols


def source_field(kept: Sequence[str], chosen: str) -> Field:
    """The field for where prices are from, as it is offered.

    Args:
        kept: Symbols of the histories that are kept in the bucket.
        chosen: What is chosen, which is offered in any case.
    """
    words = dict(SOURCES)
    if kept:
        more = f" and {len(kept) - _NAMED_AT_MOST:,} more" if len(kept) > _NAMED_AT_MOST else ""
        words[S3] = f"Kept in the bucket, nothing is fetched: {', '.join(kept[:_NAMED_AT_MOST])}{more}."
    elif chosen != S3:
        del words[S3]
    return replace(SOURCE, parameter=replace(SOURCE.parameter, kind=Choice(tuple(words))), words=words)


@dataclass(frozen=True)
class Offer:
    """Something that is chosen by its name, with the fields that count only if it is.

    Attributes:
        name: What is chosen.
        label: A few words.
        help: What it does, in a line.
        fields: By name of the parameter.
    """

    name: str
    label: str
    help: str
    fields: Mapping[str, Field]

    def by_field(self, problems: Mapping[str, str]) -> dict[str, str]:
        """Problems, named by parameter as yet, by name in the form."""
        named = {name: field.name for name, field in self.fields.items()}
        return {named.get(name, name): problem for name, problem in problems.items()}


@dataclass(frozen=True)
class StrategyChoice(Offer):
    """A strategy that the form offers."""

    @classmethod
    def of(cls, kind: type[Strategy]) -> "StrategyChoice":
        return cls(kind.name, kind.label, kind.help, fields_of(kind.name, declared(kind)))

    @property
    def own(self) -> dict[str, Field]:
        """Those of its fields that no other strategy has."""
        return {name: field for name, field in self.fields.items() if field not in EXITS}

    def make(self, values: Mapping[str, Sequence[Any]]) -> tuple[Strategy | AskedForecast, dict[str, Sequence[Any]]]:
        """The strategy, and the values of the parameters that have several, which it has one each of.

        Args:
            values: Of its fields, by their names in the form.

        Raises:
            ParameterError: they contradict each other, or too many have several values; by name in the form.
        """
        fixed, over = self._told(values)
        try:
            if over:
                return one_of(strategy_named(self.name), fixed, over), over
            return strategy_named(self.name, fixed), {}
        except ParameterError as error:
            raise ParameterError(self.by_field(error.problems)) from error

    def _told(self, values: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Any], dict[str, Sequence[Any]]]:
        """Those with one value, and those with several."""
        told = {name: values[field.name] for name, field in self.fields.items()}
        fixed = {name: each[0] for name, each in told.items() if len(each) == 1}
        return fixed, {name: each for name, each in told.items() if len(each) > 1}


@dataclass(frozen=True)
class ForecastChoice(StrategyChoice):
    """The strategy that needs a trained model, which is looked up in the bucket when the strategy is wanted at hand."""

    @classmethod
    def of(cls, kind: type[Strategy]) -> "ForecastChoice":
        own = fields_of(kind.name, declared(kind))
        return cls(kind.name, kind.label, kind.help, {trained.FIELD.name: trained.FIELD, **own})

    def make(self, values: Mapping[str, Sequence[Any]]) -> tuple[AskedForecast, dict[str, Sequence[Any]]]:
        fixed, over = self._told(values)
        if len(over) > 2:
            last = list(over)[2]
            message = "is too much to vary: one or two parameters may have several values"
            raise ParameterError(self.by_field({last: message}))
        return AskedForecast(fixed.pop(trained.FIELD.name), fixed, over), over


def fields_of(strategy: str, parameters: Mapping[str, Parameter]) -> dict[str, Field]:
    """The fields for a strategy's parameters, by their names.

    In the form the strategy's name stands before them, because several strategies have parameters of one name, but for
    those that every strategy has.
    """
    shared = {each.name: each for each in EXITS}
    return {
        name: shared.get(name) or Field(f"{strategy}.{name}", parameter, several=True)
        for name, parameter in parameters.items()
    }


def strategy_choices() -> dict[str, StrategyChoice]:
    """All strategies that the form offers, by name."""
    offered: dict[str, StrategyChoice] = {name: StrategyChoice.of(kind) for name, kind in STRATEGIES.items()}
    return offered | {MlForecast.name: ForecastChoice.of(MlForecast)}


def model_choices() -> dict[str, Offer]:
    """All models, each with fields for what a person may set in place of what is fitted."""
    return {name: Offer(name, name, kind.help, model_fields(kind)) for name, kind in MODELS.items()}


def model_fields(kind: type[Model] | Model) -> dict[str, Field]:
    """The fields for what can be set of a model, by its names; the model's name stands before them in the form."""
    return {name: Field.left_open(each, f"{kind.name}.{name}") for name, each in kind.settable().items()}


def strategy_field(choices: Mapping[str, StrategyChoice], own_rules: bool) -> Field:
    """The field in which one of them is chosen, or a rule of one's own; each has a line of help of its own."""
    labels = {name: choice.label for name, choice in choices.items()}
    if own_rules:
        labels[OwnRule.name] = OwnRule.label
    return Field("strategy", replace(traded_paths.STRATEGY, kind=Choice(tuple(labels)), help=""), labels)
