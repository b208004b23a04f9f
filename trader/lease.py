"""One process at a time writes what a trader leaves, and sends its orders."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from fleet.bucket import Bucket
from fleet.errors import FleetError, UnreadableObjectError
from fleet.traders import leases
from fleet.traders.keys import lease_key
from fleet.traders.leases import LeaseRecord

SECONDS = 120.0  # that a lease is good for, and that the next one waits after a crash

_ATTEMPTS = 5  # to renew, where an earlier attempt of this process arrives late
_LOOKS = 12  # at a lease that somebody else holds, until it is over


class LeaseHeldError(FleetError):
    """Another process trades under this name."""


class LeaseLostError(FleetError):
    """Another process may trade under this name now: this one must write nothing more, and send nothing."""


def awake() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps, where the system has one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # Linux
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def now() -> datetime:
    return datetime.now(UTC)


def process() -> str:
    """A name for this process, for people to know it by."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}"


class Lease:
    """The lease of one trader, while this process has it; of one thread.

    Attributes:
        number: It is the number-th that anybody had.
        holder: The name under which this process has it.
    """

    def __init__(
        self,
        *,
        bucket: Bucket,
        name: str,
        record: LeaseRecord,
        renewed: float,
        elapsed: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self.number, self.holder = record.number, record.holder
        self._bucket, self._name, self._seconds = bucket, name, record.seconds
        self._renewed, self._elapsed, self._now = renewed, elapsed, now

    @classmethod
    def take(
        cls,
        bucket: Bucket,
        name: str,
        *,
        holder: str = "",
        seconds: float = SECONDS,
        pause: Callable[[float], object] = time.sleep,
        elapsed: Callable[[], float] = awake,
        now: Callable[[], datetime] = now,
        waiting: Callable[[LeaseRecord], object] = lambda _: None,
    ) -> Self:
        """The lease, after as long as another one is good for that nobody renews any more.

        Args:
            bucket: Where the trader is.
            name: The trader's.
            holder: What people know this process by; host and process number where nothing is given.
            seconds: For which it is good.
            pause: Waits so many seconds; what it raises ends the waiting.
            elapsed: Seconds by a clock that nobody sets.
            now: The time, for people to read.
            waiting: Told whose lease is waited for, once.

        Raises:
            LeaseHeldError: another process has it, and renews it.
            UnreadableObjectError, BucketError
        """
        mine, since = f"{holder or process()}-{secrets.token_hex(4)}", 0.0
        seen: str | None = None  # version of the lease that is waited for
        while True:
            record, version = leases.look(bucket, name)
            if record is not None and record.holder:
                if seen not in (None, version):
                    raise LeaseHeldError(_held(name, record))
                if seen is None:
                    seen, since = version, elapsed()
                    waiting(record)
                left = since + record.seconds - elapsed()
                if left > 0:
                    pause(min(left, record.seconds / _LOOKS))
                    continue
            began = elapsed()
            next = LeaseRecord(
                number=(record.number if record else 0) + 1,
                holder=mine,
                renewal=0,
                seconds=seconds,
                until=_end(now(), seconds),
            )
            if bucket.put_instead(lease_key(name), next.to_json(), version) is not None:
                return cls(bucket=bucket, name=name, record=next, renewed=began, elapsed=elapsed, now=now)
            winner, _ = leases.look(bucket, name)
            if winner is not None and winner.holder:
                raise LeaseHeldError(_held(name, winner))

    def keep(self) -> None:
        """Ask the bucket whether this process still has the lease, and renew it where that is due.

        Whoever goes on at once has two thirds of its seconds until another process can have it.

        Raises:
            LeaseLostError: another one has it, or may have it now.
            BucketError: that cannot be told now.
        """
        record, version = self._mine()
        for _ in range(_ATTEMPTS):
            began = self._elapsed()
            if began - self._renewed < self._seconds / 3:
                return
            next = LeaseRecord(
                number=self.number,
                holder=self.holder,
                renewal=record.renewal + 1,
                seconds=self._seconds,
                until=_end(self._now(), self._seconds),
            )
            if self._bucket.put_instead(lease_key(self._name), next.to_json(), version) is not None:
                self._renewed = began
                return
            record, version = self._mine()
        raise LeaseLostError(f"the lease of {self._name} changes all the time: see who else writes to its folder")

    def give_back(self) -> None:
        """Let the next process have it at once; nothing is done where another one has it.

        Raises:
            BucketError: then it ends by itself.
        """
        try:
            record, version = self._mine()
        except LeaseLostError:
            return
        free = LeaseRecord(
            number=self.number, holder="", renewal=record.renewal + 1, seconds=self._seconds, until=self._now()
        )
        self._bucket.put_instead(lease_key(self._name), free.to_json(), version)

    def _mine(self) -> tuple[LeaseRecord, str]:
        try:
            record, version = leases.look(self._bucket, self._name)
        except UnreadableObjectError as error:
            raise LeaseLostError(str(error)) from error
        if record is None or version is None:
            raise LeaseLostError(f"the lease of {self._name} is gone: start the trader again if nobody else trades")
        if (record.number, record.holder) != (self.number, self.holder):
            other = record.holder or "another process, which has given it back"
            raise LeaseLostError(
                f"the lease of {self._name} went to {other}: this process stops, and leaves all to that"
            )
        return record, version


def _end(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def _held(name: str, record: LeaseRecord) -> str:
    return f"{name} is traded by {record.holder} already: stop that first, or leave it to trade"
