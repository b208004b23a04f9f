"""Joint price models: how the prices of several symbols move together."""

from dataclasses import replace
from typing import Any

from montecarlo.data.joint_history import JointHistory
from montecarlo.errors import ParameterError
from montecarlo.models.joint.fitting import doubts_about_drifts
from montecarlo.models.joint.joint_model import DRIFT
from montecarlo.models.joint.joint_model import JointDrawn as JointDrawn
from montecarlo.models.joint.joint_model import JointModel as JointModel
from montecarlo.models.joint.joint_model import Mix as Mix
from montecarlo.parameters import named, registered, shown

# Whatever is imported here is at hand everywhere, in this order; the first one is what people get unasked.
# isort: off
from montecarlo.models.joint.bootstrap import JointBootstrap as JointBootstrap
from montecarlo.models.joint.normal import JointNormal as JointNormal
from montecarlo.models.joint.gbm import JointGbm as JointGbm
from montecarlo.models.joint.student_t import JointStudentT as JointStudentT
# isort: on

JOINT_MODELS: dict[str, type[JointModel]] = registered(globals(), JointModel)
"""By name."""


def fit_joint(history: JointHistory, model: str = "bootstrap", **by_hand: Any) -> JointModel:
    """The named joint model with the parameters that the common days give, starting at the last closes.

    Args:
        history: From ``align``.
        model: One of JOINT_MODELS.
        by_hand: Parameters that are set in place of what is fitted: ``drift`` (of every symbol, per year), ``block``,
            ``degrees_of_freedom``.

    Raises:
        ParameterError: there is no such model or parameter, the history is too wild for it, or it has bars of weeks,
            months or longer and nobody has said how many make a year.
    """
    if model not in JOINT_MODELS:
        raise ParameterError({"model": f"must be one of {', '.join(JOINT_MODELS)}, not {shown(model)}"})
    history.require_daily()
    found = JOINT_MODELS[model].fit(history)
    if DRIFT.name not in by_hand:
        years = found.observations / found.bars_per_year
        doubts = doubts_about_drifts(found.symbols, found.drifts, found.drift_errors, years)
        found = replace(found, warnings=(*found.warnings, *doubts))
    return found.with_values(by_hand)


def joint_model_from_dict(values: object) -> JointModel:
    """What ``JointModel.to_dict`` wrote; ``with_history`` gives a bootstrap its days.

    Raises:
        ParameterError: anything is missing, unknown, of the wrong type or out of range.
    """
    return named("model", values, JOINT_MODELS).from_dict(values)
