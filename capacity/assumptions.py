"""What a simulation of the workers' machines assumes about the world."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

SHORTEST_CHUNK = 1.0  # seconds


class Arrival(NamedTuple):
    """A job of so many chunks is submitted.

    Attributes:
        at: Seconds.
        chunks: How many.
    """

    at: float
    chunks: int


Load = Sequence[Arrival]
"""Jobs, in the order in which they are submitted."""


@dataclass(frozen=True, kw_only=True)
class World:
    """What AWS does where its pages do not say; the policy must be right either way.

    Args:
        counts_from_fulfilled: A step that adds to a Spot Fleet adds to the machines that it has, also where that is
            less than today's target; otherwise it adds to the target.
        fall_ends_machines: A policy that lowers the target of a Spot Fleet ends what exceeds it, busy or not.
        fleet_metric_minutes: How often a Spot Fleet tells how many machines it has.
        acts_without_values: An alarm that is on for want of data moves the target.
        empty_is_zero: An expression counts a metric that has had no value at all lately as 0; otherwise the expression
            has no value, and a Spot Fleet that has no machine does not tell so.
    """

    counts_from_fulfilled: bool = True
    fall_ends_machines: bool = False
    fleet_metric_minutes: int = 1
    acts_without_values: bool = True
    empty_is_zero: bool = True


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What a simulation of the workers' machines assumes.

    Args:
        chunk_seconds: How long a worker simulates one chunk; at least a second is counted.
        boot_seconds: From the launch of a machine to its first message, typically; it varies from three quarters of
            that to one and a half.
        metric_seconds: From the end of a minute to the publication of its metrics.
        late: Share of the values that come later by one to three minutes, each metric on its own.
        lost: Share of the minutes of which the queue never tells anything.
        asleep_minutes: So long after the first job no metrics are published, because nobody had touched the queue for
            hours; 0 where something polls it, as the workstation does.
        taken_in_an_hour: Share of the machines that Spot takes away in an hour, less than 1.
        most_machines: Spot has no more at a time.
        machines_a_minute: Spot gives no more in a minute.
        failing: Share of the boots that fail and say so.
        silent: Share of the boots after which a machine has no network: it neither works nor can it say so.
        dollars_per_hour: Price of a machine.
        world: What AWS does where its pages do not say.
        seed: Same seed, same fate.
    """

    chunk_seconds: float
    boot_seconds: float = 120
    metric_seconds: float = 60
    late: float = 0.1
    lost: float = 0.02
    asleep_minutes: float = 0
    taken_in_an_hour: float = 0.05
    most_machines: float = inf
    machines_a_minute: float = inf
    failing: float = 0
    silent: float = 0
    dollars_per_hour: float = 0.035
    world: World = field(default_factory=World)
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "chunk_seconds", max(self.chunk_seconds, SHORTEST_CHUNK))
