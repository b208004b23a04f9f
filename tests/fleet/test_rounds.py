"""How far a job has come that stops when it is precise enough."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import pytest

from fleet import keys, markers, partial_results, throughput
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.listing import recent
from fleet.partial_results import ChunkResult
from fleet.progress import status
from fleet.results import result, rows_csv
from fleet.throughput import stored
from fleet.wording import in_words
from montecarlo.statistics.tally import BLOCK_PATHS

Do = Callable[[Job], None]
Submit = Callable[[Job], None]


@pytest.fixture
def do_rounds(bucket: Bucket) -> Callable[[Job, int], None]:
    """Do so many chunks, and tell that a worker has begun."""

    def do(job: Job, chunks: int) -> None:
        markers.write_marker(bucket, keys.running_key(job.id), worker="someone")
        for chunk in islice(job.tree.leaves(), chunks):
            part = ChunkResult(chunk, None, b"{}", job.experiment.run(*chunk), "attempt")
            partial_results.store(bucket, job, part)
            partial_results.complete(bucket, job, chunk)

    return do


def test_its_progress_is_how_wide_the_interval_is_and_how_many_paths_that_may_take(
    precise_job: Job, submit_job: Submit, do_rounds: Callable[[Job, int], None], bucket: Bucket
) -> None:
    """However high the ceiling is."""
    precise_job = precise_job.with_experiment(iterations=10**9, rows=False)
    submit_job(precise_job)
    do_rounds(precise_job, 3)
    early = replace(status(bucket, precise_job.id), rate=None)
    assert (early.done, early.expected, early.standing) == (3072, 4096, None)
    assert in_words(early) == "3,072 paths of 1,000,000,000 at most"
    do_rounds(precise_job, 5)
    now = replace(status(bucket, precise_job.id), rate=1000.0)
    assert (now.done, now.expected) == (5120, 16_384)
    assert in_words(now) == (
        "5,120 paths: ± 1.4 points of probability_of_loss, wanted ± 0.75; an estimated 16,384 needed (31 %), "
        "1,000 paths a second, less than a minute left"
    )
    assert now.warnings == precise_job.experiment.warnings


def test_a_complete_one_tells_how_many_paths_it_took(
    precise_job: Job, submit_job: Submit, do_job: Do, bucket: Bucket
) -> None:
    submit_job(precise_job)
    do_job(precise_job)
    found = status(bucket, precise_job.id)
    assert (found.state, found.done, found.expected) == ("complete", 16_384, 16_384)
    assert in_words(found) == "16,384 paths: ± 0.69 points of probability_of_loss, wanted ± 0.75"
    assert found.warnings == precise_job.experiment.warnings
    assert b"".join(rows_csv(bucket, precise_job)).count(b"\n") == 1 + found.done
    assert result(bucket, precise_job).splitlines()[1].startswith(b"paths,16384")
    assert [each.done for each in recent(bucket).rows] == [found.done]


@pytest.mark.parametrize("blocks", [4, 5])
def test_one_that_has_reached_its_ceiling_says_how_precise_it_is(
    precise_job: Job, submit_job: Submit, do_job: Do, bucket: Bucket, blocks: int
) -> None:
    """Also where that is the end of the first round."""
    precise_job = precise_job.with_experiment(iterations=blocks * BLOCK_PATHS)
    submit_job(precise_job)
    do_job(precise_job)
    found = status(bucket, precise_job.id)
    assert (found.state, found.done) == ("complete", blocks * BLOCK_PATHS)
    assert found.warnings[-1].startswith(f"the precision was not reached with {found.done:,} paths: ± 1.")
    assert found.warnings[-1].endswith("wanted ± 0.75; that may take 14,000 paths: give more iterations")


def test_where_what_it_is_told_from_is_damaged_the_rest_is_told(
    precise_job: Job, submit_job: Submit, do_job: Do, bucket: Bucket
) -> None:
    submit_job(precise_job)
    do_job(precise_job)
    bucket.put(f"{keys.tallies_folder(precise_job.id)}0-16384.json", b"{}")
    found = status(bucket, precise_job.id)
    assert (found.state, found.done, found.standing) == ("complete", 16_384, None)
    assert "how precise it is cannot be told: cannot read" in found.damage
    assert in_words(found) == "16,384 paths"


def test_both_ways_of_counting_agree_on_rounds(
    precise_job: Job, do_rounds: Callable[[Job, int], None], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    do_rounds(precise_job, 7)
    by_chunks = stored(bucket, precise_job)
    monkeypatch.setattr(throughput, "COUNTED_AT_MOST", 10)
    in_shards = stored(bucket, precise_job)
    assert sum(each.units for each in by_chunks) == sum(each.units for each in in_shards) == 7 * BLOCK_PATHS
    assert (len(by_chunks), len(in_shards)) == (7, 3)
