"""``python -m tests.chaos.sweep``: a large sweep on the emulator, a worker killed in its middle, beside one process.

Exits with 1 unless sweep.csv and summary.csv are the same bytes.
"""

import argparse
import sys
from collections.abc import Sequence

from fleet.job import Job
from fleet.new_job import make_sweep_job
from montecarlo.data.history import PriceHistory
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover
from tests.chaos.killed import soak

WINDOWS = range(20, 201, 20)  # ten, which make 45 pairs
ITERATIONS, DAYS = 10**6, 1260


def sweep_job(history: PriceHistory, *, iterations: int, days: int, windows: Sequence[int] = WINDOWS) -> Job:
    """All pairs of windows compared."""
    over = {"short": windows, "long": windows}
    strategy = SmaCrossover(windows[0], windows[-1])
    return make_sweep_job(history, strategy=strategy, over=over, days=days, iterations=iterations, seed=7)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.sweep", description=__doc__)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    given = parser.parse_args()
    history = load_history("AAPL", "sample")
    outcome = soak(sweep_job(history, iterations=given.iterations, days=DAYS), history)
    print(f"45 pairs on {given.iterations:,} paths of {DAYS:,} days in {outcome}")
    return 0 if outcome.same else 1


if __name__ == "__main__":
    sys.exit(main())
