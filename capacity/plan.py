"""What it takes to do a job by a deadline."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from capacity.assumptions import Arrival, Assumptions
from capacity.lower_bound import LowerBound, lower_bound
from capacity.policy import Policy
from capacity.simulation import Run, simulate


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the fleet would do with one job.

    Attributes:
        workers: The fleet's maximum.
        run: What it would do.
        lower_bound: What so many workers would do without any delay.
        deadline: Seconds from the submission to the last result.
        fewest: The smallest maximum that meets the deadline; None where none does.
        soonest: Seconds that the job takes with the largest maximum; None where that is too long to be simulated.
    """

    workers: int
    run: Run
    lower_bound: LowerBound
    deadline: float
    fewest: int | None
    soonest: float | None

    @property
    def in_time(self) -> bool:
        return self.run.finished is not None and self.run.finished <= self.deadline


def plan(policy: Policy, chunks: int, assumptions: Assumptions, *, deadline: float, workers: int | None = None) -> Plan:
    """What the fleet would do with a job that is sent just after the queue's metrics were taken.

    Args:
        policy: How the fleet follows the queue, with the largest maximum that is allowed.
        chunks: Of the job.
        assumptions: What is assumed.
        deadline: Seconds from the submission to the last result.
        workers: The fleet's maximum; None for the fewest that meet the deadline, or the most where none do.
    """
    load = [Arrival(at=1, chunks=chunks)]

    def run(workers: int, until: float = inf) -> Run:
        return simulate(replace(policy, highest=workers), load, assumptions, until=until)

    def in_time(finished: float | None) -> bool:
        return finished is not None and finished <= deadline

    soonest = run(policy.highest).finished
    fewest = None
    if in_time(soonest):
        # Fewer than these could not do it even without any delay; a long job needs hardly more.
        too_few = int(lower_bound(load, assumptions, 1).finished / deadline)
        fewest = _fewest(lambda workers: in_time(run(workers, deadline).finished), too_few, policy.highest)
    workers = workers or fewest or policy.highest
    return Plan(
        workers=workers,
        run=run(workers),
        lower_bound=lower_bound(load, assumptions, workers),
        deadline=deadline,
        fewest=fewest,
        soonest=soonest,
    )


def _fewest(enough: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest number above ``low`` that is enough, where ``high`` is; looks near ``low`` first."""
    step = 1
    while low + step < high and not enough(low + step):
        low, step = low + step, 2 * step
    high = min(low + step, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
