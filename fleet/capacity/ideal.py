"""The best that any policy could do: all machines there at once, no delay, and none idle."""

from typing import NamedTuple

from fleet.capacity.conditions import Conditions, Load


class Ideal(NamedTuple):
    """
    Attributes:
        finished: Seconds from the first job to the end of the last sitting.
        machine_hours: What would be paid for.
    """

    finished: float
    machine_hours: float


def ideal(load: Load, conditions: Conditions, machines: int) -> Ideal:
    """What ``machines`` would do with a load if they stood ready."""
    finished = 0.0
    for job in load:
        turns = -(-job.sittings // machines)
        finished = max(
            max(finished, job.at) + job.sittings / machines * conditions.sitting_seconds,
            job.at + turns * conditions.sitting_seconds,
        )
    work = sum(job.sittings for job in load) * conditions.sitting_seconds
    return Ideal(finished - load[0].at, work / 3600)
