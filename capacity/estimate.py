"""About how long a job takes, on one machine and on the worker fleet, and what the fleet costs."""

from dataclasses import dataclass
from typing import Self

from capacity.policy import Policy
from capacity.price import MachinePrice
from montecarlo.experiments.traded_paths import TradedPaths


@dataclass(frozen=True, kw_only=True)
class Work:
    """How much a job is.

    Attributes:
        path_days: Of all paths, those beside them that tell what the answer is worth among them.
        chunks: Into which its paths are cut.
        chunk_seconds: That a worker needs for one.
        seconds: That one machine needs for all of it.
        row_bytes: About, of the rows that it keeps.
    """

    path_days: int
    chunks: int
    chunk_seconds: float
    seconds: float
    row_bytes: int

    @classmethod
    def of(cls, experiment: TradedPaths, *, speed: float, cores: int = 1, cores_here: int = 1) -> Self:
        """
        Args:
            experiment: A simulation or a sweep.
            speed: Path-days per second of one core.
            cores: Of a worker.
            cores_here: Of the one machine.
        """
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class OnFleet:
    """What the fleet would do with a job.

    Attributes:
        workers: The fleet's maximum.
        seconds: From the submission to the result; None where it takes more than a week.
        machine_hours: That are paid for; in a week, where it takes longer.
        dollars: On Spot, addresses included.
    """

    workers: int
    seconds: float | None
    machine_hours: float
    dollars: float


def on_fleet(work: Work, policy: Policy, price: MachinePrice) -> OnFleet:
    """What the fleet of this policy would do with a job, simulated; kept, because a page asks again and again."""
    raise NotImplementedError
