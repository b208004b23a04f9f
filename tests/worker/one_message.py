"""One message after the other, for tests of what becomes of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.queue import BATCH, Message, Queue
from fleet.tree import Range
from worker import events
from worker.doing import Doer, Verdict
from worker.events import Event
from worker.lease import Lease

Claim = Callable[[], AbstractContextManager[Lease]]


def do_next(doer: Doer, claim: Claim) -> Verdict:
    with claim() as lease:
        return doer.do(lease)


def do_all(doer: Doer, queue: Queue, claim: Claim) -> None:
    """And delete what is to be deleted."""
    while not queue.depth().empty:
        with claim() as lease:
            assert doer.do(lease) is Verdict.DELETE
        queue.delete(lease.message)


def dead(dead_letters: Queue) -> list[Message]:
    return dead_letters.receive(wait_seconds=1, visibility_seconds=300, at_most=BATCH)


def forget(bucket: Bucket, job: Job, *sittings: Range) -> None:
    """That the job is complete, and that these sittings are done."""
    for entry in bucket.list(keys.folder(job.id) + keys.TALLIES):
        shard = keys.range_of(entry.key)
        if shard in sittings or not job.tree.is_leaf(shard):
            bucket.delete(entry.key)
    bucket.delete(keys.summary_key(job.id))


def kinds(heard: list[Event]) -> list[type[Event]]:
    return [type(event) for event in heard if not isinstance(event, events.Progressed)]
