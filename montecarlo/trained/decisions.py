"""What a trained model wants, in plain NumPy: the reference for what is compiled."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from montecarlo.trained.features import FloatArray
from montecarlo.trained.model import TrainedModel


def decisions(model: TrainedModel, features: FloatArray, *, long: bool = True, short: bool = True) -> NDArray[np.int8]:
    """1 to buy, -1 to sell short, 0 for neither, of the shape of the features without their last axis.

    Where both sides reach their cut, the one with the larger margin counts, and neither where these are equal.

    Args:
        model: With a forecast for at least one side.
        features: From ``montecarlo.trained.features``, shape (days, paths, 2 n).
        long, short: Whether the side is traded at all; one without a forecast is not.
    """
    traded = {"long": long, "short": short}
    scores = {side: each.scores(features) for side, each in model.sides.items() if traded[side]}
    return decided(model, scores, features.shape[:-1])


def decided(model: TrainedModel, scores: Mapping[str, FloatArray], shape: tuple[int, ...]) -> NDArray[np.int8]:
    """The same of the scores of each side that is traded, by "long" and "short", in this shape."""
    wants = np.zeros(shape, np.int8)
    forecasts = model.sides
    reached = {side: each >= forecasts[side].cut for side, each in scores.items()}
    for side, wanted in (("long", 1), ("short", -1)):
        if side in reached:
            wants[reached[side]] = wanted
    if len(reached) == 2:
        both = reached["long"] & reached["short"]
        margins = {side: forecasts[side].margins_of(each[both]) for side, each in scores.items()}
        wants[both] = np.sign(margins["long"] - margins["short"])
    return wants
