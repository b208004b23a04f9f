"""What a training came to, in sentences that a person can repeat."""

from collections.abc import Callable

from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.training import TrainingGrid
from montecarlo.learning.words import sentence as of_side
from montecarlo.statistics.summary import summary_from_csv
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained import TrainedModel
from montecarlo.wording import count

_CALLED = {"auc": "an area under the curve of", "brier": "a gain in squared error over the usual share of"}


def of_training(training: TrainingGrid, file: Callable[[str], bytes]) -> str:
    """The choice and its luck, and what the chosen model has on days that nobody had looked at.

    Args:
        training: What was asked for.
        file: The content of one of its ``result_files``.
    """
    found = summary_from_csv(file(SUMMARY))
    value = dict(zip(found["statistic"], found["value"], strict=True))
    sides = TrainedModel.from_json(file(MODEL_FILE)).sides.items()
    said = "; ".join(of_side(side, each.skill) for side, each in sides if each.skill is not None)
    honest = f"{said[:1].upper()}{said[1:]}."
    if training.units == 1:
        return honest
    settings = ", ".join(
        f"{name.replace('_', ' ')} {values[int(value['chosen'])]}" for name, values in training.varied.items()
    )
    luck = f", and {value['luck']:+.3f} of the difference is luck of the choice" if value["luck"] > 0 else ""
    return (
        f"Of {count(training.units, 'model')}, {settings} was the best on the days that chose, with "
        f"{_CALLED[training.choose_by]} {value['validation']:.3f}; on later days it has {value['judged']:.3f}{luck}. "
        f"{honest}"
    )
