"""``train`` does what ``spotmc`` does, says why where it cannot, and goes on where it was interrupted."""

import json
import random
import re
import shutil
import signal
import subprocess
import time

import pytest

from container import metrics
from fleet.job import Job
from montecarlo.charts.picture import picture_of
from montecarlo.data.sources import load_history
from montecarlo.strategies import strategy_from_dict
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import TrainedModel

BESIDE = ("strategy.json", "picture.png")
SIMULATE = {"work": "simulate", "short": "5", "long": "20", "days": "60", "iterations": "3000", "seed": "7"}
GRID = {"work": "train", "n": "5:12:1", "name": "aapl"}

RULE = b"""
import numpy as np

def targets(closes, high=1.0):
    return np.ones(closes.shape) * high
"""


@pytest.mark.parametrize(
    ("hyperparameters", "command"),
    [
        (
            {**SIMULATE, "model": '"normal"', "commission": "0.001", "warm_up": "True"},
            "run --short 5 --long 20 --days 60 --iterations 3000 --seed 7 --commission 0.001 --warm-up",
        ),
        pytest.param(
            {"work": "backtest", "strategy": "breakout", "stop_loss": "0.05", "years": "3"},
            "backtest --strategy breakout --stop-loss 0.05 --years 3",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"work": "sweep", "short": "5:15:5", "days": "300", "iterations": "2000", "set_model": "drift=0.05"},
            "sweep --short 5:15:5 --days 300 --iterations 2000 --seed 1 --set-model drift=0.05",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"work": "simulate", "precision": "probability_of_loss=0.02", "days": "300", "rows": "true"},
            "run --precision probability_of_loss=0.02 --days 300 --rows --seed 1",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"work": "train", "n": "5,10", "method": "trees", "name": "aapl"},
            "train --n 5,10 --method trees --name aapl --no-verdict",
            marks=pytest.mark.thorough,
        ),
    ],
    ids=["simulate", "backtest", "sweep", "precision", "train"],
)
def test_results_are_the_bytes_of_the_command(lay_out, spotmc, hyperparameters, command):
    job = lay_out({**hyperparameters, "symbol": "AAPL", "source": "sample"})
    code, log = job.run()
    assert (code, job.failure) == (0, None), log
    history = load_history("AAPL", "sample", years=int(hyperparameters.get("years", 200)))
    assert job.model["picture.png"] == picture_of(job.model, Job.from_json(job.model["job.json"]).experiment, history)
    assert {name: content for name, content in job.model.items() if name not in BESIDE} == spotmc(*command.split())

    found = metrics.found_in(log)
    named = {"simulate": "probability_of_loss", "backtest": "sharpe", "sweep": "validated_return", "train": "long_auc"}
    assert {named[hyperparameters["work"]], "units_done"} <= found.keys()
    assert ("Sharpe Ratio" in found) == ("Total PnL" in found) == (hyperparameters["work"] != "train")
    if hyperparameters["work"] == "sweep":
        assert "strategy.json" not in job.model
        return
    served = strategy_from_dict(json.loads(job.model["strategy.json"]))
    if isinstance(served, MlForecast):
        served = served.with_inputs({"model": job.model["model.json"]})
        assert served.at_hand == TrainedModel.from_json(job.model["model.json"])


@pytest.mark.thorough
def test_a_file_of_somebody_elses_prices_is_read_as_the_command_reads_it(lay_out, spotmc, snapshot, tmp_path):
    lines = [line.split(",")[:5] for line in snapshot.decode().splitlines()]
    foreign = "\n".join(";".join(line) for line in reversed(lines[1:]))
    content = f"Date;Open;High;Low;Close\n{foreign}\n".encode()
    (tmp_path / "theirs.csv").write_bytes(content)
    job = lay_out({"work": "backtest"}, {"prices": {"theirs.csv": content}})
    code, log = job.run()
    assert code == 0, log
    files = {name: each for name, each in job.model.items() if name not in BESIDE}
    assert files == spotmc("backtest", "--prices", "theirs.csv")


@pytest.mark.thorough
def test_a_trained_model_is_traded_out_of_the_archive_that_its_training_left(lay_out, spotmc, tmp_path):
    trained = lay_out({"work": "train", "symbol": "AAPL", "source": "sample"}, root=tmp_path / "training")
    assert trained.run()[0] == 0
    archive = tmp_path / "model.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", tmp_path / "training" / "model", "."], check=True)
    prices = (tmp_path / "training" / "input" / "data" / "prices" / "AAPL.csv").read_bytes()
    channels = {"prices": {"AAPL.csv": prices}, "model": {"model.tar.gz": archive.read_bytes()}}
    job = lay_out({"work": "backtest", "strategy": "ml-forecast", "symbol": "AAPL", "source": "sample"}, channels)
    code, log = job.run()
    assert code == 0, log
    model = tmp_path / "training" / "model" / "model.json"
    expected = spotmc("backtest", "--strategy", "ml-forecast", "--model-file", str(model))
    assert {name: each for name, each in job.model.items() if name not in BESIDE} == expected


