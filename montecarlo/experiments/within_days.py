"""Experiments whose orders are kept within the day: which they are, what they need, and what is doubtful about them."""

from collections.abc import Iterable, Mapping
from typing import Any

from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.models import MODELS, Model, fit, lacks_bars, require_bars
from montecarlo.strategies import ORDERS, Strategy


def needs_of(strategies: Iterable[Strategy]) -> list[str]:
    """What of the strategies needs the open, the high and the low of days, each once."""
    found: dict[str, None] = {}
    for strategy in strategies:
        found |= dict.fromkeys(name for name in ORDERS if getattr(strategy, name) is not None)
        if strategy.gives_orders and not found:
            found[strategy.called] = None
    return list(found)


def bars_problem(model: Model, strategies: Iterable[Strategy]) -> str:
    """Why the model cannot be traded by the strategies; empty where it can, or where they need no bars."""
    needs = needs_of(strategies)
    try:
        if needs:
            require_bars(model)
    except ParameterError as error:
        return f"{error.problems['model']}; needed by {_spoken(needs)}"
    return ""


def _spoken(needs: Iterable[str]) -> str:
    return ", ".join(needs).replace("_", " ")


def kind_problem(model: str, strategies: Iterable[Strategy]) -> str:
    """The same of a model that is not fitted yet, as far as that can be known."""
    needs = needs_of(strategies)
    kind = MODELS[model]
    return f"{lacks_bars(kind)}; needed by {_spoken(needs)}" if needs and not kind.can_have_bars() else ""


def fit_for(
    history: PriceHistory,
    model: str,
    strategy: Strategy,
    rules: Rules,
    *,
    varied: Iterable[str] = (),
    by_hand: Mapping[str, Any] | None = None,
) -> Model:
    """The named model, fitted to the history, with bars where they are needed.

    Args:
        history: From ``load_history``.
        model: Its name.
        strategy: What is traded when.
        rules: Money, fills and costs.
        varied: Parameters of the strategy that have several values.
        by_hand: Parameters of the model in place of those that are fitted, by name.

    Raises:
        ParameterError: as ``fit``.
        HistoryError: bars are needed, and the history has none.
    """
    bars = strategy.gives_orders or any(name in ORDERS for name in varied)
    opens = rules.fill == "next-open" and history.has_bars  # else a day opens at the close before, which is said
    return fit(history, model, bars=bars or opens, **(by_hand or {}))


def doubts_of(model: Model, strategies: Iterable[Strategy], rules: Rules) -> tuple[str, ...]:
    """What a model without gaps cannot show."""
    if model.bars_from_history and model.has_bars:
        return ()
    found = []
    if any(strategy.stop_loss is not None for strategy in strategies):
        found.append(
            f"days of the {model.name} model open at the close before, so no price jumps over a stop: a real night can "
            "lose more; the bootstrap model has the gaps of its history"
        )
    if rules.fill == "next-open":
        found.append(
            f"days of the {model.name} model open at the close before, so the next open is the close of the signal: "
            "the bootstrap model has the gaps of its history"
        )
    return tuple(found)
