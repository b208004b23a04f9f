"""Folders of results: nobody loses one by giving a command a second time."""

import json
import os
from errno import ENOSPC
from pathlib import Path

import click
import pytest

from fleet.job import Job
from montecarlo.experiments import run
from montecarlo.experiments.results_folder import OccupiedError
from spotmc.cli import main
from spotmc.errors import as_click_errors
from spotmc.run import run_job

SMALL = ("--short", "5", "--long", "20", "--days", "60", "--iterations", "64")
SWEEP = ("--short", "5,10", "--long", "20", "--days", "60", "--iterations", "64")
RULE = """
import numpy as np

def targets(closes):
    return np.ones(closes.shape)
"""


@pytest.fixture
def spotmc(tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder: its status, what it prints, and what it says besides but for warnings."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capsys.readouterr()
        said = [line for line in printed.err.splitlines() if not line.startswith(("warning:", "Compiling", "Trying"))]
        return left.value.code, printed.out, "\n".join(said)

    return run


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (("run", *SMALL), ("run", *SMALL), "job.json, paths.csv, uncertainty.csv, summary.csv"),
        (("run", *SMALL), ("sweep", *SWEEP), "job.json, paths.csv, uncertainty.csv, summary.csv"),
        (("sweep", *SWEEP), ("run", *SMALL), "job.json, summary.csv, sweep.csv"),
        (("backtest", "--short", "5"), ("backtest", "--short", "6"), "job.json, equity.csv, trades.csv, summary.csv"),
    ],
    ids=["run", "sweep after run", "run after sweep", "backtest"],
)
def test_results_of_another_run_are_overwritten_only_on_request(spotmc, tmp_path, first, second, names):
    assert spotmc(*first, "--out", "res")[0] == 0
    (tmp_path / "res" / "notes.txt").write_text("mine")
    before = read(tmp_path / "res")
    code, output, said = spotmc(*second, "--out", "res")
    assert (code, output) == (2, "")
    assert said == (
        f"spotmc {second[0]}: res/ has {names}, of another run or your own: "
        "--overwrite replaces that, --out names another folder"
    )
    assert read(tmp_path / "res") == before

    assert spotmc(*second, "--out", "res", "--overwrite")[0] == 0
    after = read(tmp_path / "res")
    assert after["notes.txt"] == b"mine"
    expected = {
        "backtest": {"job.json", "equity.csv", "trades.csv", "summary.csv"},
        "run": {"job.json", "paths.csv", "uncertainty.csv", "summary.csv"},
    }
    assert after.keys() - {"notes.txt"} == expected.get(second[0], {"job.json", "sweep.csv", "summary.csv"})
    assert all(after[name] != before[name] for name in after.keys() & before.keys() - {"notes.txt"})


def test_files_of_a_persons_own_are_not_said_to_be_another_runs(spotmc, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "summary.csv").write_text("mine")
    code, _, said = spotmc("run", *SMALL, "--out", "own")
    assert (code, "own/ has summary.csv, of another run or your own: --overwrite" in said) == (2, True), said
    assert read(tmp_path / "own") == {"summary.csv": b"mine"}


@pytest.mark.parametrize("command", [("run", *SMALL, "--seed", "7"), ("sweep", *SWEEP, "--seed", "7"), ("backtest",)])
def test_the_same_once_more_is_no_loss(spotmc, tmp_path, command):
    folders = []
    for _ in range(2):
        assert spotmc(*command, "--out", "res")[0] == 0
        folders.append(read(tmp_path / "res"))
    assert folders[0] == folders[1]


def test_the_folder_of_a_job_takes_the_same_job_again(spotmc, tmp_path):
    for _ in range(2):
        code, output, _ = spotmc("run", *SMALL, "--seed", "7", "--json")
        assert code == 0
    assert [path.name for path in tmp_path.iterdir()] == [json.loads(output)["job_id"]]


