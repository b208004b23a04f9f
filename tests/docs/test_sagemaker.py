"""What docs/sagemaker.md says is so."""

import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import click
import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from container.hyperparameters import LONGEST, MOST, OF_PRICES, WORKS
from container.hyperparameters import read as read_hyperparameters
from container.metrics import BY_WORK, METRICS, SHARPE_RATIO, TOTAL_PNL
from container.opt_ml import LONGEST_FAILURE
from container.reasons import BAD_INPUT, FAILED
from container.request import MOST_ROWS, SECONDS, Clock, DailyBars, FeatureRows
from container.request_json import read_json
from deployment.named_by_stack import name_prefix
from deployment.stack import TAG
from fleet.chosen import OF_PATHS, OF_RULES
from montecarlo.experiments.training import TrainingGrid
from montecarlo.learning import Training
from montecarlo.parameters import declared
from spotmc.sagemaker import COMMANDS, command
from tests.programs import ROOT

TEXT = (ROOT / "docs/sagemaker.md").read_text()
PLAIN = " ".join(TEXT.split())


def section(title: str) -> str:
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def blocks(kind: str, title: str) -> list[str]:
    found: list[str] = re.findall(rf"```{kind}\n(.*?)```", section(title), re.DOTALL)
    return found


def test_every_hyperparameter_is_in_the_table() -> None:
    told = section("Hyperparameters")
    names = {*OF_RULES, *OF_PATHS, *declared(Training), "choose_by", *OF_PRICES, *WORKS, "set_model", "threads", "name"}
    assert "choose_by" in declared(TrainingGrid)
    assert {name for name in names if f"`{name}`" not in told} == set()
    of_training = next(line for line in told.splitlines() if line.startswith("| `train` |"))
    for name in re.findall(r"`(\w+)`", of_training.split("|")[2]):
        assert name in {*declared(Training), "choose_by", "name"}
    assert f"A value has at most {LONGEST:,} characters and there are at most {MOST} of them" in PLAIN
    assert read_hyperparameters({"work": "simulate"}).given["seed"] == "1"


def test_every_metric_is_in_the_table_with_its_expression() -> None:
    table = section("Metrics")
    for work, names in BY_WORK.items():
        for name in names:
            [line] = [line for line in table.splitlines() if line.startswith("|") and f"`{name}`" in line]
            assert f"| {work} |" in line
    assert {each for each in METRICS if f"`{each.name}`" not in table} == set()
    written = " ".join(table.split())
    for regex in (TOTAL_PNL.regex, SHARPE_RATIO.regex, *(m.regex for m in METRICS if m.name == "max_drawdown")):
        assert f"`{regex}`" in written
    ways = [re.findall(r"`([^`]+)`", part.partition(".\n")[0]) for part in table.split("\n- ")[1:3]]
    assert [each[0] for each in ways] == ["Maximize", "Minimize"]
    tuned = [name for each in ways for name in each[1:]]
    assert len(set(tuned)) == len(tuned)
    assert set(tuned) < {each.name for each in METRICS}


def test_limits_and_exit_codes_are_those_of_the_programs() -> None:
    codes = section("How it ends")
    assert f"| {BAD_INPUT} | it cannot be done as it is asked for" in codes
    assert f"| {FAILED} | it could not be done here" in codes
    assert f"{LONGEST_FAILURE:,} characters" in codes
    assert f"{MOST_ROWS:,} rows, and {SECONDS:g} seconds" in " ".join(section("Hosting").split())


def test_the_commands_for_aws_have_what_they_are_shown_with() -> None:
    [lines] = blocks("sh", "On AWS")
    shown = [shlex.split(line.partition("#")[0]) for line in lines.splitlines()]
    for _, *words in (line for line in shown if line[1] == "sagemaker"):
        found: click.Command = command
        while isinstance(found, click.Group) and (words := words[1:]):
            found = found.commands[words[0]]
        options = {name for each in found.get_params(click.Context(found)) for name in each.opts}
        assert {word for word in words if word.startswith("--")} <= options, words
    assert {words[2] for words in shown if words[1] == "sagemaker"} <= set(COMMANDS)


def test_sizes_of_the_image_are_those_that_were_measured() -> None:
    [line] = [line for line in (ROOT / "docs/machines.md").read_text().splitlines() if line.startswith("| `research`")]
    compressed, unpacked = (cell.strip() for cell in line.split("|")[-3:-1])
    assert f"has {compressed} MB compressed and {unpacked} MB unpacked" in PLAIN


def test_the_questions_to_an_endpoint_are_understood() -> None:
    bars, rows = (read_json(block.encode(), ("close", "volatility"), Clock()) for block in blocks("json", "Hosting"))
    assert isinstance(bars, DailyBars)
    assert (len(bars.dates), bars.last) == (2, True)
    assert isinstance(rows, FeatureRows)
    assert rows.values.shape == (2, 2)


def test_the_tuning_job_is_one_that_the_service_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    [lines] = blocks("python", "A tuning job")
    sent: list[dict[str, Any]] = []

    class Client:
        def create_hyper_parameter_tuning_job(self, **request: Any) -> None:
            sent.append(request)

    monkeypatch.setattr(boto3, "client", lambda name: Client())
    given = {
        "IMAGE": "1.dkr.ecr.eu-central-1.amazonaws.com/spotmc:1",
        "BUCKET": "b",
        "ROLE": "arn:aws:iam::1:role/train",
    }
    exec(lines, dict(given))  # ours
    operation = Session().get_service_model("sagemaker").operation_model("CreateHyperParameterTuningJob")
    [request] = sent
    assert operation.input_shape is not None
    problems = ParamValidator().validate(request, operation.input_shape)
    assert not problems.has_errors(), problems.generate_report()
    config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    # What the stack's policy asks for; by it, the stack's commands find the jobs.
    assert request["HyperParameterTuningJobName"].startswith(name_prefix("spotmc"))
    assert request["Tags"] == [{"Key": TAG, "Value": "spotmc"}]
    assert definition["EnableNetworkIsolation"]
    measured = definition["AlgorithmSpecification"]["MetricDefinitions"]
    assert config["HyperParameterTuningJobObjective"]["MetricName"] in {each["Name"] for each in measured}
    tried = {each["Name"]: each["MinValue"] for each in config["ParameterRanges"]["IntegerParameterRanges"]}
    tried |= {"_tuning_objective_metric": "Sharpe Ratio"}
    assert read_hyperparameters(definition["StaticHyperParameters"] | tried).told == {"short": "5", "long": "60"}


@pytest.mark.thorough
def test_the_five_minutes_go_as_they_are_told(tmp_path: Path) -> None:
    _, train, curl = (block.strip() for block in blocks("sh", "Five minutes on a laptop"))
    said, answer = blocks("text", "Five minutes on a laptop")

    def run(command: str) -> list[str]:
        return [sys.executable, "-m", *shlex.split(command)]

    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "COLUMNS": "120"}
    trained = subprocess.run(run(train), cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert set(said.splitlines()) <= set(trained.stdout.splitlines())
    deploy = said.strip().splitlines()[-1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [*run(deploy), "--port", str(port)], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        serving, told = served.stdout.readline(), served.stdout.readline()
        assert "Serving on" in serving
        assert told.strip() == curl.replace(":8080/", f":{port}/")
        answered = subprocess.run(told, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
        served.terminate()
    assert served.returncode == 0
    assert answered.stdout == answer
