"""What queue, bucket and worker cost: jobs that go through all of them, beside the same simulation without them.

``python -m benchmarks.fleet`` measures this alone.  The emulator of AWS takes its time from the cores that the worker
wants to itself, which AWS does not; so that time is told as well.
"""

import argparse
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

import montecarlo as mc
from benchmarks.agreement import DisagreementError
from benchmarks.markdown import table
from benchmarks.targets import Target, as_table
from fleet import keys, partial_results
from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.job import Job
from fleet.new_job import make_job
from fleet.queue import Queue
from fleet.results import rows_csv
from fleet.submit import submit
from montecarlo.experiments.experiment import PartialResult
from montecarlo.experiments.parallel import available_cores
from spotmc.engine_loading import load_engine
from spotmc.local_stack import emulator
from spotmc.local_stack.ports import HOST
from spotmc.local_stack.processes import Child, running, wait_until

MANY_PATHS, PATHS_WITH_ROWS, FEW_PATHS = 50 * 10**6, 2 * 10**6, 2000
SMALL_JOBS, JOBS_WITH_ROWS = 11, 5  # the median counts: one run of a few seconds differs from the next by a tenth
FIRST_LOOK_SECONDS, LOOKS = 0.01, 50  # how often to look whether a job is complete, so that looking costs little

HISTORY = mc.load_history("AAPL", source="sample")


@dataclass(frozen=True)
class Took:
    """Seconds that a job took.

    Attributes:
        alone: In this process.
        fleet: From submission to summary.
        emulator: Of processor time that the emulator used meanwhile.
    """

    alone: float
    fleet: float
    emulator: float

    @property
    def fleet_without_emulator(self) -> float:
        """As if its work had been done elsewhere, and ours on all cores meanwhile."""
        return self.fleet - self.emulator / available_cores()

    @property
    def ratio_without_emulator(self) -> float:
        return self.fleet_without_emulator / self.alone


@dataclass(frozen=True)
class Fleet:
    """A queue, a bucket and a worker that waits for work."""

    queue: Queue
    bucket: Bucket
    worker: Child
    emulator: psutil.Process

    def run(self, job: Job) -> tuple[float, float]:
        """Seconds from submission to summary, and of the emulator's processor time."""
        used, began = self._emulator_seconds(), time.perf_counter()
        submit(job, HISTORY, self.queue, self.bucket)
        while not self.bucket.exists(keys.summary_key(job.id)):
            self.worker.check()
            time.sleep(max(FIRST_LOOK_SECONDS, (time.perf_counter() - began) / LOOKS))
        return time.perf_counter() - began, self._emulator_seconds() - used

    def _emulator_seconds(self) -> float:
        times = self.emulator.cpu_times()
        return times.user + times.system


@contextmanager
def fleet() -> Iterator[Fleet]:
    """One worker on an emulator while the block lasts, after a job that is not measured."""
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        port = unused.getsockname()[1]
    settings = emulator.settings(port)
    os.environ.update(emulator.environment(settings, os.environ))
    with tempfile.TemporaryDirectory() as logs, running({"emulator": emulator.command(port)}, Path(logs)) as [emulated]:
        wait_until(lambda: emulator.answers(port), emulated)
        sqs, s3 = sqs_client(settings), s3_client(settings)
        emulator.create(sqs, s3, settings)
        with running({"worker": ["spotmc.cli", "worker"]}, Path(logs)) as [worker]:
            queue, bucket = Queue(sqs, settings.queue_url), Bucket(s3, settings.bucket)
            ready = Fleet(queue, bucket, worker, psutil.Process(emulated.process.pid))
            ready.run(_job(FEW_PATHS, seed=0))
            yield ready


def without_rows(fleet: Fleet, paths: int) -> Took:
    """Many paths of which only the summary is wanted."""
    job = _job(paths, rows=False)
    began = time.perf_counter()
    partial = job.experiment.run(0, paths)
    alone = time.perf_counter() - began
    took = Took(alone, *fleet.run(job))
    _require_same(fleet, job, partial)
    return took


def with_rows(fleet: Fleet, paths: int) -> Took:
    """Paths whose rows go to a local file here, and to the bucket there; the median of several jobs."""
    took = [_with_rows(fleet, _job(paths, rows=True, seed=1 + number)) for number in range(JOBS_WITH_ROWS)]
    return sorted(took, key=lambda each: each.ratio_without_emulator)[JOBS_WITH_ROWS // 2]


def _with_rows(fleet: Fleet, job: Job) -> Took:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "paths.csv")
        began = time.perf_counter()
        with file.open("wb") as stream:
            partial = job.experiment.run(0, job.experiment.units, stream)
        alone = time.perf_counter() - began
        took = Took(alone, *fleet.run(job))
        _require_same(fleet, job, partial)
        with file.open("rb") as stream:
            if any(part != stream.read(len(part)) for part in rows_csv(fleet.bucket, job)) or stream.read(1):
                raise DisagreementError(f"the rows of {job.id} in the bucket are not those simulated here")
    return took


def small_job_seconds(fleet: Fleet) -> float:
    """From submission to summary of the recommended job, on a worker with nothing else to do; the median of several."""
    return median(fleet.run(_job(FEW_PATHS, seed=1 + number))[0] for number in range(SMALL_JOBS))


def report(many: int = MANY_PATHS, kept: int = PATHS_WITH_ROWS) -> str:
    """Measure, and show what was wanted and what was measured.

    Args:
        many: Number of paths without rows.
        kept: Number of paths with rows.

    Raises:
        DisagreementError: nothing is shown.
    """
    load_engine()
    with fleet() as ours:
        small, rows, summary = small_job_seconds(ours), with_rows(ours, kept), without_rows(ours, many)
    targets = [
        Target(f"{many:,} paths without rows: alone / fleet", summary.alone / summary.fleet, 0.9, at_most=False),
        Target(
            f"{kept:,} paths with rows: fleet, less the emulator's share / alone, into a file",
            rows.ratio_without_emulator,
            1.15,
            at_most=True,
        ),
        Target("the recommended job from submission to summary, seconds", small, 0.5, at_most=True),
    ]
    seconds = [
        (name, f"{took.alone:.2f}", f"{took.fleet:.2f}", f"{took.emulator:.2f}")
        for name, took in ((f"{many:,} paths without rows", summary), (f"{kept:,} paths with rows", rows))
    ]
    return as_table(targets) + "\n\n" + table(("seconds", "alone", "fleet", "emulator's processor"), seconds)


def _job(paths: int, *, rows: bool | None = None, seed: int = 7) -> Job:
    return make_job(HISTORY, iterations=paths, seed=seed, rows=rows)


def _require_same(fleet: Fleet, job: Job, partial: PartialResult) -> None:
    if partial_results.load(fleet.bucket, job).to_bytes() != partial.to_bytes():
        raise DisagreementError(f"the result of {job.id} in the bucket is not the one computed here")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--many", type=int, default=MANY_PATHS, help="paths without rows")
    parser.add_argument("--kept", type=int, default=PATHS_WITH_ROWS, help="paths with rows")
    arguments = parser.parse_args()
    print(report(arguments.many, arguments.kept))
