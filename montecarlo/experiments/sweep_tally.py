"""What a range of paths adds to a sweep, and the table that is made of all of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.results import sharpe
from montecarlo.engine.tolerances import EVEN
from montecarlo.experiments.selection_bias import cross_validate_paths
from montecarlo.experiments.simulation import Simulation
from montecarlo.statistics.estimators import NAN, proportion_estimate, quantile_estimate, shortfall_estimate
from montecarlo.statistics.histogram import Distribution, Histogram
from montecarlo.statistics.moments import Moments

FloatArray = NDArray[np.float64]

COLUMNS = {
    "return_mean": "mean return over the whole horizon",
    "return_median": "half of the paths return less",
    "return_std": "standard deviation of return between paths (n - 1)",
    "return_q05": "5 % quantile of return",
    "yearly_return_mean": "mean daily return times the days of a year: without skill in timing, exposure less costs",
    "expected_shortfall_95": "mean loss of the worst 5 % of the paths, as a fraction of capital",
    "probability_of_loss": "fraction of the paths that end below the capital",
    "probability_of_beating_buy_and_hold": "fraction of the paths that end above buying and holding",
    "max_drawdown_mean": "mean of the largest fall from a peak of equity, as a fraction of the peak",
    "sharpe_mean": "mean Sharpe ratio per year of the paths that have one",
    "exposure_mean": "mean fraction of the days on which a position is held to the next close",
    "trades_mean": "mean number of round trips",
}
"""Of a sweep's table, behind the parameters that are varied; a statistic, but ``return_std``, is followed by the ends
of its 95 % interval, _low and _high."""

_MOMENTS = ("returns", "yearly", "drawdowns", "sharpes", "exposures", "trades", "validated")


@dataclass(frozen=True, eq=False)
class SweepTally:
    """Of some paths; each attribute but the last three knows every combination.

    Attributes:
        paths: How many there are.
        returns: Return over the whole horizon.
        yearly, drawdowns, sharpes, exposures, trades: See COLUMNS.
        losses, beats: How many paths made a loss, and ended above buy and hold.
        wealth: Histograms of final value over capital; none where all returns are kept.
        validated: From ``cross_validate_paths``.
        uncertainty: From ``montecarlo.experiments.sweep_uncertainty``; only of the range that begins at path 0, and
            where it was asked for.
    """

    paths: int
    returns: Moments
    yearly: Moments
    drawdowns: Moments
    sharpes: Moments
    exposures: Moments
    trades: Moments
    losses: list[int]
    beats: list[int]
    wealth: list[Histogram]
    validated: Moments
    uncertainty: Sequence[Mapping[str, float]] | None = None

    @property
    def units(self) -> int:
        return self.paths

    @classmethod
    def of(cls, simulations: Sequence[Simulation], results: NDArray[np.void], *, histograms: bool) -> Self:
        """Of one block of paths, from ``montecarlo.experiments.paths.simulate_together``."""
        days, bars_per_year = simulations[0].days, simulations[0].model.bars_per_year
        gained = results["final_value"] - 1
        sharpes = [
            sharpe(
                one,
                days - simulation.first_fill + 1,
                simulation.rules.risk_free / bars_per_year,
                bars_per_year,
            )
            for simulation, one in zip(simulations, results, strict=True)
        ]
        return cls(
            paths=results.shape[1],
            returns=Moments.of(gained),
            yearly=Moments.of(results["total"] * (bars_per_year / days)),
            drawdowns=Moments.of(results["max_drawdown"]),
            sharpes=Moments.of(np.stack(sharpes)),
            exposures=Moments.of(results["exposed"] / days),
            trades=Moments.of(results["trades"]),
            losses=(gained < 0).sum(axis=1).tolist(),
            beats=(results["final_value"] > (1 + EVEN) * results["hold_value"]).sum(axis=1).tolist(),
            wealth=[Histogram.of(1 + values) for values in gained] if histograms else [],
            validated=cross_validate_paths(gained),
        )

    def __add__(self, other: "SweepTally") -> "SweepTally":
        return SweepTally(
            paths=self.paths + other.paths,
            losses=_added(self.losses, other.losses),
            beats=_added(self.beats, other.beats),
            wealth=_added(self.wealth, other.wealth),
            uncertainty=self.uncertainty or other.uncertainty,
            **{name: getattr(self, name) + getattr(other, name) for name in _MOMENTS},
        )

    def to_bytes(self) -> bytes:
        values = {
            "paths": self.paths,
            "losses": self.losses,
            "beats": self.beats,
            "wealth": [histogram.to_dict() for histogram in self.wealth],
            **{name: getattr(self, name).to_dict() for name in _MOMENTS},
            **({"uncertainty": self.uncertainty} if self.uncertainty else {}),
        }
        return json.dumps(values, separators=(",", ":"), sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        values = json.loads(content)
        return cls(
            paths=values["paths"],
            losses=values["losses"],
            beats=values["beats"],
            wealth=[Histogram.from_dict(histogram) for histogram in values["wealth"]],
            uncertainty=values.get("uncertainty"),
            **{name: Moments.from_dict(values[name]) for name in _MOMENTS},
        )


def is_column(name: str) -> bool:
    """Whether a table has such a column beside those that are varied."""
    return any(name.removesuffix(end) in COLUMNS for end in ("", "_low", "_high"))


def sweep_table(
    varied: Mapping[str, Sequence[Any]], tally: SweepTally, returns: FloatArray | None = None
) -> pd.DataFrame:
    """One row for each combination, with the values that are varied, COLUMNS and the intervals.

    Args:
        varied: By name, the value in each combination.
        tally: Of all paths.
        returns: Of all paths, shape (combinations, paths): then quantiles are order statistics, otherwise they come
            from the tally's histograms.  Where there are neither, as before a sweep that keeps returns is complete,
            quantiles and what rests on them are NaN.
    """
    paths = tally.paths
    unknown = [(NAN, NAN, NAN)] * len(tally.losses)
    if returns is None and not tally.wealth:
        wealth, spreads = [], []
    elif returns is None:
        wealth = [Distribution.of_histogram(histogram) for histogram in tally.wealth]
        spreads = [each.shift(-1.0) for each in wealth]
    else:
        wealth = [Distribution.of_histogram(Histogram.of(1 + values)) for values in returns]
        spreads = [Distribution.of_sample(values) for values in returns]
    estimates = {
        "return_mean": tally.returns.means([each.skewness() for each in wealth] or None),
        "return_median": [quantile_estimate(spread, paths, 0.5) for spread in spreads] or unknown,
        "return_std": [(deviation, NAN, NAN) for deviation in tally.returns.deviations()],
        "return_q05": [quantile_estimate(spread, paths, 0.05) for spread in spreads] or unknown,
        "yearly_return_mean": tally.yearly.means(),
        "expected_shortfall_95": [shortfall_estimate(spread, paths, 0.05) for spread in spreads] or unknown,
        "probability_of_loss": [proportion_estimate(events, paths) for events in tally.losses],
        "probability_of_beating_buy_and_hold": [proportion_estimate(events, paths) for events in tally.beats],
        "max_drawdown_mean": tally.drawdowns.means(),
        "sharpe_mean": tally.sharpes.means(),
        "exposure_mean": tally.exposures.means(),
        "trades_mean": tally.trades.means(),
    }
    columns: dict[str, Any] = {name: np.array(values) for name, values in varied.items()}
    for name in COLUMNS:
        ends = np.transpose(estimates[name])
        columns |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
    return pd.DataFrame(columns).drop(columns=["return_std_low", "return_std_high"])


def _added(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    return [a + b for a, b in zip(first, second, strict=True)]
