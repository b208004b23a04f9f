"""Reversion to the mean from beyond Bollinger's bands."""

from dataclasses import dataclass

import numpy as np

from montecarlo.engine.lanes import LANES, Records, Stage, aligned, inline, stage
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Number, Switch, Whole, parameter
from montecarlo.strategies.strategy import FloatArray, StageParameters, Strategy, Targets
from montecarlo.strategies.windows import from_day, window_averages, window_sums

TIE = 1e-9  # of the price: a close nearer to a band or to the average counts as on it, so that rounding never decides
NO_VARIANCE = 1e-14  # of the mean square: a smaller variance is rounding

WINDOW = np.dtype([("total", "f8", (LANES,)), ("squares", "f8", (LANES,)), ("side", "f8", (LANES,))])


@dataclass(frozen=True)
class BollingerReversion(Strategy):
    """Long from a close below the lower band on, flat from one at the average or above it on.

    The bands lie ``width`` standard deviations (of n, not n - 1) of the last ``window`` closes below and above their
    average, today's close included.

    Args:
        window: Number of closes.
        width: Distance of the bands from the average, in standard deviations.
        shorting: Whether to be short from a close above the upper band on, until one at the average or below it.

    Source: Bollinger (2001), "Bollinger on Bollinger Bands".
    """

    name = "bollinger-reversion"
    label = "Reversion from Bollinger's bands"
    help = "Long from a close far below the average of the last closes, until one at the average."
    waits_for = "window"
    sweep = (("window", range(10, 60, 10)), ("width", (1.0, 1.5, 2.0, 2.5, 3.0)))

    window: int = parameter(
        Whole(2, MAX_DAYS), 20, label="Window", unit="trading days", help="How many closes are averaged."
    )
    width: float = parameter(
        Number(0, 10), 2.0, label="Width", unit="standard deviations", help="Of the bands from the average."
    )
    shorting: bool = parameter(
        Switch(), False, label="Sell short", help="Be short from a close above the upper band on, until the average."
    )

    @property
    def first_decision(self) -> int:
        return self.window - 1

    def targets(self, prices: FloatArray) -> Targets:
        wanted = np.zeros(prices.shape, np.int8)
        if len(prices) < self.window:
            return wanted
        middles, deviations = bands(prices, self.window)
        for day in range(self.first_decision, len(prices)):
            price, side, row = prices[day], wanted[day - 1], day - self.first_decision
            middle, half, tie = middles[row], self.width * deviations[row], TIE * prices[day]
            reverted = ((side > 0) & (price >= middle - tie)) | ((side < 0) & (price <= middle + tie))
            beyond = self.shorting & (price > middle + half + tie)
            wanted[day] = np.select([price < middle - half - tie, beyond, reverted], [1, -1, 0], side)
        return wanted

    def lines(self, closes: FloatArray) -> dict[str, FloatArray]:
        middle, deviation = (from_day(each[:, 0], len(closes)) for each in bands(closes[:, None], self.window))
        half = self.width * deviation
        upper = {"upper band": middle + half} if self.shorting else {}
        return {"lower band": middle - half, f"average of {self.window} days": middle, **upper}

    def stage(self) -> tuple[Stage, StageParameters]:
        return _fill_targets, np.array([self.window, self.width, self.shorting], np.float64)

    def scratch(self) -> Records:
        return aligned(WINDOW, 1 + self.window + 1)


def bands(prices: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Averages and standard deviations (n) of ``window`` closes; the first row is that of the first ``window``."""
    mean = window_averages(prices, window)
    variance = window_sums(prices * prices, window) / window - mean * mean
    return mean, np.sqrt(np.where(variance > NO_VARIANCE * mean * mean, variance, 0.0))


# As in ``window_sums``, a window is the tail of one block of days and the head of the next.


@stage
def _fill_targets(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    window, width, shorting = np.int64(parameters[0]), parameters[1], parameters[2] > 0.0
    head, tails = scratch.view(WINDOW)[0], scratch.view(WINDOW)[1:]
    for lane in range(LANES):
        head.side[lane] = tails[window].total[lane] = tails[window].squares[lane] = 0.0
    for block in range((len(prices) + window - 1) // window):
        first = block * window
        if block > 0:
            _look_back(tails, prices[first - window :], window)
        for lane in range(LANES):
            head.total[lane] = head.squares[lane] = 0.0
        days = window if first + window <= len(prices) else len(prices) - first
        for day in range(first, first + days):
            _enter(head, prices[day])
            if day >= window - 1:
                tail = tails[window if block == 0 else day - first + 1]
                _decide(targets[day], prices[day], head, tail, window, width, shorting)


@inline
def _look_back(tails, prices, window):  # type: ignore[no-untyped-def]
    """Sums from each day of a block to the block's end."""
    for day in range(window - 1, -1, -1):
        for lane in range(LANES):
            price = prices[day].lane[lane]
            tails[day].total[lane] = tails[day + 1].total[lane] + price
            tails[day].squares[lane] = tails[day + 1].squares[lane] + price * price


@inline
def _enter(head, today):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        price = today.lane[lane]
        head.total[lane] += price
        head.squares[lane] += price * price


@inline
def _decide(targets, today, head, tail, window, width, shorting):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        price, side = today.lane[lane], head.side[lane]
        middle = (head.total[lane] + tail.total[lane]) / window
        variance = (head.squares[lane] + tail.squares[lane]) / window - middle * middle
        half, tie = width * np.sqrt(variance if variance > NO_VARIANCE * middle * middle else 0.0), TIE * price
        reverted = ((side > 0.0) & (price >= middle - tie)) | ((side < 0.0) & (price <= middle + tie))
        side = 0.0 if reverted else side
        side = -1.0 if shorting & (price > middle + half + tie) else side
        side = 1.0 if price < middle - half - tie else side
        head.side[lane] = side
        targets.lane[lane] = np.int8(side)
