"""What would come of a load: the policy, the metrics with their delays, and machines that boot, work and leave."""

from dataclasses import dataclass
from functools import partial
from math import inf
from typing import NamedTuple

import numpy as np
import pandas as pd

from capacity.alarms import MINUTE, breach
from capacity.assumptions import Assumptions, Load
from capacity.autoscaler import Autoscaler
from capacity.backlog import Backlog
from capacity.machines import STEP, Machines
from capacity.metrics import Metrics
from capacity.policy import Policy

LONGEST = 7 * 24 * 3600  # seconds
SOON = 5  # minutes


class Minute(NamedTuple):
    """The machines at the end of a minute.

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
    """What came of a load.

    Attributes:
        minutes: A row for each minute, with the columns of ``Minute``.
        finished: Seconds from the first job to the end of the last chunk; None if that was not reached.
        at_zero: Seconds from the first job until target and machines were zero for good; None if that was not reached.
        machine_hours: What is paid for.
        launched: Machines started.
        interruptions: Machines that Spot took away.
        busy_ended: Machines that were ended at work because the target had fallen.
        failed_boots: Machines that failed to boot and said so.
        told: When people were told first, in seconds from the first job, by the alarm that did.
    """

    minutes: pd.DataFrame
    finished: float | None
    at_zero: float | None
    machine_hours: float
    launched: int
    interruptions: int
    busy_ended: int
    failed_boots: int
    told: dict[str, float]

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
    """What comes of a load.

    Args:
        policy: How the number of machines follows the queue.
        load: The jobs.
        assumptions: What is assumed.
        until: Seconds from the first job after which the simulation is broken off, LONGEST at most.
    """
    began, world = load[0].at, assumptions.world
    metrics = Metrics(assumptions, began, on_fleet=policy.on_fleet)
    machines = Machines(assumptions, policy.idle_minutes * 60)
    most = min(policy.affordable(assumptions.dollars_per_hour), assumptions.most_machines)
    autoscaler, backlog = Autoscaler(policy, world), Backlog()
    history: list[Minute] = []
    told: dict[str, float] = {}
    finished = at_zero = None
    machine_seconds, arrived, received, to_be_had, now = 0, 0, 0, 0.0, 0
    while now - began < min(until, LONGEST) and at_zero is None:
        while arrived < len(load) and load[arrived].at <= now:
            backlog.submit(load[arrived].chunks)
            arrived += 1
        backlog.hand_back(machines.take_away(now))
        booted, failed = machines.boot(now)
        metrics.boots(now, booted, failed)
        if gone := failed + machines.leave(now):
            autoscaler.leave(gone, machines.in_flight)
        machines.claim(now, backlog)
        if now % MINUTE == 0:
            received, before = machines.received, received
            metrics.publish(
                now,
                {
                    "waiting": backlog.messages,
                    "in_flight": machines.in_flight,
                    "received": machines.received - before,
                    "empty": machines.empty_receives(now),
                    "running": len(machines),
                },
            )
            minute, known = now // MINUTE, metrics.published(now)
            autoscaler.look(minute, known, partial(machines.there, now))
            for name, alarm in policy.told.items():
                if name not in told and breach(alarm, minute, known, empty_is_zero=world.empty_is_zero):
                    told[name] = now - began
            if policy.ends_excess or (world.fall_ends_machines and autoscaler.fell):
                backlog.hand_back(machines.end(len(machines) - autoscaler.target))
            history.append(_minute(autoscaler.target, machines, backlog))
            to_be_had = assumptions.machines_a_minute
        launched = int(min(autoscaler.target - len(machines), most - len(machines), to_be_had))
        machines.launch(launched, now)
        to_be_had -= max(launched, 0)
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
        failed_boots=machines.failed,
        told=told,
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
