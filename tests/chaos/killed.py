"""A job on the emulator, one of two workers killed in its middle, beside the same job in one process."""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet import failures, provenance
from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.job import Job
from fleet.progress import status
from fleet.queue import Queue
from fleet.results import fetch_results
from fleet.settings import Settings
from fleet.submit import submit
from montecarlo.data.history import PriceHistory
from spotmc.local_stack.processes import start, stop
from spotmc.run import run_job


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        files: Names of what was compared.
        same: Whether the files are the same bytes.
        chunks: How many the job has.
        stored_when_killed: Paths that were stored when a worker was killed.
        fleet_seconds: From submission to result.
        alone_seconds: In one process.
    """

    files: frozenset[str]
    same: bool
    chunks: int
    stored_when_killed: int
    fleet_seconds: float
    alone_seconds: float


def play(job: Job, history: PriceHistory, inputs: Mapping[str, bytes], settings: Settings, folder: Path) -> Outcome:
    """Submit the job, kill one of two workers once something is stored, and do the same job here.

    Args:
        job, history, inputs: As for ``fleet.submit.submit``.
        settings: Of an emulator with an empty queue and an empty bucket; the environment lets us in.
        folder: For logs and files.
    """
    bucket = Bucket(s3_client(settings), settings.bucket)
    began = time.perf_counter()
    submit(job, history, Queue(sqs_client(settings), settings.queue_url), bucket, inputs)
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
    run_job(job, folder / "alone", None, inputs)
    alone_seconds = time.perf_counter() - began
    ours, theirs = ({path.name: path.read_bytes() for path in (folder / name).iterdir()} for name in ("fleet", "alone"))
    return Outcome(frozenset(ours), ours == theirs, job.tree.chunks, killed_at, fleet_seconds, alone_seconds)
