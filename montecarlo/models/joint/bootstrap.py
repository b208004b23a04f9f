"""The common days of several histories, in blocks: the stationary bootstrap, of the same days for all symbols.

Sources:
    Politis, Romano (1994), Politis, White (2004): as ``montecarlo.models.bootstrap``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.joint_history import JointHistory
from montecarlo.engine.lanes import LANES, Stage, inline, stage
from montecarlo.engine.normals import DAYS_AT_ONCE, words
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.models import BootstrapModel, sampling
from montecarlo.models.bootstrap import BLOCK, MAX_RETURNS, RETURN, UNFIT, block_length, draw_places, jump, places
from montecarlo.models.joint.fitting import fitted
from montecarlo.models.joint.joint_model import DRIFT, FloatArray, JointDrawn, JointModel
from montecarlo.parameters import Parameter, shown

BLOCK_LENGTH = Parameter.of("block", BLOCK, label="Block", unit="trading days")

_FINE = 2**40  # steps of a return in sums of whole numbers, which are exact: 5,000 returns of 100 stay below 2**63


@dataclass(frozen=True, kw_only=True)
class JointBootstrap(JointModel):
    """Common days of the history, replayed for all symbols together in blocks of random length that begin anywhere.

    It tells how a portfolio fares with what these histories did on the same days: with their correlations, that of
    stormy days, too, with fat tails, joint crashes, and calm and stormy spells.  It knows no day worse than the worst
    one seen, and nothing of what takes longer than a block.
    ``volatilities`` and ``correlations`` are those of the returns and change nothing; other drifts are set by adding to
    the returns.

    Args:
        block: Expected length of a block in days: each day a new one begins with probability 1 / ``block``.
        shifts: What is added to the returns of each symbol, per year; empty is nothing.
        returns: Daily simple returns, float64, shape (days, symbols), simulated in single precision; the first follows
            the last.  None where they are not at hand: a job has them from its history.
    """

    name = "bootstrap"
    help = "Common days of the histories in blocks, so with correlations, joint crashes and stormy spells of their own."

    block: float
    shifts: tuple[float, ...] = ()
    returns: FloatArray | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.shifts and isinstance(self.symbols, tuple):
            object.__setattr__(self, "shifts", (0.0,) * len(self.symbols))
        super().__post_init__()
        object.__setattr__(self, "block", float(self.block))
        object.__setattr__(self, "shifts", tuple(float(value) for value in self.shifts))

    def _problems(self) -> dict[str, str]:
        found = super()._problems()
        if problem := BLOCK_LENGTH.problem(self.block):
            found["block"] = problem
        if "symbols" in found:
            return found
        shifts, width = self.shifts, len(self.symbols)
        if not isinstance(shifts, tuple) or len(shifts) != width or not all(map(DRIFT.kind.accepts, shifts)):
            found["shifts"] = f"must be {width} numbers, each {DRIFT.kind}, not {shown(shifts)}"
        return found

    @classmethod
    def fit(cls, history: JointHistory) -> Self:
        """The latest MAX_RETURNS days, in blocks whose length suits the spells of all symbols in equal parts.

        Not of each by itself: what is shared is what a portfolio cannot escape, and where single days of single symbols
        stand out, as those of earnings do, their squares remember nothing.
        """
        kept = history.returns[-MAX_RETURNS:]
        for k, symbol in enumerate(history.symbols):
            for value in kept[:, k].tolist():
                if not RETURN.accepts(value):
                    raise ParameterError({"model": f"{symbol}: {UNFIT.format(value=value)}"})
        values = fitted(history, kept, shrunk=False)  # whatever is estimated, the days stay as they were
        if len(kept) < len(history.returns):
            said = f"the bootstrap draws from the latest {len(kept):,} of {len(history.returns):,} days in common"
            values["warnings"] += (said,)
        return cls(**values, block=block_length(kept.mean(axis=1)), returns=kept)

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in super().to_dict().items() if name != "returns"}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        if isinstance(values, Mapping):
            if "returns" in values:
                raise ParameterError({"returns": "is not known in the model"})
            values = {**values, "returns": None}
        return super().from_dict(values)

    def with_history(self, history: JointHistory) -> Self:
        kept = history.returns[-MAX_RETURNS:]
        fits = history.symbols == self.symbols and len(kept) == self.observations
        if fits:
            drifts = kept.mean(axis=0) * self.bars_per_year + np.array(self.shifts)
            fits = np.allclose(drifts, self.drifts, rtol=1e-6, atol=1e-6)
        if not fits:
            raise HistoryError(
                f"{history.symbol}: its days are not those that the bootstrap was fitted to; fit it to them again"
            )
        return replace(self, returns=kept)

    def single(self) -> BootstrapModel:
        values = self._single_values()
        returns = tuple(self._at_hand[:, 0].tolist())
        fitted_drift = self.drifts[0] - self.shifts[0]
        found = BootstrapModel(**values | {"drift": fitted_drift}, returns=returns, block=self.block)
        return found.with_drift(self.drifts[0]) if self.shifts[0] else found

    @property
    def table(self) -> NDArray[np.float32]:
        return self._at_hand.astype(np.float32).reshape(-1)

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        drawn = places(words(seed, first_path, paths, days), self.observations, self.block)
        replayed = self._at_hand.astype(np.float32)[drawn].astype(np.float64)
        shifts = np.array(self.shifts) / self.bars_per_year
        return np.moveaxis(np.maximum(1 + replayed + shifts, 0.0), 2, 1)

    def stage(self) -> tuple[Stage, FloatArray]:
        shifts, every = np.array(self.shifts) / self.bars_per_year, np.arange(self.observations)
        return _fill_growth, np.concatenate([np.array(jump(self.observations, self.block)), shifts, every])

    def redrawn(self, seed: int, first: int, count: int) -> JointDrawn:
        """Each has a history of its own: a path of the model as long as the real one.

        Drifts that are certain, because a person has set them, are the drifts of them all.
        """
        days, width = self.observations, len(self.symbols)
        histories = places(words(sampling.key(seed), first, count, days), days, self.block).T
        shifts = np.broadcast_to(np.array(self.shifts) / self.bars_per_year, (count, width))
        means, mean = self._means(histories), self._means(np.arange(days)[None])
        if DRIFT.name in self.by_hand:
            shifts = shifts + (mean - means)
            drifts = np.broadcast_to(np.array(self.drifts), (count, width))
        else:
            drifts = np.array(self.drifts) + self.bars_per_year * (means - mean)
        told = np.empty((count, 2 + width + days))
        told[:, :2], told[:, 2 : 2 + width], told[:, 2 + width :] = jump(days, self.block), shifts, histories
        return JointDrawn(_fill_growth, told, drifts, self.table)

    def _means(self, histories: NDArray[np.int64]) -> FloatArray:
        """Mean return of each symbol over the days at such places, shape (histories, symbols): of exact sums, because
        draws are put in the order of their drifts."""
        fine = np.rint(self._at_hand.astype(np.float32).astype(np.float64) * _FINE).astype(np.int64)
        counts = np.stack([np.bincount(each, minlength=self.observations) for each in histories])
        return np.asarray((counts @ fine) / (_FINE * self.observations))

    def shifted(self, by: float) -> Self:
        return replace(super().shifted(by), shifts=tuple(shift + by for shift in self.shifts))

    @classmethod
    def settable(cls) -> Mapping[str, Parameter]:
        return {**super().settable(), BLOCK_LENGTH.name: BLOCK_LENGTH}

    def with_values(self, values: Mapping[str, Any]) -> Self:
        found = super().with_values(values)
        if DRIFT.name not in values:
            return found
        moved = zip(self.shifts, self.drifts, found.drifts, strict=True)
        return replace(found, shifts=tuple(shift + (new - old) for shift, old, new in moved))

    @property
    def _at_hand(self) -> FloatArray:
        if self.returns is None:
            raise ValueError("the days that the bootstrap replays are not at hand; with_history comes first")
        return self.returns


@inline
def _row(place, places, symbols):  # type: ignore[no-untyped-def]
    """Where in the table the day at that place of a history begins."""
    return np.uint32(places[place]) * np.uint32(symbols)


@stage
def _fill_growth(growth, seed, first_path, first_day, parameters, table, scratch):  # type: ignore[no-untyped-def]
    symbols = len(growth)
    threshold, scale = np.uint64(parameters[0]), parameters[1]
    shifts, history = parameters[2 : 2 + symbols], parameters[2 + symbols :]
    draw_places(scratch[0], seed, first_path, first_day, len(history), threshold, scale)
    words = scratch[0].words
    for i in range(DAYS_AT_ONCE * LANES):
        words[i] = _row(words[i], history, symbols)
    for k in range(symbols):
        shift, column = shifts[k], table[k:]
        for day in range(DAYS_AT_ONCE):
            for lane in range(LANES):
                replayed = 1.0 + np.float64(column[words[day * LANES + lane]])
                growth[k, day].lane[lane] = max(replayed + shift, 0.0)
