from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add

import pytest

from fleet import keys, reports, shards
from fleet.job import Job
from fleet.partial_results import FOLDERS_AT_MOST, SHARDS_AT_MOST, Kept, so_far
from fleet.reports import ChunkReport, JobReport, WorkerReport, content_of, furthest, of_job, seen_lately
from fleet.tree import Range
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.memory_bucket import MemoryBucket

NOW = datetime.now(UTC)
WORKER = WorkerReport(
    worker="i-0abc-17", instance="i-0abc", type="c7i.large", zone="eu-west-1a", version="1.2", engine="6",
    since=NOW - timedelta(hours=1), at=NOW, job="AAPL-0123456789ab", first=0, stop=10 * BLOCK_PATHS, done=BLOCK_PATHS,
    path_days_per_second=1e9, notice="Spot interruption notice",
)  # fmt: skip


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket("a-bucket")


@pytest.fixture
def chunked(job: Job) -> Job:
    """Of 23 chunks of two blocks."""
    smaller = job.with_experiment(days=25, iterations=46 * BLOCK_PATHS, rows=False, uncertainty=False)
    return replace(smaller, chunk=2 * BLOCK_PATHS)


def chunk(job: Job, number: int) -> Range:
    return list(job.tree.leaves())[number]


def report(bucket: MemoryBucket, job: Job, worker: str, *chunks: ChunkReport) -> None:
    bucket.put(keys.progress_key(job.id, worker), content_of(replace(WORKER, worker=worker, job=job.id), chunks))


def half_of(job: Job, shard: Range) -> ChunkReport:
    """One block of it is done."""
    content = job.experiment.run(shard.first, shard.first + BLOCK_PATHS).to_bytes()
    return ChunkReport(shard, BLOCK_PATHS, 2.0, BLOCK_PATHS, content)


def store(bucket: MemoryBucket, job: Job, shard: Range) -> None:
    bucket.put(shards.key_of(job, shard), job.experiment.run(*shard).to_bytes())


def test_what_a_worker_says_is_read_as_it_was_written(bucket: MemoryBucket, chunked: Job) -> None:
    told = replace(WORKER, at=WORKER.at.replace(microsecond=0), since=WORKER.since.replace(microsecond=0))
    bucket.put(keys.worker_key(told.worker), told.to_json())
    assert seen_lately(bucket, NOW) == [told]
    parts = [half_of(chunked, chunk(chunked, number)) for number in (3, 4)]
    bucket.put(keys.progress_key(chunked.id, told.worker), content_of(told, parts))
    [found] = of_job(bucket, chunked.id, NOW, whole=True)
    assert (found.worker, list(found.chunks)) == (told, parts)
    [brief] = of_job(bucket, chunked.id, NOW)
    assert list(brief.chunks) == [replace(part, content=None) for part in parts]


def test_what_is_old_damaged_or_not_ours_is_passed_over(bucket: MemoryBucket) -> None:
    for key in ("workers/", "workers/notes.txt", "workers/a b.json"):
        bucket.put(key, b"")
    damages = (b"", b"hello", b"{}", b"[]", b'{"worker": 1}', WORKER.to_json()[:-20], b"\xff\xfe")
    for number, content in enumerate(damages):
        bucket.put(keys.worker_key(f"damaged-{number}"), content)
        bucket.put(keys.progress_key("AAPL-0123456789ab", f"damaged-{number}"), content)
    assert seen_lately(bucket, NOW) == []
    assert of_job(bucket, "AAPL-0123456789ab", NOW) == of_job(bucket, "AAPL-0123456789ab", NOW, whole=True) == []
    bucket.put(keys.worker_key(WORKER.worker), WORKER.to_json())
    now = datetime.now(UTC)  # of the bucket, which is later than that of the reports
    assert len(seen_lately(bucket, now)) == 1
    assert seen_lately(bucket, now + timedelta(seconds=reports.FRESH_SECONDS + 60)) == []


@pytest.mark.parametrize(
    "altered", [{"done": 3000}, {"first": -1}, {"stop": 0}, {"units": 2049}, {"bytes": 10**9}, {"done": 0.5}]
)
def test_a_report_that_makes_no_sense_is_passed_over(
    bucket: MemoryBucket, chunked: Job, altered: dict[str, float]
) -> None:
    first, stop = chunk(chunked, 0)
    told = {"first": first, "stop": stop, "done": 1024, "seconds": 1.0, "units": 1024, "bytes": 0} | altered
    words = str([told]).replace("'", '"')
    head = f'{{"worker": {WORKER.to_json().decode()}, "chunks": {words}}}\n'
    bucket.put(keys.progress_key(chunked.id, "worker"), head.encode())
    assert of_job(bucket, chunked.id, NOW, whole=True) == []


