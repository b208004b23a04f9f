"""Jobs whose bits are not promised: what is read of a chunk comes from one attempt, whichever stays."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet import keys, partial_results
from fleet.bucket import Bucket
from fleet.errors import SettingsError
from fleet.job import Job
from fleet.message import attributes
from fleet.new_job import make_job, make_sweep_job
from fleet.partial_results import ChunkResult
from fleet.progress import status
from fleet.queue import Queue
from fleet.results import fetch_results, result, rows_csv
from fleet.settings import own_rules_allowed
from fleet.submit import preview, submit
from fleet.throughput import stored
from fleet.tree import Range
from montecarlo.accounting import rows as row_files
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments.run import run_to_folder
from montecarlo.own_rules.in_process import strategy_from
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from montecarlo.strategies.own_rule import OwnRule

ABOVE = b"def targets(closes, *, level: float = 2.0): return closes > level"


@pytest.fixture
def above(tmp_path: Path) -> OwnRule:
    """Long above a level."""
    path = tmp_path / "above.py"
    path.write_bytes(ABOVE)
    return strategy_from(path)


@pytest.fixture
def four_chunks(history: PriceHistory, above: OwnRule) -> Job:
    """The last of them is short."""
    job = make_job(history, strategy=above, days=20, iterations=3 * BLOCK_PATHS + 10, seed=7)
    return replace(job, chunk=BLOCK_PATHS)


@pytest.fixture
def four_of_a_sweep(history: PriceHistory, above: OwnRule) -> Job:
    over = {"level": (0.1, 0.9, 2.0)}
    job = make_sweep_job(history, strategy=above, over=over, days=20, iterations=3 * BLOCK_PATHS + 10, seed=7)
    return replace(job, chunk=BLOCK_PATHS)


def on(processor: str, job: Job) -> Job:
    """The job where another processor decides otherwise."""
    rule = job.experiment.own_rule
    assert rule
    assert rule.code

    class Otherwise:
        parameters = rule.code.parameters

        def first_decision(self, settings: Any) -> object:
            return 0

        def targets(self, closes: Any, settings: Any) -> object:
            return rule.code.targets(closes, settings) if processor == "this" else np.ones(closes.shape)  # type: ignore[union-attr]

    return replace(job, experiment=job.experiment.bound(Otherwise()))


def attempt(job: Job, chunk: Range, name: str) -> ChunkResult:
    rows = io.BytesIO()
    partial = job.experiment.run(*chunk, rows)
    return ChunkResult(chunk, rows.getvalue(), json.dumps({"worker": name}).encode(), partial, name)


def undisturbed(job: Job, folder: Path) -> dict[str, bytes]:
    """What one process finds for a job that has all of its chunks on one processor."""
    run_to_folder(job.experiment, folder)
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def test_two_processors_do_find_other_bits(four_chunks: Job) -> None:
    chunk = next(four_chunks.tree.leaves())
    first, second = (attempt(on(each, four_chunks), chunk, each) for each in ("this", "other"))
    assert first.rows != second.rows
    assert first.partial.to_bytes() != second.partial.to_bytes()


def test_rows_and_partial_result_of_a_chunk_come_from_the_attempt_that_was_stored_first(
    four_chunks: Job, bucket: Bucket, tmp_path: Path
) -> None:
    """A message was delivered twice, and two workers with other processors have done each chunk."""
    one, other = on("this", four_chunks), on("other", four_chunks)
    for chunk in four_chunks.tree.leaves():
        for job, name in ((one, "first"), (other, "second")):
            partial_results.store(bucket, four_chunks, attempt(job, chunk, name))
            partial_results.complete(bucket, four_chunks, chunk)
    alone = undisturbed(one, tmp_path)
    assert b"".join(rows_csv(bucket, four_chunks)) == alone["paths.csv"]
    assert result(bucket, four_chunks) == alone["summary.csv"]
    fetch_results(bucket, four_chunks, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "paths.csv").read_bytes() == alone["paths.csv"]


@pytest.mark.parametrize("vanishes", ["before its partial result", "after it"])
def test_whoever_vanishes_between_rows_and_partial_result_leaves_rows_that_nobody_reads(
    *, four_chunks: Job, bucket: Bucket, tmp_path: Path, vanishes: str
) -> None:
    one, other = on("this", four_chunks), on("other", four_chunks)
    for chunk in four_chunks.tree.leaves():
        lost = attempt(other, chunk, "lost")
        assert lost.rows is not None
        rows_format = four_chunks.experiment.rows_format
        assert rows_format
        key = keys.rows_key(four_chunks.id, rows_format, chunk, "lost")
        if vanishes == "before its partial result":
            bucket.put(key, lost.rows)
        partial_results.store(bucket, four_chunks, attempt(one, chunk, "kept"))
        if vanishes == "after it":
            bucket.put(key, lost.rows)
        partial_results.complete(bucket, four_chunks, chunk)
    alone = undisturbed(one, tmp_path)
    assert b"".join(rows_csv(bucket, four_chunks)) == alone["paths.csv"]
    assert result(bucket, four_chunks) == alone["summary.csv"]


def test_a_job_whose_chunks_come_from_two_processors_adds_up_what_its_rows_say(
    four_chunks: Job, bucket: Bucket
) -> None:
    """The summary's mean is that of the rows, whoever has done which chunk, and in whichever order they were stored."""
    for number, chunk in enumerate(four_chunks.tree.leaves()):
        names = ["this", "other"] if number % 2 else ["other", "this"]
        for name in names:
            partial_results.store(bucket, four_chunks, attempt(on(name, four_chunks), chunk, name))
        partial_results.complete(bucket, four_chunks, chunk)
    returns = row_files.from_csv(b"".join(rows_csv(bucket, four_chunks)))["return"]
    assert len(returns) == four_chunks.experiment.units
    summary = result(bucket, four_chunks).decode().splitlines()
    [mean] = [float(line.split(",")[1]) for line in summary if line.startswith("return_mean,")]
    assert mean == pytest.approx(returns.mean(), rel=1e-12)


