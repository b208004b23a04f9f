"""What becomes of a message, on a real queue and a real bucket."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.events import Event
from fleet.job import Job
from fleet.message import Shard
from fleet.progress import cancel, status
from fleet.queue import Queue
from fleet.tree import Range
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.worker.one_message import Claim, do_all, do_next, forget, kinds
from worker import events
from worker.cancellation import LOOK_SECONDS
from worker.handler import LAST_FRACTION, Disposition, MessageHandler
from worker.shutdown import Shutdown, ShutdownDeadline

Submit = Callable[[Job], None]
Results = Callable[[Bucket, Job], dict[str, bytes]]
Eventually = Callable[..., None]


def test_a_chunk_is_simulated_and_stored_and_the_last_one_completes_the_job(
    *, job: Job, submit_job: Submit, handler: MessageHandler, claim: Claim, emitted: list[Event], bucket: Bucket
) -> None:
    submit_job(job)
    assert do_next(handler, claim) is Disposition.ACK
    assert kinds(emitted) == [events.Claimed, events.Begun, events.Stored, events.Completed]
    assert emitted[-1] == events.Completed(message=emitted[0].message, job=job.id, first=0, stop=500)  # type: ignore[attr-defined]
    assert status(bucket, job.id).state == "complete"


def test_a_larger_shard_is_replaced_by_its_children(
    *,
    four_chunks: Job,
    handler: MessageHandler,
    claim: Claim,
    emitted: list[Event],
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
) -> None:
    """A submission sends the first level, so the root is sent by hand."""
    submit_job(four_chunks)
    do_all(handler, queue, claim)
    emitted.clear()
    forget(bucket, four_chunks, *four_chunks.tree.leaves())

    queue.send(Shard(four_chunks.id, four_chunks.tree.root).to_body(), {})
    with claim() as lease:
        assert handler.do(lease) is Disposition.ACK
    assert kinds(emitted) == [events.Claimed, events.Split]
    queue.delete(lease.message)
    assert queue.depth().visible == 4
    do_all(handler, queue, claim)
    assert status(bucket, four_chunks.id).state == "complete"


def test_what_is_stored_is_not_computed_again_but_what_follows_from_it_is_seen_to(
    *,
    four_chunks: Job,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    emitted: list[Event],
    bucket: Bucket,
    results: Results,
) -> None:
    """A worker may vanish between storing the last part and storing the summary."""
    submit_job(four_chunks)
    do_all(handler, queue, claim)
    before = results(bucket, four_chunks)
    forget(bucket, four_chunks)
    emitted.clear()
    queue.send(Shard(four_chunks.id, Range(0, BLOCK_PATHS)).to_body(), {})
    do_all(handler, queue, claim)
    assert kinds(emitted) == [events.Claimed, events.Skipped, events.Completed]
    assert results(bucket, four_chunks) == before


def test_rows_without_their_tally_do_not_count_as_done(
    *,
    four_chunks: Job,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    bucket: Bucket,
    results: Results,
) -> None:
    """A worker may vanish between the two."""
    submit_job(four_chunks)
    do_all(handler, queue, claim)
    before = results(bucket, four_chunks)
    first = Range(0, BLOCK_PATHS)
    bucket.put(f"jobs/{four_chunks.id}/paths/{first}.csv", b"half a fi")
    forget(bucket, four_chunks, first)
    submit_job(four_chunks)
    do_all(handler, queue, claim)
    assert results(bucket, four_chunks) == before


def test_nothing_is_done_for_a_cancelled_job_until_it_is_submitted_again(
    *,
    job: Job,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    bucket: Bucket,
    results: Results,
) -> None:
    submit_job(job)
    cancel(bucket, job.id)
    do_all(handler, queue, claim)
    assert results(bucket, job) == {}
    submit_job(job)
    do_all(handler, queue, claim)
    assert status(bucket, job.id).state == "complete"


def in_background(handler: MessageHandler, claim: Claim) -> tuple[threading.Thread, list[Disposition]]:
    verdicts: list[Disposition] = []
    thread = threading.Thread(target=lambda: verdicts.append(do_next(handler, claim)), daemon=True)
    thread.start()
    return thread, verdicts


def test_a_running_shard_stops_within_seconds_when_its_job_is_cancelled(
    *,
    endless: Job,
    submit_job: Submit,
    handler: MessageHandler,
    claim: Claim,
    emitted: list[Event],
    bucket: Bucket,
    results: Results,
    eventually: Eventually,
) -> None:
    submit_job(endless)
    thread, verdicts = in_background(handler, claim)
    eventually(lambda: events.Begun in kinds(emitted))
    cancel(bucket, endless.id)
    thread.join(LOOK_SECONDS + 10)
    assert verdicts == [Disposition.ACK]
    assert kinds(emitted)[-1] is events.Skipped
    assert results(bucket, endless) == {}


def test_a_shard_that_would_not_be_done_in_time_is_handed_back_at_once(
    *,
    endless: Job,
    submit_job: Submit,
    handler: MessageHandler,
    claim: Claim,
    emitted: list[Event],
    shutdown: Shutdown,
    bucket: Bucket,
    results: Results,
    eventually: Eventually,
) -> None:
    submit_job(endless)
    thread, verdicts = in_background(handler, claim)
    eventually(lambda: events.Progressed in map(type, emitted))
    shutdown.request(ShutdownDeadline("emitted to go", by=time.monotonic() + 100))
    thread.join(20)
    assert verdicts == [Disposition.RELEASE]
    assert results(bucket, endless) == {}
    assert not list(bucket.list(keys.failures_folder(endless.id))), "no failure of the message"


@pytest.mark.parametrize("by", [None, 10**9], ids=["rebalance", "a deadline far away"])
def test_a_shard_that_waits_for_the_cores_is_handed_back_when_the_worker_has_to_go(
    *,
    job: Job,
    submit_job: Submit,
    handler: MessageHandler,
    claim: Claim,
    shutdown: Shutdown,
    by: float | None,
    eventually: Eventually,
) -> None:
    submit_job(job)
    with handler.cores:
        thread, verdicts = in_background(handler, claim)
        eventually(lambda: handler.bucket.exists(keys.running_key(job.id)))
        shutdown.request(ShutdownDeadline("emitted to go", by))
        thread.join(20)
    assert verdicts == [Disposition.RELEASE]


@pytest.mark.parametrize("seconds", [None, 60], ids=["rebalance", "enough time"])
def test_a_shard_that_will_be_done_in_time_is_finished(
    *,
    job: Job,
    submit_job: Submit,
    handler: MessageHandler,
    claim: Claim,
    shutdown: Shutdown,
    bucket: Bucket,
    emitted: list[Event],
    seconds: float | None,
) -> None:
    submit_job(job)
    deadline = ShutdownDeadline("emitted to go", None if seconds is None else time.monotonic() + seconds)

    def go_once_it_has_begun(event: Event) -> None:
        emitted.append(event)
        if isinstance(event, events.Begun):
            shutdown.request(deadline)

    assert do_next(replace(handler, emit=go_once_it_has_begun), claim) is Disposition.ACK
    assert status(bucket, job.id).state == "complete"


def test_unfinished_work_on_a_message_that_was_lost_is_dropped(
    *, endless: Job, submit_job: Submit, handler: MessageHandler, claim: Claim, emitted: list[Event]
) -> None:
    submit_job(endless)
    with claim() as lease:

        def lose(event: Event) -> None:
            emitted.append(event)
            if isinstance(event, events.Begun):
                lease.lost = "refused"

        assert replace(handler, emit=lose).do(lease) is Disposition.ABANDON
    assert kinds(emitted)[-1] is events.LeaseLost


class Cores:
    """Free at once; says when they are given back."""

    def __init__(self, given_back: Callable[[], object]) -> None:
        self.release = given_back

    def acquire(self, timeout: float) -> bool:
        return True


def test_finished_work_is_stored_even_if_the_message_was_lost_meanwhile(
    *, job: Job, submit_job: Submit, handler: MessageHandler, claim: Claim, bucket: Bucket
) -> None:
    """Somebody else stores the same bytes."""
    submit_job(job)
    with claim() as lease:
        cores = Cores(given_back=lambda: setattr(lease, "lost", "refused"))
        assert replace(handler, cores=cores).do(lease) is Disposition.ACK  # type: ignore[arg-type]
        assert lease.lost
    assert status(bucket, job.id).state == "complete"


def test_the_other_hand_may_begin_when_a_chunk_is_nearly_done(
    *, job: Job, submit_job: Submit, handler: MessageHandler, claim: Claim, emitted: list[Event]
) -> None:
    paths = 256 * BLOCK_PATHS
    submit_job(replace(job.with_experiment(days=25, iterations=paths, rows=False), chunk=paths))
    before: list[int] = []
    cores = Cores(given_back=lambda: before.extend(e.done for e in emitted if isinstance(e, events.Progressed)))
    assert do_next(replace(handler, cores=cores), claim) is Disposition.ACK  # type: ignore[arg-type]
    assert paths * (1 - LAST_FRACTION) <= max(before) < paths
