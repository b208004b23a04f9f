"""A large job on the emulator of which a worker is killed in its middle, beside the same job in one process."""

import os
import signal
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from montecarlo.data.joint_history import JointHistory
from spotmc.engine_loading import load_engine
from spotmc.local_stack import emulator
from spotmc.local_stack.processes import Child, start, stop
from spotmc.run import run_job
from tests.chaos.emulated import emulated


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        same: Whether the files are the same bytes.
        files: Their names.
        chunks: How many the job has.
        stored_when_killed: Paths that were stored when a worker was killed.
        fleet_seconds: From submission to result.
        alone_seconds: In one process.
        peaks: MiB that each of the two workers held at most, the killed one first; 0 where the system does not tell.
    """

    same: bool
    files: frozenset[str]
    chunks: int
    stored_when_killed: int
    fleet_seconds: float
    alone_seconds: float
    peaks: tuple[int, int]

    def __str__(self) -> str:
        compared = ", ".join(sorted(self.files - {"job.json"}))
        return (
            f"{self.chunks} chunks; a worker was killed with {self.stored_when_killed:,} paths stored.\n"
            f"{self.fleet_seconds:.0f} s through the queue by two workers, then one; {self.alone_seconds:.0f} s in one "
            f"process.\n{compared} {'are the same bytes' if self.same else 'DIFFER'}."
        )


def play(
    settings: Settings,
    folder: Path,
    job: Job,
    history: PriceHistory | JointHistory,
    *,
    inputs: Mapping[str, bytes] | None = None,
    chunk: int | None = None,
    threads: int | None = None,
) -> Outcome:
    """Submit the job, kill one of two workers once something is stored, and do the same job here.

    Args:
        settings: Of an emulator with an empty queue and an empty bucket; the environment lets us in.
        folder: For logs and files.
        job: Made from the history; what it needs is at hand.
        history: The prices.
        inputs: What else it needs, by what it is.
        chunk: Paths of a chunk; None takes the usual number.
        threads: Of the one process, which does not know of chunks; None takes all cores, as workers do.
    """
    if chunk is not None:
        job = replace(job, chunk=chunk)
    bucket = Bucket(s3_client(settings), settings.bucket)
    began = time.perf_counter()
    submit(job, history, Queue(sqs_client(settings), settings.queue_url), bucket, inputs)
    command = ["spotmc.cli", "worker", "--lease-seconds", "5"]
    workers = [start(f"worker-{number}", command, folder) for number in range(2)]
    try:
        while not (now := status(bucket, job.id)).done:
            time.sleep(0.1)
        killed_peak = _peak(workers[0])
        os.kill(workers[0].process.pid, signal.SIGKILL)
        killed_at = now.done
        while (now := status(bucket, job.id)).state != "complete":
            workers[1].check()
            assert now.state != "failed", failures.last_reason(bucket, job.id)
            time.sleep(0.2)
        peaks = killed_peak, _peak(workers[1])
    finally:
        stop(workers)
    fleet_seconds = time.perf_counter() - began
    fetch_results(bucket, job, folder / "fleet")
    assert len(provenance.of_job(bucket, job.id).read) == job.tree.chunks
    began = time.perf_counter()
    run_job(job, folder / "alone", threads, inputs or {})
    alone_seconds = time.perf_counter() - began
    ours, theirs = ({path.name: path.read_bytes() for path in (folder / name).iterdir()} for name in ("fleet", "alone"))
    return Outcome(ours == theirs, frozenset(ours), job.tree.chunks, killed_at, fleet_seconds, alone_seconds, peaks)


def _peak(worker: Child) -> int:
    """MiB of memory that it has held at most until now."""
    status = Path(f"/proc/{worker.process.pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def soak(job: Job, history: PriceHistory | JointHistory, inputs: Mapping[str, bytes] | None = None) -> Outcome:
    """``play`` on an emulator of its own, with the usual chunks."""
    load_engine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with emulated(folder) as settings:
            emulator.create(sqs_client(settings), s3_client(settings), settings)
            return play(settings, folder, job, history, inputs=inputs)
