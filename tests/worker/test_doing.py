"""What becomes of a message, on a real queue and a real bucket."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.message import Shard
from fleet.progress import cancel, status
from fleet.queue import Queue
from fleet.tree import Range
from montecarlo.tally import BLOCK_PATHS
from tests.worker.one_message import Claim, do_all, do_next, forget, kinds
from worker import events
from worker.doing import LAST_FRACTION, LOOK_SECONDS, Doer, Verdict
from worker.events import Event
from worker.leaving import Departure, Leaving

Submit = Callable[[Job], None]
Results = Callable[[Bucket, Job], dict[str, bytes]]
Eventually = Callable[..., None]


def test_a_sitting_is_simulated_and_stored_and_the_last_one_completes_the_job(
    *, job: Job, submit_job: Submit, doer: Doer, claim: Claim, heard: list[Event], bucket: Bucket
) -> None:
    submit_job(job)
    assert do_next(doer, claim) is Verdict.DELETE
    assert kinds(heard) == [events.Claimed, events.Begun, events.Stored, events.Completed]
    assert heard[-1] == events.Completed(message=heard[0].message, job=job.id, first=0, stop=500)  # type: ignore[attr-defined]
    assert status(bucket, job.id).state == "complete"


def test_a_larger_shard_is_replaced_by_its_children(
    *,
    four_sittings: Job,
    doer: Doer,
    claim: Claim,
    heard: list[Event],
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
) -> None:
    """A submission sends the first level, so the root is sent by hand."""
    submit_job(four_sittings)
    do_all(doer, queue, claim)
    heard.clear()
    forget(bucket, four_sittings, *four_sittings.tree.leaves())

    queue.send(Shard(four_sittings.id, four_sittings.tree.root).to_body(), {})
    with claim() as lease:
        assert doer.do(lease) is Verdict.DELETE
    assert kinds(heard) == [events.Claimed, events.Split]
    queue.delete(lease.message)
    assert queue.depth().visible == 4
    do_all(doer, queue, claim)
    assert status(bucket, four_sittings.id).state == "complete"


def test_what_is_stored_is_not_computed_again_but_what_follows_from_it_is_seen_to(
    *,
    four_sittings: Job,
    submit_job: Submit,
    doer: Doer,
    queue: Queue,
    claim: Claim,
    heard: list[Event],
    bucket: Bucket,
    results: Results,
) -> None:
    """A worker may vanish between storing the last part and storing the summary."""
    submit_job(four_sittings)
    do_all(doer, queue, claim)
    before = results(bucket, four_sittings)
    forget(bucket, four_sittings)
    heard.clear()
    queue.send(Shard(four_sittings.id, Range(0, BLOCK_PATHS)).to_body(), {})
    do_all(doer, queue, claim)
    assert kinds(heard) == [events.Claimed, events.Skipped, events.Completed]
    assert results(bucket, four_sittings) == before


def test_rows_without_their_tally_do_not_count_as_done(
    *, four_sittings: Job, submit_job: Submit, doer: Doer, queue: Queue, claim: Claim, bucket: Bucket, results: Results
) -> None:
    """A worker may vanish between the two."""
    submit_job(four_sittings)
    do_all(doer, queue, claim)
    before = results(bucket, four_sittings)
    first = Range(0, BLOCK_PATHS)
    bucket.put(keys.rows_key(four_sittings.id, first), b"half a fi")
    forget(bucket, four_sittings, first)
    submit_job(four_sittings)
    do_all(doer, queue, claim)
    assert results(bucket, four_sittings) == before


def test_nothing_is_done_for_a_cancelled_job_until_it_is_submitted_again(
    *, job: Job, submit_job: Submit, doer: Doer, queue: Queue, claim: Claim, bucket: Bucket, results: Results
) -> None:
    submit_job(job)
    cancel(bucket, job.id)
    do_all(doer, queue, claim)
    assert results(bucket, job) == {}
    submit_job(job)
    do_all(doer, queue, claim)
    assert status(bucket, job.id).state == "complete"


def in_background(doer: Doer, claim: Claim) -> tuple[threading.Thread, list[Verdict]]:
    verdicts: list[Verdict] = []
    thread = threading.Thread(target=lambda: verdicts.append(do_next(doer, claim)), daemon=True)
    thread.start()
    return thread, verdicts


def test_a_running_shard_stops_within_seconds_when_its_job_is_cancelled(
    *,
    endless: Job,
    submit_job: Submit,
    doer: Doer,
    claim: Claim,
    heard: list[Event],
    bucket: Bucket,
    results: Results,
    eventually: Eventually,
) -> None:
    submit_job(endless)
    thread, verdicts = in_background(doer, claim)
    eventually(lambda: events.Begun in kinds(heard))
    cancel(bucket, endless.id)
    thread.join(LOOK_SECONDS + 10)
    assert verdicts == [Verdict.DELETE]
    assert kinds(heard)[-1] is events.Skipped
    assert results(bucket, endless) == {}


def test_a_shard_that_would_not_be_done_in_time_is_handed_back_at_once(
    *,
    endless: Job,
    submit_job: Submit,
    doer: Doer,
    claim: Claim,
    heard: list[Event],
    leaving: Leaving,
    bucket: Bucket,
    results: Results,
    eventually: Eventually,
) -> None:
    submit_job(endless)
    thread, verdicts = in_background(doer, claim)
    eventually(lambda: events.Progressed in map(type, heard))
    leaving.announce(Departure("told to go", by=time.monotonic() + 100))
    thread.join(20)
    assert verdicts == [Verdict.HAND_BACK]
    assert results(bucket, endless) == {}
    assert not list(bucket.list(keys.failures_folder(endless.id))), "no failure of the message"


@pytest.mark.parametrize("by", [None, 10**9], ids=["rebalance", "a deadline far away"])
def test_a_shard_that_waits_for_the_cores_is_handed_back_when_the_worker_has_to_go(
    *,
    job: Job,
    submit_job: Submit,
    doer: Doer,
    claim: Claim,
    leaving: Leaving,
    by: float | None,
    eventually: Eventually,
) -> None:
    submit_job(job)
    with doer.cores:
        thread, verdicts = in_background(doer, claim)
        eventually(lambda: doer.bucket.exists(keys.running_key(job.id)))
        leaving.announce(Departure("told to go", by))
        thread.join(20)
    assert verdicts == [Verdict.HAND_BACK]


@pytest.mark.parametrize("seconds", [None, 60], ids=["rebalance", "enough time"])
def test_a_shard_that_will_be_done_in_time_is_finished(
    *,
    job: Job,
    submit_job: Submit,
    doer: Doer,
    claim: Claim,
    leaving: Leaving,
    bucket: Bucket,
    heard: list[Event],
    seconds: float | None,
) -> None:
    submit_job(job)
    departure = Departure("told to go", None if seconds is None else time.monotonic() + seconds)

    def go_once_it_has_begun(event: Event) -> None:
        heard.append(event)
        if isinstance(event, events.Begun):
            leaving.announce(departure)

    assert do_next(replace(doer, tell=go_once_it_has_begun), claim) is Verdict.DELETE
    assert status(bucket, job.id).state == "complete"


def test_unfinished_work_on_a_message_that_was_lost_is_dropped(
    *, endless: Job, submit_job: Submit, doer: Doer, claim: Claim, heard: list[Event]
) -> None:
    submit_job(endless)
    with claim() as lease:

        def lose(event: Event) -> None:
            heard.append(event)
            if isinstance(event, events.Begun):
                lease.lost = "refused"

        assert replace(doer, tell=lose).do(lease) is Verdict.LET_GO
    assert kinds(heard)[-1] is events.LeaseLost


class Cores:
    """Free at once; says when they are given back."""

    def __init__(self, given_back: Callable[[], object]) -> None:
        self.release = given_back

    def acquire(self, timeout: float) -> bool:
        return True


def test_finished_work_is_stored_even_if_the_message_was_lost_meanwhile(
    *, job: Job, submit_job: Submit, doer: Doer, claim: Claim, bucket: Bucket
) -> None:
    """Somebody else stores the same bytes."""
    submit_job(job)
    with claim() as lease:
        cores = Cores(given_back=lambda: setattr(lease, "lost", "refused"))
        assert replace(doer, cores=cores).do(lease) is Verdict.DELETE  # type: ignore[arg-type]
        assert lease.lost
    assert status(bucket, job.id).state == "complete"


def test_the_other_hand_may_begin_when_a_sitting_is_nearly_done(
    *, job: Job, submit_job: Submit, doer: Doer, claim: Claim, heard: list[Event]
) -> None:
    paths = 256 * BLOCK_PATHS
    submit_job(replace(job, simulation=replace(job.simulation, days=25, iterations=paths), sitting=paths, paths=False))
    before: list[int] = []
    cores = Cores(given_back=lambda: before.extend(e.paths_done for e in heard if isinstance(e, events.Progressed)))
    assert do_next(replace(doer, cores=cores), claim) is Verdict.DELETE  # type: ignore[arg-type]
    assert paths * (1 - LAST_FRACTION) <= max(before) < paths
