"""Price models: how one simulated day follows another, with parameters fitted to a price history."""

from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.models.bootstrap import BootstrapModel
from montecarlo.models.gbm import GbmModel
from montecarlo.models.model import Model
from montecarlo.models.normal import NormalModel
from montecarlo.models.student_t import StudentTModel
from montecarlo.parameters import shown

__all__ = [
    "MODELS",
    "BootstrapModel",
    "GbmModel",
    "Model",
    "NormalModel",
    "StudentTModel",
    "fit",
]

MODELS: dict[str, type[Model]] = {model.name: model for model in (NormalModel, GbmModel, BootstrapModel, StudentTModel)}


def fit(history: PriceHistory, model: str = "normal") -> Model:
    """The named model with the parameters that the history's adjusted closes give, starting at the last of them.

    Raises:
        ParameterError: there is no such model, or the history is too wild for it.
    """
    if model not in MODELS:
        raise ParameterError({"model": f"must be one of {', '.join(MODELS)}, not {shown(model)}"})
    return MODELS[model].fit(history.closes, history.warnings)
