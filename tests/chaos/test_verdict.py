"""The judge sees what is wrong: without that, none of its verdicts would say anything."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fleet import keys, partial_results
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.queue import Queue
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.chaos import verdict
from tests.chaos.verdict import gaps_and_overlaps
from tests.chaos.workload import undisturbed
from worker.compute import Provenance, compute
from worker.instance_metadata import off_ec2

Spoil = Callable[[Bucket, Job], None]


@pytest.mark.parametrize(
    ("ranges", "lost", "duplicated"),
    [
        ([(0, 10), (10, 20), (20, 25)], 0, 0),
        ([(10, 20), (0, 10), (20, 25)], 0, 0),
        ([(0, 10), (20, 25)], 10, 0),
        ([(0, 10), (5, 20), (20, 25)], 0, 5),
        ([(0, 20), (5, 10), (20, 25)], 0, 5),
        ([(0, 10), (10, 20), (20, 30)], 0, 5),
        ([], 25, 0),
    ],
)
def test_paths_in_no_range_and_in_several_are_counted(
    ranges: list[tuple[int, int]], lost: int, duplicated: int
) -> None:
    assert gaps_and_overlaps(ranges, 25) == (lost, duplicated)


def remove(*names: str) -> Spoil:
    def spoil(bucket: Bucket, job: Job) -> None:
        for name in names:
            [key] = [entry.key for entry in bucket.list(keys.folder(job.id)) if entry.key.endswith(name)]
            bucket.delete(key)

    return spoil


def alter(name: str) -> Spoil:
    def spoil(bucket: Bucket, job: Job) -> None:
        [key] = [entry.key for entry in bucket.list(keys.folder(job.id)) if entry.key.endswith(name)]
        bucket.put(key, bucket.get(key).replace(b"1", b"2", 1))

    return spoil


def cut_otherwise(bucket: Bucket, job: Job) -> None:
    key = f"{keys.tallies_folder(job.id)}0-3082/0-1024.json"
    bucket.put(key.replace("0-1024.json", "512-1024.json"), bucket.get(key))


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (lambda *_: None, {}),
        (remove("tallies/0-3082/1024-2048.json"), {"lost": 1024, "complaints": True}),
        (remove("tallies/0-3082/1024-2048.json", "paths/1024-2048.csv"), {"lost": 1024}),
        (cut_otherwise, {"duplicated": 512, "complaints": True}),
        (alter("summary.csv"), {"differing": 1}),
        (alter("paths/2048-3072.csv"), {"differing": 1}),
        (remove("summary.csv"), {"complaints": True}),
    ],
    ids=["nothing", "a partial result", "a chunk", "an overlap", "the summary", "rows", "no summary"],
)
def test_what_is_spoilt_is_seen(
    spoil: Spoil, seen: dict[str, int | bool], done_job: Job, bucket: Bucket, tmp_path: Path
) -> None:
    spoil(bucket, done_job)
    found = verdict.of_job(bucket, done_job, undisturbed(done_job, tmp_path))
    assert found.lost == seen.get("lost", 0)
    assert found.duplicated == seen.get("duplicated", 0)
    assert found.differing == seen.get("differing", 0)
    assert bool(found.complaints) is seen.get("complaints", False)
    assert found.good is not bool(seen)


@pytest.fixture
def done_job(job: Job, bucket: Bucket) -> Job:
    """Four chunks, done by the worker's own code in this process."""
    four = replace(job.with_experiment(iterations=3 * BLOCK_PATHS + 10), chunk=BLOCK_PATHS)
    for chunk in four.tree.leaves():
        part, _ = compute(four, chunk, Provenance("worker", "0", off_ec2()), lambda done: None)
        partial_results.store(bucket, four, part)
        partial_results.complete(bucket, four, chunk)
    return four


def test_the_dead_letter_queue_must_hold_all_poison_and_nothing_else_each_with_its_reason(
    queue: Queue, dead_letters: Queue
) -> None:
    for body, attributes in (("poison", {"reason": "it is"}), ("food", {})):
        dead_letters.send(body, attributes)
    queue.send("left", {})
    left, missing, unwanted, no_reason = verdict.of_queues(queue, dead_letters, ["poison", "more poison"]).complaints
    assert "1 messages are left on the queue" in left
    assert missing == "1 of 2 poison messages are no dead letters: ['more poison']"
    assert unwanted == "1 of 2 dead letters are no poison: ['food']"
    assert "'food' has no reason" in no_reason


def test_poison_may_be_in_the_dead_letter_queue_twice_and_that_is_counted(queue: Queue, dead_letters: Queue) -> None:
    for _ in range(2):
        dead_letters.send("poison", {"reason": "it is"})
    found = verdict.of_queues(queue, dead_letters, ["poison"])
    assert found.good
    assert found.repeated == 1
