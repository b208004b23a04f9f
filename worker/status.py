"""What a worker is doing, as a value that each event changes: what ``spotmc worker status`` shows."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from fleet.events import Event
from worker.events import Begun, Claimed, Failed, LeaseLost, Noticed, Progressed, Settled, Started, Stored, Troubled

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class InHand:
    """A shard that is being simulated or, when all of its paths are, stored; until its message is settled.

    Attributes:
        job: Id of its job.
        first, stop: Its range of paths.
        path_days: All of it.
        began: When its simulation began; seconds since 1970, like all times here.
        done: How many of its paths are simulated.
        progressed: When that was last heard.
    """

    job: str
    first: int
    stop: int
    path_days: int
    began: float
    done: int = 0
    progressed: float

    @property
    def fraction(self) -> float:
        """How much of it is simulated."""
        return self.done / (self.stop - self.first)

    @property
    def rate(self) -> float | None:
        """Path-days per second; None where that cannot be told yet."""
        seconds = self.progressed - self.began
        return self.path_days * self.fraction / seconds if seconds > 0 else None


@dataclass(frozen=True, kw_only=True)
class Status:
    """What a worker is doing and has done.

    Attributes:
        since: When it was started.
        worker, queue, version, engine, instance, lease_seconds: As in ``Started``.
        claimed: When each message that it holds was received.
        in_hand: The shards among these that have begun, by message.
        shards, path_days, seconds: What it has stored, and the time spent computing it.
        failures: How often a message failed.
        last_error: Empty if there was none.
        last_error_at: When.
        notice: Why it is to go; empty while it is not.
        deadline: When it must be gone; None where there is no deadline.
    """

    since: float
    worker: str = ""
    queue: str = ""
    version: str = ""
    engine: str = ""
    instance: str = ""
    lease_seconds: int = 0
    claimed: Mapping[str, float] = field(default_factory=dict)
    in_hand: Mapping[str, InHand] = field(default_factory=dict)
    shards: int = 0
    path_days: int = 0
    seconds: float = 0
    failures: int = 0
    last_error: str = ""
    last_error_at: float | None = None
    notice: str = ""
    deadline: float | None = None

    @property
    def rate(self) -> float | None:
        """Path-days per second of computing, over all that was stored; None before the first shard."""
        return self.path_days / self.seconds if self.seconds > 0 else None


def after(status: Status, event: Event, now: float) -> Status:
    """The status when the event has happened."""
    match event:
        case Started():
            return replace(
                status,
                worker=event.worker,
                queue=event.queue,
                version=event.version,
                engine=event.engine,
                instance=event.instance,
                lease_seconds=event.lease_seconds,
            )
        case Claimed():
            return replace(status, claimed={**status.claimed, event.message: now})
        case Begun(job=job, first=first, stop=stop, path_days=path_days):
            begun = InHand(job=job, first=first, stop=stop, path_days=path_days, began=now, progressed=now)
            return replace(status, in_hand={**status.in_hand, event.message: begun})
        case Progressed() if event.message in status.in_hand:
            shard = replace(status.in_hand[event.message], done=event.done, progressed=now)
            return replace(status, in_hand={**status.in_hand, event.message: shard})
        case Stored():
            return replace(
                status,
                shards=status.shards + 1,
                path_days=status.path_days + event.path_days,
                seconds=status.seconds + event.seconds,
            )
        case Failed():
            return replace(status, failures=status.failures + 1, last_error=event.reason, last_error_at=now)
        case Troubled() | LeaseLost():
            return replace(status, last_error=event.reason, last_error_at=now)
        case Noticed(reason=reason, seconds_left=left):
            return replace(status, notice=reason, deadline=None if left is None else now + left)
        case Settled():
            return replace(
                status,
                claimed=_without(status.claimed, event.message),
                in_hand=_without(status.in_hand, event.message),
            )
    return status


def to_json(status: Status) -> str:
    return json.dumps(asdict(status))


def from_json(text: str) -> Status:
    """
    Raises:
        ValueError: it is not a status, or one of another version.
    """
    try:
        fields: dict[str, Any] = json.loads(text)
        in_hand = {message: InHand(**shard) for message, shard in fields["in_hand"].items()}
        return Status(**{**fields, "in_hand": in_hand})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a status that this version can read: {error}") from error


def _without(mapping: Mapping[str, T], key: str) -> Mapping[str, T]:
    return {each: value for each, value in mapping.items() if each != key}
