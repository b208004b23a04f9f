"""What a status says of the workers at a job, of the chunks that they have in hand, and of the jobs before it."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fleet import keys, markers, shards
from fleet.job import Job
from fleet.listing import recent
from fleet.progress import AHEAD_AT_MOST, WORKERS_AT_MOST, Status, cancel, status
from fleet.reports import READ_AT_MOST_OF_A_JOB, ChunkReport, WorkerReport, content_of
from fleet.tree import Range
from fleet.wording import in_words
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.memory_bucket import MemoryBucket

PATHS = 10 * BLOCK_PATHS
NOW = datetime.now(UTC)


def worker(name: str, job: Job | None = None, **more: object) -> WorkerReport:
    said = WorkerReport(
        worker=name, instance=name, type=None, zone=None, version="1.2", engine="6", since=NOW, at=NOW,
        job=job.id if job else None,
    )  # fmt: skip
    return replace(said, **more)  # type: ignore[arg-type]


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket("a-bucket")


@pytest.fixture
def four(job: Job) -> Job:
    """Of four chunks."""
    return replace(job.with_experiment(iterations=4 * PATHS, rows=False), chunk=PATHS)


def submitted(bucket: MemoryBucket, job: Job, *, begun: bool = False) -> None:
    """As ``submit`` leaves it, but for its prices and its messages; in a millisecond of its own."""
    time.sleep(0.002)
    markers.write_marker(bucket, keys.submitted_key(job.id))
    bucket.put(keys.submission_key(job.id, datetime.now(UTC)), b"")
    bucket.put(keys.job_key(job.id), job.to_json())
    markers.write_marker(bucket, keys.sent_key(job.id))
    if begun:
        markers.write_marker(bucket, keys.running_key(job.id))


def says(bucket: MemoryBucket, job: Job, name: str, *chunks: ChunkReport) -> None:
    bucket.put(keys.progress_key(job.id, name), content_of(worker(name, job), chunks))


def store(bucket: MemoryBucket, job: Job, shard: Range) -> None:
    bucket.put(shards.key_of(job, shard), b"what it says is of no interest here")


def test_what_is_done_of_the_chunks_in_hand_counts_until_they_are_stored(bucket: MemoryBucket, four: Job) -> None:
    submitted(bucket, four)
    one, two, *_ = four.tree.leaves()
    assert (status(bucket, four.id).state, status(bucket, four.id).done) == ("queued", 0)
    says(bucket, four, "a", ChunkReport(one, BLOCK_PATHS, 2.0))
    says(bucket, four, "b", ChunkReport(two, 4 * BLOCK_PATHS, 4.0))
    now = status(bucket, four.id)
    assert (now.state, now.done) == ("running", 5 * BLOCK_PATHS)
    assert now.rate == pytest.approx(1.5 * BLOCK_PATHS)
    assert now.seconds_left == pytest.approx(35 / 1.5)
    assert {each.worker for each in now.workers} == {"a", "b"}
    assert in_words(now).endswith("less than a minute left, 2 workers at work")
    assert [each.done for each in recent(bucket).rows if isinstance(each, Status)] == [5 * BLOCK_PATHS]
    store(bucket, four, two)
    now = status(bucket, four.id)
    assert now.done == PATHS + BLOCK_PATHS
    says(bucket, four, "b")
    assert [each.worker for each in status(bucket, four.id).workers] == ["a"]


def test_what_a_worker_said_of_a_job_counts_no_more_when_that_is_sent_again_or_not_wanted(
    bucket: MemoryBucket, four: Job
) -> None:
    submitted(bucket, four, begun=True)
    says(bucket, four, "a", ChunkReport(next(four.tree.leaves()), BLOCK_PATHS, 2.0))
    cancel(bucket, four.id)
    assert (status(bucket, four.id).done, status(bucket, four.id).workers) == (0, ())
    bucket.delete(keys.cancelled_key(four.id))
    assert status(bucket, four.id).done == BLOCK_PATHS
    submitted(bucket, four)
    assert (status(bucket, four.id).done, status(bucket, four.id).workers) == (0, ())


def test_of_many_chunks_what_is_stored_tells_how_fast_they_are_done(bucket: MemoryBucket, job: Job) -> None:
    many = replace(job.with_experiment(iterations=40 * BLOCK_PATHS, rows=False), chunk=BLOCK_PATHS)
    submitted(bucket, many, begun=True)
    leaves = list(many.tree.leaves())
    says(bucket, many, "a", ChunkReport(leaves[-1], 1, 1.0))
    for shard in leaves[:9]:
        store(bucket, many, shard)
    assert status(bucket, many.id).rate == 1.0
    for shard in leaves[9:20]:
        store(bucket, many, shard)
    rate = status(bucket, many.id).rate
    assert rate is not None
    assert rate > 1000


def test_a_job_that_waits_knows_how_many_wait_before_it_and_who_may_take_it(bucket: MemoryBucket, job: Job) -> None:
    others = [job.with_experiment(seed=seed) for seed in range(6)]
    for each in others:
        submitted(bucket, each, begun=each is others[1])
    bucket.put(keys.summary_key(others[0].id), b"done")
    cancel(bucket, others[3].id)
    bucket.put(keys.worker_key("a"), worker("a", others[1]).to_json())
    bucket.put(keys.worker_key("b"), worker("b", left=True).to_json())
    bucket.put(keys.worker_key("c"), worker("c", notice="Spot interruption notice").to_json())
    now = status(bucket, others[4].id)
    assert (now.state, now.ahead) == ("queued", 2), "one is complete, one cancelled, one came later"
    assert [each.worker for each in now.workers] == ["a"], "who is about to go takes nothing"
    assert in_words(now) == "0 of 500 paths (0 %), waiting behind 2 jobs"
    assert status(bucket, others[1].id).ahead is None
    for each in (others[1], others[2]):
        bucket.put(keys.summary_key(each.id), b"done")
    assert status(bucket, others[4].id).ahead == 0
    assert in_words(status(bucket, others[4].id)) == "0 of 500 paths (0 %)"


def test_a_status_takes_a_fixed_number_of_requests_however_many_jobs_and_workers_there_are(
    bucket: MemoryBucket, four: Job
) -> None:
    jobs = [four.with_experiment(seed=seed) for seed in range(AHEAD_AT_MOST + 8)]
    for each in jobs:
        submitted(bucket, each)
    for number in range(50):
        bucket.put(keys.worker_key(f"worker-{number}"), worker(f"worker-{number}").to_json())
    bucket.asked.clear()
    now = status(bucket, jobs[-1].id)
    assert now.ahead == AHEAD_AT_MOST
    assert in_words(now).endswith(f"waiting behind {AHEAD_AT_MOST} jobs or more")
    its_own, workers, before = 3, 1 + WORKERS_AT_MOST, 1 + AHEAD_AT_MOST
    assert len(bucket.asked) == its_own + workers + before
    for number in range(50):
        says(bucket, jobs[-1], f"worker-{number}", ChunkReport(next(four.tree.leaves()), BLOCK_PATHS + number, 1.0))
    bucket.asked.clear()
    now = status(bucket, jobs[-1].id)
    assert now.state == "running"
    assert len(now.workers) == READ_AT_MOST_OF_A_JOB
    assert in_words(now).endswith(f"{READ_AT_MOST_OF_A_JOB} workers or more at work")
    assert len(bucket.asked) == its_own + 1 + READ_AT_MOST_OF_A_JOB


def test_what_was_said_long_ago_counts_no_more(
    bucket: MemoryBucket, four: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was killed takes nothing back."""
    submitted(bucket, four, begun=True)
    says(bucket, four, "a", ChunkReport(next(four.tree.leaves()), BLOCK_PATHS, 2.0))
    monkeypatch.setattr("fleet.reports.FRESH_SECONDS", -timedelta(seconds=1).total_seconds())
    now = status(bucket, four.id)
    assert (now.state, now.done, now.workers) == ("running", 0, ())
