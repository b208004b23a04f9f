"""What people have made with SageMaker is found by name and tag, and ended."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.template import Stack
from deployment import orphans, research_remains
from deployment.account import Account, DeploymentError
from deployment.preflight import check_research
from deployment.stack import TAG
from fleet.settings import Settings
from tests.cloudformation.conftest import launched  # noqa: F401  # a fixture
from tests.http_service import Answer, HttpService, Request


def test_a_notebook_that_its_stack_has_left_is_found_by_its_tag_and_deleted(settings: Settings) -> None:
    account, name = Account(settings.region), settings.bucket[:20]
    for stack, notebook in ((name, f"{name}-notebook"), ("else", f"{name}-theirs")):
        account.sagemaker.create_notebook_instance(
            NotebookInstanceName=notebook,
            InstanceType="ml.t3.medium",
            RoleArn="arn:aws:iam::123456789012:role/notebook",
            Tags=[{"Key": TAG, "Value": stack}],
        )
    found = dict(research_remains.find(account, name))
    assert found["notebook instance"] == [f"{name}-notebook"]
    research_remains.end(account, name, "notebook instance", found["notebook instance"])
    assert not dict(research_remains.find(account, name))["notebook instance"]
    left = account.sagemaker.list_notebook_instances(NameContains=name)["NotebookInstances"]
    assert [each["NotebookInstanceName"] for each in left] == [f"{name}-theirs"]


def test_a_job_that_runs_is_stopped_and_waited_for(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """By SageMaker's own requests: the job needs two looks to end."""
    monkeypatch.setattr(research_remains, "POLL_SECONDS", 0.0)
    looks = {"InProgress": 1, "Stopping": 0}
    asked = []

    def answer(request: Request) -> Answer:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        parameters = json.loads(request.body)
        asked.append(operation)
        content: dict[str, object] = {}
        if operation == "ListTrainingJobs":
            status = parameters["StatusEquals"]
            there = looks[status] > 0
            if asked.count("StopTrainingJob") and status == "Stopping":
                looks[status] -= 1
            job = {
                "TrainingJobName": "spotmc-x",
                "TrainingJobArn": "arn:x",
                "CreationTime": 0,
                "TrainingJobStatus": status,
            }
            content = {"TrainingJobSummaries": [job] if there else []}
        elif operation == "ListTags":
            content = {"Tags": [{"Key": TAG, "Value": "spotmc"}]}
        elif operation == "StopTrainingJob":
            looks.update(InProgress=0, Stopping=2)
        return Answer(200, json.dumps(content).encode(), {"Content-Type": "application/x-amz-json-1.1"})

    with HttpService(answer) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", aws.url)
        lines: list[str] = []
        research_remains.end(Account(settings.region), "spotmc", "training job", ["spotmc-x"], lines.append)
    assert asked.count("StopTrainingJob") == 1
    assert looks["Stopping"] <= 0
    assert lines == ["Waiting until 1 training jobs have stopped, which takes two minutes or more"]


def test_logs_of_a_stack_whose_name_begins_alike_are_not_ours(settings: Settings) -> None:
    account, name = Account(settings.region), settings.bucket[:20]
    groups = [f"/aws/sagemaker/Endpoints/{name}-{each}" for each in ("mine", "2-theirs")]
    for group in groups:
        account.logs.create_log_group(logGroupName=group)
    assert research_remains.log_groups(account, name, [f"{name}-2", "else"]) == groups[:1]
    assert orphans.other_stacks(account, name) == []
    for group in groups:
        account.logs.delete_log_group(logGroupName=group)


