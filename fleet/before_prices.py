"""What can be known of an experiment before its prices are had, so that nobody waits for them to be told of a typo."""

from collections.abc import Mapping
from typing import Any

from fleet.chosen import Chosen, strategy_of, usual_strategy
from montecarlo.errors import ParameterError
from montecarlo.experiments.compiling import EXAMPLE
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep, axes_of, combinations
from montecarlo.experiments.traded_paths import MODEL, TradedPaths
from montecarlo.experiments.varied import varied
from montecarlo.experiments.within_days import kind_problem
from montecarlo.parameters import declared
from montecarlo.strategies import BuyAndHold, Strategy


def require_strategy(chosen: Chosen) -> None:
    """
    Raises:
        ParameterError, RuleError: there is no such strategy or rule, or it cannot be told something.
    """
    if chosen.rule is None:
        strategy_of(chosen)


def require_simulation(chosen: Chosen) -> None:
    """
    Raises:
        ParameterError, RuleError: the strategy, the paths or the rules cannot be used, whatever the prices are.
    """
    strategy = BuyAndHold() if chosen.rule else strategy_of(chosen)  # when a rule decides is known when it is tried
    made = Simulation(
        strategy=strategy, rules=chosen.rules, **_paths(chosen.of_a_simulation, strategy, strategy.first_decision)
    )
    _require_bars(chosen, made)


def require_sweep(chosen: Chosen) -> None:
    """
    Raises:
        ParameterError, RuleError: as ``require_simulation``; the values that are varied among them.
    """
    if chosen.rule:
        return
    strategy, over = varied(usual_strategy(chosen), chosen.told)
    axes, longest = axes_of(strategy, over), 0
    if chosen.paths.get("warm_up"):
        days = chosen.paths.get("days", declared(Sweep)["days"].default)
        longest = max(each.first_decision for each in combinations(strategy, dict(axes), days, warm_up=True))
    _require_bars(
        chosen, Sweep(strategy=strategy, axes=axes, rules=chosen.rules, **_paths(chosen.paths, strategy, longest))
    )


def _require_bars(chosen: Chosen, made: TradedPaths) -> None:
    """
    Raises:
        ParameterError: the model will not tell what prices do within a day, and that is needed.
    """
    if problem := kind_problem(chosen.paths.get("model", MODEL.default), made.traded):
        raise ParameterError({"model": problem})


def _paths(chosen: Mapping[str, Any], strategy: Strategy, first_decision: int) -> dict[str, Any]:
    """What is known of them, with a model of nothing and closes that stand for those that are not there yet."""
    of_model = ("model", "model_values", "uncertainty")  # which need a fit
    paths = {"seed": 0, "model": EXAMPLE.model, **{k: v for k, v in chosen.items() if k not in of_model}}
    closes = (1.0,) * first_decision if paths.get("warm_up") else ()
    bars = ((1.0, 1.0, 1.0),) * (len(closes) + 1) if strategy.uses_bars and closes else ()
    return paths | {"warm_up": closes, "warm_up_bars": bars}
