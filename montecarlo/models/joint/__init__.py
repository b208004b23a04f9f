"""Joint price models: how the prices of several symbols move together."""

from typing import Any

from montecarlo.data.joint_history import JointHistory
from montecarlo.models.joint.joint_model import JointDrawn as JointDrawn
from montecarlo.models.joint.joint_model import JointModel as JointModel
from montecarlo.parameters import registered

# Whatever is imported here is at hand everywhere, in this order; the first one is what people get unasked.
JOINT_MODELS: dict[str, type[JointModel]] = registered(globals(), JointModel)
"""By name: bootstrap, normal, gbm, student_t."""


def fit_joint(history: JointHistory, model: str = "bootstrap", **by_hand: Any) -> JointModel:
    """The named joint model with the parameters that the common days give, starting at the last closes.

    Args:
        history: From ``align``.
        model: One of JOINT_MODELS.
        by_hand: Parameters that are set in place of what is fitted: ``drift`` (of every symbol, per year), ``block``,
            ``degrees_of_freedom``.

    Raises:
        ParameterError: there is no such model or parameter, or the history is too wild for it.
    """
    raise NotImplementedError
