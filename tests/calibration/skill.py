"""Whether intervals of a forecast's skill hold the truth: ``python -m tests.calibration skill``.

On histories of the gbm model nothing can be foreseen, so that the area under the curve is 0.5, and neither the features
nor volatility alone are better.
"""

import argparse

import numpy as np

from benchmarks.markdown import table
from montecarlo.data.bars import Bars
from montecarlo.learning import Training
from montecarlo.learning.examples import Examples
from montecarlo.learning.one_side import calibrated, skill_of
from montecarlo.learning.split import split
from montecarlo.models import GbmModel
from montecarlo.trained import Skill

METHODS = ("logistic", "trees")
LENGTHS = (1260, 2520)  # days
VOLATILITY = 0.25  # per year
AT_LEAST, AT_MOST = 0.90, 0.98
NOISE = 3.0  # standard deviations of a count


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=400, help="histories of each length")


def measured(given: argparse.Namespace) -> tuple[str, bool]:
    rows, good = [], True
    for days in LENGTHS:
        bars = GbmModel(100.0, 0.0, VOLATILITY).bars(1, 0, given.seeds, days)
        for method in METHODS:
            found = [skill(Bars(*(each[:, i : i + 1] for each in bars)), method) for i in range(given.seeds)]
            held = [
                sum(low <= truth <= high for low, high in intervals)
                for truth, intervals in (
                    (0.5, [(each.auc_low, each.auc_high) for each in found]),
                    (0.5, [(each.volatility_auc_low, each.volatility_auc_high) for each in found]),
                    (0.0, [(each.excess_auc_low, each.excess_auc_high) for each in found]),
                )
            ]
            good &= all(is_good(each, given.seeds) for each in held)
            areas = np.array([each.auc for each in found])
            mean = f"{areas.mean():.4f} ± {areas.std(ddof=1) / np.sqrt(given.seeds):.4f}"
            shares = [shown(each, given.seeds) for each in held]
            rows.append([method, f"{days:,}", f"{found[0].days:,}", *shares, mean, f"{areas.std(ddof=1):.3f}"])
            print(rows[-1], flush=True)
    header = ["method", "days", "of them judge", "area", "volatility alone", "difference", "mean area", "deviation"]
    command = f"`python -m tests.calibration skill --seeds {given.seeds}`"
    return f"{command}\n\n{table(header, rows)}", good


def skill(bars: Bars, method: str) -> Skill:
    """Of trades that buy, on one history."""
    settings = Training(method=method, direction="long")
    examples = Examples.of(bars, settings)
    span = settings.barrier.span
    parts = split(settings.n, examples.closes, share=settings.share, span=span, gap=settings.gap)
    return skill_of(examples, "long", parts, calibrated(examples, "long", parts, settings), span)


def shown(held: int, seeds: int) -> str:
    percent = f"{100 * held / seeds:.1f}"
    return percent if is_good(held, seeds) else f"**{percent}**"


def is_good(held: int, seeds: int) -> bool:
    """Whether the coverage is within its bounds, or beyond them by the noise of the count at most."""
    low, high = (NOISE * np.sqrt(bound * (1 - bound) / seeds) for bound in (AT_LEAST, AT_MOST))
    return bool(AT_LEAST - low <= held / seeds <= AT_MOST + high)
