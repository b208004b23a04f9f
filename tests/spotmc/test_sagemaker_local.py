"""``spotmc sagemaker train … --local`` and ``deploy --local``: the container's own programs, as processes."""

import io
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pandas as pd
import psutil
import pytest

import montecarlo as mc
from container.metrics import METRICS
from montecarlo.charts.picture import picture_of
from montecarlo.data.bars import Bars
from montecarlo.experiments.historical import files_of, make_historical
from montecarlo.experiments.results_folder import OccupiedError
from montecarlo.statistics.summary import summary_to_csv
from spotmc.folder_in_use import held
from spotmc.sagemaker import folders, harness
from tests.archives import damaged
from tests.programs import ROOT

Spotmc = Callable[..., tuple[int, str, str]]

RULE = ("--symbol", "AAPL", "--source", "sample", "--short", "40", "--long", "100")
BACKTEST = ("sagemaker", "train", "backtest", *RULE, "--local")
ASKED = {
    "work": "backtest",
    "strategy": "sma-crossover",
    "symbol": "AAPL",
    "source": "sample",
    "short": "40",
    "long": "100",
}
RULE_OF_ONES_OWN = """
import numpy as np

def targets(closes, days=3):
    wanted = np.zeros(closes.shape)
    wanted[days:] = closes[days:] > closes[:-days]
    return wanted
"""
LONG = ("--days", "250", "--iterations", "1000000", "--seed", "7", "--no-uncertainty", "--no-rows")


@pytest.fixture(scope="module")
def history() -> mc.PriceHistory:
    return mc.load_history("AAPL", source="sample")


@pytest.fixture
def inputs(history: mc.PriceHistory) -> dict[str, Any]:
    return {"prices": {"prices.csv": history.to_csv()}}


