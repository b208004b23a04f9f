"""What a simulation of the fleet assumes about the world."""

from collections.abc import Sequence
from dataclasses import dataclass
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
class Assumptions:
    """What a simulation of the fleet assumes.

    Args:
        chunk_seconds: How long a worker simulates one chunk; at least a second is counted.
        boot_seconds: From the launch of a machine to its first message, typically; it varies from three quarters of
            that to one and a half.
        metric_seconds: From the end of a minute to the publication of the queue's metrics.
        late: Share of the minutes whose metrics come later by one to three minutes.
        asleep_minutes: So long after the first job no metrics are published, because nobody had touched the queue for
            hours; 0 where something polls it, as the workstation does.
        taken_in_an_hour: Share of the machines that Spot takes away in an hour, less than 1.
        dollars_per_hour: Price of a machine.
        seed: Same seed, same fate.
    """

    chunk_seconds: float
    boot_seconds: float = 120
    metric_seconds: float = 60
    late: float = 0.1
    asleep_minutes: float = 0
    taken_in_an_hour: float = 0.05
    dollars_per_hour: float = 0.035
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "chunk_seconds", max(self.chunk_seconds, SHORTEST_CHUNK))
