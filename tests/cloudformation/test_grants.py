"""The program on what the templates create: it needs each grant of its roles, and no other.

Queues, bucket and roles are created by an emulator of CloudFormation.  Workers and workstation then do their work, and
the requests that they really make are held against the policies.
"""

import ast
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from cloudformation.template import Stack, resolve
from cloudformation.template import read as template_of
from fleet import keys, permission_trial
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.new_job import make_job
from fleet.queue import MAX_RECEIVE_COUNT, Queue
from fleet.settings import Settings
from fleet.submit import submit
from fleet.traders.accounts import claim
from montecarlo.data.sources import load_history
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import rule_at_hand
from montecarlo.strategies.ml_forecast import MODEL, MlForecast
from spotmc.cli import cli
from spotmc.local_stack import emulator
from spotmc.local_stack.processes import Child, start, stop
from tests.cloudformation.asking import Request, noted, read
from tests.cloudformation.policies import listed, policies
from tests.conftest import use
from tests.montecarlo.any_forecast import random_model
from tests.programs import ROOT
from webui import create_app

SIZE = ["--source", "sample", "--symbol", "AAPL", "--short", "5", "--long", "20", "--days", "60"]
SMALL = [*SIZE, "--seed", "7", "--iterations", "500"]
FILES = ("summary", "paths")
LONG = [*SIZE, "--seed", "8", "--iterations", "5000000000"]


# ---- what the templates create ---------------------------------------------------------------------------------------


def create(template: str, parameters: dict[str, Any]) -> dict[str, str]:
    """Outputs of a stack that the emulator made of one of our templates."""
    client = boto3.client("cloudformation", region_name="us-east-1")
    name = f"grants-{template}"
    client.create_stack(
        StackName=name,
        TemplateBody=(ROOT / f"cloudformation/{template}.yaml").read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


@dataclass(frozen=True)
class Created:
    """What there is now.

    Attributes:
        settings: Of its queue and its bucket.
        arns: Parameters of the template of roles.
    """

    settings: Settings
    arns: dict[str, str]


@pytest.fixture(scope="module")
def created(emulator_port: int, clients: object) -> Iterator[Created]:
    """Queues and a bucket, made of the templates; the environment leads to them."""
    with pytest.MonkeyPatch.context() as patch:
        local = emulator.settings(emulator_port)
        use(emulator.environment(local, os.environ), patch)
        queue = create("queue", {"LeaseSeconds": 60, "OldestMessageSeconds": 3600, "AlarmEmail": ""})
        kept = {"KeepOldVersions": "no", "DeleteResultsAfterDays": 90, "KmsKeyArn": ""}
        bucket = create("bucket", {"Name": "spotmc", **kept})
        url = f"{local.endpoint_url}/123456789012/{queue['WorkQueueName']}"
        settings = replace(local, queue_url=url, bucket=bucket["BucketName"])
        use(emulator.environment(settings, os.environ), patch)
        yield Created(
            settings,
            {
                "WorkQueueArn": queue["WorkQueueArn"],
                "DeadLetterQueueArn": queue["DeadLetterQueueArn"],
                "BucketArn": bucket["BucketArn"],
            },
        )


def test_the_queue_is_created_as_the_program_expects_it(created: Created) -> None:
    sqs = boto3.client("sqs", region_name="us-east-1")
    attributes = sqs.get_queue_attributes(QueueUrl=created.settings.queue_url, AttributeNames=["All"])["Attributes"]
    assert json.loads(attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": created.arns["DeadLetterQueueArn"],
        "maxReceiveCount": MAX_RECEIVE_COUNT,
    }
    assert attributes["SqsManagedSseEnabled"] == "true"


def test_the_bucket_is_created_encrypted(created: Created) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    assert s3.get_bucket_encryption(Bucket=created.settings.bucket)["ServerSideEncryptionConfiguration"]["Rules"]


# ---- what is asked for -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Requests of a worker and of a workstation that did everything they can do."""

    worker: list[Request]
    workstation: list[Request]


def submit_own_rule(settings: Settings) -> Job:
    """A job with a rule of a person's own."""
    file = RuleFile("my_rule.py", b"def targets(closes): return closes > 30")
    history = load_history("AAPL", "sample")
    with rule_at_hand(file) as rule:
        job = make_job(history, strategy=rule, days=60, iterations=500, seed=7)
    submit(job, history, Queue.connect(settings), Bucket.connect(settings), {"rule": file.source})
    return job


def submit_forecast(settings: Settings) -> None:
    """A job with a trained model."""
    history, model = load_history("AAPL", "sample"), random_model(1, n=4)
    job = make_job(history, strategy=MlForecast(model=model), model="bootstrap", days=60, iterations=500, seed=7)
    submit(job, history, Queue.connect(settings), Bucket.connect(settings), {MODEL: model.to_json()})


@pytest.fixture(scope="module")
def asked(created: Created, tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., None]) -> Asked:
    folder = tmp_path_factory.mktemp("asked")
    of_worker, of_workstation = folder / "worker.jsonl", []
    queue = Queue.connect(created.settings)
    children: list[Child] = []

    def worker(*arguments: str) -> Child:
        name = f"worker-{len(children)}"
        children.append(start(name, ["tests.cloudformation.asking", str(of_worker), "worker", *arguments], folder))
        return children[-1]

    def person(*arguments: str) -> str:
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, done.output
        return done.output

    try:
        queue.send("not a job", {})
        with noted(of_workstation.append):
            [long] = re.findall(keys.JOB_ID.pattern, person("submit", *LONG))[:1]
        # A worker that is told to go in the middle hands back what it has.
        busy = worker()
        eventually(lambda: '"begun"' in busy.log.read_text() and queue.dead_letters().depth().visible)
        busy.process.terminate()
        assert busy.process.wait(300) == 0
        with noted(of_workstation.append):
            person("cancel", long)
            [small] = re.findall(keys.JOB_ID.pattern, person("submit", *SMALL))[:1]
            own = submit_own_rule(created.settings)
            submit_forecast(created.settings)
        assert worker("--drain", "--own-rules", "allow").process.wait(300) == 0
        with noted(of_workstation.append):
            person("jobs")
            person("status", small)
            person("results", small, "--out", str(folder / "results"))
            person("results", small, "--tables")
            person("failed")
            person("results", own.id, "--out", str(folder / "own"))
            person("submit", *LONG)  # again, so that it is no longer cancelled
            person("status", long)  # tells who may take it
            person("redrive", "--all")
            person("history", "put", "AAPL")
            person("backtest", "--source", "s3")
            person("history", "list")
            person("history", "delete", "AAPL", "--yes")
            person("trader", "create", "mine", "--source", "sample", "--first", "2013-02-22")
            for _ in range(2):  # the second time it is there
                claim(Bucket.connect(created.settings), trader="mine", account="PA1", symbol="AAPL")
            for done in ("run", "kill", "release", "status"):
                person("trader", done, "mine")
            person("trader", "list")
            app = create_app({"ENVIRONMENT": {**os.environ, "SPOTMC_WEB_DATA": str(folder / "web")}, "TESTING": True})
            again = f"/?prices={own.inputs['prices']}"
            assert {each.outcome for each in permission_trial.try_all(created.settings)} == {"allowed"}
            for page in (
                "/",
                again,
                "/jobs",
                "/fleet",
                f"/jobs/{small}",
                "/traders",
                "/traders/mine",
                *(f"/jobs/{small}/{name}.csv" for name in FILES),
            ):
                assert app.test_client().get(page).status_code == 200
    finally:
        stop(children)
    return Asked(read(of_worker), of_workstation)