def test_however_many_workers_there_are_a_fixed_number_of_reports_is_read(bucket: MemoryBucket, chunked: Job) -> None:
    for number in range(150):
        worker = replace(WORKER, worker=f"worker-{number}")
        bucket.put(keys.worker_key(worker.worker), worker.to_json())
        report(bucket, chunked, worker.worker, CHUNK)
    bucket.asked.clear()
    assert len(seen_lately(bucket, NOW)) == reports.READ_AT_MOST
    assert len(bucket.asked) == 1 + reports.READ_AT_MOST
    bucket.asked.clear()
    found = of_job(bucket, chunked.id, NOW)
    assert len(bucket.asked) == 1 + reports.READ_AT_MOST_OF_A_JOB == 1 + len(found)
    for each in found[:5]:
        report(bucket, chunked, each.worker.worker, CHUNK)
    again = of_job(bucket, chunked.id, NOW)
    assert [each.worker for each in again] == [each.worker for each in found], "whoever has spoken last"


CHUNK = ChunkReport(Range(0, 2 * BLOCK_PATHS), 5, 1.0)


def test_a_chunk_counts_once_and_not_when_it_is_stored(chunked: Job) -> None:
    one, two, three = (chunk(chunked, number) for number in (0, 1, 12))
    told = [
        JobReport(WORKER, NOW, (ChunkReport(one, 5, 1.0), ChunkReport(two, 7, 1.0))),
        JobReport(
            WORKER, NOW, (ChunkReport(two, 9, 1.0), ChunkReport(Range(0, 7), 7, 1.0), ChunkReport(three, 1, 1.0))
        ),
    ]
    assert [(each.shard, each.done) for each in furthest(chunked, told, [])] == [(one, 5), (two, 9), (three, 1)]
    first_level = chunked.tree.first_level()[0]
    assert [each.shard for each in furthest(chunked, told, [first_level])] == [three]
    assert [each.shard for each in furthest(chunked, told, [two])] == [one, three]


def test_so_far_is_what_is_stored_and_what_workers_say_to_the_last_bit(bucket: MemoryBucket, chunked: Job) -> None:
    assert so_far(bucket, chunked) is None
    report(bucket, chunked, "one", half_of(chunked, chunk(chunked, 13)))
    found = so_far(bucket, chunked)
    assert found is not None
    assert found.units == BLOCK_PATHS
    first_level = chunked.tree.first_level()[0]
    for shard in (first_level, chunk(chunked, 3), chunk(chunked, 11)):  # the second is part of the first
        store(bucket, chunked, shard)
    report(bucket, chunked, "two", half_of(chunked, chunk(chunked, 11)), half_of(chunked, chunk(chunked, 22)))
    report(bucket, chunked, "three", half_of(chunked, chunk(chunked, 13)))  # which another worker has as well
    bucket.put(keys.progress_key(chunked.id, "four"), b"hello")
    found = so_far(bucket, chunked)
    assert found is not None
    ranges = [first_level, chunk(chunked, 11)]
    ranges += [Range(each.first, each.first + BLOCK_PATHS) for each in (chunk(chunked, 13), chunk(chunked, 22))]
    expected = reduce(add, (chunked.experiment.run(*each) for each in ranges))
    assert found.total.to_bytes() == expected.to_bytes()
    assert found.units == sum(stop - first for first, stop in ranges)


def test_so_far_takes_a_fixed_number_of_requests_and_reads_nothing_twice(bucket: MemoryBucket, job: Job) -> None:
    """Of each ten of a thousand chunks one is missing, which no worker would leave."""
    smaller = job.with_experiment(days=25, iterations=1000 * BLOCK_PATHS, rows=False, uncertainty=False)
    many, kept = replace(smaller, chunk=BLOCK_PATHS), Kept()
    some = many.experiment.run(0, BLOCK_PATHS).to_bytes()
    for number, shard in enumerate(many.tree.leaves()):
        if number % 10 != 5:
            bucket.put(shards.key_of(many, shard), some)
    bucket.asked.clear()
    found = so_far(bucket, many, kept)
    assert found is not None
    assert found.units == SHARDS_AT_MOST * BLOCK_PATHS
    assert len(bucket.asked) <= 1 + FOLDERS_AT_MOST + SHARDS_AT_MOST
    bucket.asked.clear()
    again = so_far(bucket, many, kept)
    assert again is not None
    assert again.total.to_bytes() == found.total.to_bytes()
    assert len(bucket.asked) <= 1 + FOLDERS_AT_MOST
