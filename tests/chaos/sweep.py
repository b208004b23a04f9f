"""``python -m tests.chaos.sweep``: a large sweep on the emulator, a worker killed in its middle, beside one process.

Exits with 1 unless sweep.csv and summary.csv are the same bytes.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fleet import failures, provenance
from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.new_job import make_sweep_job
from fleet.progress import status
from fleet.queue import Queue
from fleet.results import fetch_results
from fleet.settings import Settings
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover
from spotmc.engine_loading import load_engine
from spotmc.local_stack import emulator
from spotmc.local_stack.processes import start, stop
from spotmc.run import run_job
from tests.chaos.emulated import emulated

WINDOWS = range(20, 201, 20)  # ten, which make 45 pairs
ITERATIONS, DAYS = 10**6, 1260


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        same: Whether the files are the same bytes.
        chunks: How many the job has.
        stored_when_killed: Paths that were stored when a worker was killed.
        fleet_seconds: From submission to result.
        alone_seconds: In one process.
    """

    same: bool
    chunks: int
    stored_when_killed: int
    fleet_seconds: float
    alone_seconds: float


def play(
    settings: Settings,
    folder: Path,
    *,
    iterations: int,
    days: int,
    chunk: int | None = None,
    windows: Sequence[int] = WINDOWS,
) -> Outcome:
    """Submit the sweep, kill one of two workers once something is stored, and do the same sweep here.

    Args:
        settings: Of an emulator with an empty queue and an empty bucket; the environment lets us in.
        folder: For logs and files.
        iterations, days: Of the sweep.
        chunk: Paths of a chunk; None takes the usual number.
        windows: All pairs of them are compared.
    """
    history = load_history("AAPL", "sample")
    over = {"short": windows, "long": windows}
    job = make_sweep_job(
        history, strategy=SmaCrossover(windows[0], windows[-1]), over=over, days=days, iterations=iterations, seed=7
    )
    if chunk is not None:
        job = replace(job, chunk=chunk)
    bucket = Bucket(s3_client(settings), settings.bucket)
    began = time.perf_counter()
    submit(job, history, Queue(sqs_client(settings), settings.queue_url), bucket)
    command = ["spotmc.cli", "worker", "--lease-seconds", "5"]
    workers = [start(f"worker-{number}", command, folder) for number in range(2)]
    try:
        while not (now := status(bucket, job.id)).done:
            time.sleep(0.1)
        os.kill(workers[0].process.pid, signal.SIGKILL)
        killed_at = now.done
        while (now := status(bucket, job.id)).state != "complete":
            workers[1].check()
            assert now.state != "failed", failures.last_reason(bucket, job.id)
            time.sleep(0.2)
    finally:
        stop(workers)
    fleet_seconds = time.perf_counter() - began
    fetch_results(bucket, job, folder / "fleet")
    assert len(provenance.of_job(bucket, job.id).read) == job.tree.chunks
    began = time.perf_counter()
    run_job(job, folder / "alone", threads=None)
    alone_seconds = time.perf_counter() - began
    ours, theirs = ({path.name: path.read_bytes() for path in (folder / name).iterdir()} for name in ("fleet", "alone"))
    assert set(ours) == {"job.json", "sweep.csv", "summary.csv"}
    return Outcome(ours == theirs, job.tree.chunks, killed_at, fleet_seconds, alone_seconds)


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
