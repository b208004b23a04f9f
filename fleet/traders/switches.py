"""What stops a trader: the kill switch, which people throw, and a halt, which it calls itself.

Both fail towards stopping.  What lies there and cannot be read, an empty object, too, that somebody makes by hand in a
hurry, is a switch that is on.  Neither is deleted, because that would undo what another has written at the same moment:
putting back is writing that it is off, in place of what was read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from fleet.bucket import Bucket
from fleet.errors import FleetError, MessageError, MissingObjectError
from fleet.reasons import in_one_line
from fleet.traders.keys import halt_key, kill_key, lifted_folder, lifted_key
from fleet.traders.settings import require_trader
from fleet.traders.stored import Stored, read

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""When it was thrown, of a switch that does not tell."""


class SwitchedMeanwhileError(FleetError):
    """Somebody has thrown it again since; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Switch(Stored):
    """
    Attributes:
        on: Whether it stops the trader.
        at: When it was thrown, or put back, in UTC.
        reason: Who has thrown it; of a halt, why it halted, with what to do next.
    """

    on: bool
    at: datetime
    reason: str


def killed(bucket: Bucket, name: str | None) -> Switch | None:
    """The kill switch of one trader, or of all, where it is on.

    Raises:
        BucketError
    """
    return _look(bucket, kill_key(name))[0]


def halted(bucket: Bucket, name: str) -> Switch | None:
    """Why a trader does not trade, where it has halted.

    Raises:
        BucketError
    """
    return _look(bucket, halt_key(name))[0]


def kill(bucket: Bucket, name: str | None, by: str) -> None:
    """Throw the kill switch of one trader, or of all: open orders are cancelled, no more are sent, positions stay.

    Raises:
        NoSuchTraderError, BucketError
    """
    _require(bucket, name)
    bucket.put(kill_key(name), Switch(on=True, at=datetime.now(UTC), reason=by).to_json())


def release(bucket: Bucket, name: str | None) -> bool:
    """Put the kill switch back; whether it was on.

    Raises:
        NoSuchTraderError, BucketError
        SwitchedMeanwhileError: somebody has thrown it again at the same moment.
    """
    _require(bucket, name)
    key = kill_key(name)
    there, version = _look(bucket, key)
    if there is not None:
        _put_back(bucket, key, there, version)
    return there is not None


def halt(bucket: Bucket, name: str, reason: str, at: datetime) -> None:
    """Where the trader has halted already, the first reason stays.

    Raises:
        BucketError
    """
    key = halt_key(name)
    while True:
        there, version = _look(bucket, key)
        if there is not None:
            return
        if bucket.put_instead(key, Switch(on=True, at=at, reason=reason).to_json(), version) is not None:
            return


def lift(bucket: Bucket, name: str, at: datetime | None = None) -> bool:
    """Lift a halt, which is kept among those that were; whether there was one.

    Args:
        bucket, name: Of the trader.
        at: When the one was called that a person has looked at; None lifts whichever there is.

    Raises:
        NoSuchTraderError, BucketError
        SwitchedMeanwhileError: it has halted again since, or at the same moment.
    """
    _require(bucket, name)
    key = halt_key(name)
    there, version = _look(bucket, key)
    if there is not None:
        if at not in (None, there.at):
            raise SwitchedMeanwhileError(f"the trader {name} has halted again since: look why, then lift that")
        bucket.put_new(lifted_key(name, there.at), there.to_json())
        _put_back(bucket, key, there, version)
    return there is not None


def lifted(bucket: Bucket, name: str) -> set[str]:
    """Why a trader halted before, as far as somebody has lifted it.

    Raises:
        BucketError
    """
    found = (read_switch(entry.key, bucket.get(entry.key)) for entry in bucket.list(lifted_folder(name)))
    return {switch.reason for switch in found if switch}


def _require(bucket: Bucket, name: str | None) -> None:
    if name is not None:
        require_trader(bucket, name)


def _put_back(bucket: Bucket, key: str, there: Switch, version: str | None) -> None:
    off = Switch(on=False, at=datetime.now(UTC), reason=there.reason)
    if bucket.put_instead(key, off.to_json(), version) is None:
        raise SwitchedMeanwhileError(f"{key} was written anew meanwhile: look what it says, then try again")


def _look(bucket: Bucket, key: str) -> tuple[Switch | None, str | None]:
    """What it says where it is on, and its version."""
    try:
        content, version = bucket.get_versioned(key)
    except MissingObjectError:
        return None, None
    return read_switch(key, content), version


def read_switch(key: str, content: bytes) -> Switch | None:
    """What lies there; None where it is off."""
    try:
        switch = read(content, Switch)
    except MessageError as error:
        return Switch(on=True, at=UNKNOWN, reason=in_one_line(f"there is something in {key} that is not ours: {error}"))
    return switch if switch.on else None