def test_a_rule_of_ones_own_is_never_overwritten_by_the_copy_beside_results(spotmc, tmp_path):
    (tmp_path / "hold.py").write_text(RULE)
    (tmp_path / "rule.py").write_text("another rule of mine")
    small = (*SMALL[4:], "--seed", "7")
    code, _, said = spotmc("run", "--strategy", "hold.py", *small, "--out", ".")
    assert (code, "./ has rule.py, of another run or your own" in said) == (2, True), said
    assert (tmp_path / "rule.py").read_text() == "another rule of mine"

    assert spotmc("run", "--strategy", "hold.py", *small, "--out", "res")[0] == 0
    assert (tmp_path / "res" / "rule.py").read_text() == RULE
    assert spotmc("run", *SMALL, "--out", "res", "--overwrite")[0] == 0
    assert not (tmp_path / "res" / "rule.py").exists()  # it is the other job's


def test_what_fails_in_the_middle_leaves_what_was_there(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_job(job, tmp_path / "res", threads=1)
    before = read(tmp_path / "res")
    other = job.with_experiment(seed=8)
    with pytest.raises(OccupiedError):
        run_job(other, tmp_path / "res", threads=1)

    def fail(rows):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run, "_whole", fail)
    for folder in ("res", "new"):
        with pytest.raises(OSError, match="No space"):
            run_job(other, tmp_path / folder, threads=1, overwrite=True)
    assert read(tmp_path / "res") == before
    assert not (tmp_path / "new").exists()


def test_results_are_fetched_over_others_only_on_request(*, spotmc, tmp_path, job, submit_job, do_job):
    submit_job(job)
    do_job(job)
    for _ in range(2):
        assert spotmc("results", job.id)[0] == 0
    (tmp_path / job.id / "job.json").write_text("of another")
    code, _, said = spotmc("results", job.id)
    assert (code, "--overwrite replaces that" in said) == (2, True), said
    assert (tmp_path / job.id / "job.json").read_text() == "of another"
    assert spotmc("results", job.id, "--overwrite")[0] == 0
    assert (tmp_path / job.id / "job.json").read_bytes() == job.to_json()


def test_a_run_that_was_interrupted_goes_on_from_its_checkpoints(spotmc, tmp_path, monkeypatch):
    monkeypatch.setattr("montecarlo.experiments.simulation.CHUNK_WITH_ROWS", 1024)
    arguments = ("run", "--short", "5", "--long", "20", "--days", "60", "--iterations", "4000")
    code, _, said = spotmc(*arguments, "--checkpoints", "kept")
    assert (code, "--checkpoints needs --seed" in said) == (2, True)
    arguments += ("--seed", "1")
    assert spotmc(*arguments, "--out", "whole")[0] == 0

    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, content: (_ for _ in ()).throw(OSError(28, "full", path)))
    assert spotmc(*arguments, "--out", "res", "--checkpoints", "kept")[0] == 1
    monkeypatch.setattr(Path, "write_bytes", lambda path, content: (_ for _ in ()).throw(KeyboardInterrupt))
    code, _, said = spotmc(*arguments, "--out", "res", "--checkpoints", "kept")
    assert (code, f"lies in {next((tmp_path / 'kept').iterdir()).relative_to(tmp_path)}/" in said) == (130, True), said
    monkeypatch.setattr(Path, "write_bytes", write)
    assert not (tmp_path / "res").exists()
    next((tmp_path / "kept").rglob("1024-2048.chunk")).unlink()

    code, _, said = spotmc(*arguments, "--out", "res", "--checkpoints", "kept")
    assert (code, said) == (0, "1,024 of 4,000 paths were done before, and are not done again")
    assert read(tmp_path / "res") == read(tmp_path / "whole")
    assert list((tmp_path / "kept").iterdir()) == []


def test_where_the_disk_is_full_a_person_is_told_what_helps() -> None:
    words = "No space left on device: make room, or choose a place on another"
    with pytest.raises(click.ClickException, match=words), as_click_errors():
        raise OSError(ENOSPC, os.strerror(ENOSPC))
