"""What a trained model wants, in plain NumPy: the reference for what is compiled."""

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
    wants = np.zeros(features.shape[:-1], np.int8)
    up, down = (model.long if long else None), (model.short if short else None)
    buys = np.zeros(wants.shape, np.bool_) if up is None else up.scores(features) >= up.cut
    sells = np.zeros(wants.shape, np.bool_) if down is None else down.scores(features) >= down.cut
    wants[buys], wants[sells] = 1, -1
    if up is not None and down is not None:
        both = buys & sells
        difference = up.margins(features) - down.margins(features)
        wants[both] = np.sign(difference[both])
    return wants
