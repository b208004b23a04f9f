"""Time-series momentum."""

from dataclasses import dataclass

import numpy as np

from montecarlo.engine.lanes import LANES, STRIDE, Stage, inline, stage
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Number, Switch, Whole, parameter
from montecarlo.strategies.strategy import FloatArray, StageParameters, Strategy, Targets
from montecarlo.strategies.windows import from_day


@dataclass(frozen=True)
class Momentum(Strategy):
    """Long while the close is above that of ``lookback`` trading days ago by more than ``band``, otherwise flat.

    Args:
        lookback: Distance of the two closes in trading days.
        band: Least change that counts, as a fraction of the earlier close.
        shorting: Whether to be short, instead of flat, while the close is below the earlier one by more than the band.

    Source: Moskowitz, Ooi, Pedersen (2012), "Time series momentum", Journal of Financial Economics 104.
    """

    name = "momentum"
    label = "Time-series momentum"
    help = "Long while the close is above that of some months ago."
    waits_for = "lookback"
    sweep = (("lookback", range(21, 273, 21)),)

    lookback: int = parameter(
        Whole(1, MAX_DAYS - 1), 252, label="Lookback", unit="trading days", help="How long ago the other close was."
    )
    band: float = parameter(
        Number(0, 1), 0.0, label="Band", unit="of the earlier close", help="Least change that counts: 0.02 is 2 %."
    )
    shorting: bool = parameter(
        Switch(), False, label="Sell short", help="Be short instead of flat while the close is below the earlier one."
    )

    @property
    def first_decision(self) -> int:
        return self.lookback

    def targets(self, prices: FloatArray) -> Targets:
        wanted = np.zeros(prices.shape, np.int8)
        now, then = prices[self.lookback :], prices[: -self.lookback]
        wanted[self.lookback :] = now > then * (1 + self.band)
        if self.shorting:
            wanted[self.lookback :] -= now < then * (1 - self.band)
        return wanted

    def lines(self, closes: FloatArray) -> dict[str, FloatArray]:
        then, name = from_day(closes[: -self.lookback], len(closes)), f"close {self.lookback} days ago"
        below = {f"{name} - {100 * self.band:g} %": then * (1 - self.band)} if self.shorting else {}
        return {f"{name} + {100 * self.band:g} %": then * (1 + self.band), **below} if self.band else {name: then}

    def stage(self) -> tuple[Stage, StageParameters]:
        return _fill_targets, np.array([self.lookback, 1 + self.band, (1 - self.band) if self.shorting else -1.0])


@stage
def _fill_targets(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    lookback, above, below = np.int64(parameters[0]), parameters[1], parameters[2]
    whole = len(prices) - (len(prices) - lookback) % STRIDE
    for day in range(lookback, whole, STRIDE):
        _decide(targets[day:], prices[day:], prices[day - lookback :], STRIDE, above, below)
    for day in range(whole, len(prices)):
        _decide(targets[day:], prices[day:], prices[day - lookback :], 1, above, below)


@inline
def _decide(targets, now, then, days, above, below):  # type: ignore[no-untyped-def]
    # No price is below a negative one, so without short sales the second comparison never holds.
    for lane in range(LANES):
        for k in range(days):
            price, earlier = now[k].lane[lane], then[k].lane[lane]
            targets[k].lane[lane] = np.int8(price > earlier * above) - np.int8(price < earlier * below)
