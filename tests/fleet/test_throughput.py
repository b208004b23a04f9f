from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fleet import keys, throughput
from fleet.bucket import Bucket, Entry
from fleet.job import Job
from fleet.throughput import Stored, rate_of, stored
from fleet.tree import Range
from fleet.wording import duration_in_words
from montecarlo.statistics.tally import BLOCK_PATHS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def parts(*paths_by_age: tuple[float, int]) -> list[Stored]:
    return [Stored(NOW - timedelta(seconds=age), Range(0, paths)) for age, paths in paths_by_age]


@pytest.mark.parametrize(
    ("stored", "rate"),
    [
        ([], None),
        (parts((10, 1000)), None),  # nobody knows when it was begun
        (parts((0, 1000), (0, 1000)), None),
        (parts((10, 1000), (0, 1000)), 100),
        (parts((10, 1000), (5, 1000), (0, 1000)), 200),
        (parts((0, 300), (10, 1000), (5, 700)), 100),  # in whatever order they are listed
        (parts((20, 1000), (10, 1000)), 50),  # it slows down as long as nothing comes
        (
            parts((10**6, 10**9), *((age, 1000) for age in range(throughput.RECENT))),
            1000,
        ),  # what is long ago does not count
    ],
)
def test_the_rate_is_that_of_the_parts_that_were_stored_last(stored: list[Stored], rate: float | None) -> None:
    assert rate_of(stored, NOW) == rate


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (60, "less than a minute"),
        (61, "about 2 minutes"),
        (90 * 60, "about 90 minutes"),
        (90 * 60 + 1, "about 2 hours"),
        (36 * 3600, "about 36 hours"),
        (36 * 3600 + 1, "about 2 days"),
        (1e9, "about 11,575 days"),
    ],
)
def test_a_duration_is_told_as_a_person_would(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


class CrowdedBucket(Bucket):
    """Holds tallies by folder, more than one wants to store; counts the folders that are looked into."""

    def __init__(self, folders: dict[str, list[str]]) -> None:
        self.folders = folders
        self.looked_into: list[str] = []

    def names(self, folder: str) -> dict[str, datetime | None]:
        self.looked_into.append(folder)
        return {name: None if name.endswith("/") else NOW for name in self.folders.get(folder, [])}

    def list(self, prefix: str) -> Iterator[Entry]:
        raise AssertionError("a million tallies are a thousand requests")


CHUNKS = 10**6


@pytest.fixture
def huge(job: Job) -> Job:
    return replace(job.with_experiment(iterations=CHUNKS * BLOCK_PATHS, rows=False), chunk=BLOCK_PATHS)


def holding(job: Job, done: list[Range]) -> CrowdedBucket:
    """A bucket in which these shards are done, and all that this brings with it."""
    folders: dict[str, list[str]] = {}
    for shard in done:
        below, name = shard, f"{shard}.json"
        for above in reversed(job.tree.ancestors(shard)):
            names = folders.setdefault(keys.tallies_folder(job.id, [*job.tree.ancestors(above), above]), [])
            if name in names:
                break
            names.append(name)
            below, name = above, f"{above}/"
        assert below == job.tree.root or name in names
    return CrowdedBucket(folders)


def chunks(first: int, stop: int) -> list[Range]:
    """Those of so many numbers, put together as a fleet does that goes through them in order."""
    found, at = [], first
    while at < stop:
        width = max(10**k for k in range(6) if at % 10**k == 0 and at + 10**k <= stop)
        found.append(Range(at * BLOCK_PATHS, (at + width) * BLOCK_PATHS))
        at += width
    return found


@pytest.mark.parametrize("done", [0, 1, 10, 345_678, 999_999])
def test_what_is_stored_of_a_job_of_a_million_chunks_is_told_to_the_last_one_by_a_few_requests(
    huge: Job, done: int
) -> None:
    bucket = holding(huge, chunks(0, done))
    assert sum(each.units for each in stored(bucket, huge)) == done * BLOCK_PATHS
    assert len(bucket.looked_into) <= 6


def test_where_its_chunks_are_done_in_no_order_it_is_told_too_little_by_no_more_requests(huge: Job) -> None:
    bucket = holding(huge, [each for first in range(0, CHUNKS, 1000) for each in chunks(first, first + 500)])
    told = sum(each.units for each in stored(bucket, huge))
    assert 0 <= told < CHUNKS * BLOCK_PATHS / 2
    assert len(bucket.looked_into) == throughput.FOLDERS_AT_MOST


def test_both_ways_of_counting_agree(job: Job, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    job = replace(job.with_experiment(iterations=122 * BLOCK_PATHS + 10), chunk=BLOCK_PATHS)
    leaves = list(job.tree.leaves())
    for leaf in (*leaves[:10], leaves[17], leaves[-1]):
        bucket.put(keys.tally_key(job.id, leaf, job.tree.ancestors(leaf)), b"")
    merged = Range(0, 10 * BLOCK_PATHS)
    bucket.put(keys.tally_key(job.id, merged, job.tree.ancestors(merged)), b"")
    by_chunks = stored(bucket, job)
    monkeypatch.setattr(throughput, "COUNTED_AT_MOST", 10)
    in_shards = stored(bucket, job)
    assert sum(each.units for each in by_chunks) == sum(each.units for each in in_shards) == 11 * BLOCK_PATHS + 10
    assert (len(by_chunks), len(in_shards)) == (12, 3)
