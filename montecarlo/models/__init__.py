"""Price models: how one simulated day follows another, with parameters fitted to a price history."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.models.model import Drawn as Drawn
from montecarlo.models.model import Model as Model
from montecarlo.models.model import drift_doubts
from montecarlo.parameters import registered, shown

# Whatever is imported here is at hand everywhere, in this order; the first one is what people get unasked.
# isort: off
from montecarlo.models.normal import NormalModel as NormalModel
from montecarlo.models.gbm import GbmModel as GbmModel
from montecarlo.models.bootstrap import BootstrapModel as BootstrapModel
from montecarlo.models.student_t import StudentTModel as StudentTModel
# isort: on

MODELS: dict[str, type[Model]] = registered(globals(), Model)
"""By name."""


def fit(history: PriceHistory, model: str = "normal", *, bars: bool = False, **by_hand: Any) -> Model:
    """The named model with the parameters that the history's adjusted closes give, starting at the last of them.

    Args:
        history: From ``load_history``.
        model: Its name.
        bars: Whether what it simulates shall have an open, a high and a low, as stops, targets and limits need them.
            Of these models only the bootstrap takes them from the history; ``gbm`` and ``normal`` have them anyway.
        by_hand: Parameters of the model that are set in place of what is fitted, such as ``drift=0.05`` or
            ``block=20``; the result says so.

    Raises:
        ParameterError: there is no such model or parameter, the history is too wild for it, or it has bars of weeks,
            months or longer and nobody has said how many make a year.
        HistoryError: bars are wanted of a model that takes them from the history, and the history has none.
    """
    if model not in MODELS:
        raise ParameterError({"model": f"must be one of {', '.join(MODELS)}, not {shown(model)}"})
    history.require_daily()
    found = MODELS[model].fit(history.closes, history.warnings, history.bars_per_year)
    if "drift" not in by_hand and found.drift_error is not None:
        years = (len(history.closes) - 1) / history.bars_per_year
        found = replace(found, warnings=(*found.warnings, *drift_doubts(found.drift, found.drift_error, years)))
    if bars and MODELS[model].bars_from_history:
        found = found.with_bars(history.adjusted_bars)
        found = replace(found, warnings=(*found.warnings, *history.bar_warnings))
    return found.with_values(by_hand)


def require_bars(model: Model) -> None:
    """
    Raises:
        ParameterError: the model does not tell what prices do within a day; with those that do.
    """
    if model.has_bars:
        return
    if model.bars_from_history:
        message = (
            f"{model.name} was fitted to closes alone, so its days have no open, high or low; fit it to the bars of "
            f'its history, too: fit(history, "{model.name}", bars=True)'
        )
    else:
        message = lacks_bars(type(model))
    raise ParameterError({"model": message})


def lacks_bars(model: type[Model]) -> str:
    """That a kind of model has none, and which have them."""
    known = ", ".join(name for name, kind in MODELS.items() if kind.can_have_bars())
    return f"{model.name} does not tell what prices do within a day; take one that does: {known}"


def read_settings(model: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of the named model, from what a person typed.

    Raises:
        ParameterError: there is no such model or parameter, or it cannot have the value.
    """
    if model not in MODELS:
        raise ParameterError({"model": f"must be one of {', '.join(MODELS)}, not {shown(model)}"})
    known, values, found = MODELS[model].settable(), {}, {}
    for name, text in typed.items():
        if name not in known:
            found[name] = f"cannot be set for the {model} model, which has {', '.join(known)}"
            continue
        try:
            values[name] = known[name].read(text)
        except ParameterError as error:
            found |= error.problems
    if found:
        raise ParameterError(found)
    return values