# ---- what is granted -------------------------------------------------------------------------------------------------

POLICIES = {"worker": "WorkPolicy", "workstation": "submit"}


@pytest.fixture(scope="module")
def roles(created: Created) -> Stack:
    """The template of roles, resolved for what was created."""
    template = template_of("roles.yaml")
    given = {name: f"<{name}>" for name in template["Parameters"]}
    return resolve(template, {**given, **created.arns, "KmsKeyArn": ""})


def test_the_emulator_makes_the_policies_that_the_resolver_says(created: Created, roles: Stack) -> None:
    named = create("roles", roles.parameters)["ServicesRoleArn"]
    iam = boto3.client("iam", region_name="us-east-1")
    made = []
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        made.append(version["PolicyVersion"]["Document"])
    for role in iam.list_roles()["Roles"]:
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            # moto keeps the policies inside roles as Python writes them.
            document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            made.append(ast.literal_eval(str(document)))
    written = [json.dumps(document).replace(named, "<ServicesRole.Arn>") for document in made]
    assert sorted(written) == sorted(json.dumps(document) for _, document in policies(roles))


@pytest.fixture(scope="module")
def granted(roles: Stack) -> dict[str, list[Request]]:
    """Actions and patterns of resources that our code is granted on each kind of machine."""
    documents = dict(policies(roles))
    return {
        machine: [
            Request(action, resource)
            for statement in documents[name]["Statement"]
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        ]
        for machine, name in POLICIES.items()
    }


def covers(grant: Request, request: Request) -> bool:
    return grant.action == request.action and fnmatchcase(request.resource, grant.resource)


@pytest.mark.parametrize("machine", ["worker", "workstation"])
def test_every_request_is_granted(asked: Asked, granted: dict[str, list[Request]], machine: str) -> None:
    requests = set(getattr(asked, machine))
    assert requests
    assert [each for each in sorted(requests) if not any(covers(grant, each) for grant in granted[machine])] == []


@pytest.mark.parametrize("machine", ["worker", "workstation"])
def test_every_grant_is_used(asked: Asked, granted: dict[str, list[Request]], machine: str) -> None:
    requests = set(getattr(asked, machine))
    assert [grant for grant in granted[machine] if not any(covers(grant, each) for each in requests)] == []