def test_logs_of_what_has_not_our_tag_stay(settings: Settings) -> None:
    """Of jobs, endpoints and notebooks that somebody made without the stack, under a name that begins with its name."""
    account, name = Account(settings.region), settings.bucket[:20]
    sagemaker: Any = account.sagemaker
    tagged = [{"Key": TAG, "Value": name}]
    for job, tags in ((f"{name}-mine", tagged), (f"{name}-theirs", [])):
        sagemaker.create_training_job(
            TrainingJobName=job,
            AlgorithmSpecification={"TrainingInputMode": "File"},
            RoleArn="arn:aws:iam::123456789012:role/x",
            OutputDataConfig={"S3OutputPath": "s3://x"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={},
            Tags=tags,
        )
    variant = {"VariantName": "all", "ModelName": f"{name}-theirs", "InstanceType": "ml.m5.large"}
    model = {"Image": "x"}
    sagemaker.create_model(ModelName=f"{name}-theirs", ExecutionRoleArn="r" * 20, PrimaryContainer=model)
    sagemaker.create_endpoint_config(
        EndpointConfigName=f"{name}-theirs", ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=f"{name}-theirs", EndpointConfigName=f"{name}-theirs")
    jobs, notebooks = research_remains.JOB_LOGS, research_remains.NOTEBOOK_LOGS
    streams = {
        jobs: [f"{name}-{each}/algo-1-1" for each in ("mine", "gone", "theirs", "2-theirs")],
        notebooks: [f"{name}-notebook/jupyter.log", f"{name}-notebook-theirs/jupyter.log"],
    }
    endpoints = [f"{research_remains.ENDPOINT_LOGS}{name}-{each}" for each in ("gone", "theirs")]
    for group in (*streams, *endpoints):
        account.logs.create_log_group(logGroupName=group)
        for stream in streams.get(group, []):
            account.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    try:
        assert research_remains.log_groups(account, name, []) == endpoints[:1]
        assert research_remains.delete_log_streams(account, name, [f"{name}-2"]) == 3
        left = {
            stream["logStreamName"]
            for group in streams
            for stream in account.logs.describe_log_streams(logGroupName=group)["logStreams"]
        }
        assert left == {*streams[jobs][2:], streams[notebooks][1]}
    finally:
        for group in (*streams, *endpoints):
            account.logs.delete_log_group(logGroupName=group)


def test_a_tuning_job_is_stopped_before_the_jobs_that_it_would_start_again(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(research_remains, "POLL_SECONDS", 0.0)
    looks = iter(["InProgress", "Stopping", "Stopping", "Stopped"])
    asked = []

    def answer(request: Request) -> Answer:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        asked.append(operation)
        content: dict[str, object] = {}
        if operation == "ListHyperParameterTuningJobs":
            told = {"ObjectiveStatusCounters": {}, "TrainingJobStatusCounters": {}, "CreationTime": 0}
            told |= {"Strategy": "Bayesian", "HyperParameterTuningJobStatus": "InProgress"}
            jobs = [
                {"HyperParameterTuningJobName": each, "HyperParameterTuningJobArn": f"arn:{each}", **told}
                for each in ("spotmc-x", "spotmc-theirs", "not-spotmc-x")
            ]
            there = json.loads(request.body)["StatusEquals"] == "InProgress"
            content = {"HyperParameterTuningJobSummaries": jobs if there else []}
        elif operation.startswith("List") and operation != "ListTags":
            kind = operation.removeprefix("List")
            content = {kind: [], kind.replace("Jobs", "JobSummaries"): []}
        elif operation == "ListTags":
            ours = json.loads(request.body)["ResourceArn"] == "arn:spotmc-x"
            content = {"Tags": [{"Key": TAG, "Value": "spotmc"}] if ours else []}
        elif operation == "DescribeHyperParameterTuningJob":
            content = {"HyperParameterTuningJobStatus": next(looks)}
        return Answer(200, json.dumps(content).encode(), {"Content-Type": "application/x-amz-json-1.1"})

    with HttpService(answer) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", aws.url)
        account = Account(settings.region)
        found = research_remains.find(account, "spotmc")
        assert found[0] == ("tuning job", ["spotmc-x"])
        lines: list[str] = []
        research_remains.end(account, "spotmc", *found[0], lines.append)
    assert asked.count("StopHyperParameterTuningJob") == 1
    assert next(looks, None) is None
    assert lines == ["Waiting until the tuning job spotmc-x has stopped, which takes two minutes or more"]


def test_what_does_not_end_is_said_and_nothing_is_taken_for_ended(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(research_remains, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(research_remains, "_PATIENCE_SECONDS", 0.0)

    def answer(request: Request) -> Answer:
        status = {"NotebookInstanceStatus": "Stopping"}
        assert request.headers["X-Amz-Target"].endswith("DescribeNotebookInstance")
        return Answer(200, json.dumps(status).encode(), {"Content-Type": "application/x-amz-json-1.1"})

    with HttpService(answer) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", aws.url)
        with pytest.raises(DeploymentError, match="spotmc-notebook has not stopped within"):
            research_remains.end(Account(settings.region), "spotmc", "notebook instance", ["spotmc-notebook"])


def test_what_a_region_lacks_is_said(launched: Callable[..., Stack]) -> None:  # noqa: F811
    wanted = {"Research": "yes", "ResearchNotebook": "ml.t3.medium"}
    assert check_research("eu-central-1", launched(**wanted)) == []
    [finding] = check_research("me-central-1", launched(region="me-central-1", **wanted))
    assert "no notebook instances" in finding.what
    assert check_research("me-central-1", launched(region="me-central-1")) == []
