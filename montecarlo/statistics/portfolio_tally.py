"""What a range of a portfolio's paths adds to its results: a tally as of one symbol, and who gained and who was beaten.

All of it is exact: however a job is cut, and in whatever order its parts come together, the sums are the same.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.rows import Rows
from montecarlo.data.joint_history import CASH
from montecarlo.engine.tolerances import EVEN
from montecarlo.statistics import exact_sums
from montecarlo.statistics.contributions import contributions
from montecarlo.statistics.estimators import NAN, Estimate, mean_estimate, proportion_estimate
from montecarlo.statistics.gain_bins import GainBins
from montecarlo.statistics.tally import Tally, sums_by_block

FloatArray = NDArray[np.float64]

EQUAL_WEIGHT, NEVER_REBALANCED = "equal weight", "never rebalanced"
_ROUNDING = 1e-12  # of what was added up: a rest that is less is no interest
_ENDS = ("", "_low", "_high")
_ESTIMATED = ("gain_mean", "value_at_risk_95", "expected_shortfall_95")

CONTRIBUTION_COLUMNS = (
    "symbol",
    "weight",
    "final_weight_mean",
    *(f"{name}{end}" for name in _ESTIMATED for end in _ENDS),
    "share_of_expected_shortfall_95",
)
BEATING_COLUMNS = ("against", "probability", "low", "high")


@dataclass(frozen=True, eq=False)
class PortfolioTally:
    """Of a range of paths.

    Attributes:
        tally: As of a simulation of one symbol.
        bins: Sums of gains by bins of the return; a column for each symbol, and the last for cash.
        sums: Of these gains, of their squares, and of the weights at the end, exact, as whole multiples of 2**-1074.
        weighted: On how many paths there is anything left that has weights.
        beaten: On how many paths the portfolio ended above each symbol alone, above equal weights of all, bought once,
            and above its own weights, bought once.
        measured: What ``montecarlo.experiments.portfolio_measures`` found, as plain values; only of the range that
            begins at path 0.
    """

    tally: Tally
    bins: GainBins
    sums: dict[str, int]
    weighted: int
    beaten: tuple[int, ...]
    measured: Mapping[str, Any] | None = None

    @property
    def units(self) -> int:
        return self.tally.paths

    @property
    def paths(self) -> int:
        return self.tally.paths

    @classmethod
    def of(cls, rows: Rows, gains: FloatArray, holds: FloatArray, weights: FloatArray) -> Self:
        """The tally of adjoining paths, of which the first begins a block.

        Args:
            rows: As of a simulation.
            gains: What each symbol made of the capital, as a fraction of it, shape (paths, symbols).
            holds: Final value over capital of all of it in one symbol, bought once, same shape.
            weights: Of each symbol at the end, same shape; NaN where nothing is left.
        """
        tally = Tally.of(rows)
        returns = np.asarray(rows["return"], np.float64)
        rest = returns - added(gains)
        interest = np.where(np.abs(rest) > _ROUNDING * (1 + added(np.abs(gains))), rest, 0.0)
        gains = np.column_stack([gains, interest])
        left = ~np.isnan(weights[:, 0])
        weights = np.where(left[:, None], np.column_stack([weights, 1 - added(weights)]), 0.0)
        others = [*holds.T, added(holds) / holds.shape[1], np.asarray(rows["hold"], np.float64)]
        return cls(
            tally=tally,
            bins=GainBins.of(returns, gains),
            sums=sums_by_block(_summed(gains, weights)),
            weighted=int(np.count_nonzero(left)),
            beaten=tuple(int(np.count_nonzero(1 + returns > (1 + EVEN) * other)) for other in others),
        )

    def __add__(self, other: "PortfolioTally") -> "PortfolioTally":
        return PortfolioTally(
            tally=self.tally + other.tally,
            bins=self.bins + other.bins,
            sums={name: value + other.sums[name] for name, value in self.sums.items()},
            weighted=self.weighted + other.weighted,
            beaten=tuple(one + another for one, another in zip(self.beaten, other.beaten, strict=True)),
            measured=self.measured or other.measured,
        )

    def with_findings(self, uncertainty: Mapping[str, Any] | None, measured: Mapping[str, Any]) -> Self:
        """The same with what is found where path 0 is."""
        return replace(self, tally=replace(self.tally, uncertainty=uncertainty), measured=measured)

    def to_bytes(self) -> bytes:
        return json.dumps(self.to_dict(), separators=(",", ":"), sort_keys=True).encode()

    def to_dict(self) -> dict[str, Any]:
        values = {
            "tally": self.tally.to_dict(),
            "bins": self.bins.to_dict(),
            "sums": {name: hex(total) for name, total in self.sums.items()},
            "weighted": self.weighted,
            "beaten": list(self.beaten),
        }
        return values | ({"measured": self.measured} if self.measured else {})

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        return cls.from_dict(json.loads(content))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(
            tally=Tally.from_dict(values["tally"]),
            bins=GainBins.from_dict(values["bins"]),
            sums={name: int(total, 16) for name, total in values["sums"].items()},
            weighted=values["weighted"],
            beaten=tuple(values["beaten"]),
            measured=values.get("measured"),
        )

    def contributions(
        self, symbols: Sequence[str], weights: Sequence[float], reserve: float, summary: pd.DataFrame
    ) -> pd.DataFrame:
        """CONTRIBUTION_COLUMNS, a row for each symbol, and the last for cash.

        Args:
            symbols, weights, reserve: What was held, and the cash beside it.
            summary: Of the same paths; the columns add up to its statistics.
        """
        at_risk, short = (_estimate(summary, name) for name in _ESTIMATED[1:])
        held = [*weights, reserve]
        found = contributions(self.bins, at_risk, short, held)
        records = []
        for k, (name, weight) in enumerate(zip((*symbols, CASH), held, strict=True)):
            mean = mean_estimate(self.paths, self.sums[f"gain {k}"], self.sums[f"gain {k}**2"])
            final = exact_sums.mean(self.weighted, self.sums[f"weight {k}"]) if self.weighted else NAN
            shortfall = found.expected_shortfall[k]
            share = shortfall[0] / short[0] if short[0] > 0 else NAN
            records.append((name, weight, final, *mean, *found.value_at_risk[k], *shortfall, share))
        table = pd.DataFrame.from_records(records, columns=list(CONTRIBUTION_COLUMNS))
        numbers = list(CONTRIBUTION_COLUMNS[1:])
        table[numbers] += 0.0  # no -0.0
        return table

    def beating(self, symbols: Sequence[str], others: Collection[str]) -> pd.DataFrame:
        """BEATING_COLUMNS: how often the portfolio ends above each symbol, equal weights, and itself left alone.

        Args:
            symbols: What was held.
            others: Those that are another thing than the portfolio itself.
        """
        counted = zip((*symbols, EQUAL_WEIGHT, NEVER_REBALANCED), self.beaten, strict=True)
        records = [(name, *proportion_estimate(count, self.paths)) for name, count in counted if name in others]
        return pd.DataFrame.from_records(records, columns=list(BEATING_COLUMNS))


def added(columns: FloatArray) -> FloatArray:
    """The columns added up from the first to the last, which is the same on every machine."""
    total = columns[:, 0].copy()
    for column in columns.T[1:]:
        total += column
    return total


def _summed(gains: FloatArray, weights: FloatArray) -> Iterator[tuple[str, FloatArray]]:
    for k, column in enumerate(gains.T):
        yield f"gain {k}", column
        yield f"gain {k}**2", column * column
    for k, column in enumerate(weights.T):
        yield f"weight {k}", column


def _estimate(summary: pd.DataFrame, name: str) -> Estimate:
    (line,) = summary.loc[summary["statistic"] == name, ["value", "low", "high"]].to_numpy(np.float64).tolist()
    value, low, high = line
    return value, low, high
