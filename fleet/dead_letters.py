"""The dead-letter queue: what no worker could do, with the reason, until a person has looked at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from fleet import failures
from fleet.bucket import Bucket
from fleet.errors import MessageError
from fleet.message import Shard
from fleet.queue import BATCH, LARGEST, MOST_ATTRIBUTES, Attributes, Message, Queue

REASON, WORKER, FAILED_AT = OURS = ("reason", "worker", "failed_at")
REASON_AT_MOST = 1000  # characters

_LOOK_SECONDS = 60  # that a dead letter is hidden from others who look


@dataclass(frozen=True)
class DeadLetter:
    """A message that no worker could do.

    Attributes:
        message: In hand; it comes back by itself when it is neither redriven nor put back.
        shard: What it asks for; None where that cannot be understood.
        reason: Why it is here; empty where SQS moved it after MAX_RECEIVE_COUNT deliveries, because its workers ended.
        worker: Who gave it up.
        failed_at: When, as ISO 8601.
    """

    message: Message
    shard: Shard | None
    reason: str
    worker: str
    failed_at: str


def bury(dead: Queue, message: Message, reason: str, worker: str) -> None:
    """Send a message to the dead-letter queue with the reason; whoever has it in hand then deletes the original.

    Raises:
        QueueError
    """
    ours: Attributes = {
        REASON: _readable(reason)[:REASON_AT_MOST] or "none given",
        WORKER: worker,
        FAILED_AT: datetime.now(UTC).isoformat(timespec="seconds"),
    }
    room = MOST_ATTRIBUTES - len(ours)
    kept = {**dict(islice(((k, v) for k, v in message.attributes.items() if k not in ours and v != ""), room)), **ours}
    size = len(message.body.encode()) + sum(len(f"{name}String{value}".encode()) for name, value in kept.items())
    dead.send(message.body, kept if size <= LARGEST else {})


def look(dead: Queue) -> Iterator[DeadLetter]:
    """All dead letters, each in hand.

    Raises:
        QueueError
    """
    seen: set[str] = set()
    while messages := dead.receive(wait_seconds=1, visibility_seconds=_LOOK_SECONDS, at_most=BATCH):
        for message in messages:
            if message.id not in seen:  # a long look meets the first again
                yield _read(message)
        if seen.issuperset(message.id for message in messages):
            return
        seen.update(message.id for message in messages)


def put_back(dead: Queue, letter: DeadLetter) -> None:
    """Let others see it again at once.

    Raises:
        QueueError
    """
    dead.release(letter.message)


def redrive(letter: DeadLetter, dead: Queue, queue: Queue, bucket: Bucket) -> None:
    """Send a dead letter to the work queue again, with a new account of failures.

    Raises:
        BucketError, QueueError: it may be in both queues; this can be repeated.
    """
    if letter.shard is not None:
        failures.forget(bucket, letter.shard)
    attributes = {name: value for name, value in letter.message.attributes.items() if name not in OURS}
    queue.send(letter.message.body, attributes)
    dead.delete(letter.message)


def _read(message: Message) -> DeadLetter:
    try:
        shard = Shard.from_body(message.body)
    except MessageError:
        shard = None
    reason, worker, failed_at = (str(message.attributes.get(name, "")) for name in OURS)
    return DeadLetter(message, shard, reason, worker, failed_at)


def _readable(text: str) -> str:
    """Without the characters that SQS refuses."""
    return "".join(each if each.isprintable() or each in "\t\n" else "?" for each in text)
