"""The real closes before a simulated path, so that a strategy can decide from its first day on."""

from typing import TypedDict

from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.models import Model

Bar = tuple[float, float, float]


class BeforeStart(TypedDict):
    """What of a history stands before simulated paths."""

    warm_up: tuple[float, ...]
    warm_up_bars: tuple[Bar, ...]


def before_start(history: PriceHistory | None, model: Model, needed: int, uses_bars: bool) -> BeforeStart:
    """So many closes as in ``closes_before_start``; with the bars of these days and of the start price's, if asked.

    Raises:
        ParameterError: as there.
        HistoryError: there are no bars.
    """
    if history is None:
        return {"warm_up": (), "warm_up_bars": ()}
    closes = closes_before_start(history, model, needed)
    if not (uses_bars and closes):
        return {"warm_up": closes, "warm_up_bars": ()}
    found = history.adjusted_bars
    latest = (each[-1 - len(closes) :].tolist() for each in (found.open, found.high, found.low))
    return {"warm_up": closes, "warm_up_bars": tuple(zip(*latest, strict=True))}


def closes_before_start(history: PriceHistory, model: Model, needed: int) -> tuple[float, ...]:
    """So many of the history's last closes before the model's start price, oldest first.

    Args:
        history: What the model was fitted to; adjusted closes.
        model: It starts at the history's last close.
        needed: The ``first_decision`` of the strategy that shall decide from the first day on.

    Raises:
        ParameterError: the history does not end where the model starts, or is too short.
    """
    closes = history.closes
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
