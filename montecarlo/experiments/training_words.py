"""What a training came to, in sentences that a person can repeat."""

from collections.abc import Callable, Mapping

from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.training import TrainingGrid
from montecarlo.experiments.training_tables import RELIABILITY, read
from montecarlo.learning.words import sentence as of_side
from montecarlo.statistics.summary import summary_from_csv
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained import TrainedModel
from montecarlo.trained.forecast import Forecast
from montecarlo.wording import count

_CALLED = {"auc": "an area under the curve of", "brier": "a gain in squared error over the usual share of"}

_TRADES = {"long": ("buys", "buy"), "short": ("sells short", "sell short")}


def of_training(training: TrainingGrid, file: Callable[[str], bytes]) -> str:
    """The choice and its luck, and what the chosen model has on days that nobody had looked at.

    Args:
        training: What was asked for.
        file: The content of one of its ``result_files``.
    """
    found = summary_from_csv(file(SUMMARY))
    value = dict(zip(found["statistic"], found["value"], strict=True))
    sides = TrainedModel.from_json(file(MODEL_FILE)).sides
    said = "; ".join(of_side(side, each.skill) for side, each in sides.items() if each.skill is not None)
    honest = f"{said[:1].upper()}{said[1:]}.{_alike(sides, file(RELIABILITY))}"
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


def _alike(sides: Mapping[str, Forecast], reliability: bytes) -> str:
    """Of each side on which the features decide nothing, that it trades on all days that judge it, or on none."""
    bins, said = read(reliability), ""
    for side, forecast in sides.items():
        reached = bins.loc[bins["side"] == side, "probability"] >= forecast.threshold
        does, do = _TRADES[side]
        if reached.all():
            said += f" It {does} on (nearly) all of these days, whatever the features say."
        elif not reached.any():
            said += f" It does not {do} on any of these days, or hardly ever."
    return said
