"""What whoever trains and serves asks of AWS, held against the policy that the template makes for them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from botocore import handlers
from click.testing import CliRunner

from cloudformation.template import Stack
from deployment import endpoints
from fleet.settings import Settings
from spotmc.cli import cli
from spotmc.sagemaker import waiting
from tests.cloudformation.policies import listed, policies
from tests.http_service import Answer, HttpService
from tests.sagemaker_server import COMPLETED, SageMakerServer

SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"
MADE_OF = {"CreateEndpoint": "EndpointConfigName", "UpdateEndpoint": "EndpointConfigName"}
KINDS = {
    "TrainingJobName": "training-job",
    "ModelName": "model",
    "EndpointConfigName": "endpoint-config",
    "EndpointName": "endpoint",
}
OF_MANY = {"ListTrainingJobs", "ListEndpoints", "GetProducts"}


@dataclass(frozen=True)
class Asked:
    """A request, as a policy sees it.

    Attributes:
        action, resource: Such as sagemaker:StopTrainingJob, and an ARN.
        keys: Of conditions.
    """

    action: str
    resource: str
    keys: dict[str, str] = field(default_factory=dict)


def seen(service: str, operation: str, params: dict[str, Any]) -> Iterator[Asked]:
    """What a request needs permission for.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    """
    if operation in OF_MANY:
        yield Asked(f"{service}:{operation}", "*")
    elif service == "s3":
        action = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}.get(operation, operation)
        yield Asked(
            f"s3:{action}", "arn:aws:s3:::" + "/".join(params[name] for name in ("Bucket", "Key") if name in params)
        )
    elif service == "cloudformation":
        # By its name: of one that is not there, AWS judges by this pattern.
        yield Asked(f"cloudformation:{operation}", "arn:aws:cloudformation:us-east-1:123456789012:stack/spotmc/*")
    else:
        tags = {f"aws:RequestTag/{each['Key']}": each["Value"] for each in params.get("Tags", [])}
        # What is not there has no tags: whoever may look only at what has one is not told that there is nothing.
        looks = operation.startswith("Describe") or operation == "ListTags"
        keys = tags or ({} if looks else {"aws:ResourceTag/spotmc:stack": "spotmc"})
        if "EnableNetworkIsolation" in params:
            keys["sagemaker:NetworkIsolation"] = str(params["EnableNetworkIsolation"]).lower()
        named = "EndpointName" if "EndpointName" in params else next((name for name in KINDS if name in params), "")
        arn = f"{SAGEMAKER}:{KINDS[named]}/{params[named]}" if named else params["ResourceArn"]
        yield Asked(f"sagemaker:{operation}", arn, keys)
        if operation in MADE_OF:
            name = params[MADE_OF[operation]]
            yield Asked(f"sagemaker:{operation}", f"{SAGEMAKER}:endpoint-config/{name}", keys)
        if tags:
            yield Asked("sagemaker:AddTags", arn, {"sagemaker:TaggingAction": operation})
        if role := params.get("RoleArn") or params.get("ExecutionRoleArn"):
            yield Asked("iam:PassRole", role, {"iam:PassedToService": "sagemaker.amazonaws.com"})


@contextmanager
def noted(asked: list[Asked]) -> Iterator[None]:
    """Note what clients that are made meanwhile ask for."""

    def handler(params: dict[str, Any], model: Any, **_: object) -> None:
        asked.extend(seen(model.service_model.service_name, model.name, params))

    entry = ("provide-client-params", handler)
    handlers.BUILTIN_HANDLERS.append(entry)
    try:
        yield
    finally:
        handlers.BUILTIN_HANDLERS.remove(entry)


@pytest.fixture
def asked(clients: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Requests of all subcommands."""
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(endpoints, "POLL_SECONDS", 0.0)
    found: list[Asked] = []

    def run(*arguments: str) -> None:
        result = CliRunner().invoke(cli, ["sagemaker", *arguments])
        assert result.exit_code == 0, (arguments, result.output)

    def answer(_: object) -> Answer:
        return Answer(200, b"[]", {"Content-Type": "application/json"})

    rule, file = tmp_path / "my_rule.py", tmp_path / "request.json"
    rule.write_text("def targets(closes):\n    return closes > 30\n")
    file.write_text("[]")
    with (
        SageMakerServer(settings.endpoint_url or "", clients[1], settings.bucket) as aws,
        HttpService(answer) as runtime,
        noted(found),
    ):
        for service in ("CLOUDFORMATION", "PRICING", "SAGEMAKER"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", aws.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", runtime.url)
        aws.stack["parameters"]["OwnRules"], aws.leaves = "allow", {"strategy.json": b"{}"}
        run("train", "backtest", "--strategy", str(rule), "--job-name", "spotmc-rule", "--yes")
        run("status")
        run("stop", "spotmc-rule")
        aws.steps = COMPLETED
        run("train", "backtest", "--job-name", "spotmc-mine", "--yes", "--wait")
        run("fetch", "spotmc-mine", "--out", str(tmp_path / "out"))
        for _ in range(2):  # made, and changed
            run("deploy", "spotmc-mine", "--yes")
        run("invoke", "spotmc-mine", str(file))
        run("status")
        run("delete", "spotmc-mine", "--yes")
    return found


