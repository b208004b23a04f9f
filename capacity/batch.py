"""What comes of a job whose workers a person starts on AWS Batch: there is no policy, they start at once and drain."""

from typing import NamedTuple

from capacity.assumptions import Arrival, Assumptions
from capacity.backlog import Backlog
from capacity.machines import STEP, Machines

SCHEDULED_SECONDS = 60  # from the submission until Batch asks for machines
LINGERING_SECONDS = 300  # from a worker's end until Batch ends its machine


class BatchRun(NamedTuple):
    """
    Attributes:
        finished: Seconds from the submission to the end of the last chunk.
        machine_hours: What is paid for.
    """

    finished: float
    machine_hours: float


def on_batch(job: Arrival, assumptions: Assumptions, workers: int) -> BatchRun:
    """What an array of so many workers, but no more than there are chunks, does with a job.

    What Spot takes away is tried again.  A worker leaves when no message waits or is in flight.
    """
    machines, backlog = Machines(assumptions, idle_seconds=float("inf")), Backlog()
    backlog.submit(job.chunks)
    wanted = min(job.chunks, workers)
    machine_seconds, now = 0.0, SCHEDULED_SECONDS
    while backlog.messages or machines.busy:
        backlog.hand_back(machines.take_away(now))
        machines.launch(wanted - len(machines), now)
        machines.boot(now)
        machines.claim(now, backlog)
        machines.work(now)
        machine_seconds += len(machines) * STEP
        now += STEP
    return BatchRun(now, (machine_seconds + len(machines) * LINGERING_SECONDS) / 3600)
