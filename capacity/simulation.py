"""What the fleet would do: the policy, the metrics with their delays, and machines that boot, work and leave."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np
import pandas as pd

from capacity.assumptions import Assumptions, Load
from capacity.autoscaler import Autoscaler, Sample
from capacity.backlog import Backlog
from capacity.machines import STEP, Machines
from capacity.policy import MINUTE, Policy

LONGEST = 7 * 24 * 3600  # seconds
SOON = 5  # minutes


class Minute(NamedTuple):
    """The fleet at the end of a minute.

    Attributes:
        target: Machines asked for.
        machines: Those that are paid for.
        busy: Those with work.
        waiting: Messages that wait.
        in_flight: Messages that workers have.
        launched: Machines started so far, but for those that replace what Spot took away.
        left: Machines whose workers left for want of work so far.
    """

    target: int
    machines: int
    busy: int
    waiting: int
    in_flight: int
    launched: int
    left: int


@dataclass(frozen=True, eq=False)
class Run:
    """What the fleet did.

    Attributes:
        minutes: A row for each minute, with the columns of ``Minute``.
        finished: Seconds from the first job to the end of the last chunk; None if that was not reached.
        at_zero: Seconds from the first job until target and machines were zero for good; None if that was not reached.
        machine_hours: What is paid for.
        launched: Machines started.
        interruptions: Machines that Spot took away.
        busy_ended: Machines that were ended at work because the target had fallen.
    """

    minutes: pd.DataFrame
    finished: float | None
    at_zero: float | None
    machine_hours: float
    launched: int
    interruptions: int
    busy_ended: int

    @property
    def peak(self) -> int:
        """The largest number of machines."""
        return int(self.minutes.machines.max())

    @property
    def swings(self) -> int:
        """How often the target rose again after it had fallen."""
        moves = np.sign(np.diff(self.minutes.target))
        moves = moves[moves != 0]
        return int(np.count_nonzero((moves[:-1] < 0) & (moves[1:] > 0)))

    @property
    def regretted(self) -> int:
        """Machines that were started within SOON minutes of as many having left for want of work."""
        launched = self.minutes.launched.diff().clip(lower=0)
        left = self.minutes.left.diff(SOON)
        return int(np.minimum(launched, left).sum())

    @property
    def longest_stall(self) -> int:
        """Minutes in a row in which messages waited, there was no machine, and none was asked for."""
        stalled = (self.minutes.waiting > 0) & (self.minutes.machines == 0) & (self.minutes.target == 0)
        return int(stalled.groupby((~stalled).cumsum()).sum().max())


def simulate(policy: Policy, load: Load, assumptions: Assumptions, *, until: float = inf) -> Run:
    """What the fleet does with a load.

    Args:
        policy: How it follows the queue.
        load: The jobs.
        assumptions: What is assumed.
        until: Seconds from the first job after which the simulation is broken off, LONGEST at most.
    """
    began = load[0].at
    metrics = _Metrics(assumptions, began)
    machines = Machines(assumptions, policy.idle_minutes * 60)
    affordable = policy.dollars_per_hour / assumptions.dollars_per_hour
    autoscaler, backlog = Autoscaler(policy), Backlog()
    history: list[Minute] = []
    finished = at_zero = None
    machine_seconds, arrived, now = 0, 0, 0
    while now - began < min(until, LONGEST) and at_zero is None:
        while arrived < len(load) and load[arrived].at <= now:
            backlog.submit(load[arrived].chunks)
            arrived += 1
        backlog.hand_back(machines.take_away(now))
        machines.leave(now)
        machines.claim(now, backlog)
        if now % MINUTE == 0:
            # SQS reports messages in flight only while there are some.
            metrics.publish(now, Sample(backlog.messages, machines.in_flight or None))
            autoscaler.look(now // MINUTE, metrics.published(now))
            history.append(_minute(autoscaler.target, machines, backlog))
        machines.launch(int(min(autoscaler.target, affordable)) - len(machines), now)
        if policy.ends_excess:
            backlog.hand_back(machines.end(len(machines) - autoscaler.target))
        machines.work(now)
        machine_seconds += len(machines) * STEP
        now += STEP
        if arrived == len(load) and not backlog.messages and not machines.busy:
            finished = finished or now - began
            at_zero = now - began if not len(machines) and autoscaler.target == policy.lowest else None
    return Run(
        minutes=pd.DataFrame(history),
        finished=finished,
        at_zero=at_zero,
        machine_hours=machine_seconds / 3600,
        launched=machines.launched,
        interruptions=machines.interruptions,
        busy_ended=machines.busy_ended,
    )


def _minute(target: int, machines: Machines, backlog: Backlog) -> Minute:
    return Minute(
        target=target,
        machines=len(machines),
        busy=machines.busy,
        waiting=backlog.messages,
        in_flight=machines.in_flight,
        launched=machines.launched - machines.interruptions,
        left=machines.left,
    )


class _Metrics:
    """The queue's metrics, published late, and not at all while it wakes."""

    def __init__(self, assumptions: Assumptions, first_job: float) -> None:
        self._conditions = assumptions
        self._awake_at = first_job + assumptions.asleep_minutes * MINUTE
        self._random = np.random.default_rng([assumptions.seed, 1])
        self._coming: list[tuple[float, int, Sample]] = []
        self._published: dict[int, Sample] = {}

    def publish(self, now: int, sample: Sample) -> None:
        late = self._random.integers(1, 4) * MINUTE if self._random.random() < self._conditions.late else 0
        if now >= self._awake_at:
            self._coming.append((now + self._conditions.metric_seconds + late, now // MINUTE, sample))

    def published(self, now: int) -> dict[int, Sample]:
        """Those known by now, by minute."""
        self._published |= {minute: sample for at, minute, sample in self._coming if at <= now}
        self._coming = [each for each in self._coming if each[0] > now]
        return self._published