def test_all_that_is_wrong_is_said_at_once(lay_out):
    job = lay_out({"work": "simulate", "shorrt": "5", "days": "0"}, {"model": {}}, hosts=("algo-1", "algo-2"))
    (job.root / "model" / "notes.txt").write_text("mine")
    code, log = job.run()
    assert code == 2, log
    assert job.failure is not None
    for words in ("did you mean short?", "days must be a whole number", "InstanceCount", "channel prices is missing"):
        assert words in job.failure, words
    assert "channel model has no file" in job.failure
    assert "Traceback" not in log
    assert job.model == {"notes.txt": b"mine"}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("hyperparameters", "prices", "words"),
    [
        ({"work": "backtest"}, b"date,close\n2020-01-01,1\n", "expected at least 60 returns"),
        ({"work": "backtest", "source": "sample"}, None, "symbol must be given"),
        ({"work": "backtest", "source": "sample", "symbol": "AAPL"}, b"Date,Close\n1\n", "leave out source=sample"),
        ({"work": "sweep", "short": "5,10", "long": "5,10", "stop_loss": "0.1,0.2"}, None, "too much to vary"),
        ({"work": "train", "n": "5", "share": "0.999"}, None, "share"),
        ({"work": "simulate", "iterations": "x" * 2501}, None, "2,501 characters"),
    ],
)
def test_what_cannot_be_done_as_it_is_asked_for_is_told(lay_out, snapshot, hyperparameters, prices, words):
    job = lay_out(hyperparameters, {"prices": {"AAPL.csv": prices or snapshot}})
    code, log = job.run()
    assert code == 2, log
    assert words in (job.failure or "")
    assert len(job.failure or "") <= 1024
    assert "Traceback" not in log
    assert job.model == {}


@pytest.mark.thorough
def test_a_rule_of_ones_own_runs_only_where_that_is_allowed(lay_out, spotmc, snapshot, tmp_path):
    (tmp_path / "high.py").write_bytes(RULE)
    channels = {"prices": {"AAPL.csv": snapshot}, "rule": {"high.py": RULE}}
    job = lay_out({"work": "backtest", "symbol": "AAPL", "source": "sample"}, channels)
    code, _ = job.run()
    assert code == 2
    assert "set SPOTMC_OWN_RULES=allow" in (job.failure or "")
    assert job.model == {}
    code, log = job.run(SPOTMC_OWN_RULES="allow")
    assert (code, job.failure) == (0, None), log
    expected = spotmc("backtest", "--strategy", "high.py")
    assert {name: each for name, each in job.model.items() if name not in BESIDE} == expected
    assert job.model["rule.py"] == RULE


def stop(job):
    """Tell it to stop once it has a checkpoint; gives how many it has then."""
    with job.begun() as program:
        while not job.checkpoints and program.poll() is None:
            time.sleep(0.01)
        program.send_signal(signal.SIGTERM)
        log = program.communicate()[0]
    assert program.returncode == 143, log
    return len(job.checkpoints)


def test_one_that_is_told_to_stop_says_how_far_it_was_and_leaves_no_half_results(lay_out):
    job = lay_out({**GRID, "symbol": "AAPL", "source": "sample"})
    done = stop(job)
    assert 0 < done < 8
    assert job.failure is not None
    assert re.match(r"Stopped by SIGTERM after [1-8] of 8 models; ", job.failure)
    assert job.failure.endswith("it goes on from the last of them")
    assert job.model == {}


@pytest.mark.thorough
def test_one_that_was_stopped_goes_on_when_it_is_started_again(lay_out, spotmc):
    job = lay_out({**GRID, "symbol": "AAPL", "source": "sample"})
    done = stop(job)
    code, log = job.run()
    assert (code, job.failure) == (0, None), log
    assert f"{done} of 8 models were done before" in log
    expected = spotmc("train", "--n", "5:12:1", "--name", "aapl", "--no-verdict")
    assert {name: each for name, each in job.model.items() if name not in BESIDE} == expected


def forget(job):
    for folder in ("model", "checkpoints"):
        shutil.rmtree(job.root / folder)
        (job.root / folder).mkdir()


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_one_that_is_killed_at_ten_random_moments_ends_with_the_same_bytes(lay_out, spotmc):
    moments = random.Random(17)
    asked = {"work": "simulate", "short": "5", "long": "20", "days": "60", "iterations": "1000000", "seed": "7"}
    job = lay_out({**asked, "rows": "true", "symbol": "AAPL", "source": "sample"})
    began = time.monotonic()
    assert job.run()[0] == 0
    takes = time.monotonic() - began
    forget(job)
    killed = resumed = 0
    while killed < 10:
        with job.begun() as program:
            time.sleep(moments.uniform(0, takes))
            program.send_signal(signal.SIGKILL)
            log = program.communicate()[0]
        resumed += "paths were done before" in log
        killed += program.returncode == -signal.SIGKILL
        if program.returncode == 0:  # it has come through between two kills
            forget(job)
    assert resumed
    code, log = job.run()
    assert (code, job.failure) == (0, None), log
    sample = ("--short", "5", "--long", "20", "--days", "60", "--iterations", "1000000", "--seed", "7")
    expected = spotmc("run", *sample, "--rows")
    assert {name: each for name, each in job.model.items() if name not in BESIDE} == expected


@pytest.mark.thorough
def test_a_full_disk_is_told_and_loses_nothing(lay_out, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)

    try:
        job = lay_out({**SIMULATE, "symbol": "AAPL", "source": "sample", "iterations": "20000"}, root=disk / "opt-ml")
        (job.root / "model" / "notes.txt").write_text("mine")
        # Who may not mount has files that can grow no further.
        code, log = job.run() if mounted.returncode == 0 else job.run("ulimit -f 500")
        assert code == 1, log
        assert job.failure is not None
        assert "VolumeSizeInGB" in job.failure
        assert job.failure.startswith(("No space left on device", "File too large"))
        assert job.model == {"notes.txt": b"mine"}
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", disk], check=True)
