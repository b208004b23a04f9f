"""Trained models of random numbers: what must hold for each does not ask whether anything was learned."""

from datetime import date

import numpy as np
from hypothesis import strategies as st

from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import Barrier, Forecast, Logistic, TrainedModel, TrainedOn, Trees
from montecarlo.trained.classifiers import LEAF

TRAINED_ON = TrainedOn("TEST", "sample", "0" * 64, date(2000, 1, 3), date(2002, 1, 3), date(2002, 1, 4))


def random_logistic(random, n):
    """Of which no feature alone decides: changes are small numbers and so have large weights."""
    scale = np.concatenate([np.ones(n), np.full(n - 1, 0.05 * np.sqrt(n)), [0.02]])
    return Logistic(random.normal(0, 0.3), tuple(random.normal(0, 1, 2 * n) / scale))


def random_trees(random, n, count=7, leaves=9):
    """Trees of any shape, some of them of one leaf; thresholds lie where the features do."""
    nodes = []

    def grow():
        nodes.append([LEAF, 0.0, LEAF, LEAF, random.normal()])
        return len(nodes) - 1

    roots = []
    for _ in range(count):
        ends = [grow()]
        roots.append(ends[0])
        for _ in range(random.integers(0, leaves)):
            node = nodes[ends.pop(random.integers(len(ends)))]
            feature = int(random.integers(2 * n))
            threshold = random.uniform() if feature < n else random.normal(0, 0.04)
            node[:] = [feature, float(abs(threshold) if feature == 2 * n - 1 else threshold), grow(), grow(), 0.0]
            ends += node[2:4]
    return Trees(tuple(roots), *(tuple(column) for column in zip(*nodes, strict=True)))


def forecast_of(classifier, a=1.0, threshold=0.5):
    return Forecast.of(classifier, a=a, b=0.0, threshold=threshold, base_rate=0.5)


def random_model(seed, n=16, sides=("long",), kind=random_logistic, name="random", **barrier):
    random = np.random.default_rng(seed)
    forecasts = {side: forecast_of(kind(random, n)) if side in sides else None for side in ("long", "short")}
    return TrainedModel(name, n, Barrier(**barrier), **forecasts, trained_on=TRAINED_ON, made_by="numpy")


SIDES = (("long",), ("short",), ("long", "short"))


def forecasts(days=None):
    """Strategies of random models, of windows that decide in so many days."""
    longest = 20 if days is None else max(min(days, 20), 2)
    return st.builds(
        lambda seed, n, sides, kind: MlForecast(random_model(seed, n, sides, kind)),
        st.integers(0, 2**32 - 1),
        st.integers(2, longest),
        st.sampled_from(SIDES),
        st.sampled_from([random_logistic, random_trees]),
    )
