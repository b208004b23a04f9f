"""What a worker says of itself, and when; the clock is the test's."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fleet import keys, reports
from fleet.errors import BucketError
from fleet.events import Event
from fleet.job import Job
from fleet.tree import Range
from montecarlo.experiments.experiment import PartialResult
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.memory_bucket import MemoryBucket
from worker.compute import Provenance
from worker.events import Troubled
from worker.instance_metadata import off_ec2
from worker.reports import CHANGED_SECONDS, LONGEST_SECONDS, InHand, Reports
from worker.shutdown import Shutdown, ShutdownDeadline


class CountingBucket(MemoryBucket):
    """Notes what is written; refuses what workers say of themselves while ``refuses`` says why."""

    def __init__(self) -> None:
        super().__init__("a-bucket")
        self.written: list[str] = []
        self.refuses = ""

    def put(self, key: str, content: bytes) -> None:
        if self.refuses and key.startswith("workers/"):
            raise BucketError(self.refuses)
        self.written.append(key)
        super().put(key, content)


class Story:
    """A worker that says what it does, a tenth of a second after the other."""

    def __init__(self) -> None:
        self.bucket, self.now, self.emitted = CountingBucket(), 1000.0, list[Event]()
        self.shutdown = Shutdown()
        provenance = Provenance("worker-1", "1.2", off_ec2())
        self.reports = Reports(provenance, self.bucket, self.shutdown, self.emitted.append, lambda: self.now)

    def go_on(self, seconds: float) -> Iterator[float]:
        """Each time at which something was said about a job, in seconds since the beginning of the story."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            before = len(self.bucket.written)
            self.reports.report()
            if any("/progress/" in key for key in self.bucket.written[before:]):
                yield round(self.now - 1000, 1)

    def said(self, job: Job, *, whole: bool = False) -> reports.JobReport:
        [found] = reports.of_job(self.bucket, job.id, datetime.now(UTC), whole=whole)
        return found

    def seen(self) -> reports.WorkerReport:
        [found] = reports.seen_lately(self.bucket, datetime.now(UTC))
        return found


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def chunks(job: Job) -> Job:
    """Of two blocks each."""
    return replace(job.with_experiment(iterations=8 * BLOCK_PATHS, uncertainty=False), chunk=2 * BLOCK_PATHS)


def begun(in_hand: InHand, story: Story, seconds: float = 0.1) -> PartialResult:
    """Half of a chunk that has begun is done."""
    in_hand.begin()
    story.now += seconds
    first = in_hand.shard.first
    half = in_hand.job.experiment.run(first, first + BLOCK_PATHS)
    in_hand.so_far(half)
    in_hand.progress(BLOCK_PATHS)
    return half


def test_of_a_job_it_speaks_soon_and_then_ever_more_rarely(story: Story, chunks: Job) -> None:
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as in_hand:
        assert list(story.go_on(1)) == [], "it waits for the processors"
        begun(in_hand, story)
        times = list(story.go_on(100))
    pauses = [round(later - earlier) for earlier, later in itertools.pairwise(times)]
    assert times[0] - 1.1 < 0.8
    assert pauses == [1, 2, 4, 8, *[16] * 5], "seconds"
    story.bucket.written.clear()
    with story.reports.chunk(chunks, Range(2 * BLOCK_PATHS, 4 * BLOCK_PATHS)) as in_hand:
        begun(in_hand, story)
        assert len(list(story.go_on(LONGEST_SECONDS))) == 1, "the next chunk of the same job goes on at that pace"


def test_it_tells_how_far_a_chunk_is_how_fast_and_what_it_amounts_to(story: Story, chunks: Job) -> None:
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as in_hand:
        half = begun(in_hand, story, seconds=2)
        list(story.go_on(1))
        found = story.said(chunks, whole=True)
    [chunk] = found.chunks
    assert (chunk.shard, chunk.done, chunk.units) == (Range(0, 2 * BLOCK_PATHS), BLOCK_PATHS, BLOCK_PATHS)
    assert chunk.content == half.to_bytes()
    assert found.units_per_second == pytest.approx(BLOCK_PATHS / 2)
    days = chunks.experiment.path_days
    assert found.worker.path_days_per_second == pytest.approx(BLOCK_PATHS * days / 2)
    assert (found.worker.worker, found.worker.version, found.worker.left) == ("worker-1", "1.2", False)
    assert story.said(chunks).chunks[0].content is None, "which is long, and not read unasked"


