"""About how long a job takes, on one machine and on the worker fleet, and what the fleet costs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from capacity.assumptions import SHORTEST_CHUNK, Arrival, Assumptions
from capacity.policy import Policy, stack
from capacity.price import MachinePrice, machine_price
from capacity.simulation import LONGEST, Run, simulate
from fleet.tree import Tree
from montecarlo.experiments.compiling import EXAMPLE
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.traded_paths import TradedPaths
from montecarlo.strategies import BuyAndHold

ROW_BYTES = 120  # of a path in a CSV; docs and messages count 12 GB for 100 million

_SIMULATED = 2 * 3600  # seconds that a full fleet needs; beyond, more of the same comes, and is not simulated again
_KEPT = 256  # runs
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Work:
    """How much a job is.

    Attributes:
        chunks: Into which its paths are cut.
        chunk_seconds: That a worker needs for one.
        path_days: Of all paths, those beside them that tell what the answer is worth among them.
        core_seconds: That one core needs for all of it.
        row_bytes: About, of the rows that it keeps.
    """

    chunks: int
    chunk_seconds: float
    path_days: int
    core_seconds: float
    row_bytes: int = 0

    @classmethod
    def of(cls, experiment: TradedPaths | Portfolio, *, speed: float, cores: int = 1) -> Self:
        """
        Args:
            experiment: A simulation, a sweep or a portfolio; one that stops early is taken to do all its paths.
            speed: Path-days per second of one core, with a compiled strategy.
            cores: Of a worker.
        """
        units, chunk = experiment.units, min(experiment.units, experiment.chunk)
        path_days = experiment.path_days_of(0, units)
        rows = isinstance(experiment, Simulation | Portfolio) and experiment.rows
        return cls(
            chunks=Tree(units, experiment.chunk).chunks,
            chunk_seconds=chunk * experiment.work / (speed * cores),
            path_days=path_days,
            core_seconds=path_days * _work_of_a_day(experiment) / speed,
            row_bytes=ROW_BYTES * units if rows else 0,
        )

    def seconds_on(self, cores: int) -> float:
        """That one machine with so many cores needs."""
        return self.core_seconds / cores


def _work_of_a_day(experiment: TradedPaths | Portfolio) -> int:
    return 1 if isinstance(experiment, Portfolio) else experiment.strategy.work


class Fleet(NamedTuple):
    """A worker fleet as our templates make it.

    Attributes:
        policy: How it follows the queue.
        price: What a machine of it costs.
        workers: Its maximum.
    """

    policy: Policy
    price: MachinePrice
    workers: int


def fleet_of(
    parameters: Mapping[str, Any] = _NOTHING, *, spot: float | None = None, on_demand: float | None = None
) -> Fleet:
    """The fleet of a stack with these parameters and otherwise the defaults, whatever it may cost in an hour.

    Args:
        parameters: Of our parent template.
        spot, on_demand: Dollars per hour of a machine; None takes the template's examples.

    Raises:
        TemplateError: the templates do not accept them, or the workers are not on machines that follow the queue.
    """
    resolved = stack(**parameters)
    # What the machines cost is asked here.
    policy = replace(Policy.of(resolved), dollars_per_hour=inf, machine_dollars_per_hour=inf)
    return Fleet(policy, machine_price(resolved, spot, on_demand), policy.highest)


@dataclass(frozen=True, kw_only=True)
class OnFleet:
    """What the fleet would do with a job.

    Attributes:
        workers: The fleet's maximum.
        seconds: From the submission to the last result.
        machine_hours: That are paid for, until no machine is left.
        dollars: On Spot, addresses included.
    """

    workers: int
    seconds: float
    machine_hours: float
    dollars: float


def on_fleet(work: Work, fleet: Fleet) -> OnFleet:
    """What an idle fleet would do with a job: simulated as by ``spotmc plan``, but a long one only in part.

    A fleet that is full stays so until a long job is nearly done: what the last of so many chunks add in time and
    machine-hours, all further ones add.
    """
    seconds = max(work.chunk_seconds, SHORTEST_CHUNK)
    enough = max(int(_SIMULATED * fleet.workers / seconds), 2 * fleet.workers)
    if work.chunks <= enough:
        finished, hours = _run(fleet, work.chunks, seconds)
    else:
        (before, hours_before), (finished, hours) = (_run(fleet, each, seconds) for each in (enough // 2, enough))
        more = (work.chunks - enough) / (enough - enough // 2)
        finished, hours = finished + more * (finished - before), hours + more * (hours - hours_before)
    return OnFleet(workers=fleet.workers, seconds=finished, machine_hours=hours, dollars=fleet.price.on_spot_for(hours))


def _run(fleet: Fleet, chunks: int, chunk_seconds: float) -> tuple[float, float]:
    run = _simulated(_Kept(fleet.policy), chunks, float(f"{chunk_seconds:.3g}"))
    return float(LONGEST if run.finished is None else run.finished), run.machine_hours


class _Kept:
    """A policy as a key: two that are equal are one, whatever of theirs can be hashed."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __hash__(self) -> int:
        return hash((self.policy.lowest, self.policy.highest, self.policy.leaving))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.policy == other.policy


@lru_cache(maxsize=_KEPT)
def _simulated(policy: _Kept, chunks: int, chunk_seconds: float) -> Run:
    return simulate(policy.policy, [Arrival(at=1, chunks=chunks)], Assumptions(chunk_seconds=chunk_seconds))


def example(iterations: int, days: int, *, rows: bool) -> Simulation:
    """A simulation of so many paths with the default model, for whoever has no history yet.

    Raises:
        ParameterError: naming each number that cannot be used.
    """
    return replace(EXAMPLE, strategy=BuyAndHold(), iterations=iterations, days=days, rows=rows)
