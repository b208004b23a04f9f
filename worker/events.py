"""What happens to a worker, as values: the loop tells them, and logs, metrics and the status file each listen."""

import logging
from dataclasses import dataclass
from typing import ClassVar

from fleet.events import Event


@dataclass(frozen=True, kw_only=True)
class Started(Event):
    """The worker is ready to claim.

    Attributes:
        worker: Its name.
        queue: URL of the queue it takes work from.
        version: Of the program.
        engine: Version of the engine.
        instance: Its EC2 instance id, or the host's name.
        lease_seconds: How long a message stays hidden from others after a sign of life.
    """

    worker: str
    queue: str
    version: str
    engine: str
    instance: str
    lease_seconds: int


@dataclass(frozen=True, kw_only=True)
class Claimed(Event):
    """A message was received; it says nothing yet about what is in it.

    Attributes:
        message: Its id.
        delivery: How often SQS delivered it, this time included.
    """

    message: str
    delivery: int


@dataclass(frozen=True, kw_only=True)
class ShardEvent(Event):
    """Something happened to a shard.

    Attributes:
        message: Id of the message that carries it.
        job: Id of its job.
        first, stop: Its range of paths.
    """

    message: str
    job: str
    first: int
    stop: int


@dataclass(frozen=True, kw_only=True)
class Split(ShardEvent):
    """The shard is larger than a chunk: its children are on the queue."""

    children: int


@dataclass(frozen=True, kw_only=True)
class Begun(ShardEvent):
    """Its simulation began; ``path_days`` is all of it."""

    path_days: int


@dataclass(frozen=True, kw_only=True)
class Progressed(ShardEvent):
    """So many of its paths are simulated; told several times a second."""

    level: ClassVar[int] = logging.DEBUG

    done: int


@dataclass(frozen=True, kw_only=True)
class Stored(ShardEvent):
    """Its part is in the bucket, after so many seconds of computing."""

    path_days: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Completed(ShardEvent):
    """It was the last of its job: the summary is in the bucket."""


@dataclass(frozen=True, kw_only=True)
class RoundEnded(ShardEvent):
    """It was the last of a round, and the job is not precise enough yet: the first shards of the next are queued."""

    children: int


@dataclass(frozen=True, kw_only=True)
class Skipped(ShardEvent):
    """There was nothing to do for it, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class HandedBack(ShardEvent):
    """Another worker may have it at once, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class LeftToOthers(ShardEvent):
    """This worker cannot do it, and another may have it after a while; no failure of anybody."""

    level: ClassVar[int] = logging.WARNING

    reason: str


@dataclass(frozen=True, kw_only=True)
class LeaseLost(ShardEvent):
    """SQS refused to keep the message hidden, so somebody else may have it; unfinished work on it is dropped."""

    level: ClassVar[int] = logging.WARNING

    reason: str


@dataclass(frozen=True, kw_only=True)
class Failed(Event):
    """A message could not be done.

    Attributes:
        message: Its id.
        job: Id of its job; empty where the message does not tell.
        reason: For a person.
        failures: How often it failed so far, by the workers' own account.
        dead: Whether it went to the dead-letter queue.
    """

    level: ClassVar[int] = logging.ERROR

    message: str
    job: str
    reason: str
    failures: int
    dead: bool


@dataclass(frozen=True, kw_only=True)
class Settled(Event):
    """The worker is rid of a message: it was deleted, handed back, lost or sent to the dead-letter queue."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Troubled(Event):
    """The queue or the bucket does not answer as it should; the worker tries again after a pause."""

    level: ClassVar[int] = logging.WARNING

    reason: str
    pause_seconds: float


@dataclass(frozen=True, kw_only=True)
class Noticed(Event):
    """The worker was told to go; ``seconds_left`` is None where there is no deadline."""

    level: ClassVar[int] = logging.WARNING

    reason: str
    seconds_left: float | None


@dataclass(frozen=True, kw_only=True)
class Left(Event):
    """The worker ends, and why."""

    reason: str
