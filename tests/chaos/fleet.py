"""Machines behind a proxy, kept at a number as a Spot fleet would keep them."""

import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from fleet.settings import Settings
from spotmc.local_stack import emulator
from tests.chaos.faults import Rule, SetClock, WorkerFault
from tests.chaos.machines import STOP_SECONDS, Machine
from tests.chaos.proxy import HOST, Proxy

AT_MOST = 40  # machines one after the other; no scenario needs so many, unless workers end by themselves
PATIENCE_SECONDS = 30  # with a machine that was told to go and does not end


class Fleet:
    """So many machines while the ``with`` block lasts.

    Args:
        settings: Where the emulator, its queue and its bucket are.
        workers: How many machines.
        lease_seconds: Of their workers.
        seed: Of the faults.
        rules: When they strike.
        folder: For logs.

    Attributes:
        proxy: What is between them and the emulator.
        machines: All that there were, those that are gone included.
    """

    def __init__(
        self, settings: Settings, *, workers: int, lease_seconds: int, seed: int, rules: Sequence[Rule], folder: Path
    ) -> None:
        emulated = urlsplit(settings.endpoint_url or "")
        queue = settings.queue_url.rsplit("/", 1)[-1]
        self.proxy = Proxy(emulated.port or 0, queue, str(seed), self._hit)
        self.proxy.rules = rules
        self.machines: list[Machine] = []
        self._workers, self._lease_seconds, self._folder = workers, lease_seconds, folder
        self._own_clocks = any(isinstance(rule.fault, SetClock) for rule in rules)
        ours = f"{HOST}:{self.proxy.port}"
        behind = replace(
            settings,
            endpoint_url=f"http://{ours}",
            queue_url=settings.queue_url.replace(emulated.netloc, ours),
        )
        self._environment = emulator.environment(behind, os.environ)

    def __enter__(self) -> Self:
        self.proxy.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for machine in self.machines:
            machine.close()
        self.proxy.__exit__(None, None, None)

    def keep_up(self) -> None:
        """Start machines in place of those that are gone or will be."""
        while sum(machine.staying for machine in self.machines) < self._workers and len(self.machines) < AT_MOST:
            name = f"machine-{len(self.machines) + 1}"
            self.machines.append(
                Machine(
                    name,
                    self._environment,
                    lease_seconds=self._lease_seconds,
                    own_clock=self._own_clocks,
                    folder=self._folder / name,
                )
            )

    def send_home(self) -> None:
        """End all that is going wrong, and tell the workers to go."""
        self.proxy.rules = ()
        until = time.monotonic() + PATIENCE_SECONDS
        while any(machine.standing_still for machine in self.machines) and time.monotonic() < until:
            time.sleep(0.05)
        for machine in self.machines:
            if machine.staying:
                machine.leave()
        while any(machine.running for machine in self.machines) and time.monotonic() < until:
            time.sleep(0.05)

    def complaints(self) -> Iterator[str]:
        """About machines that did not end as they should, and what they left behind; for after ``send_home``."""
        for machine in self.machines:
            if machine.running:
                yield f"{machine.name} was told to go and still runs after {PATIENCE_SECONDS} s"
                machine.close()
            elif machine.died_at is None and machine.status != 0 and self._has_asked(machine):
                yield f"{machine.name} ended with status {machine.status}: {machine.last_words()}"
            elif machine.died_at is None and machine.told_at is None and not machine.may_leave:
                yield f"{machine.name} left without being told to: {machine.last_words()}"
            if machine.leave_seconds is not None and machine.leave_seconds > STOP_SECONDS:
                yield f"{machine.name} took {machine.leave_seconds:.1f} s to leave, of {STOP_SECONDS} s"
            # Nobody can clean up after kill -9, nor a worker that is ended before it has begun; the next one does.
            yield from (f"{machine.name} has left {each}" for each in machine.left_behind(files=machine.status == 0))

    def _has_asked(self, machine: Machine) -> bool:
        """Whether its worker came so far as to ask for work; before that it may be ended by any signal."""
        return self.proxy.asked[machine.name, "ReceiveMessage"] > 0

    def _hit(self, name: str, fault: WorkerFault, dice: random.Random) -> None:
        next(machine for machine in self.machines if machine.name == name).hit(fault, dice)
