"""The fields of the portfolio's form, made of what rebalancing, models, rules and portfolios declare."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.experiments.holdings import EQUAL, FILL, FIXED, INVERSE_VOLATILITY, TRADED_BY, WEIGHTINGS
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.traded_paths import WARM_UP
from montecarlo.models.joint import JOINT_MODELS
from montecarlo.parameters import Choice, Parameter, declared
from montecarlo.strategies import ORDERS, BuyAndHold, Strategy
from webui.forms.fields import Field
from webui.forms.job_fields import PREVIEW, PRICES, RULES, SOURCE, Offer

SYMBOL, WEIGHT, OF_PRICES, TRADES, CURRENCY = "symbol", "weight", "prices", "trades", "currency"
COLUMNS = (SYMBOL, WEIGHT, SOURCE.name, OF_PRICES, TRADES, CURRENCY)
"""What a row of the list has, each in a field of that name with the number of the row behind it: ``weight.2``."""

HOLDINGS = "holdings"  # what a problem is called that is none of a single row

WEIGHTS = Field(
    "weights",
    Parameter.of("weights", Choice(WEIGHTINGS), FIXED, label="Weights"),
    {
        FIXED: "as typed, the rest is cash",
        EQUAL: "the same of each",
        INVERSE_VOLATILITY: "the calmer, the more",
    },
)
STRATEGY = Field(
    "strategy",
    Parameter.of(
        "strategy", Choice(tuple(TRADED_BY)), BuyAndHold.name, label="Each is", help="What trades each one's share."
    ),
)
REBALANCING = {name: Field(name, each) for name, each in declared(Rebalancing).items()}
_OF_SIMULATION = declared(Simulation)
LENGTHS = tuple(Field(name, _OF_SIMULATION[name]) for name in ("days", "iterations"))
MODEL = Field(
    "model",
    Parameter.of("model", Choice(tuple(JOINT_MODELS)), next(iter(JOINT_MODELS), ""), label="Model"),
    {name: model.help for name, model in JOINT_MODELS.items()},
)
_NEVER_HERE = {"shares", "intrabar", "commission_model", "slippage_model"}
_NEVER_HERE |= {"commission_per_share", "commission_minimum", "slippage_volatility"}


def _of_rules(field: Field) -> Field:
    return replace(field, parameter=FILL) if field.name == FILL.name else field


MONEY = tuple(_of_rules(each) for each in RULES if each.name not in _NEVER_HERE)
MORE = (
    Field("warm_up", WARM_UP),
    *(Field.left_open(_OF_SIMULATION[name]) for name in ("seed", "uncertainty", "rows")),
)
LESSER = (*REBALANCING.values(), *PRICES, *MONEY, *MORE)


def strategies() -> dict[str, Offer]:
    """Those that can trade a share of a portfolio, by name: they look at closes, and give no orders."""
    return {name: _offer(kind) for name, kind in TRADED_BY.items()}


def models() -> dict[str, Offer]:
    """All joint models, each with fields for what a person may set in place of what is fitted."""
    return {name: Offer(name, name, kind.help, _settable(kind)) for name, kind in JOINT_MODELS.items()}


def strategy_field(offered: Mapping[str, Offer]) -> Field:
    labels = {name: each.label for name, each in offered.items()}
    return replace(STRATEGY, parameter=replace(STRATEGY.parameter, kind=Choice(tuple(labels))), words=labels)


def all_fields(offered: Mapping[str, Offer], of_models: Mapping[str, Offer]) -> list[Field]:
    """Those that are no row's."""
    own = (field for offer in (*offered.values(), *of_models.values()) for field in offer.fields.values())
    return [WEIGHTS, strategy_field(offered), *own, *LENGTHS, MODEL, *LESSER, PREVIEW]


def _offer(kind: type[Strategy]) -> Offer:
    own = {name: each for name, each in declared(kind).items() if name not in ORDERS}
    fields = {name: Field(f"{kind.name}.{name}", each) for name, each in own.items()}
    return Offer(kind.name, kind.label, kind.help, fields)


def _settable(kind: Any) -> dict[str, Field]:
    return {name: Field.left_open(each, f"{kind.name}.{name}") for name, each in kind.settable().items()}