@pytest.mark.thorough
def test_a_backtest_leaves_what_the_library_finds_with_metrics_and_a_picture(
    spotmc: Spotmc, tmp_path: Path, history: mc.PriceHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of nobody's concern")
    folder = tmp_path / "a job"
    status, printed, said = spotmc(*BACKTEST, "--out", str(folder), "--json")
    assert status == 0, said
    strategy = mc.SmaCrossover(short=40, long=100)
    found = mc.backtest(history, strategy)
    files = {path.name: path.read_bytes() for path in (folder / "model").iterdir()}
    expected = files_of(found)
    assert {name: files[name] for name in expected} == expected
    assert files["picture.png"] == picture_of(expected, make_historical(history, strategy, mc.Rules()), history)
    assert json.loads(files["strategy.json"]) == strategy.to_dict()
    told = json.loads(printed)
    values = found.summary.set_index("statistic")["value"]
    assert told["metrics"]["Total PnL"] == values["final_value"] - 100_000
    assert told["metrics"]["Sharpe Ratio"] == values["sharpe"]
    assert told["metrics"].keys() <= {each.name for each in METRICS}
    assert (folder / folders.LOG).read_text() in said
    with tarfile.open(told["archive"]) as archive:
        assert sorted(archive.getnames()) == sorted(files)
    config = folder / "input" / "config"
    assert json.loads((config / "hyperparameters.json").read_text()) == ASKED
    assert json.loads((config / "inputdataconfig.json").read_text()).keys() == {"prices"}
    assert json.loads((config / "resourceconfig.json").read_text())["hosts"] == ["algo-1"]


@pytest.mark.thorough
def test_what_cannot_be_done_ends_with_the_reason_and_nothing_to_serve(
    tmp_path: Path, inputs: dict[str, Any], spotmc: Spotmc
) -> None:
    lines: list[str] = []
    job = harness.train({**ASKED, "shrot": "5"}, inputs, tmp_path / "job", say=lines.append)
    assert (job.status, job.archive, job.metrics) == (2, None, {})
    assert "did you mean short?" in job.failure
    assert job.failure in "\n".join(lines)
    status, _, said = spotmc("sagemaker", "deploy", "--local", str(tmp_path / "job"))
    assert (status, "because its job failed" in said, job.failure in said) == (1, True, True)


def test_a_folder_of_another_job_or_of_ones_own_stays(tmp_path: Path, inputs: dict[str, Any], spotmc: Spotmc) -> None:
    assert not folders.lay_out(tmp_path, ASKED, inputs)
    (tmp_path / "checkpoints" / "half").write_text("done")
    assert folders.lay_out(tmp_path, dict(reversed(ASKED.items())), inputs)
    assert (tmp_path / "checkpoints" / "half").exists()
    with pytest.raises(OccupiedError, match="input, model, output, checkpoints"):
        folders.lay_out(tmp_path, {**ASKED, "short": "41"}, inputs)
    assert folders.lay_out(tmp_path, ASKED, inputs)
    assert not folders.lay_out(tmp_path, {**ASKED, "short": "41"}, inputs, overwrite=True)
    assert not (tmp_path / "checkpoints" / "half").exists()
    with held(tmp_path):
        status, _, said = spotmc(*BACKTEST, "--out", str(tmp_path), "--overwrite")
        assert (status, "is in use by another process: wait for it" in said) == (1, True), said
    status, _, said = spotmc(*BACKTEST, "--out", str(tmp_path))
    assert (status, "--overwrite replaces that, --out names another folder" in said) == (2, True)


@pytest.mark.thorough
def test_a_seed_that_was_drawn_stays_until_the_job_has_ended_well(tmp_path: Path, spotmc: Spotmc) -> None:
    asked = ("sagemaker", "train", "simulate", *RULE, "--days", "150", "--iterations", "100", "--local")
    folder = tmp_path / "job"
    assert spotmc(*asked, "--out", str(folder))[0] == 0
    rows = (folder / "model" / "paths.csv").read_bytes()
    assert folders.seed_begun(folder) is None
    assert spotmc(*asked, "--out", str(folder))[0] == 2
    (folder / folders.ARCHIVE).unlink()
    seed = folders.seed_begun(folder)
    status, _, said = spotmc(*asked, "--out", str(folder))
    assert (status, (folder / "model" / "paths.csv").read_bytes() == rows) == (0, True), said
    assert spotmc(*asked, "--seed", str(seed), "--out", str(folder))[0] == 0
    assert folders.seed_begun(tmp_path) is None


def test_an_archive_has_the_files_alone_and_is_the_same_again(tmp_path: Path) -> None:
    (tmp_path / "model" / "code").mkdir(parents=True)
    for name in ("summary.csv", "code/rule.py"):
        (tmp_path / "model" / name).write_text(name)
    first = folders.pack(tmp_path).read_bytes()
    os.utime(tmp_path / "model" / "summary.csv", (1, 1))
    assert folders.pack(tmp_path).read_bytes() == first
    with folders.unpacked(tmp_path / folders.ARCHIVE) as root:
        assert (root / "model" / "code" / "rule.py").read_text() == "code/rule.py"
    assert not root.exists()
    broken = tmp_path / "broken.tar.gz"
    for content in (first[:50], damaged("summary.csv")):
        broken.write_bytes(content)
        with pytest.raises(folders.ArchiveError, match="cannot be unpacked"), folders.unpacked(broken):
            pass


@contextmanager
def begun(folder: Path) -> "Iterator[tuple[subprocess.Popen[str], IO[str]]]":
    """A long simulation whose train has begun to simulate, and what it says from then on."""
    command = [sys.executable, "-m", "spotmc", "sagemaker", "train", "simulate", *RULE, *LONG, "--local", "--out"]
    with subprocess.Popen(
        [*command, str(folder)], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("simulate: "):
                yield process, process.stderr
                return
        raise AssertionError("".join(said))


@pytest.mark.thorough
def test_one_that_is_interrupted_goes_on_and_ends_with_the_same_bytes(tmp_path: Path, history: mc.PriceHistory) -> None:
    with begun(tmp_path / "job") as (process, output):
        process.send_signal(signal.SIGINT)
        said = output.read()
    assert process.returncode == 130
    assert f"--out {tmp_path / 'job'} --seed 7 goes on" in said
    assert (tmp_path / "job" / "output" / "failure").read_text().startswith("Stopped by SIGTERM")
    with begun(tmp_path / "job") as (process, output):
        said = output.read()
    assert process.returncode == 0, said
    strategy = mc.SmaCrossover(short=40, long=100)
    told: dict[str, Any] = {"days": 250, "iterations": 1_000_000, "seed": 7, "rows": False}
    undisturbed = mc.simulate(mc.fit(history, "normal"), strategy, **told)
    assert (tmp_path / "job" / "model" / "summary.csv").read_bytes() == summary_to_csv(undisturbed.summary)
    assert not (tmp_path / "job" / "output" / "failure").exists()


@pytest.mark.thorough
def test_its_program_ends_when_it_is_killed(tmp_path: Path) -> None:
    with begun(tmp_path / "job") as (process, _):
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.kill()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive


def asked(url: str, content: bytes) -> str:
    request = urllib.request.Request(url, content, {"Content-Type": "text/csv"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


@pytest.mark.thorough
def test_an_endpoint_answers_as_the_library_does(tmp_path: Path, history: mc.PriceHistory) -> None:
    strategy = mc.SmaCrossover(short=40, long=100)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "strategy.json").write_text(json.dumps(strategy.to_dict()))
    folders.pack(tmp_path)
    with harness.serving(tmp_path, port=0, say=lambda line: None) as endpoint:
        signals = pd.read_csv(io.StringIO(asked(endpoint.url, history.to_csv())))["signal"]
        last = asked(f"{endpoint.url}?last=true", history.to_csv())
    targets, _ = strategy.ordered(Bars(*[history.closes[:, None]] * 4))
    assert signals.tolist() == targets[:, 0].tolist()
    assert len(last.splitlines()) == 2
    assert endpoint.program.process.returncode == 0


@pytest.mark.thorough
def test_what_a_person_is_told_works_as_it_stands_there(tmp_path: Path) -> None:
    """From one command to the next: a rule of a person's own is traded, served, and asked with curl."""
    rule = tmp_path / "three.py"
    rule.write_text(RULE_OF_ONES_OWN)
    spotmc = f"{sys.executable} -m spotmc"
    train = f"{spotmc} sagemaker train backtest --symbol AAPL --source sample --strategy {rule} --local --out job"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        shlex.split(train), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    deploy = told.stdout.strip().splitlines()[-1].replace("spotmc", spotmc, 1)
    with subprocess.Popen(
        [*shlex.split(deploy), "--port", str(harness.free_port())],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as served:
        assert served.stdout is not None
        said = [served.stdout.readline() for _ in range(2)]
        assert said[0].startswith("Serving on http://127.0.0.1:"), served.stderr and served.stderr.read()
        answer = subprocess.run(said[1], shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert answer.stdout.startswith("date,signal")
        served.send_signal(signal.SIGINT)
        served.communicate()
    assert served.returncode == 0


def test_a_port_that_is_in_use_is_said(tmp_path: Path, spotmc: Spotmc) -> None:
    (tmp_path / "model").mkdir()
    archive = folders.pack(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, _, said = spotmc("sagemaker", "deploy", "--local", str(archive), "--port", str(port))
    assert (status, f"port {port} cannot be had" in said, "give another with --port" in said) == (1, True, True)
    status, _, said = spotmc("sagemaker", "deploy", "--local", str(tmp_path / "nothing"))
    assert (status, "there is no" in said) == (1, True)


def test_what_is_lacking_is_said_with_what_brings_it(
    tmp_path: Path, spotmc: Spotmc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gunicorn", None)
    status, _, said = spotmc("sagemaker", "deploy", "--local", str(tmp_path))
    assert (status, 'lacks: pip install "spot-montecarlo[container]"' in said) == (1, True)


def test_what_only_a_job_on_aws_has_is_not_passed_over(spotmc: Spotmc) -> None:
    status, _, said = spotmc(*BACKTEST, "--instance-type", "ml.c5.large", "--on-demand", "--dry-run")
    assert status == 2
    assert "only a job on AWS has --instance-type, --spot/--on-demand, --dry-run: leave that out of --local" in said
