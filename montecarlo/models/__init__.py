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


def fit(history: PriceHistory, model: str = "normal", **by_hand: Any) -> Model:
    """The named model with the parameters that the history's adjusted closes give, starting at the last of them.

    Args:
        history: From ``load_history``.
        model: Its name.
        by_hand: Parameters of the model that are set in place of what is fitted, such as ``drift=0.05`` or
            ``block=20``; the result says so.

    Raises:
        ParameterError: there is no such model or parameter, the history is too wild for it, or it has bars of weeks,
            months or longer and nobody has said how many make a year.
    """
    if model not in MODELS:
        raise ParameterError({"model": f"must be one of {', '.join(MODELS)}, not {shown(model)}"})
    history.require_daily()
    found = MODELS[model].fit(history.closes, history.warnings, history.bars_per_year)
    if "drift" not in by_hand and found.drift_error is not None:
        years = (len(history.closes) - 1) / history.bars_per_year
        found = replace(found, warnings=(*found.warnings, *drift_doubts(found.drift, found.drift_error, years)))
    return found.with_values(by_hand)


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
