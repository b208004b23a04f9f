"""The learned rules that are measured, trained on the first days of AAPL: as numbers, and as libraries have them."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import montecarlo as mc
from montecarlo.data.bars import Bars
from montecarlo.learning import classifying
from montecarlo.learning.examples import Examples
from montecarlo.learning.split import split
from montecarlo.limits import MAX_DAYS

FloatArray = NDArray[np.float64]

LOGISTIC, TREES = "logistic", "trees"
SIDE = "long"
STOP = TARGET = 0.03


class Learned(NamedTuple):
    """
    Attributes:
        model: The trained model.
        scores: What the library says of features, shape (signals, features), from whose score the model trades.
    """

    model: mc.TrainedModel
    scores: Callable[[FloatArray], FloatArray]

    @property
    def cut(self) -> float:
        return self.model.sides[SIDE].cut

    @property
    def strategy(self) -> mc.MlForecast:
        return mc.MlForecast(self.model)

    @property
    def without_time(self) -> mc.MlForecast:
        """Trades end by stop and target alone, which is what peers know."""
        return mc.MlForecast(self.model, max_holding=MAX_DAYS)


@cache
def learned(method: str) -> Learned:
    """By the method, LOGISTIC or TREES."""
    history = mc.load_history("AAPL", source="sample")
    settings = mc.Training(method=method, direction=SIDE, stop_loss=STOP, take_profit=TARGET)
    model = mc.train(history, settings).model
    examples = Examples.of(Bars(*(each[:, None] for each in history.adjusted_bars)), settings)
    barrier = settings.barrier
    parts = split(settings.n, examples.closes, share=settings.share, span=barrier.span, gap=settings.gap)
    fitted = examples.of_rows(parts.fit), examples.labels(SIDE, parts.fit)
    if method == LOGISTIC:
        return Learned(model, classifying.logistic(*fitted).decision_function)
    booster = classifying.trees(*fitted)
    return Learned(model, lambda features: np.asarray(booster.predict(features, raw_score=True)))
