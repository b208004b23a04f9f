"""How parts come together: in any order, by anybody, and after any interruption."""

import random
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fleet import keys, partial_results, shards
from fleet.bucket import Bucket, Entry
from fleet.errors import BucketError
from fleet.job import Job
from fleet.partial_results import ChunkResult
from fleet.settings import Settings
from fleet.tree import Range
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.run import run_job

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Clients = tuple["SQSClient", "S3Client"]
Cut = Callable[..., Job]


@pytest.fixture(scope="session")
def cut(job: Job) -> Cut:
    """A job of so many chunks, the last of them short."""

    def cut_into(chunks: int, *, rows: bool = False) -> Job:
        iterations = (chunks - 1) * BLOCK_PATHS + 10
        return replace(job.with_experiment(days=25, iterations=iterations, rows=rows), chunk=BLOCK_PATHS)

    return cut_into


def part_of(job: Job, chunk: Range) -> ChunkResult:
    return ChunkResult(chunk, None, b"{}", job.experiment.run(*chunk), "attempt")


def nodes(job: Job, shard: Range) -> list[Range]:
    return [shard, *(each for child in job.tree.children(shard) for each in nodes(job, child))]


def tallies(bucket: Bucket, job: Job) -> set[Range]:
    return {keys.range_of(entry.key) for entry in bucket.list(keys.tallies_folder(job.id))}


def undisturbed(job: Job, folder: Path) -> bytes:
    run_job(job, folder, threads=1)
    return (folder / "summary.csv").read_bytes()


class CountingBucket(Bucket):
    """Counts listings."""

    listings = 0

    def names(self, folder: str) -> dict[str, datetime | None]:
        self.listings += 1
        return super().names(folder)

    def list(self, prefix: str) -> Iterator[Entry]:
        self.listings += 1
        return super().list(prefix)


@pytest.mark.parametrize("chunks", [1, 2, 10, 11, 23, 101])
def test_when_the_last_part_is_stored_in_whatever_order_the_summary_is_there(
    cut: Cut, clients: Clients, settings: Settings, tmp_path: Path, chunks: int
) -> None:
    job, bucket = cut(chunks), CountingBucket(clients[1], settings.bucket)
    order = list(job.tree.leaves())
    random.Random(chunks).shuffle(order)
    for number, chunk in enumerate(order):
        assert not bucket.exists(keys.summary_key(job.id))
        partial_results.store(bucket, job, part_of(job, chunk))
        assert partial_results.complete(bucket, job, chunk).complete == (number == chunks - 1)
    assert bucket.listings == len(nodes(job, job.tree.root)) - 1, "O(parts) over the whole job"
    assert bucket.listings <= 1.2 * chunks
    assert bucket.get(keys.summary_key(job.id)) == undisturbed(job, tmp_path)
    assert tallies(bucket, job) == set(nodes(job, job.tree.root))
    assert partial_results.load(bucket, job).paths == job.experiment.iterations


def test_what_lies_in_the_folder_of_a_shard_tells_what_is_done_and_what_has_begun(cut: Cut, bucket: Bucket) -> None:
    job = cut(23)
    first, *_, last = job.tree.leaves()
    partial_results.store(bucket, job, part_of(job, first))
    partial_results.store(bucket, job, part_of(job, last))
    assert bucket.names(shards.folder(job, job.tree.root)).keys() == {"0-10240/", "20480-22538/"}
    assert bucket.names(shards.folder(job, Range(0, 10240))).keys() == {"0-1024.json"}


class HurriedBucket(Bucket):
    """Two who list a folder both see the same, because each waits for the other before it goes on."""

    def __init__(self, client: "S3Client", name: str) -> None:
        super().__init__(client, name)
        self.both = threading.Barrier(2)
        self.stored: list[str] = []

    def names(self, folder: str) -> dict[str, datetime | None]:
        found = super().names(folder)
        self.both.wait(60)
        return found

    def put(self, key: str, content: bytes) -> None:
        self.stored.append(key)
        super().put(key, content)


