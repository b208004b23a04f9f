"""What people have made with SageMaker is found by name and tag, and ended."""

import json
from collections.abc import Callable

import pytest

from cloudformation.template import Stack
from deployment import orphans, research_remains
from deployment.account import Account
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


def test_what_a_region_lacks_is_said(launched: Callable[..., Stack]) -> None:  # noqa: F811
    wanted = {"Research": "yes", "ResearchNotebook": "ml.t3.medium"}
    assert check_research("eu-central-1", launched(**wanted)) == []
    [finding] = check_research("me-central-1", launched(region="me-central-1", **wanted))
    assert "no notebook instances" in finding.what
    assert check_research("me-central-1", launched(region="me-central-1")) == []
