from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.progress import cancel
from fleet.results import fetch_results
from montecarlo.tally import BLOCK_PATHS
from spotmc.run import run_job
from worker.work import Outcome, do


@pytest.fixture
def four_sittings(job: Job) -> Job:
    """The last of them is short."""
    return replace(job, simulation=replace(job.simulation, iterations=3 * BLOCK_PATHS + 10), sitting=BLOCK_PATHS)


def never() -> bool:
    return False


def after(times: int) -> Callable[[], bool]:
    """False so many times, then true."""
    asked = count()
    return lambda: next(asked) >= times


def contents(bucket: Bucket) -> dict[str, bytes]:
    return {entry.key: bucket.get(entry.key) for entry in bucket.list("jobs/")}


@pytest.mark.parametrize("rows", [True, False], ids=["with rows", "without rows"])
def test_the_results_are_those_of_the_same_job_in_one_process(
    four_sittings: Job, rows: bool, bucket: Bucket, tmp_path: Path
) -> None:
    job = replace(four_sittings, paths=rows)
    assert do(job, bucket, never) is Outcome.COMPLETE
    fetch_results(bucket, job, tmp_path / "fleet")
    run_job(job, tmp_path / "here", threads=1)
    fetched, run = ({file.name: file.read_bytes() for file in (tmp_path / at).iterdir()} for at in ("fleet", "here"))
    assert fetched == run
    assert ("paths.csv" in fetched) is rows


def test_each_sitting_is_a_part_and_a_tally_of_its_own(four_sittings: Job, bucket: Bucket) -> None:
    do(four_sittings, bucket, never)
    folder = keys.folder(four_sittings.id)
    ranges = ["0-1024", "1024-2048", "2048-3072", "3072-3082"]
    assert bucket.names(f"{folder}paths/") == {f"{each}.csv" for each in ranges}
    assert bucket.names(f"{folder}tallies/") == {f"{each}.json" for each in ranges}


@pytest.mark.parametrize("blocks", range(4))
def test_work_that_is_stopped_anywhere_and_taken_up_again_gives_the_same_bytes(
    four_sittings: Job, blocks: int, bucket: Bucket
) -> None:
    assert do(four_sittings, bucket, after(blocks)) is Outcome.STOPPED
    stored = contents(bucket)
    assert len(stored) == 2 * blocks, "whole sittings, rows and tally each"
    assert do(four_sittings, bucket, never) is Outcome.COMPLETE
    resumed = contents(bucket)
    for key in resumed:
        bucket.delete(key)
    do(four_sittings, bucket, never)
    assert resumed == contents(bucket)
    assert stored.items() <= resumed.items()


def test_what_is_stored_is_not_computed_again(four_sittings: Job, bucket: Bucket) -> None:
    do(four_sittings, bucket, after(3))
    assert do(four_sittings, bucket, after(1)) is Outcome.COMPLETE, "one block was left"
    assert do(four_sittings, bucket, after(0)) is Outcome.COMPLETE


def test_rows_without_their_tally_do_not_count_as_done(four_sittings: Job, bucket: Bucket) -> None:
    """A worker may vanish between the two."""
    do(four_sittings, bucket, never)
    good = contents(bucket)
    bucket.put(keys.part_key(four_sittings.id, 0, BLOCK_PATHS), b"half a fi")
    bucket.delete(keys.tally_key(four_sittings.id, 0, BLOCK_PATHS))
    bucket.delete(keys.summary_key(four_sittings.id))
    do(four_sittings, bucket, never)
    assert contents(bucket) == good


def test_a_cancelled_job_is_left_as_it_is(four_sittings: Job, bucket: Bucket) -> None:
    bucket.put(keys.job_key(four_sittings.id), four_sittings.to_json())
    do(four_sittings, bucket, after(1))
    cancel(bucket, four_sittings.id)
    before = contents(bucket)
    assert do(four_sittings, bucket, never) is Outcome.CANCELLED
    assert contents(bucket) == before
