"""The compiled stages of a model and of a strategy, each by itself; and a model stage for prices of a test's own."""

from dataclasses import dataclass

import numpy as np

from montecarlo.engine.lanes import BAR, DAY, LANES, TARGET, aligned, stage
from montecarlo.engine.prices import DRAWS
from montecarlo.models.model import Model


@dataclass(frozen=True, eq=False, kw_only=True)
class Replayed(Model):
    """The closes that are given, shape (days + 1, LANES), on the paths of each group."""

    name = "replayed"
    closes: np.ndarray

    fit = growth = expected_price = None

    def stage(self):
        return _replay, self.closes.ravel()


@stage
def _replay(prices, growth, seed, first_path, start, parameters, scratch):
    for day in range(len(prices)):
        for lane in range(LANES):
            prices[day].lane[lane] = parameters[day * LANES + lane]
            if day > 0:
                growth[day].lane[lane] = prices[day].lane[lane] / prices[day - 1].lane[lane]


def compiled_prices(model, seed, first_path, groups, days):
    """Of some groups of lanes, shape (days + 1, paths)."""
    fill_prices, parameters = model.stage()
    scratch, found = aligned(DRAWS, 1), []
    for group in range(groups):
        prices, growth = aligned(DAY, days + 1), aligned(DAY, days + 1)
        first = first_path + group * LANES
        fill_prices(prices, growth, np.uint64(seed), first, model.start_price, parameters, scratch)
        np.testing.assert_array_equal(prices["lane"][1:], prices["lane"][:-1] * growth["lane"][1:])
        found.append(prices["lane"])
    return np.concatenate(found, axis=1)


def compiled_targets(strategy, prices, bars=None, asked=None):
    """For prices of shape (days + 1, paths), of the same shape.

    What looks at bars is given them; what is asked daily is asked as told, or always.
    """
    fill_targets, parameters = strategy.stage()
    scratch, found = strategy.scratch().view(np.uint8), []
    for first in range(0, prices.shape[1], LANES):
        some = prices[:, first : first + LANES]
        matrix, targets = aligned(DAY, len(prices)), aligned(TARGET, len(prices))
        matrix["lane"] = 1.0
        matrix["lane"][:, : some.shape[1]] = some
        within = aligned(BAR, 0 if bars is None else len(prices))
        for name in within.dtype.names if bars else ():
            within[name] = 1.0
            within[name][:, : some.shape[1]] = getattr(bars, name)[:, first : first + LANES]
        if strategy.asked_daily:
            for day in range(strategy.first_decision, len(prices)):
                targets["lane"][day] = 1 if asked is None else asked[day, first : first + LANES]
                fill_targets(matrix[: day + 1], within[: day + 1], targets[: day + 1], parameters, scratch)
        else:
            fill_targets(matrix, within, targets, parameters, scratch)
        found.append(targets["lane"][:, : some.shape[1]])
    return np.concatenate(found, axis=1)
