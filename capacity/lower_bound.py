"""The best that any policy could do: all machines there at once, no delay, and none idle."""

from typing import NamedTuple

from capacity.assumptions import Assumptions, Load


class LowerBound(NamedTuple):
    """
    Attributes:
        finished: Seconds from the first job to the end of the last chunk.
        machine_hours: What would be paid for.
    """

    finished: float
    machine_hours: float


def lower_bound(load: Load, assumptions: Assumptions, machines: int) -> LowerBound:
    """What ``machines`` would do with a load if they stood ready."""
    finished = 0.0
    for job in load:
        turns = -(-job.chunks // machines)
        finished = max(
            max(finished, job.at) + job.chunks / machines * assumptions.chunk_seconds,
            job.at + turns * assumptions.chunk_seconds,
        )
    work = sum(job.chunks for job in load) * assumptions.chunk_seconds
    return LowerBound(finished - load[0].at, work / 3600)
