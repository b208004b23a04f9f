"""``python -m tests.chaos.sweep``: a large sweep on the emulator, a worker killed in its middle, beside one process.

Exits with 1 unless sweep.csv and summary.csv are the same bytes.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fleet.connection import s3_client, sqs_client
from fleet.new_job import make_sweep_job
from fleet.settings import Settings
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover
from spotmc.engine_loading import load_engine
from spotmc.local_stack import emulator
from tests.chaos import killed
from tests.chaos.emulated import emulated
from tests.chaos.killed import Outcome

WINDOWS = range(20, 201, 20)  # ten, which make 45 pairs
ITERATIONS, DAYS = 10**6, 1260


def play(
    settings: Settings,
    folder: Path,
    *,
    iterations: int,
    days: int,
    chunk: int | None = None,
    windows: Sequence[int] = WINDOWS,
) -> Outcome:
    """The sweep as ``tests.chaos.killed`` plays jobs.

    Args:
        settings, folder: As there.
        iterations, days: Of the sweep.
        chunk: Paths of a chunk; None takes the usual number.
        windows: All pairs of them are compared.
    """
    history = load_history("AAPL", "sample")
    over = {"short": windows, "long": windows}
    job = make_sweep_job(
        history, strategy=SmaCrossover(windows[0], windows[-1]), over=over, days=days, iterations=iterations, seed=7
    )
    outcome = killed.play(job if chunk is None else replace(job, chunk=chunk), history, {}, settings, folder)
    assert outcome.files == {"job.json", "sweep.csv", "summary.csv"}
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.sweep", description=__doc__)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    given = parser.parse_args()
    load_engine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with emulated(folder) as settings:
            emulator.create(sqs_client(settings), s3_client(settings), settings)
            outcome = play(settings, folder, iterations=given.iterations, days=DAYS)
    print(
        f"45 pairs on {given.iterations:,} paths of {DAYS:,} days in {outcome.chunks} chunks; a worker was killed with "
        f"{outcome.stored_when_killed:,} paths stored.\n"
        f"{outcome.fleet_seconds:.0f} s through the queue by two workers, then one; {outcome.alone_seconds:.0f} s in "
        f"one process.\nsweep.csv and summary.csv {'are the same bytes' if outcome.same else 'DIFFER'}."
    )
    return 0 if outcome.same else 1


if __name__ == "__main__":
    sys.exit(main())
