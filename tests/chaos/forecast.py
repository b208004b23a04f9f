"""``python -m tests.chaos.forecast``: a learned rule on a million simulated histories, a worker killed in the middle.

The model is trained on the sample prices first.  Exits with 1 unless all files are the same bytes as those of one
process.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import montecarlo as mc
from fleet.connection import s3_client, sqs_client
from fleet.new_job import make_job
from fleet.settings import Settings
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies.ml_forecast import MODEL, MlForecast
from montecarlo.trained import TrainedModel
from spotmc.local_stack import emulator
from tests.chaos import killed
from tests.chaos.emulated import emulated
from tests.chaos.killed import Outcome

ITERATIONS, DAYS, CHUNK = 10**6, 252, 64 * BLOCK_PATHS


def play(
    settings: Settings,
    folder: Path,
    model: TrainedModel,
    *,
    iterations: int = ITERATIONS,
    days: int = DAYS,
    chunk: int = CHUNK,
) -> Outcome:
    """The forecast's trades, as ``tests.chaos.killed`` plays jobs."""
    history = mc.load_history("AAPL", "sample")
    job = make_job(
        history,
        model="bootstrap",
        strategy=MlForecast(model=model),
        days=days,
        iterations=iterations,
        seed=7,
        rows=True,
    )
    inputs = {MODEL: model.to_json()}
    outcome = killed.play(replace(job, chunk=chunk), history, inputs, settings, folder)
    assert outcome.files == {"job.json", "model.json", "paths.csv", "summary.csv"}
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.forecast", description=__doc__)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    parser.add_argument("--method", default="logistic")
    given = parser.parse_args()
    model = mc.train(mc.load_history("AAPL", "sample"), method=given.method).model
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with emulated(folder) as settings:
            emulator.create(sqs_client(settings), s3_client(settings), settings)
            outcome = play(settings, folder, model, iterations=given.iterations)
    print(
        f"The {given.method} forecast on {given.iterations:,} paths of {DAYS:,} days in {outcome.chunks} chunks; a "
        f"worker was killed with {outcome.stored_when_killed:,} paths done.\n"
        f"{outcome.fleet_seconds:.0f} s through the queue by two workers, then one; {outcome.alone_seconds:.0f} s in "
        f"one process.\n{', '.join(sorted(outcome.files))} {'are the same bytes' if outcome.same else 'DIFFER'}."
    )
    return 0 if outcome.same else 1


if __name__ == "__main__":
    sys.exit(main())
