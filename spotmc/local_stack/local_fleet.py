"""A fleet of worker processes on this machine that follows the queue as the fleet on AWS does, only faster."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from capacity.autoscaler import Autoscaler
from capacity.metric_math import Values
from capacity.policy import Policy
from fleet.errors import FleetError
from fleet.queue import Depth, Queue
from spotmc.local_stack.processes import Child, StackError, start, stop

SECONDS_A_MINUTE = 1  # so long is a minute of the policy; a worker process starts as many times faster than a machine
KEPT_MINUTES = 60  # of samples, more than any alarm looks back


@dataclass(frozen=True)
class Capacity:
    """The fleet at one time.

    Attributes:
        target: Workers asked for.
        workers: Those that run.
        depth: Of the queue.
    """

    target: int
    workers: int
    depth: Depth

    def __str__(self) -> str:
        return (
            f"Queue: {self.depth.visible:,} waiting, {self.depth.in_flight:,} in flight. "
            f"Workers: {self.target} wanted, {self.workers} running."
        )


class LocalFleet:
    """Follows the queue, from a thread, while the ``with`` block lasts.

    It starts workers up to its target and ends none: those that find no more work leave by themselves, and lower the
    target as machines on AWS do.

    Args:
        policy: How it follows the queue.
        queue: The queue.
        logs: Folder for the workers' logs.
        tell: Called when the target or the number of workers has changed.
    """

    def __init__(self, policy: Policy, queue: Queue, logs: Path, tell: Callable[[Capacity], object]) -> None:
        self._policy, self._queue, self._logs, self._tell = policy, queue, logs, tell
        self._workers: list[Child] = []
        self._started = 0
        self._error: FleetError | StackError | OSError | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_following, name="fleet")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        stop(self._workers)

    def check(self) -> None:
        """
        Raises:
            StackError: a worker has failed, or the fleet can no longer follow the queue.
        """
        if self._error is not None:
            raise StackError(str(self._error)) from self._error

    def _keep_following(self) -> None:
        autoscaler = Autoscaler(self._policy)
        samples: dict[int, Values] = {}
        minute, told = 0, (0, 0)
        while not self._over.wait(SECONDS_A_MINUTE):
            try:
                depth = self._queue.depth()
                autoscaler.leave(self._gone(), depth.in_flight)
                samples[minute] = self._sample(depth)
                samples.pop(minute - KEPT_MINUTES, None)
                target = autoscaler.look(minute, samples, lambda seconds: len(self._workers))
                self._bring_to(target)
            except (FleetError, StackError, OSError) as error:
                self._error = error
                return
            if (now := (target, len(self._workers))) != told:
                self._tell(Capacity(*now, depth))
                told = now
            minute += 1

    def _sample(self, depth: Depth) -> Values:
        """As CloudWatch would tell it; a worker of this fleet that runs also asks for messages."""
        return {
            "waiting": depth.visible,
            "in_flight": depth.in_flight or None,
            "received": depth.in_flight,
            "empty": len(self._workers),
            "running": len(self._workers),
        }

    def _gone(self) -> int:
        """How many workers have left since it was last asked."""
        left = [worker for worker in self._workers if worker.process.poll() == 0]
        stop(left)  # frees what tied them to this process
        self._workers = [worker for worker in self._workers if worker not in left]
        for worker in self._workers:
            worker.check()
        return len(left)

    def _bring_to(self, target: int) -> None:
        idle_minutes = self._policy.idle_minutes * SECONDS_A_MINUTE / 60
        for _ in range(target - len(self._workers)):
            self._started += 1
            command = ["spotmc.cli", "worker", "--idle-exit-minutes", str(idle_minutes)]
            self._workers.append(start(f"worker-{self._started}", command, self._logs))
