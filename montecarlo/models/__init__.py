"""Price models: how one simulated day follows another, with parameters fitted to a price history."""

from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.models.model import Model as Model
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


def fit(history: PriceHistory, model: str = "normal") -> Model:
    """The named model with the parameters that the history's adjusted closes give, starting at the last of them.

    Raises:
        ParameterError: there is no such model, the history is too wild for it, or it has bars of weeks, months or
            longer and nobody has said how many make a year.
    """
    if model not in MODELS:
        raise ParameterError({"model": f"must be one of {', '.join(MODELS)}, not {shown(model)}"})
    history.require_daily()
    return MODELS[model].fit(history.closes, history.warnings, history.bars_per_year)
