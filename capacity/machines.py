"""The machines of a simulation: they boot or fail to, take chunks, leave when idle, and are taken away."""

from math import log1p

import numpy as np
from numpy.typing import NDArray

from capacity.assumptions import Assumptions
from capacity.backlog import Backlog

STEP = 5  # seconds
SPLIT_SECONDS = 0.1  # for a worker to replace a shard by its children
POLL_SECONDS = 20  # an idle worker asks again after so long
MUTE_SECONDS = 15 * 60  # a machine without a network switches itself off after so long
FAILS, MUTE = 1, 2  # fates

MACHINE = np.dtype(
    [
        ("launched_at", float),
        ("fate", int),  # 0 for a boot that succeeds
        ("booted", bool),
        ("ready_at", float),  # when the boot ends, one way or the other
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
        received: How many messages they have received.
        failed: How many boots have failed and said so.
        busy_ended: How many were ended while they worked because the target had fallen.
    """

    def __init__(self, assumptions: Assumptions, idle_seconds: float) -> None:
        self._conditions, self._idle_seconds = assumptions, idle_seconds
        self._random = np.random.default_rng(assumptions.seed)
        self._all = np.empty(0, MACHINE)
        # Before then nobody is taken away, has booted or leaves, as in most steps.
        self._next_taken = self._next_booted = self._next_leaves = np.inf
        self.launched = self.interruptions = self.left = self.busy_ended = self.received = self.failed = 0

    def __len__(self) -> int:
        return len(self._all)

    @property
    def busy(self) -> int:
        return int(np.count_nonzero(self._all["work"]))

    @property
    def in_flight(self) -> int:
        """Messages in hand."""
        return self._messages(self._all["work"])

    def empty_receives(self, now: float) -> int:
        """How often idle workers have asked in vain in the last minute, about."""
        asking = (self._all["ready_at"] <= now) & (self._all["work"] == 0) & (self._all["fate"] == 0)
        return int(np.count_nonzero(asking)) * (60 // POLL_SECONDS)

    def there(self, now: float, seconds: float) -> int:
        """Those that were launched at least so long ago."""
        return int(np.count_nonzero(self._all["launched_at"] <= now - seconds))

    def launch(self, number: int, now: float) -> None:
        """So many more are started."""
        if number <= 0:
            return
        boots = self._conditions.boot_seconds * self._random.uniform(0.75, 1.5, number)
        rate = -log1p(-self._conditions.taken_in_an_hour) / 3600
        lives = self._random.exponential(1 / rate, number) if rate else np.full(number, np.inf)
        new = np.zeros(number, MACHINE)
        fate = self._random.random(number)
        new["fate"][fate < self._conditions.failing + self._conditions.silent] = MUTE
        new["fate"][fate < self._conditions.failing] = FAILS
        new["launched_at"] = now
        new["ready_at"] = np.where(new["fate"] == MUTE, now + MUTE_SECONDS, now + boots)
        new["idle_since"] = np.where(new["fate"] == MUTE, np.inf, new["ready_at"])
        new["taken_at"] = now + lives
        self._all = np.append(self._all, new)
        self._next_taken = min(self._next_taken, new["taken_at"].min())
        self._next_booted = min(self._next_booted, new["ready_at"].min())
        self._next_leaves = min(self._next_leaves, now + self._idle_seconds)
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
        if now < self._next_taken:
            return 0
        taken = self._all["taken_at"] <= now
        self.interruptions += int(np.count_nonzero(taken))
        freed = self._remove(taken)
        self._next_taken = self._all["taken_at"].min(initial=np.inf)
        return freed

    def boot(self, now: float) -> tuple[int, int]:
        """How many boots have just succeeded, and how many failed and said so; what failed is switched off."""
        if now < self._next_booted:
            return 0, 0
        ready = (self._all["ready_at"] <= now) & ~self._all["booted"]
        succeeded, failed = ready & (self._all["fate"] == 0), ready & (self._all["fate"] == FAILS)
        counts = int(np.count_nonzero(succeeded)), int(np.count_nonzero(failed))
        self._all["booted"] |= succeeded
        self.failed += counts[1]
        self._remove(ready & (self._all["fate"] != 0))
        self._next_booted = self._all["ready_at"][~self._all["booted"]].min(initial=np.inf)
        return counts

    def leave(self, now: float) -> int:
        """How many workers have been idle for long enough; they leave."""
        if now < self._next_leaves:
            return 0
        idle = (self._all["work"] == 0) & (now - self._all["idle_since"] >= self._idle_seconds)
        number = int(np.count_nonzero(idle))
        self.left += number
        self._remove(idle)
        # Nobody is idle since earlier than now; a second for what is rounded.
        self._next_leaves = self._all["idle_since"].min(initial=np.inf) + self._idle_seconds - 1
        return number

    def claim(self, now: float, backlog: Backlog) -> None:
        """Workers take what they do in this step, and one chunk for later."""
        if not backlog.messages:
            return
        chunk = self._conditions.chunk_seconds
        room = np.ceil((STEP + chunk - self._all["work"]) / chunk)
        room[(self._all["ready_at"] > now) | (self._all["fate"] != 0)] = 0
        self.received += backlog.split(int(np.count_nonzero(room > 0) * STEP / SPLIT_SECONDS))
        turn = 1  # each takes one message at a time
        while backlog.chunks and len(takers := np.flatnonzero(room >= turn)):
            if len(takers) > backlog.chunks:
                takers = self._random.permutation(takers)[: backlog.chunks]
            self._all["work"][takers] += chunk
            backlog.take(len(takers))
            self.received += len(takers)
            turn += 1

    def work(self, now: float) -> None:
        """A step passes."""
        work = self._all["work"]
        np.maximum(work - STEP, 0, out=work)
        self._all["idle_since"][work > 0] = now + STEP

    def _messages(self, work: NDArray[np.float64]) -> int:
        # Adding and taking away seconds leaves errors in the last digits, which are no message.
        return int(np.ceil(work / self._conditions.chunk_seconds - 1e-9).sum())

    def _remove(self, gone: NDArray[np.bool_]) -> int:
        if not gone.any():
            return 0
        freed = self._messages(self._all["work"][gone])
        self._all = self._all[~gone]
        return freed
