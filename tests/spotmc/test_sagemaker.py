"""``spotmc sagemaker`` with a SageMaker that checks requests by its own models, and computes nothing.

What comes of a job in the container is shown elsewhere, by the programs that run there; here a job leaves files that a
test has given it.
"""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest

from container.opt_ml import OptMl
from container.work import job_at_hand, read_work
from deployment import endpoints, training_jobs
from deployment.account import Account
from deployment.research import research_of
from deployment.training_request import TrainingRequest
from fleet import kept_histories
from fleet.bucket import Bucket
from fleet.keys import is_ours
from fleet.settings import Settings
from spotmc.sagemaker import waiting
from tests.http_service import Answer, HttpService, Request
from tests.query_api import RefusedError
from tests.sagemaker_server import SageMakerServer

Run = Callable[..., tuple[int, str, str]]

SMALL = ("simulate", "--short", "5", "--long", "20", "--days", "60", "--iterations", "500")
JOB = "spotmc-mine"
PRICES = {"prices": "prices/0.csv"}


@pytest.fixture
def aws(clients, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SageMakerServer]:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(endpoints, "POLL_SECONDS", 0.0)
    with SageMakerServer(settings.endpoint_url or "", clients[1], settings.bucket) as server:
        for service in ("CLOUDFORMATION", "PRICING", "SAGEMAKER"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", server.url)
        yield server


@pytest.fixture
def sagemaker(aws: SageMakerServer, spotmc: Run) -> Run:
    return lambda *arguments: spotmc("sagemaker", *arguments)


@pytest.fixture
def start(aws: SageMakerServer, bucket: Bucket) -> Callable[..., None]:
    """Start a job without the command, and look at nothing."""
    account = Account("us-east-1")
    research = research_of(account, "spotmc")
    bucket.put("prices/0.csv", b"date,close\n")

    def begin(name: str = JOB, **more: Any) -> None:
        request = TrainingRequest(name=name, hyperparameters={"work": "simulate"} | more, channels=PRICES, metrics=())
        training_jobs.start(account, request.to_dict(research))

    return begin


# ---- train -----------------------------------------------------------------------------------------------------------


def test_a_dry_run_prints_the_request_and_what_it_costs_at_most_and_starts_nothing(aws, sagemaker, bucket):
    status, printed, told = sagemaker("train", *SMALL, "--seed", "7", "--dry-run", "--max-hours", "0.5")
    assert status == 0, told
    request = json.loads(printed)
    assert request["HyperParameters"] | {"work": "simulate", "short": "5", "seed": "7"} == request["HyperParameters"]
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 1800, "MaxWaitTimeInSeconds": 5400}
    assert request["EnableNetworkIsolation"]
    assert "costs $0.059 at most: 0.5 hours of ml.m5.large at $0.115 an hour, and a disk; on Spot" in told
    assert "AWS's price list for us-east-1" in told
    assert {"sagemaker:CreateTrainingJob"} & set(aws.operations()) == set()
    assert list(bucket.list("")) == []


@pytest.mark.thorough
def test_jobs_that_are_started_within_a_second_have_names_of_their_own(aws, sagemaker):
    told = [json.loads(sagemaker("train", *SMALL, "--dry-run")[1])["TrainingJobName"] for _ in range(4)]
    assert len(set(told)) == 4


