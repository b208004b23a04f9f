"""The learned rules that are measured, as numbers and as libraries have them; and what peers are asked of orders."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import montecarlo as mc
from benchmarks.recommended import DAYS, ITERATIONS, SEED, STRATEGY
from montecarlo.data.bars import Bars
from montecarlo.experiments.paths import draw_bars
from montecarlo.learning import classifying
from montecarlo.learning.examples import Examples
from montecarlo.learning.split import split
from montecarlo.limits import MAX_DAYS

FloatArray = NDArray[np.float64]

LOGISTIC, TREES = "logistic", "trees"
SIDE = "long"
STOP = TARGET = 0.03

BRACKET = mc.SmaCrossover(STRATEGY.short, STRATEGY.long, stop_loss=0.03, take_profit=0.05)
"""What peers know of orders within the day: no longest holding time."""
PEER_RULES = mc.Rules(commission=0.001, slippage=0.0)  # peers charge targets what they charge stops
PEER_MODEL, PEER_PATHS = "gbm", 100


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
    """By the method, LOGISTIC or TREES, on the first days of AAPL."""
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


def simulation(name: str, strategy: mc.Strategy, rules: mc.Rules | None = None) -> mc.Simulation:
    """On the named model with bars."""
    model = mc.fit(mc.load_history("AAPL", source="sample"), name, bars=True)
    return mc.Simulation(
        model=model, strategy=strategy, days=DAYS, iterations=ITERATIONS, seed=SEED, rules=rules or mc.Rules()
    )


def peer_bars() -> Bars:
    """The first paths of PEER_MODEL: what peers are given."""
    return draw_bars(simulation(PEER_MODEL, BRACKET).model, SEED, 0, PEER_PATHS, DAYS)
