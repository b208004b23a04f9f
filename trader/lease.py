"""One process at a time writes what a trader leaves, and sends its orders.

No clock of one machine is compared with that of another.  Who holds the lease writes it anew before it is over; who
wants it watches for as long as it is good, by a clock of its own, and takes it where nothing was written meanwhile.
What that can promise, and what it cannot, is said in ``docs/decisions/0084-a-lease-and-switches-in-the-bucket.md``.
"""

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

from fleet.bucket import Bucket
from fleet.errors import BucketError, FleetError, UnreadableObjectError
from fleet.traders import leases
from fleet.traders.keys import lease_key
from fleet.traders.leases import LeaseRecord
from trader.clocks import awake, utc_now

SECONDS = 120.0  # that a lease is good for, and that the next one waits for after a crash

_ATTEMPTS = 5  # to renew it
_LOOKS = 12  # at a lease that somebody else holds, until it is over


class LeaseHeldError(FleetError):
    """Another process trades under this name."""


class LeaseLostError(FleetError):
    """Another process may trade under this name now: this one must write nothing more, and send nothing."""


def this_process() -> str:
    """Host and process number."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}"


class Lease:
    """The lease of one trader, while this process has it; for one thread.

    Attributes:
        number: It is the number-th that anybody had.
        holder: The name under which this process has it, which no other has.
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
        now: Callable[[], datetime] = utc_now,
        waiting: Callable[[LeaseRecord], object] = lambda _: None,
    ) -> Self:
        """The lease; after as long as it is good for where a process holds it that renews it no more.

        Args:
            bucket: Where the trader is.
            name: The trader's.
            holder: What people know this process by; host and process number where nothing is given.
            seconds: For which it is to be good.
            pause: Waits so many seconds; what it raises ends the waiting.
            elapsed: Seconds by a clock that nobody sets.
            now: The time, for people to read.
            waiting: Told which lease is waited for, once.

        Raises:
            LeaseHeldError: another process has it, and renews it.
            UnreadableObjectError, BucketError
        """
        holder = f"{holder or this_process()}-{secrets.token_hex(4)}"
        there, version = leases.look(bucket, name)
        if there and there.holder:
            waiting(there)
            there, version = _watch(bucket, name, there, version, pause=pause, elapsed=elapsed)
        renewed = elapsed()
        mine = LeaseRecord(
            number=there.number + 1 if there else 1,
            holder=holder,
            renewal=0,
            seconds=seconds,
            until=now() + timedelta(seconds=seconds),
        )
        if bucket.put_instead(lease_key(name), mine.to_json(), version) is None:
            raise _held(name, leases.look(bucket, name)[0])
        return cls(bucket=bucket, name=name, record=mine, renewed=renewed, elapsed=elapsed, now=now)

    def keep(self) -> None:
        """Ask the bucket whether this process still has the lease, and renew it where a third of it is over.

        Whoever goes on at once has two thirds of it until another process can have it.

        Raises:
            LeaseLostError: another one has it, or may have it now.
            BucketError: that cannot be told now.
        """
        there, version = self._mine()
        for _ in range(_ATTEMPTS):
            asked = self._elapsed()
            if asked - self._renewed < self._seconds / 3:
                return
            until = self._now() + timedelta(seconds=self._seconds)
            renewed = replace(there, renewal=there.renewal + 1, until=until)
            new = self._bucket.put_instead(lease_key(self._name), renewed.to_json(), version)
            if new is not None:
                self._renewed, there, version = asked, renewed, new
            else:  # another one has it, or an earlier request of this process has arrived only now
                there, version = self._mine()
        raise BucketError(
            f"the bucket {self._bucket.name} takes too long to keep a lease of {self._seconds:g} seconds, or somebody "
            f"else writes {lease_key(self._name)}"
        )

    def give_back(self) -> None:
        """Let another process have it at once; nothing is done where one has it already.

        Raises:
            BucketError: it may still be this process's, until it is over.
        """
        try:
            there, version = self._mine()
        except LeaseLostError:
            return
        free = replace(there, holder="", renewal=there.renewal + 1, until=self._now())
        self._bucket.put_instead(lease_key(self._name), free.to_json(), version)

    def _mine(self) -> tuple[LeaseRecord, str]:
        try:
            there, version = leases.look(self._bucket, self._name)
        except UnreadableObjectError as error:
            raise LeaseLostError(str(error)) from error
        if there is None or version is None:
            raise LeaseLostError(f"the lease of {self._name} is gone: start it again once nobody else trades for it")
        if (there.number, there.holder) != (self.number, self.holder):
            to = there.holder or "another process, which has given it back"
            raise LeaseLostError(
                f"the lease of {self._name} went to {to}: this process stops, and leaves all to others"
            )
        return there, version


def _watch(
    bucket: Bucket,
    name: str,
    there: LeaseRecord,
    version: str | None,
    *,
    pause: Callable[[float], object],
    elapsed: Callable[[], float],
) -> tuple[LeaseRecord | None, str | None]:
    """What may be replaced, once it is over or was given back.

    Raises:
        LeaseHeldError: it was renewed, or went to another one.
    """
    since = elapsed()
    while (left := since + there.seconds - elapsed()) > 0:
        pause(min(left, there.seconds / _LOOKS))
        later, later_version = leases.look(bucket, name)
        if later is None or not later.holder:
            return later, later_version
        if later_version != version:
            raise _held(name, later)
    return there, version


def _held(name: str, there: LeaseRecord | None) -> LeaseHeldError:
    holder = there.holder if there and there.holder else "another process"
    return LeaseHeldError(f"{holder} trades for {name} already: stop that one first, or leave it to trade")
