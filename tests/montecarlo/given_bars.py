"""A model that replays bars of a test's own, and a strategy that wants what a test gives it."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from montecarlo.data.bars import Bars
from montecarlo.engine.lanes import LANES, stage
from montecarlo.models.model import Model
from montecarlo.strategies.strategy import POSITIONS, Strategy


@dataclass(frozen=True, eq=False, kw_only=True)
class ReplayedBars(Model):
    """The bars that are given, arrays of shape (days + 1, LANES), on the paths of each group."""

    name = "replayed-bars"
    help = ""
    replayed: Bars

    fit = expected_price = None  # nobody asks

    def growth(self, seed, first_path, paths, days):
        closes = self.bars(seed, first_path, paths, days).close
        return np.divide(closes[1:], closes[:-1], out=np.ones_like(closes[1:]), where=closes[:-1] > 0)

    def bars(self, seed, first_path, paths, days):
        columns = np.arange(first_path, first_path + paths) % LANES
        return Bars(*(each[:, columns] for each in self.replayed))

    def stage(self):
        return _replay_closes, np.ravel(self.replayed)

    def bar_stage(self):
        return _replay_bars, np.ravel(self.replayed)


@stage
def _replay_closes(prices, growth, seed, first_path, start, parameters, scratch):
    days = len(prices)
    closes = parameters[3 * days * LANES :]
    for day in range(days):
        for lane in range(LANES):
            price = closes[day * LANES + lane]
            earlier = closes[(day - 1) * LANES + lane] if day > 0 else 0.0
            prices[day].lane[lane] = price
            growth[day].lane[lane] = price / earlier if earlier > 0.0 else 1.0


@stage
def _replay_bars(prices, growth, bars, seed, first_path, start, parameters, scratch):
    _replay_closes(prices, growth, seed, first_path, start, parameters, scratch)
    days = len(prices)
    for day in range(days):
        for lane in range(LANES):
            place = day * LANES + lane
            bars[day].open[lane], bars[day].high[lane] = parameters[place], parameters[days * LANES + place]
            bars[day].low[lane] = parameters[2 * days * LANES + place]


@dataclass(frozen=True, eq=False)
class GivenTargets(Strategy):
    """Wants the targets that are given, shape (days + 1, LANES), on the paths of each group."""

    name = "given"
    label = help = ""
    wanted: np.ndarray = field(default=None, compare=False)
    meaning: str = POSITIONS
    first: int = 0
    parameters: ClassVar = {}

    @property
    def signals(self):
        return self.meaning

    @property
    def first_decision(self):
        return self.first

    def targets(self, prices):
        return np.resize(self.wanted.T, (prices.shape[1], len(prices))).T
