"""What is learned from: the features of each signal of a history, and how its trade ended."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from montecarlo.learning.labels import TARGET, Outcomes, outcomes
from montecarlo.learning.settings import Training
from montecarlo.trained.features import features

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Examples:
    """Of one path.

    Attributes:
        features: Row i is of the close of row i; NaN where not all are known, shape (closes, 2 n).
        outcomes: By side, of the first ``closes - span`` rows: TARGET, TIME or STOP.
    """

    features: FloatArray
    outcomes: Mapping[str, Outcomes]

    @classmethod
    def of(cls, bars: Bars, settings: Training) -> "Examples":
        """
        Args:
            bars: Of one path, shape (days + 1, 1).
            settings: Windows, barrier and sides.
        """
        known = features(bars.close, settings.n)[:, 0]
        unknown = np.full((min(settings.n, len(bars.close)), 2 * settings.n), np.nan)
        ends = {side: outcomes(bars, settings.barrier, side)[:, 0] for side in settings.sides}
        return cls(np.concatenate([unknown, known]), ends)

    @property
    def closes(self) -> int:
        return len(self.features)

    def labels(self, side: str, rows: range) -> NDArray[np.bool_]:
        """Whether the trade reached its target."""
        return np.asarray(self.outcomes[side][rows.start : rows.stop] == TARGET)

    def of_rows(self, rows: range) -> FloatArray:
        return self.features[rows.start : rows.stop]
