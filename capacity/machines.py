"""The machines of a simulated fleet: they boot, take chunks, leave when idle, and are taken away."""

from math import log1p

import numpy as np
from numpy.typing import NDArray

from capacity.assumptions import Assumptions
from capacity.backlog import Backlog

STEP = 5  # seconds
SPLIT_SECONDS = 0.1  # for a worker to replace a shard by its children

MACHINE = np.dtype(
    [
        ("ready_at", float),
        ("taken_at", float),  # by Spot
        ("idle_since", float),
        ("work", float),  # seconds of simulation in hand
    ]
)


class Machines:
    """All machines that are paid for, each with one worker.

    A worker holds two messages as long as there are any: one that it simulates and one for later.

    Attributes:
        launched: How many were started.
        interruptions: How many Spot has taken away.
        left: How many workers left because they found no work.
        busy_ended: How many were ended while they worked because the target had fallen.
    """

    def __init__(self, assumptions: Assumptions, idle_seconds: float) -> None:
        self._conditions, self._idle_seconds = assumptions, idle_seconds
        self._random = np.random.default_rng(assumptions.seed)
        self._all = np.empty(0, MACHINE)
        self.launched = self.interruptions = self.left = self.busy_ended = 0

    def __len__(self) -> int:
        return len(self._all)

    @property
    def busy(self) -> int:
        return int(np.count_nonzero(self._all["work"]))

    @property
    def in_flight(self) -> int:
        """Messages in hand."""
        return self._messages(self._all["work"])

    def launch(self, number: int, now: float) -> None:
        """So many more are started."""
        if number <= 0:
            return
        boots = self._conditions.boot_seconds * self._random.uniform(0.75, 1.5, number)
        rate = -log1p(-self._conditions.taken_in_an_hour) / 3600
        lives = self._random.exponential(1 / rate, number) if rate else np.full(number, np.inf)
        new = np.zeros(number, MACHINE)
        new["ready_at"] = new["idle_since"] = now + boots
        new["taken_at"] = now + lives
        self._all = np.append(self._all, new)
        self.launched += number

    def end(self, number: int) -> int:
        """So many are ended, whatever they do; the messages that this frees."""
        if number <= 0:
            return 0
        ended = np.zeros(len(self), bool)
        ended[self._random.permutation(len(self))[:number]] = True
        self.busy_ended += int(np.count_nonzero(self._all["work"][ended]))
        return self._remove(ended)

    def take_away(self, now: float) -> int:
        """Spot takes those whose time has come; the messages that this frees."""
        taken = self._all["taken_at"] <= now
        self.interruptions += int(np.count_nonzero(taken))
        return self._remove(taken)

    def leave(self, now: float) -> None:
        """Workers that have been idle for long enough leave."""
        idle = (self._all["work"] == 0) & (now - self._all["idle_since"] >= self._idle_seconds)
        self.left += int(np.count_nonzero(idle))
        self._remove(idle)

    def claim(self, now: float, backlog: Backlog) -> None:
        """Workers take what they do in this step, and one chunk for later."""
        chunk = self._conditions.chunk_seconds
        room = np.ceil((STEP + chunk - self._all["work"]) / chunk)
        room[self._all["ready_at"] > now] = 0
        backlog.split(int(np.count_nonzero(room > 0) * STEP / SPLIT_SECONDS))
        turn = 1  # each takes one message at a time
        while backlog.chunks and len(takers := np.flatnonzero(room >= turn)):
            if len(takers) > backlog.chunks:
                takers = self._random.permutation(takers)[: backlog.chunks]
            self._all["work"][takers] += chunk
            backlog.take(len(takers))
            turn += 1

    def work(self, now: float) -> None:
        """A step passes."""
        self._all["work"] = np.maximum(self._all["work"] - STEP, 0)
        self._all["idle_since"] = np.where(self._all["work"] > 0, now + STEP, self._all["idle_since"])

    def _messages(self, work: NDArray[np.float64]) -> int:
        # Adding and taking away seconds leaves errors in the last digits, which are no message.
        return int(np.ceil(work / self._conditions.chunk_seconds - 1e-9).sum())

    def _remove(self, gone: NDArray[np.bool_]) -> int:
        if not gone.any():
            return 0
        freed = self._messages(self._all["work"][gone])
        self._all = self._all[~gone]
        return freed