@pytest.fixture
def statements(launched: Callable[..., Stack], settings: Settings) -> list[dict[str, Any]]:
    """What the policy of the whole stack says, on what the requests were about."""
    whole = launched(region="us-east-1", Research="yes")
    text = json.dumps(dict(policies(whole.nested["SageMaker"]))["ResearchPolicy"]["Statement"])
    # What the template makes has the names that the requests know.
    real = {
        "SageMaker.TrainingRole.Arn": "arn:aws:iam::123456789012:role/spotmc-training",
        "SageMaker.EndpointRole.Arn": "arn:aws:iam::123456789012:role/spotmc-endpoint",
        "Results.Bucket.Arn": f"arn:aws:s3:::{settings.bucket}",
    }
    for made, name in real.items():
        text = text.replace(f"<{made}>", name)
    found: list[dict[str, Any]] = json.loads(text)
    return found


def allows(statement: dict[str, Any], asked: Asked) -> bool:
    assert set(statement.get("Condition", {})) <= {"StringEquals", "Bool"}
    conditions = {key: value for each in statement.get("Condition", {}).values() for key, value in each.items()}
    return (
        asked.action in listed(statement["Action"])
        and any(fnmatchcase(asked.resource, each) for each in listed(statement["Resource"]))
        and all(asked.keys.get(key) in listed(value) for key, value in conditions.items())
    )


def test_every_request_is_granted_to_whoever_has_the_policy(
    asked: list[Asked], statements: list[dict[str, Any]]
) -> None:
    lacking = {
        (each.action, each.resource) for each in asked if not any(allows(statement, each) for statement in statements)
    }
    assert lacking == set()


def test_what_is_of_another_stack_may_not_be_changed(statements: list[dict[str, Any]]) -> None:
    """By its name, and by its tag where it has a name that begins like ours."""
    for name in ("other-x", "spotmc-2-x"):
        for action in ("StopTrainingJob", "DeleteEndpoint", "UpdateEndpoint", "InvokeEndpoint", "DeleteModel"):
            for kind in KINDS.values():
                other = Asked(
                    f"sagemaker:{action}", f"{SAGEMAKER}:{kind}/{name}", {"aws:ResourceTag/spotmc:stack": "x"}
                )
                assert not any(allows(statement, other) for statement in statements)


def test_neither_a_network_nor_a_later_tag_is_granted(statements: list[dict[str, Any]]) -> None:
    ours = {"aws:RequestTag/spotmc:stack": "spotmc"}
    job, endpoint = f"{SAGEMAKER}:training-job/spotmc-x", f"{SAGEMAKER}:endpoint/spotmc-2-x"
    refused = [
        Asked("sagemaker:CreateTrainingJob", job, ours | {"sagemaker:NetworkIsolation": "false"}),
        Asked("sagemaker:AddTags", endpoint, ours | {"aws:ResourceTag/spotmc:stack": "spotmc-2"}),
    ]
    assert not any(allows(statement, each) for each in refused for statement in statements)
    isolated = Asked("sagemaker:CreateTrainingJob", job, ours | {"sagemaker:NetworkIsolation": "true"})
    assert any(allows(statement, isolated) for statement in statements)