def test_a_sweep_of_which_two_workers_did_the_same_chunk_is_that_of_the_first(
    four_of_a_sweep: Job, bucket: Bucket, tmp_path: Path
) -> None:
    job, one, other = four_of_a_sweep, on("this", four_of_a_sweep), on("other", four_of_a_sweep)
    for chunk in job.tree.leaves():
        for each, name in ((one, "first"), (other, "second")):
            partial_results.store(bucket, job, attempt(each, chunk, name))
            partial_results.complete(bucket, job, chunk)
    alone = undisturbed(one, tmp_path)
    assert {name: result(bucket, job, name) for name in alone} == alone


def test_progress_counts_a_chunk_once_however_many_attempts_there_were(four_chunks: Job, bucket: Bucket) -> None:
    bucket.put(keys.job_key(four_chunks.id), four_chunks.to_json())
    bucket.put(keys.submitted_key(four_chunks.id), b'{"at": "2026-01-01T00:00:00+00:00"}')
    chunk = next(four_chunks.tree.leaves())
    for name in ("this", "other"):
        partial_results.store(bucket, four_chunks, attempt(on(name, four_chunks), chunk, name))
    assert [each.units for each in stored(bucket, four_chunks)] == [BLOCK_PATHS]
    assert status(bucket, four_chunks.id).done == BLOCK_PATHS


def test_a_job_with_a_rule_names_it_and_is_read_without_it(
    four_chunks: Job, four_of_a_sweep: Job, above: OwnRule
) -> None:
    for job in (four_chunks, four_of_a_sweep):
        read = Job.from_json(job.to_json())
        assert read == job
        assert read.id == job.id
        assert read.to_json() == job.to_json()
        assert read.inputs["rule"] == above.digest
        assert read.experiment.own_rule
        assert read.experiment.own_rule.code is None
        assert attributes(read, "bucket")["file"] == "above.py"
        assert preview(read, "bucket")["job"] == job.to_dict()
    values = json.loads(four_chunks.to_json())
    del values["inputs"]["rule"]
    with pytest.raises(ParameterError, match="inputs must be"):
        Job.from_dict(values)


def test_a_rule_is_stored_beside_the_job_and_nothing_else_in_its_place(
    four_chunks: Job, history: PriceHistory, queue: Queue, bucket: Bucket
) -> None:
    with pytest.raises(ValueError, match="was made from other prices or another rule"):
        submit(four_chunks, history, queue, bucket, {"rule": ABOVE + b"\n"})
    with pytest.raises(ValueError, match="was made from other prices or another rule"):
        submit(four_chunks, history, queue, bucket)
    submit(four_chunks, history, queue, bucket, {"rule": ABOVE})
    assert bucket.get(f"rules/{four_chunks.inputs['rule']}.py") == ABOVE


def test_a_job_of_the_library_has_no_rule(job: Job) -> None:
    assert job.experiment.own_rule is None
    assert job.experiment.reproducible
    with pytest.raises(ValueError, match="this simulation has no rule of a person's own"):
        job.experiment.bound(strategy_from(lambda_rule).code)  # type: ignore[arg-type]
    assert isinstance(job.experiment.strategy, SmaCrossover)  # type: ignore[attr-defined]


def lambda_rule(closes: Any) -> Any:
    return closes > 0


@pytest.mark.parametrize(("said", "allowed"), [(None, False), ("", False), ("refuse", False), ("allow", True)])
def test_rules_are_refused_unless_they_are_allowed(said: str | None, allowed: bool) -> None:
    assert own_rules_allowed({} if said is None else {"SPOTMC_OWN_RULES": said}) == allowed


def test_a_permission_that_is_neither_is_refused() -> None:
    with pytest.raises(SettingsError, match="SPOTMC_OWN_RULES must be allow or refuse, not 'yes'"):
        own_rules_allowed({"SPOTMC_OWN_RULES": "yes"})
