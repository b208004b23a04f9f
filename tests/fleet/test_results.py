from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, NotCompleteError, UnreadableObjectError
from fleet.job import Job
from fleet.new_job import make_sweep_job
from fleet.results import fetch_results, result, rows_csv
from fleet.tree import Range
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.sweep import TABLE
from montecarlo.statistics.summary import STATISTICS
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover

SUMMARY = b"statistic,value,low,high\n" + b"".join(f"{name},1,,\n".encode() for name in STATISTICS)


def rows_key(job: Job, chunk: Range) -> str:
    rows_format = job.experiment.rows_format
    assert rows_format
    return keys.rows_key(job.id, rows_format, chunk)


def rows_of(number: int, chunk: Range) -> bytes:
    return f"row of chunk {number}\n".encode() * (chunk.stop - chunk.first)


@pytest.fixture
def done(job: Job, bucket: Bucket) -> Job:
    """A job of three chunks whose results stand in the bucket, in words instead of numbers."""
    done = replace(job.with_experiment(iterations=2 * BLOCK_PATHS + 1), chunk=BLOCK_PATHS)
    for number, each in enumerate(done.tree.leaves()):
        bucket.put(rows_key(done, each), b"header\n" + rows_of(number, each))
    bucket.put(keys.summary_key(done.id), SUMMARY)
    return done


def test_parts_are_put_together_under_one_header(done: Job, bucket: Bucket, tmp_path: Path) -> None:
    fetch_results(bucket, done, tmp_path / "new" / "folder")
    files = {file.name: file.read_bytes() for file in (tmp_path / "new" / "folder").iterdir()}
    assert files == {
        "paths.csv": b"header\n" + b"".join(rows_of(number, each) for number, each in enumerate(done.tree.leaves())),
        "summary.csv": SUMMARY,
        "job.json": done.to_json(),
    }


@pytest.mark.parametrize("at_most", [100, 1000, 10**6])
def test_however_large_the_pieces_are_the_rows_are_the_same(done: Job, bucket: Bucket, at_most: int) -> None:
    header, rows = b"header" * 50 + b"\n", b"12\n" * BLOCK_PATHS
    two = done.with_experiment(iterations=2 * BLOCK_PATHS)
    bucket.put(keys.summary_key(two.id), b"summary")
    for chunk in two.tree.leaves():
        bucket.put(rows_key(two, chunk), header + rows)
    pieces = list(rows_csv(bucket, two, at_most))
    assert b"".join(pieces) == header + rows + rows
    assert max(map(len, pieces)) <= at_most


def test_a_job_without_rows_has_a_summary_only(done: Job, bucket: Bucket, tmp_path: Path) -> None:
    bare = done.with_experiment(rows=False)
    bucket.put(keys.summary_key(bare.id), SUMMARY)
    (tmp_path / "paths.csv").write_text("of another job")
    fetch_results(bucket, bare, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"summary.csv", "job.json"}
    with pytest.raises(NotCompleteError, match="keeps no rows"):
        rows_csv(bucket, bare)


def test_an_interrupted_fetch_leaves_what_was_there(done: Job, bucket: Bucket, tmp_path: Path) -> None:
    for name in ("job.json", "summary.csv", "paths.csv"):
        (tmp_path / name).write_text("of another job")
    bucket.delete(rows_key(done, list(done.tree.leaves())[1]))
    with pytest.raises(MissingObjectError, match=r"; delete \S+ and \S+summary.csv, then submit the same job again"):
        fetch_results(bucket, done, tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == dict.fromkeys(
        ("job.json", "summary.csv", "paths.csv"), "of another job"
    )


def test_rows_that_lack_some_are_not_put_together(done: Job, bucket: Bucket, tmp_path: Path) -> None:
    for chunk in done.tree.leaves():
        whole = bucket.get(rows_key(done, chunk))
        bucket.put(rows_key(done, chunk), whole[: len(whole) // 2])
        with pytest.raises(UnreadableObjectError, match=f"cannot read {rows_key(done, chunk)}: it has .* delete it"):
            fetch_results(bucket, done, tmp_path)
        bucket.put(rows_key(done, chunk), whole)
    bucket.put(rows_key(done, next(done.tree.leaves())), b"")
    with pytest.raises(UnreadableObjectError, match="it is empty"):  # at once
        rows_csv(bucket, done)


def test_before_a_job_is_complete_it_has_no_results(done: Job, bucket: Bucket, tmp_path: Path) -> None:
    bucket.delete(keys.summary_key(done.id))
    with pytest.raises(NotCompleteError, match=f"spotmc status {done.id}"):
        fetch_results(bucket, done, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    for ask in (rows_csv, result):
        with pytest.raises(NotCompleteError):
            ask(bucket, done)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x00\xff<html>",
        b"hello\n",
        SUMMARY[:-1],
        SUMMARY + SUMMARY,
        SUMMARY.replace(b",1,", b",<b>,", 1),
        SUMMARY.replace(b"return_mean", b"something"),
        SUMMARY.replace(b"return_mean,1,,\n", b""),
        SUMMARY.decode().encode("utf-16"),
    ],
)
def test_a_damaged_summary_is_not_handed_out(done: Job, bucket: Bucket, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "summary.csv").write_text("of another job")
    bucket.put(keys.summary_key(done.id), damage)
    for ask in (lambda: result(bucket, done), lambda: fetch_results(bucket, done, tmp_path)):
        with pytest.raises(
            UnreadableObjectError, match=f"cannot read {keys.summary_key(done.id)}: .*; delete it, then"
        ):
            ask()
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"summary.csv": "of another job"}


@pytest.mark.parametrize("damage", [b"", b"\x00\xff<html>", b"short,long\n", None])
def test_a_damaged_table_of_a_sweep_is_not_handed_out(
    history: PriceHistory, submit_job: Callable[[Job], None], do_job: Callable[[Job], None], bucket: Bucket,
    damage: bytes | None,
) -> None:  # fmt: skip
    over = {"short": (3, 5, 8)}
    sweep = make_sweep_job(history, strategy=SmaCrossover(2, 20), over=over, days=25, iterations=500, seed=1)
    submit_job(sweep)
    do_job(sweep)
    table = result(bucket, sweep, TABLE)
    assert table
    assert result(bucket, sweep)
    bucket.put(keys.result_key(sweep.id, TABLE), table[:-5] if damage is None else damage)
    with pytest.raises(UnreadableObjectError, match=f"delete it and {keys.summary_key(sweep.id)}, then"):
        result(bucket, sweep, TABLE)