def test_two_chunks_that_overlap_are_both_told(story: Story, chunks: Job) -> None:
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as one:
        begun(one, story)
        with story.reports.chunk(chunks, Range(2 * BLOCK_PATHS, 4 * BLOCK_PATHS)) as other:
            half = begun(other, story)
            list(story.go_on(1))
            found = story.said(chunks, whole=True)
    assert [chunk.shard.first for chunk in found.chunks] == [0, 2 * BLOCK_PATHS]
    assert found.chunks[1].content == half.to_bytes()
    assert found.worker.first == 2 * BLOCK_PATHS, "the worker is at the newest of them"


def test_what_it_has_in_hand_no_more_is_taken_back_once(story: Story, chunks: Job) -> None:
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as in_hand:
        begun(in_hand, story)
        list(story.go_on(1))
    assert len(list(story.go_on(300))) == 1
    assert story.said(chunks).chunks == ()


def test_long_partial_results_are_left_out_and_costly_ones_are_told_rarely(
    story: Story, chunks: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.reports.LONGEST_CONTENT", 1000)
    monkeypatch.setattr("worker.reports.time.thread_time", iter(range(1000)).__next__)  # each takes a second
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as in_hand:
        begun(in_hand, story)
        assert len(list(story.go_on(90))) == 1, "one second in a hundred"
        [chunk] = story.said(chunks, whole=True).chunks
    assert (chunk.done, chunk.units, chunk.content) == (BLOCK_PATHS, 0, None)


def test_it_says_that_it_is_there_each_minute_and_what_it_does_when_that_changes(story: Story, chunks: Job) -> None:
    list(story.go_on(125))
    assert story.bucket.written == [keys.worker_key("worker-1")] * 3
    assert (story.seen().job, story.seen().notice) == (None, "")
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as in_hand:
        begun(in_hand, story)
        list(story.go_on(CHANGED_SECONDS))
        assert story.seen().job == chunks.id
    story.bucket.written.clear()
    for first in range(0, 8 * BLOCK_PATHS, 2 * BLOCK_PATHS):
        with story.reports.chunk(chunks, Range(first, first + 2 * BLOCK_PATHS)) as in_hand:
            begun(in_hand, story)
            list(story.go_on(4))
        list(story.go_on(1))
    assert keys.worker_key("worker-1") not in story.bucket.written, "between two chunks it is not idle"
    story.shutdown.request(ShutdownDeadline("Spot interruption notice" + 9999 * "!", by=None))
    list(story.go_on(2 * CHANGED_SECONDS))
    assert story.seen().job is None
    assert story.seen().notice.startswith("Spot interruption notice!!!")
    assert len(story.seen().to_json()) < reports.HEAD_BYTES // 2


def test_when_it_leaves_it_says_so_and_has_nothing_in_hand(story: Story, chunks: Job) -> None:
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as in_hand:
        begun(in_hand, story)
        list(story.go_on(1))
        story.reports.leave()
    assert story.seen().left
    assert story.said(chunks).chunks == ()


def test_a_bucket_that_refuses_is_told_once_and_again_after_it_was_well(story: Story, chunks: Job) -> None:
    """Such as one that takes what is in the folders of jobs, and no more."""
    with story.reports.chunk(chunks, Range(0, 2 * BLOCK_PATHS)) as in_hand:
        begun(in_hand, story)
        for why in ("it is full", "", "it is full"):
            story.bucket.refuses = why
            assert list(story.go_on(200))
    assert story.emitted == [Troubled(reason="it is full", pause_seconds=0)] * 2
