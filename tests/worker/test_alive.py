"""A job of one large chunk, and a real worker: it is seen to live, and is left when that is wanted."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet import keys, markers, reports
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.partial_results import so_far
from fleet.progress import cancel, status
from fleet.settings import Settings
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.local_stack.processes import Child

Submit = Callable[[Job], None]
Start = Callable[..., Child]
Eventually = Callable[..., None]

PATHS = 5_000_000
LEFT_SECONDS = 15  # a second, on a machine that does nothing else


@pytest.fixture(autouse=True)
def run_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTMC_RUN_DIR", str(tmp_path / "run"))


@pytest.fixture
def one_chunk(job: Job) -> Job:
    """Some seconds of very many processors."""
    large = job.with_experiment(days=12_600, iterations=PATHS, rows=False, uncertainty=False)
    return replace(large, chunk=-(-PATHS // BLOCK_PATHS) * BLOCK_PATHS)


def logged(worker: Child, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.endswith("}")]
    return [line for line in lines if line.get("event") == event]


def test_a_single_chunk_tells_how_far_it_is_and_what_it_amounts_to_and_is_left_when_that_is_wanted(
    *, one_chunk: Job, submit_job: Submit, bucket: Bucket, start_worker: Start, eventually: Eventually
) -> None:
    submit_job(one_chunk)
    worker = start_worker()
    eventually(lambda: status(bucket, one_chunk.id).done)
    now = status(bucket, one_chunk.id)
    assert (now.state, now.expected) == ("running", PATHS)
    assert 0 < now.done < PATHS
    assert now.rate is not None
    assert now.seconds_left is not None
    [at_it] = now.workers
    assert (at_it.job, at_it.first, at_it.stop) == (one_chunk.id, 0, PATHS)
    assert not list(bucket.list(keys.tallies_folder(one_chunk.id))), "nothing is stored yet"

    found = so_far(bucket, one_chunk)
    assert found is not None
    assert found.units % BLOCK_PATHS == 0
    assert found.total.to_bytes() == one_chunk.experiment.run(0, found.units).to_bytes(), "to the last bit"
    eventually(lambda: status(bucket, one_chunk.id).done > now.done)
    [seen] = reports.seen_lately(bucket, datetime.now(UTC))
    assert (seen.worker, seen.left) == (at_it.worker, False)

    cancel(bucket, one_chunk.id)
    eventually(lambda: logged(worker, "skipped"))
    [skipped] = logged(worker, "skipped")
    assert skipped["reason"] == "its job is cancelled"
    asked = markers.time_of(bucket, keys.cancelled_key(one_chunk.id))
    assert (datetime.fromisoformat(skipped["time"]) - asked).total_seconds() < LEFT_SECONDS
    assert not logged(worker, "stored")
    assert status(bucket, one_chunk.id).done == 0, "what is thrown away counts for nothing"

    other = one_chunk.with_experiment(seed=8)
    submit_job(other)
    eventually(lambda: status(bucket, other.id).done)
    told = datetime.now(UTC)
    worker.process.terminate()
    assert worker.process.wait(60) == 0
    [handed_back] = logged(worker, "handed-back")
    assert handed_back["job"] == other.id
    assert (datetime.fromisoformat(handed_back["time"]) - told).total_seconds() < LEFT_SECONDS
    assert status(bucket, other.id).done == 0, "it takes back what it said"
    assert [each.left for each in reports.seen_lately(bucket, datetime.now(UTC))] == [True]
