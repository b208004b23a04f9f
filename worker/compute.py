"""Computing one chunk: its rows, its partial result and who made them."""

import io
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from fleet.job import Job
from fleet.partial_results import ChunkResult
from fleet.tree import Range
from montecarlo.experiments.experiment import PartialResult
from montecarlo.experiments.parallel import available_cores
from worker.instance_metadata import Identity


@dataclass(frozen=True)
class Provenance:
    """Who computes.

    Attributes:
        worker: Its name.
        version: Of the program.
        machine: What it runs on.
    """

    worker: str
    version: str
    machine: Identity


def path_days(job: Job, shard: Range) -> int:
    """How much work a shard is."""
    return job.experiment.path_days_of(*shard)


def compute(
    job: Job,
    chunk: Range,
    provenance: Provenance,
    progress: Callable[[int], object],
    so_far: Callable[[PartialResult], object] | None = None,
) -> tuple[ChunkResult, float]:
    """Do a chunk on all cores; memory is bounded by its rows.

    Args:
        job: What is asked for.
        chunk: Which of its units.
        provenance: Goes into the record.
        progress: Called several times a second with the number of units done; what it raises ends the work.
        so_far: Called before that with what these units amount to.

    Returns:
        What became of it, and how many seconds it took.
    """
    began, clock = datetime.now(UTC), time.perf_counter()
    rows = io.BytesIO() if job.experiment.rows_format else None
    partial = job.experiment.run(*chunk, rows, progress=progress, so_far=so_far)
    seconds = time.perf_counter() - clock
    record = {
        "worker": provenance.worker,
        **asdict(provenance.machine),
        "cores": available_cores(),
        "version": provenance.version,
        "engine": job.engine,
        "began": began.isoformat(timespec="milliseconds"),
        "seconds": round(seconds, 3),
        "path_days": path_days(job, chunk),
    }
    content = None if rows is None else rows.getvalue()
    return ChunkResult(chunk, content, json.dumps(record).encode(), partial, uuid.uuid4().hex[:12]), seconds
