"""What a sweep keeps of each pair of windows while the paths come, and the table that is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.engine.results import sharpe
from montecarlo.histogram import Distribution, Histogram
from montecarlo.models import DAYS_PER_YEAR
from montecarlo.moments import Moments
from montecarlo.path_statistics import EVEN
from montecarlo.simulation import Simulation
from montecarlo.summary import NAN, proportion_estimate, quantile_estimate, shortfall_estimate

FloatArray = NDArray[np.float64]

RETURNS_KEPT = 10**7  # of all pairs together, 80 MB: up to here quantiles are exact, beyond they come from histograms

COLUMNS = {
    "short": "length of the short window in trading days",
    "long": "length of the long window in trading days",
    "return_mean": "mean return over the whole horizon",
    "return_median": "half of the paths return less",
    "return_std": "standard deviation of return between paths (n - 1)",
    "return_q05": "5 % quantile of return",
    "yearly_return_mean": "mean daily return of the account, times 252: without skill in timing, exposure less costs",
    "expected_shortfall_95": "mean loss of the worst 5 % of the paths, as a fraction of capital",
    "probability_of_loss": "fraction of the paths that end below the capital",
    "probability_of_beating_buy_and_hold": "fraction of the paths that end above buying and holding",
    "max_drawdown_mean": "mean of the largest fall from a peak of equity, as a fraction of the peak",
    "sharpe_mean": "mean Sharpe ratio per year of the paths that have one",
    "exposure_mean": "mean fraction of the days on which a position is held to the next close",
    "trades_mean": "mean number of round trips",
}
"""Of a sweep's table; a statistic, but ``return_std``, is followed by the ends of its 95 % interval, _low and _high."""


@dataclass(frozen=True, eq=False)
class Totals:
    """Of some paths; each attribute knows every pair.

    Attributes:
        paths: How many there are.
        returns: Return over the whole horizon.
        yearly, drawdowns, sharpes, exposures, trades: See COLUMNS.
        losses, beats: How many paths made a loss, and ended above buy and hold; shape (pairs,).
    """

    paths: int
    returns: Moments
    yearly: Moments
    drawdowns: Moments
    sharpes: Moments
    exposures: Moments
    trades: Moments
    losses: NDArray[np.int64]
    beats: NDArray[np.int64]

    @classmethod
    def of(cls, simulations: Sequence[Simulation], results: NDArray[np.void]) -> Self:
        """Of one block of paths, from ``montecarlo.engine.run.simulate_together``."""
        days = simulations[0].days
        gained = results["final_value"] - 1
        sharpes = [
            sharpe(pair, days - simulation.first_fill + 1, simulation.rules.risk_free / DAYS_PER_YEAR)
            for simulation, pair in zip(simulations, results, strict=True)
        ]
        return cls(
            paths=results.shape[1],
            returns=Moments.of(gained),
            yearly=Moments.of(results["total"] * (DAYS_PER_YEAR / days)),
            drawdowns=Moments.of(results["max_drawdown"]),
            sharpes=Moments.of(np.stack(sharpes)),
            exposures=Moments.of(results["exposed"] / days),
            trades=Moments.of(results["trades"]),
            losses=(gained < 0).sum(axis=1),
            beats=(results["final_value"] > (1 + EVEN) * results["hold_value"]).sum(axis=1),
        )

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            paths=self.paths + other.paths,
            returns=self.returns + other.returns,
            yearly=self.yearly + other.yearly,
            drawdowns=self.drawdowns + other.drawdowns,
            sharpes=self.sharpes + other.sharpes,
            exposures=self.exposures + other.exposures,
            trades=self.trades + other.trades,
            losses=self.losses + other.losses,
            beats=self.beats + other.beats,
        )


@dataclass(eq=False)
class Returns:
    """The returns of all pairs on the paths so far: as they are while they are few, then as histograms of wealth."""

    kept: list[FloatArray] = field(default_factory=list)
    packed: list[Histogram] = field(default_factory=list)

    def add(self, block: FloatArray) -> None:
        """Take in a block of shape (pairs, paths)."""
        self.kept.append(block)
        if sum(block.size for block in self.kept) > RETURNS_KEPT:
            self._pack()

    def distributions(self) -> list[Distribution]:
        """One for each pair."""
        if not self.packed:
            return [Distribution.of_sample(values) for values in np.hstack(self.kept)]
        self._pack()
        return [Distribution.of_histogram(histogram).shift(-1.0) for histogram in self.packed]

    def _pack(self) -> None:
        if self.kept:
            fresh = [Histogram.of(1 + values) for values in np.hstack(self.kept)]
            self.packed = [a + b for a, b in zip(self.packed, fresh, strict=True)] if self.packed else fresh
            self.kept.clear()


def table_of(windows: Sequence[tuple[int, int]], totals: Totals, returns: Returns) -> pd.DataFrame:
    """One row for each pair of windows, with COLUMNS and the intervals."""
    paths, spreads = totals.paths, returns.distributions()
    estimates = {
        "return_mean": totals.returns.means(),
        "return_median": [quantile_estimate(spread, paths, 0.5) for spread in spreads],
        "return_std": [(deviation, NAN, NAN) for deviation in totals.returns.deviations()],
        "return_q05": [quantile_estimate(spread, paths, 0.05) for spread in spreads],
        "yearly_return_mean": totals.yearly.means(),
        "expected_shortfall_95": [shortfall_estimate(spread, paths, 0.05) for spread in spreads],
        "probability_of_loss": [proportion_estimate(events, paths) for events in totals.losses.tolist()],
        "probability_of_beating_buy_and_hold": [proportion_estimate(events, paths) for events in totals.beats.tolist()],
        "max_drawdown_mean": totals.drawdowns.means(),
        "sharpe_mean": totals.sharpes.means(),
        "exposure_mean": totals.exposures.means(),
        "trades_mean": totals.trades.means(),
    }
    columns = dict(zip(("short", "long"), np.transpose(windows), strict=True))
    for name in list(COLUMNS)[2:]:
        values = np.transpose(estimates[name])
        columns |= dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
    return pd.DataFrame(columns).drop(columns=["return_std_low", "return_std_high"])
