"""``python -m benchmarks.stylized_facts [FILE ...]``: the stylized facts of simulated days and real ones.

Fits every joint model to the common days of the files (CSV, a symbol each), or of four stocks of the sample, simulates
as many days on PATHS paths, and prints a table for docs/joint-models.md.  Takes some seconds.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import montecarlo as mc
from benchmarks.markdown import table
from montecarlo.data.joint_history import JointHistory, align
from montecarlo.engine.lanes import LANES
from montecarlo.experiments.price_paths import joint_closes
from montecarlo.models.joint import JOINT_MODELS, JointModel, fit_joint
from montecarlo.statistics.stylized_facts import (
    DAYS_WHEN_ALL_FALL,
    JOINT_CRASH_DAYS,
    STATISTICS,
    TAIL_LOSS,
    VOLATILITY,
    WORST_DAY,
    WORST_MONTH,
    correlations,
    measured,
)

FloatArray = NDArray[np.float64]

PATHS = 256
SEED = 7
SAMPLE = ("AAPL", "GOOG", "IBM", "MSFT")
FRACTIONS = (DAYS_WHEN_ALL_FALL, JOINT_CRASH_DAYS, VOLATILITY, WORST_DAY, TAIL_LOSS, WORST_MONTH)
FURTHEST = "largest error of a pair's mean correlation"


def history_of(files: list[str]) -> JointHistory:
    if files:
        return align([mc.load_history(Path(name).stem, "csv", path=name) for name in files])
    return align([mc.load_history(symbol, "sample") for symbol in SAMPLE])


def simulated(model: JointModel, history: JointHistory) -> dict[str, FloatArray]:
    """STATISTICS of PATHS paths as long as the history, and how far each pair's mean correlation is from its own."""
    days, parts, pairs = len(history.returns), [], []
    for first in range(0, PATHS, LANES):
        closes = joint_closes(model, SEED, first, LANES, days)
        returns = closes[1:] / closes[:-1] - 1
        parts.append(measured(returns, history.returns))
        pairs.append(correlations(returns))
    found = {name: np.concatenate([part[name] for part in parts]) for name in STATISTICS}
    real = correlations(history.returns[:, :, None])[:, 0]
    return found | {FURTHEST: np.abs(np.concatenate(pairs, axis=1).mean(axis=1) - real)}


def cell(name: str, values: FloatArray) -> str:
    """The mean of a path's figures, and between which 95 % of them are."""
    in_order, edge = np.sort(values), round(0.025 * len(values))
    low, high = number(name, in_order[edge]), number(name, in_order[-1 - edge])
    return f"{number(name, values.mean())} ({low} to {high})"


def number(name: str, value: float) -> str:
    return f"{100 * value:.2f} %" if name in FRACTIONS else f"{value:.2f}"


def main(files: list[str]) -> int:
    history = history_of(files)
    real = measured(history.returns[:, :, None], history.returns)
    models = {name: simulated(fit_joint(history, name), history) for name in JOINT_MODELS}
    rows = [
        (name.replace("_", " "), number(name, real[name][0]), *(cell(name, each[name]) for each in models.values()))
        for name in STATISTICS
    ]
    rows.append((FURTHEST, "", *(f"{each[FURTHEST].max():.3f}" for each in models.values())))
    print(
        f"{', '.join(history.symbols)}: {len(history.returns):,} days from {history.dates[0]} to {history.dates[-1]}\n"
    )
    print(table(("", "history", *models), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
