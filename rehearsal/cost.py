"""What a rehearsal costs: before it, and after it by the machines that were seen; at the templates' example prices."""

from dataclasses import dataclass

from cloudformation.template import Stack
from deployment.estimate import estimate, most_workers
from rehearsal.check import Check


@dataclass(frozen=True)
class Prices:
    """US dollars per hour.

    Attributes:
        at_rest: Of the stack without workers.
        worker: Of one of them, with its address and its disk.
    """

    at_rest: float
    worker: float

    @classmethod
    def of(cls, stack: Stack) -> "Prices":
        costs = estimate(stack)
        return cls(
            sum(cost.per_hour for cost in costs.at_rest),
            sum(cost.per_hour for cost in costs.at_work) / most_workers(stack),
        )

    def dollars(self, hours: float, machine_hours: float, fee: float = 0.0) -> float:
        return hours * self.at_rest + machine_hours * self.worker + fee

    def expected(self, check: Check) -> float:
        """About what a check costs."""
        return self.dollars(check.minutes / 60, check.machine_minutes / 60, check.fee)
