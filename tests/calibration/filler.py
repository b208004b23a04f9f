"""What rows that were filled in do to skill: ``python -m tests.calibration filler --prices FOLDER``.

Areas under the curve of a forecast, and of volatility alone, on real trading days, and where each day without trading
repeats the row before.  Each stock alone, and one model for all stocks together.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.markdown import table
from montecarlo.data.adjusted_bars import adjusted_bars
from montecarlo.data.bars import Bars
from montecarlo.data.sources import load_history
from montecarlo.learning import Training
from montecarlo.learning.classifying import fitted
from montecarlo.learning.examples import Examples
from montecarlo.learning.judging import area
from montecarlo.learning.one_side import VOLATILITY
from montecarlo.learning.split import split

SETTINGS = Training(max_holding=5)
FORECASTS = (("logistic", slice(None)), ("trees", slice(None)), ("logistic", VOLATILITY))

Parts = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_]]
"""Features and labels to train on, features and labels to judge by."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prices", type=Path, required=True, help="folder of CSV files with a bar for each trading day"
    )


def measured(given: argparse.Namespace) -> tuple[str, bool]:
    rows = []
    for filled in (False, True):
        stocks = [Examples.of(bars_of(file, filled), SETTINGS) for file in sorted(given.prices.glob("*.csv"))]
        for side in SETTINGS.sides:
            parts = [parts_of(each, side) for each in stocks]
            alone = [np.mean([judged(each, *how) for each in parts]) for how in FORECASTS]
            together = tuple(np.concatenate(each) for each in zip(*parts, strict=True))
            pooled = [judged(together, *how) for how in FORECASTS]
            for which, areas in ((f"each of {len(stocks)} stocks, mean", alone), ("all stocks, one model", pooled)):
                days = "with filler rows" if filled else "real trading days"
                rows.append([days, side, which, *(f"{each:.3f}" for each in areas), f"{together[3].mean():.2f}"])
                print(rows[-1], flush=True)
    header = ["days", "side", "trained on", "logistic", "trees", "volatility alone", "base rate"]
    return f"`python -m tests.calibration filler --prices FOLDER`\n\n{table(header, rows)}", True


def bars_of(file: Path, filled: bool) -> Bars:
    """With the row before on each day without trading where it is filled: past the check that leaves such rows out."""
    bars = load_history(file.stem, source="csv", path=file).bars
    if filled:
        bars = bars.reindex(pd.date_range(bars.index[0], bars.index[-1], name="date")).ffill()
    return Bars(*(each[:, None] for each in adjusted_bars(bars)[0]))


def parts_of(examples: Examples, side: str) -> Parts:
    span = SETTINGS.barrier.span
    parts = split(SETTINGS.n, examples.closes, share=SETTINGS.share, span=span, gap=SETTINGS.gap)
    seen = range(parts.fit.start, parts.calibration.stop)  # an area needs no calibration
    return (
        examples.of_rows(seen),
        examples.labels(side, seen),
        examples.of_rows(parts.test),
        examples.labels(side, parts.test),
    )


def judged(parts: Parts, method: str, columns: slice) -> float:
    """The area under the curve."""
    seen, labels, unseen, truth = parts
    return area(fitted(method, seen[:, columns], labels).scores(unseen[:, columns]), truth).value
