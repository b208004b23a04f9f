"""One message after the other, for tests of what becomes of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from fleet import keys
from fleet.bucket import Bucket
from fleet.events import Event
from fleet.job import Job
from fleet.queue import BATCH, Message, Queue
from fleet.tree import Range
from worker import events
from worker.handler import Disposition, MessageHandler
from worker.lease import Lease

Claim = Callable[[], AbstractContextManager[Lease]]


def do_next(handler: MessageHandler, claim: Claim) -> Disposition:
    with claim() as lease:
        return handler.do(lease)


def do_all(handler: MessageHandler, queue: Queue, claim: Claim) -> None:
    """And delete what is to be deleted."""
    while not queue.depth().empty:
        with claim() as lease:
            assert handler.do(lease) is Disposition.ACK
        queue.delete(lease.message)


def dead(dead_letters: Queue) -> list[Message]:
    return dead_letters.receive(wait_seconds=1, visibility_seconds=300, at_most=BATCH)


def forget(bucket: Bucket, job: Job, *chunks: Range) -> None:
    """That the job is complete, and that these chunks are done."""
    for entry in bucket.list(keys.folder(job.id) + keys.TALLIES):
        shard = keys.range_of(entry.key)
        if shard in chunks or not job.tree.is_leaf(shard):
            bucket.delete(entry.key)
    bucket.delete(keys.summary_key(job.id))


def kinds(emitted: list[Event]) -> list[type[Event]]:
    return [type(event) for event in emitted if not isinstance(event, events.Progressed)]