def test_two_who_finish_together_leave_one_summary_and_it_is_correct(
    cut: Cut, clients: Clients, settings: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    job = cut(12)
    *others, last_but_one, last = job.tree.leaves()
    for chunk in others:
        partial_results.store(bucket, job, part_of(job, chunk))
        partial_results.complete(bucket, job, chunk)
    for chunk in (last_but_one, last):
        partial_results.store(bucket, job, part_of(job, chunk))
    hurried = HurriedBucket(clients[1], settings.bucket)
    threads = [
        threading.Thread(target=partial_results.complete, args=(hurried, job, each)) for each in (last_but_one, last)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert hurried.stored.count(keys.summary_key(job.id)) >= 1
    assert [entry.key for entry in bucket.list(keys.summary_key(job.id))] == [keys.summary_key(job.id)]
    assert bucket.get(keys.summary_key(job.id)) == undisturbed(job, tmp_path)


class Vanished(Exception):  # noqa: N818  of a worker
    """The process is no more."""


class DeadlyBucket(Bucket):
    """Whoever is the first to store an object vanishes over it: before it is stored, or right afterwards."""

    def __init__(self, client: "S3Client", name: str, *, stores: bool) -> None:
        super().__init__(client, name)
        self.stores = stores
        self.victims: set[str] = set()

    def put(self, key: str, content: bytes) -> None:
        if key in self.victims:
            super().put(key, content)
            return
        self.victims.add(key)
        if self.stores:
            super().put(key, content)
        raise Vanished


@pytest.mark.parametrize("stores", [False, True], ids=["before it is stored", "after it is stored"])
@pytest.mark.parametrize("chunks", [1, 12])
def test_whoever_vanishes_between_any_two_steps_another_takes_it_up(
    *, cut: Cut, clients: Clients, settings: Settings, bucket: Bucket, tmp_path: Path, stores: bool, chunks: int
) -> None:
    """Its message is delivered again, after the others."""
    job, deadly = cut(chunks), DeadlyBucket(clients[1], settings.bucket, stores=stores)
    messages = deque(job.tree.leaves())
    while messages:
        chunk = messages.popleft()
        try:
            if not partial_results.is_stored(deadly, job, chunk):
                partial_results.store(deadly, job, part_of(job, chunk))
            partial_results.complete(deadly, job, chunk)
        except Vanished:
            messages.append(chunk)
    written = {entry.key for entry in bucket.list(keys.folder(job.id))}
    written |= {entry.key for entry in bucket.list(keys.TABLES) if f"/{job.id}/" in entry.key}
    assert deadly.victims == written, "there was a victim over each object"
    assert bucket.get(keys.summary_key(job.id)) == undisturbed(job, tmp_path)


def test_a_part_is_there_when_its_tally_is_and_not_before(cut: Cut, clients: Clients, settings: Settings) -> None:
    """Rows without a tally are those of a worker that has vanished; they are written again."""
    job = cut(2, rows=True)
    chunk = next(job.tree.leaves())
    part = replace(part_of(job, chunk), rows=b"rows")
    deadly = DeadlyBucket(clients[1], settings.bucket, stores=True)
    order = [f"jobs/{job.id}/paths/{chunk}.csv", keys.record_key(job.id, chunk)]
    for key in order:
        assert not partial_results.is_stored(deadly, job, chunk)
        with pytest.raises(Vanished):
            partial_results.store(deadly, job, part)
        assert deadly.exists(key)
    assert not partial_results.is_stored(deadly, job, chunk)
    with pytest.raises(Vanished):
        partial_results.store(deadly, job, part)
    assert partial_results.is_stored(deadly, job, chunk)


def test_a_part_that_is_stored_again_is_the_same(cut: Cut, bucket: Bucket) -> None:
    job = cut(2)
    for chunk in (*job.tree.leaves(), *job.tree.leaves()):
        partial_results.store(bucket, job, part_of(job, chunk))
        partial_results.complete(bucket, job, chunk)
    before = {entry.key: entry.version for entry in bucket.list(keys.folder(job.id))}
    for chunk in job.tree.leaves():
        partial_results.store(bucket, job, part_of(job, chunk))
        assert partial_results.complete(bucket, job, chunk).complete
    assert {entry.key: entry.version for entry in bucket.list(keys.folder(job.id))} == before


def test_a_bucket_out_of_order_is_told(cut: Cut, clients: Clients, settings: Settings) -> None:
    job, gone = cut(2), Bucket(clients[1], f"{settings.bucket}-gone")
    with pytest.raises(BucketError, match="there is no such bucket"):
        partial_results.complete(gone, job, next(job.tree.leaves()))
