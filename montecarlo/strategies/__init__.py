"""Trading strategies: from prices to the position that is wanted at each close."""

from collections.abc import Mapping
from typing import Any

from montecarlo import parameters
from montecarlo.errors import ParameterError
from montecarlo.strategies import ml_forecast, own_rule
from montecarlo.strategies.strategy import ORDERS as ORDERS
from montecarlo.strategies.strategy import Strategy as Strategy

# Whatever is imported here is at hand everywhere, in this order; the first one is what people get unasked.
# isort: off
from montecarlo.strategies.sma_crossover import SmaCrossover as SmaCrossover
from montecarlo.strategies.ema_crossover import EmaCrossover as EmaCrossover
from montecarlo.strategies.breakout import Breakout as Breakout
from montecarlo.strategies.bollinger_reversion import BollingerReversion as BollingerReversion
from montecarlo.strategies.momentum import Momentum as Momentum
from montecarlo.strategies.daily_breakout import DailyBreakout as DailyBreakout
from montecarlo.strategies.buy_and_hold import BuyAndHold as BuyAndHold
# isort: on

STRATEGIES: dict[str, type[Strategy]] = parameters.registered(globals(), Strategy)
"""Those of the library, by name; a person's own rule, and one that needs a trained model, are none of them."""


def strategy_named(name: str, values: Mapping[str, Any] | None = None) -> Strategy:
    """One of STRATEGIES with its parameters.

    Raises:
        ParameterError: there is no such strategy, it has no such parameter, or one cannot be used.
    """
    kind = parameters.named("strategy", {"name": name}, STRATEGIES)
    known = parameters.declared(kind)
    if unknown := [each for each in values or {} if each not in known]:
        has = f"which has {', '.join(known)}" if known else "which has none"
        raise ParameterError(dict.fromkeys(unknown, f"is no parameter of {name}, {has}"))
    return kind(**(values or {}))


def strategy_from_dict(values: Any) -> Strategy:
    """The strategy that ``to_dict`` wrote; a person's own rule is without its code then, a forecast without its model.

    Raises:
        ParameterError: anything is missing, unknown, of the wrong type or out of range.
    """
    with_inputs = {kind.name: kind for kind in (own_rule.OwnRule, ml_forecast.MlForecast)}
    kind = parameters.named("strategy", values, {**STRATEGIES, **with_inputs})
    if kind.name in with_inputs:
        return with_inputs[kind.name].from_dict(values)
    given = parameters.from_dict("strategy", values, kind, "name")
    del given["name"]
    return kind(**given)
