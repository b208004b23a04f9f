"""The real closes before a simulated path, so that a strategy can decide from its first day on."""

from montecarlo.errors import ParameterError
from montecarlo.history import PriceHistory
from montecarlo.models import Model
from montecarlo.strategies import Strategy


def closes_before_start(history: PriceHistory, model: Model, strategy: Strategy) -> tuple[float, ...]:
    """As many of the history's last closes before the model's start price as the strategy needs, oldest first.

    Args:
        history: What the model was fitted to; adjusted closes.
        model: It starts at the history's last close.
        strategy: It needs ``first_decision`` closes.

    Raises:
        ParameterError: the history does not end where the model starts, or is too short.
    """
    closes, needed = history.closes, strategy.first_decision
    if closes[-1] != model.start_price:
        message = (
            f"must end at the start price of the model, {model.start_price:g}, and {history.symbol} ends at "
            f"{closes[-1]:g}: give the history that the model was fitted to"
        )
        raise ParameterError({"warm_up": message})
    if len(closes) <= needed:
        message = (
            f"takes {needed:,} closes before the last one, and {history.symbol} has {len(closes) - 1:,}: "
            "take a shorter window or a longer history"
        )
        raise ParameterError({"warm_up": message})
    return tuple(closes[-1 - needed : -1].tolist())