@pytest.mark.thorough
def test_a_price_that_aws_does_not_tell_is_an_example_and_said_to_be_one(aws, sagemaker):
    aws.price = None
    assert "an example price of us-east-1, August 2026" in sagemaker("train", *SMALL, "--dry-run")[2]
    aws.refused["pricing:GetProducts"] = RefusedError("AccessDeniedException", "not authorized")
    told = sagemaker("train", *SMALL, "--dry-run", "--instance-type", "ml.c9.large")[2]
    assert "What an hour of ml.c9.large costs is not known here" in told


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(SMALL, id="small", marks=pytest.mark.thorough),
        pytest.param((*SMALL, "--warm-up", "--set-model", "drift=0.05", "--no-uncertainty"), id="more"),
        pytest.param(("simulate", "--precision", "probability_of_loss=0.05"), marks=pytest.mark.thorough),
        ("sweep", "--short", "5:15:5", "--long", "20,30", "--days", "60", "--iterations", "500", "--no-warm-up"),
        pytest.param(("backtest", "--years", "3", "--commission", "0.001"), marks=pytest.mark.thorough),
        pytest.param(("backtest", "--prices", "{prices}", "--bars-per-year", "250"), marks=pytest.mark.thorough),
        pytest.param(
            ("train", "--start", "2005-01-01", "--model-name", "mine", "--take-profit", "0.02,0.03"),
            marks=pytest.mark.thorough,
        ),
        pytest.param(("backtest", "--prices", "s3://{bucket}/history/daily/AAPL/"), marks=pytest.mark.thorough),
        pytest.param(
            ("simulate", "--strategy", "{rule}", "--set", "level=40", "--days", "60"),
            id="own rule",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_the_container_makes_the_job_that_was_told_of_what_the_bucket_has(
    aws, sagemaker, bucket, *, history, tmp_path, asked
):
    """Channels are laid out as SageMaker does: what begins with their address, without the folder."""
    rule, prices, root = tmp_path / "my_rule.py", tmp_path / "mine.csv", tmp_path / "ml"
    rule.write_text("def targets(closes, level: float = 30):\n    return closes > level\n")
    history.bars.reset_index()[["date", "open", "high", "low", "close"]].to_csv(prices, index=False)
    aws.stack["parameters"]["OwnRules"] = "allow"
    kept_histories.change(bucket, "AAPL", lambda _: history)
    options = [each.format(rule=rule, prices=prices, bucket=bucket.name) for each in asked]
    status, _, told = sagemaker("train", *options, "--job-name", JOB, "--yes")
    assert status == 0, told
    request = aws.jobs[JOB]
    config = root / "input/config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps(request["HyperParameters"]))
    for channel in request["InputDataConfig"]:
        folder = root / "input/data" / channel["ChannelName"]
        folder.mkdir(parents=True)
        prefix = channel["DataSource"]["S3DataSource"]["S3Uri"].removeprefix(f"s3://{bucket.name}/")
        [entry] = bucket.list(prefix)
        (folder / entry.key.rpartition("/")[2]).write_bytes(bucket.get(entry.key))
    work = read_work(OptMl(root), request.get("Environment", {}))
    with job_at_hand(work, print) as job:
        assert f"Started {JOB}, which is the job {job.id}\n" in told


@pytest.mark.thorough
def test_a_rule_of_a_persons_own_runs_only_where_the_stack_lets_it(aws, sagemaker, tmp_path):
    rule = tmp_path / "my_rule.py"
    rule.write_text("def targets(closes):\n    return closes > 30\n")
    status, _, told = sagemaker("train", "backtest", "--strategy", str(rule), "--yes")
    assert status == 1
    assert "--set OwnRules=allow" in told
    assert aws.jobs == {}


def test_a_rule_of_a_job_that_could_not_be_started_is_not_in_the_way_of_the_next(aws, sagemaker, bucket, tmp_path):
    aws.stack["parameters"]["OwnRules"] = "allow"
    aws.refused["sagemaker:CreateTrainingJob"] = RefusedError("ResourceLimitExceeded", "there are none of these")
    for name, status in (("first", 1), ("second", 0)):
        rule = tmp_path / f"{name}.py"
        rule.write_text("def targets(closes):\n    return closes > 30\n")
        told = sagemaker("train", "backtest", "--strategy", str(rule), "--job-name", JOB, "--yes")
        assert told[0] == status, told
        aws.refused.clear()
    [channel] = [each for each in aws.jobs[JOB]["InputDataConfig"] if each["ChannelName"] == "rule"]
    prefix = channel["DataSource"]["S3DataSource"]["S3Uri"].removeprefix(f"s3://{bucket.name}/")
    assert [entry.key.rpartition("/")[2] for entry in bucket.list(prefix)] == ["second.py"]
    assert all(is_ours(entry.key) for entry in bucket.list("sagemaker/"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulate", "--iterations", "0"), "--iterations must be a whole number"),
        (("simulate", "--job-name", "mine", "--yes"), "--job-name must be spotmc- and more"),
        (("simulate", "--instance-type", "m5.large"), "--instance-type must be one of SageMaker's"),
        (("simulate", "--out", "x"), "--out and --overwrite are of --local"),
        (("simulate", "--name", "other"), "`spotmc deploy --research` creates one"),
        (("backtest", "--strategy", "sma"), "--strategy must be one of"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_put_anywhere(aws, sagemaker, bucket, arguments, words):
    status, _, told = sagemaker("train", *arguments)
    assert status in {1, 2}
    assert words in told
    assert list(bucket.list("")) == []
    assert aws.jobs == {}


@pytest.mark.thorough
def test_a_stack_without_the_part_for_sagemaker_is_told_how_to_have_it(aws, sagemaker):
    del aws.stack["outputs"]["ResearchImage"]
    status, _, told = sagemaker("train", *SMALL)
    assert status == 1
    assert "has no part for SageMaker (ResearchImage): `spotmc deploy --name spotmc --research` adds it" in told


@pytest.mark.thorough
def test_values_that_sagemaker_does_not_take_are_named(aws, sagemaker):
    many = ",".join(map(str, range(5, 900)))
    status, _, told = sagemaker("train", "sweep", "--short", many, "--long", "901", "--days", "1000")
    assert status == 2
    assert "--short has 3,479 characters, and SageMaker takes 2,500 at most" in told


@pytest.mark.thorough
def test_nothing_starts_unless_a_person_agrees(aws, sagemaker, monkeypatch):
    monkeypatch.setattr("sys.stdin", BytesIO(b"n\n"))
    status, _, told = sagemaker("train", *SMALL)
    assert (status, aws.jobs) == (130, {})
    assert "at most" in told


# ---- how it stands, and what it leaves -------------------------------------------------------------------------------


def test_waiting_tells_each_step_and_ends_with_metrics_and_cost(aws, sagemaker):
    aws.metrics = {"Sharpe Ratio": 1.25, "Total PnL": 1234.5}
    status, printed, told = sagemaker("train", *SMALL, "--job-name", JOB, "--yes", "--wait", "--json")
    assert status == 0, told
    assert [line.partition(": ")[2] for line in told.splitlines()[-4:]] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
    ]
    now = json.loads(printed)
    assert now["metrics"] == aws.metrics
    assert (now["billed_seconds"], now["saving"]) == (100, 0.8)
    assert now["dollars"] == pytest.approx(100 / 3600 * 0.115)
    status, _, told = sagemaker("train", *SMALL, "--job-name", JOB, "--yes")
    assert (status, f"--job-name {JOB} is that of a job already" in told) == (2, True)
    printed = sagemaker("status", JOB)[1]
    assert "charged for 100 seconds or $0.0032" in printed
    assert "80% saved by Spot capacity" in printed
    assert "Total PnL" in printed


@pytest.mark.parametrize(
    ("reason", "step", "words"),
    [
        ("AlgorithmError: iterations must be 1 or more, exit code: 2", "Failed", "why: iterations must be 1 or more\n"),
        ("CapacityError: Unable to provision requested ML compute capacity", "Failed", "give another --instance-type"),
        ("", "MaxWaitTimeExceeded", "there was no Spot capacity in time"),
    ],
)
def test_why_a_job_failed_is_a_sentence_with_what_helps(aws, start, sagemaker, *, reason, step, words):
    aws.steps, aws.reason = (("Failed" if reason else "Stopped", step),), reason
    start()
    assert words in sagemaker("status", JOB)[1]
    status, _, told = sagemaker("status", JOB, "--wait")
    assert (status, "is Failed" in told or "is Stopped" in told) == (1, True)


def test_the_files_of_a_job_are_fetched_and_another_ones_are_not_lost(aws, start, sagemaker, tmp_path):
    aws.steps, aws.leaves = aws.steps[-1:], {"summary.csv": b"a\n", "job.json": b"{}", "picture.png": b"png"}
    start()
    out = tmp_path / "results"
    status, printed, told = sagemaker("fetch", JOB, "--out", str(out))
    assert status == 0, told
    assert {path.name: path.read_bytes() for path in out.iterdir()} == aws.leaves
    assert "picture.png" in printed
    aws.leaves = {"summary.csv": b"b\n", "job.json": b'{"id": 1}'}
    status, _, told = sagemaker("fetch", JOB, "--out", str(out))
    assert status == 2
    assert "--overwrite replaces that" in told
    assert (out / "summary.csv").read_bytes() == b"a\n"
    assert sagemaker("fetch", JOB, "--out", str(out), "--overwrite")[0] == 0
    assert (out / "summary.csv").read_bytes() == b"b\n"


@pytest.mark.thorough
def test_a_job_that_has_left_nothing_yet_is_said_to_be_so(aws, start, sagemaker, tmp_path):
    start()
    status, _, told = sagemaker("fetch", JOB, "--out", str(tmp_path / "out"))
    assert (status, "has left nothing yet" in told) == (1, True)
    assert "there is no training job spotmc-other" in sagemaker("fetch", "spotmc-other")[2]


def test_all_of_a_stack_are_listed_and_what_costs_is_named(aws, start, sagemaker):
    assert "no training jobs and no endpoints in us-east-1" in sagemaker("status")[1]
    start()
    start(name="spotmc-2-of-another-stack")
    aws.jobs["spotmc-2-of-another-stack"]["Tags"] = [{"Key": "spotmc:stack", "Value": "spotmc-2"}]
    status, printed, told = sagemaker("status")
    assert status == 0, told
    assert "These cost something as long as they run: the job spotmc-mine" in printed
    assert "spotmc-2" not in printed
    assert sagemaker("stop", JOB)[0] == 0
    assert "sagemaker:StopTrainingJob" in aws.operations()
    status, _, told = sagemaker("stop", "spotmc-2-of-another-stack")
    assert (status, "is not of the stack spotmc" in told) == (1, True)


def test_a_job_that_is_stopping_already_is_none_to_stop(aws, start, sagemaker):
    start()
    aws.refused["sagemaker:StopTrainingJob"] = RefusedError("ValidationException", "the job is in status Stopping")
    status, _, told = sagemaker("stop", JOB)
    assert (status, "the job is in status Stopping" in told) == (1, True), "it goes on"
    aws.steps = (("Stopping", "Stopping"),)
    status, printed, told = sagemaker("stop", JOB)
    assert (status, f"{JOB} is stopping" in printed) == (0, True), told


# ---- endpoints -------------------------------------------------------------------------------------------------------


@pytest.fixture
def completed(aws, start) -> str:
    """Name of a job that has left something to serve."""
    aws.steps, aws.leaves = aws.steps[-1:], {"strategy.json": b"{}"}
    start()
    Account("us-east-1").sagemaker.describe_training_job(TrainingJobName=JOB)
    return JOB


def test_an_endpoint_is_made_changed_and_taken_away_with_all_that_it_is_made_of(aws, sagemaker, completed):
    status, printed, told = sagemaker("deploy", JOB, "--yes", "--memory", "3072")
    assert status == 0, told
    assert f"spotmc sagemaker invoke {JOB} FILE" in printed
    assert "costs nothing while it is not asked" in told
    assert ([*aws.models], [*aws.configs], [*aws.endpoints]) == ([JOB], [JOB], [JOB])

    status, _, told = sagemaker("deploy", JOB, "--yes", "--concurrency", "9")
    assert status == 0, told
    [config] = aws.configs.values()
    assert config["ProductionVariants"][0]["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 9}
    assert len(aws.models) == 1
    assert config["EndpointConfigName"].startswith(f"{JOB}-2")

    assert "This deletes the endpoint spotmc-mine (InService)" in sagemaker("delete", JOB, "--dry-run")[2]
    assert len(aws.endpoints) == 1
    status, printed, told = sagemaker("delete", JOB, "--yes")
    assert (status, len(printed.splitlines())) == (0, 3), told
    assert (aws.models, aws.configs, aws.endpoints) == ({}, {}, {})
    assert sagemaker("delete", JOB, "--yes")[:2] == (0, "There is nothing of spotmc-mine (any more).\n")


def test_an_endpoint_that_is_called_as_its_job_is_shown_beside_it(aws, sagemaker, completed):
    status, printed, _ = sagemaker("deploy", JOB, "--yes", "--no-wait")
    assert (status, printed.startswith(f"spotmc sagemaker status {JOB}")) == (0, True)
    status, printed, _ = sagemaker("status", JOB)
    assert (status, f"{JOB}: Completed\n" in printed, f"\n{JOB}: Creating\n" in printed) == (0, True, True)
    told = json.loads(sagemaker("status", JOB, "--json")[1])
    assert (told["training_job"], told["endpoint"]["endpoint"]) == (JOB, JOB)


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param("CreateModel", marks=pytest.mark.thorough),
        pytest.param("CreateEndpointConfig", marks=pytest.mark.thorough),
        "CreateEndpoint",
    ],
)
def test_what_was_half_made_is_taken_away(aws, sagemaker, completed, operation):
    aws.refused[f"sagemaker:{operation}"] = RefusedError("ResourceLimitExceeded", "there are too many")
    status, _, told = sagemaker("deploy", JOB, "--yes")
    assert (status, "there are too many" in told) == (1, True)
    assert (aws.models, aws.configs, aws.endpoints) == ({}, {}, {})


def test_an_endpoint_that_does_not_come_to_answer_is_taken_away_and_a_change_of_one_is_undone(
    aws, sagemaker, completed
):
    aws.endpoint_ends, aws.reason = "Failed", "The container did not pass the ping health check."
    status, _, told = sagemaker("deploy", JOB, "--yes")
    assert (status, "did not pass the ping health check" in told) == (1, True)
    assert (aws.models, aws.configs, aws.endpoints) == ({}, {}, {})
    aws.endpoint_ends = "InService"
    assert sagemaker("deploy", JOB, "--yes")[0] == 0
    aws.endpoint_ends = "Failed"
    status, _, told = sagemaker("deploy", JOB, "--yes")
    assert (status, "it serves what it did before" in told) == (1, True)
    assert ([*aws.models], [*aws.configs], [*aws.endpoints]) == ([JOB], [JOB], [JOB])


@pytest.mark.thorough
def test_a_sweep_a_persons_own_rule_another_stacks_job_and_one_that_goes_on_are_not_served(aws, start, sagemaker):
    start()
    assert "only what a completed job has left can be served" in sagemaker("deploy", JOB)[2]
    aws.steps = aws.steps[-1:]
    start("spotmc-sweep", work="sweep")
    assert "whose best combination is partly luck" in sagemaker("deploy", "spotmc-sweep")[2]
    aws.jobs["spotmc-sweep"] |= {"HyperParameters": {}, "InputDataConfig": [{"ChannelName": "rule"}]}
    assert "endpoints do not run such code" in sagemaker("deploy", "spotmc-sweep")[2]
    aws.jobs[JOB]["OutputDataConfig"] = {"S3OutputPath": "s3://other/x"}
    Account("us-east-1").s3.create_bucket(Bucket="other")
    assert f"{JOB} is not of the stack spotmc" in sagemaker("deploy", JOB)[2]


def test_what_is_of_somebody_else_stays(aws, sagemaker, completed):
    assert sagemaker("deploy", JOB, "--yes")[0] == 0
    for among in (aws.models, aws.configs, aws.endpoints):
        among[JOB]["Tags"] = []
    for act in ("deploy", "delete"):
        status, _, told = sagemaker(act, JOB, "--yes")
        assert status == 1
        assert "of something else" in told or "is not of the stack" in told
    del aws.endpoints[JOB]
    assert sagemaker("delete", JOB, "--yes")[0] == 0
    assert ([*aws.models], [*aws.configs]) == ([JOB], [JOB])


def test_results_are_deleted_with_the_endpoint_where_a_person_says_so(aws, sagemaker, completed, bucket):
    assert [entry.key for entry in bucket.list("sagemaker/")] == [f"sagemaker/{JOB}/output/model.tar.gz"]
    status, printed, _ = sagemaker("delete", JOB, "--results", "--yes")
    assert (status, f"Deleted 1 objects in s3://{bucket.name}/sagemaker/{JOB}/\n") == (0, printed)
    assert list(bucket.list("sagemaker/")) == []
    assert bucket.exists("prices/0.csv"), "other jobs may be of the same prices"


@pytest.mark.thorough
def test_a_dry_run_of_an_endpoint_prints_what_would_be_asked_for(aws, sagemaker, completed):
    status, printed, told = sagemaker("deploy", JOB, "--endpoint", "spotmc-other", "--dry-run")
    assert (status, "for a million requests" in told) == (0, True)
    assert list(json.loads(printed)) == ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
    assert aws.models == {}
    assert "--model-data must begin with s3://" in sagemaker("deploy", "--model-data", "s3://other/model.tar.gz")[2]


def test_an_endpoint_is_asked_and_its_refusals_are_its_words(aws, sagemaker, tmp_path, monkeypatch):
    file = tmp_path / "prices.csv"
    file.write_text("date,close\n")

    def answer(request: Request) -> Answer:
        assert (request.path, request.headers["Content-Type"]) == (f"/endpoints/{JOB}/invocations", "text/csv")
        if request.body == b"date,close\n":
            doubtful = {"X-Amzn-SageMaker-Custom-Attributes": "2 trading days missing"}
            return Answer(200, b"target\n1\n", {"Content-Type": "text/csv", **doubtful})
        told = {"Message": "Received client error", "OriginalStatusCode": 400, "OriginalMessage": "it has no close"}
        return Answer(424, json.dumps(told).encode(), {"x-amzn-errortype": "ModelError"})

    with HttpService(answer) as runtime:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", runtime.url)
        assert sagemaker("invoke", JOB, str(file)) == (0, "target\n1\n", "warning: 2 trading days missing\n")
        file.write_text("date\n")
        status, _, told = sagemaker("invoke", JOB, str(file))
    assert status == 1
    assert f"the endpoint {JOB} answers 400: it has no close" in told


def test_an_archive_with_anything_but_plain_files_leaves_nothing(aws, start, sagemaker, tmp_path):
    aws.steps, aws.leaves = aws.steps[-1:], {"model.json": b"{}", "../x.csv": b"x"}
    start()
    status, _, told = sagemaker("fetch", JOB, "--out", str(tmp_path / "out"))
    assert (status, "'../x.csv', which is no plain file of a result: nothing was unpacked" in told) == (1, True)
    assert list(tmp_path.iterdir()) == []
