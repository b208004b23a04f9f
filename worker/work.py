"""Computing one sitting: its rows, its tally and who made them."""

import io
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from fleet.job import Job
from fleet.parts import Part
from fleet.tree import Range
from montecarlo.in_order import available_cores
from montecarlo.simulate import simulate_to_csv
from worker.instance import Identity


@dataclass(frozen=True)
class Maker:
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
    return (shard.stop - shard.first) * job.simulation.days


def compute(job: Job, sitting: Range, maker: Maker, look_up: Callable[[int], object]) -> tuple[Part, float]:
    """Simulate a sitting on all cores; memory is bounded by its rows.

    Args:
        job: What is simulated.
        sitting: Which of its paths.
        maker: Goes into the record.
        look_up: Called several times a second with the number of paths done; what it raises ends the work.

    Returns:
        The part, and how many seconds it took.
    """
    began, clock = datetime.now(UTC), time.perf_counter()
    csv = io.BytesIO() if job.paths else None
    tally = simulate_to_csv(job.simulation, *sitting, csv, progress=look_up)
    seconds = time.perf_counter() - clock
    record = {
        "worker": maker.worker,
        **asdict(maker.machine),
        "cores": available_cores(),
        "version": maker.version,
        "engine": job.engine,
        "began": began.isoformat(timespec="milliseconds"),
        "seconds": round(seconds, 3),
        "path_days": path_days(job, sitting),
    }
    rows = None if csv is None else csv.getvalue()
    return Part(sitting, rows, json.dumps(record).encode(), tally), seconds
