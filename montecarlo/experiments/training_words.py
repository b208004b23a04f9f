"""What a training came to, in sentences that a person can repeat."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from montecarlo.learning.words import sentence as of_side
from montecarlo.trained import TrainedModel
from montecarlo.wording import count

_CALLED = {"auc": "area under the curve", "brier": "gain over the share of all days in squared error"}


def of_training(model: TrainedModel, summary: pd.DataFrame, choose_by: str, varied: Mapping[str, Any]) -> str:
    """The choice and its luck, and what the chosen model has on days that nobody had looked at.

    Args:
        model: The chosen one.
        summary: See ``montecarlo.experiments.training_tables.STATISTICS``.
        choose_by: As of ``TrainingGrid``.
        varied: The settings of the chosen one that were varied, by name.
    """
    value = dict(zip(summary["statistic"], summary["value"], strict=True))
    skills = {side: each.skill for side, each in model.sides.items()}
    said = "; ".join(of_side(side, skill) for side, skill in skills.items() if skill is not None)
    if value["models"] == 1:
        return f"{said[:1].upper()}{said[1:]}."
    settings = ", ".join(f"{name.replace('_', ' ')} {each}" for name, each in varied.items())
    return (
        f"Of {count(int(value['models']), 'model')}, {settings} was the best on the days that chose, with "
        f"{_CALLED[choose_by]} {value['validation']:.3f}; on later days it has {value['judged']:.3f}, and "
        f"{value['luck']:+.3f} of the difference is luck of the choice. {said[:1].upper()}{said[1:]}."
    )
