"""Processes on machines whose clocks differ, one bucket, and a time that passes only where somebody waits.

Each process is a thread, of which one runs at a time; which one, and for how long requests and pauses take, a seed
decides.  So what took hours takes a moment, and can be repeated.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from fleet.bucket import Bucket
from fleet.errors import BucketError
from fleet.memory_bucket import MemoryBucket

T = TypeVar("T")

START = datetime(2026, 1, 5, tzinfo=UTC)


class Ended(BaseException):
    """Raised in processes that still run when the time is over, or that are killed."""


class World:
    """
    Attributes:
        now: Seconds since it began.
        choose: Decides all that is left to chance.
        store: What the bucket holds.
    """

    def __init__(self, seed: int) -> None:
        self.now, self.choose, self.store = 0.0, Random(seed), MemoryBucket()
        self._number = itertools.count()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._over = False
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._number), do))

    def start(self, process: "Process", body: Callable[["Process"], object]) -> None:
        """A process that begins at once."""

        def live() -> None:
            process.turn.acquire()
            try:
                if not self._over:
                    body(process)
            except Ended:
                pass
            except BaseException as error:  # noqa: BLE001, it is raised once the others have ended
                self._errors.append(error)
            process.gave_up_turn.release()

        thread = threading.Thread(target=live, daemon=True)
        self._threads.append(thread)
        thread.start()
        self.later(0, process.run)

    def run(self, seconds: float) -> None:
        """All that happens until then, and the end of all processes."""
        while self._due and self._due[0][0] <= seconds and not self._errors:
            self.now, _, do = heapq.heappop(self._due)
            do()
        self._over = True
        while self._due:
            _, _, do = heapq.heappop(self._due)
            do()
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    @property
    def over(self) -> bool:
        return self._over


class Process:
    """
    Args:
        world: Where it runs.
        paused: Chance that it is stopped for minutes whenever it waits, as by SIGSTOP or a lid that is closed.

    Attributes:
        name: Its own.
        bucket: The way from here to the bucket.
        pauses: How often it was stopped.
    """

    def __init__(self, world: World, name: str, *, paused: float = 0.0) -> None:
        self.world, self.name, self.pauses = world, name, 0
        self.turn, self.gave_up_turn = threading.Semaphore(0), threading.Semaphore(0)
        self.bucket: Bucket = BucketFromHere(self)
        self._paused = paused
        self._rate, self._offset = world.choose.uniform(0.999, 1.001), world.choose.uniform(0, 1e6)
        self._wrong = timedelta(hours=world.choose.uniform(-30, 30))

    def run(self) -> None:
        """Until it waits, or ends."""
        self.turn.release()
        self.gave_up_turn.acquire()

    def wait(self, seconds: float) -> None:
        if self.world.choose.random() < self._paused:
            self.pauses += 1
            seconds += self.world.choose.uniform(0, 400)
        self.world.later(seconds, self.run)
        self.gave_up_turn.release()
        self.turn.acquire()
        if self.world.over:
            raise Ended

    def elapsed(self) -> float:
        """By its clock that nobody sets, which is a little fast or slow."""
        return self._offset + self.world.now * self._rate

    def clock(self) -> datetime:
        """By its clock on the wall, which is wrong by hours."""
        return START + timedelta(seconds=self.world.now) + self._wrong


class BucketFromHere(MemoryBucket):
    """Requests take their time on both ways; some answers are lost, and some requests arrive when nobody waits."""

    def __init__(self, process: Process, lost: float = 0.02, late: float = 0.02) -> None:
        super().__init__()
        self._process, self._held, self._lost, self._late = process, process.world.store, lost, late

    def put_new(self, key: str, content: bytes) -> bool:
        return self._request(lambda: self._held.put_new(key, content))

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        return self._request(lambda: self._held.put_instead(key, content, version))

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        return self._request(lambda: self._held.get_versioned(key))

    def _request(self, do: Callable[[], T]) -> T:
        choose = self._process.world.choose
        if choose.random() < self._late:
            self._process.world.later(choose.uniform(0, 300), do)
            self._process.wait(choose.uniform(1, 20))
            raise BucketError("no answer")
        self._process.wait(choose.expovariate(20))
        try:
            return do()
        finally:  # the answer, or that there is no such object, is on its way
            self._process.wait(choose.expovariate(20))
            if choose.random() < self._lost:
                raise BucketError("no answer")
