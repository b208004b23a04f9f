"""Serverless endpoints of SageMaker: made, changed, asked, and taken away with all that they are made of."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deployment.account import Account, DeploymentError
from deployment.named_by_stack import name_prefix, tag_of
from deployment.not_found import is_not_found
from deployment.research import Research
from deployment.stack import TAG
from fleet.errors import FleetError, explained

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

POLL_SECONDS = 5.0

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html
MEMORIES = range(1024, 6145, 1024)  # MB
MOST_CONCURRENCY = 200

_VARIANT = "all"
_CHANGING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


@dataclass(frozen=True, kw_only=True)
class EndpointRequest:
    """A serverless endpoint that is wanted.

    Attributes:
        name: Of the endpoint.
        made: Of its configuration and its model: another one for each change, because neither can be changed.
        model_data: Address of a model.tar.gz.
        memory: In MB, one of MEMORIES.
        concurrency: Requests at a time.
    """

    name: str
    made: str
    model_data: str
    memory: int = 2048
    concurrency: int = 5

    def to_dicts(self, research: Research) -> dict[str, dict[str, Any]]:
        """The parameters of CreateModel, CreateEndpointConfig, and CreateEndpoint."""
        tags = [{"Key": TAG, "Value": research.stack}]
        variant = {
            "VariantName": _VARIANT,
            "ModelName": self.made,
            "ServerlessConfig": {"MemorySizeInMB": self.memory, "MaxConcurrency": self.concurrency},
        }
        return {
            "CreateModel": {
                "ModelName": self.made,
                "PrimaryContainer": {"Image": research.image, "ModelDataUrl": self.model_data},
                "ExecutionRoleArn": research.endpoint_role,
                "Tags": tags,
            },
            "CreateEndpointConfig": {"EndpointConfigName": self.made, "ProductionVariants": [variant], "Tags": tags},
            "CreateEndpoint": {"EndpointName": self.name, "EndpointConfigName": self.made, "Tags": tags},
        }


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that is there.

    Attributes:
        name: Of the endpoint.
        stack: That it belongs to, by its tag; None where it is nobody's.
        status: Such as InService.
        reason: Why it failed.
        config: Name of its configuration.
        models: Names of what it serves.
        memory, concurrency: Of a serverless one; None of one on machines, which cost by the hour.
        created: When.
    """

    name: str
    stack: str | None
    status: str
    reason: str
    config: str
    models: tuple[str, ...]
    memory: int | None
    concurrency: int | None
    created: datetime

    @property
    def changing(self) -> bool:
        return self.status in _CHANGING


def describe(account: Account, name: str) -> Endpoint | None:
    """The endpoint of that name; None where there is none.

    Raises:
        DeploymentError
    """
    client = account.sagemaker
    with explained(DeploymentError, f"look at the endpoint {name}"):
        try:
            told = client.describe_endpoint(EndpointName=name)
        except ClientError as error:
            if not is_not_found(error):
                raise
            return None
        config = told.get("EndpointConfigName", "")
        variants = _variants(client, config) if config else []
        serverless: Mapping[str, Any] = next(
            (each["ServerlessConfig"] for each in variants if "ServerlessConfig" in each), {}
        )
        return Endpoint(
            name,
            tag_of(client, told["EndpointArn"]),
            told["EndpointStatus"],
            told.get("FailureReason", ""),
            config,
            tuple(each["ModelName"] for each in variants if "ModelName" in each),
            serverless.get("MemorySizeInMB"),
            serverless.get("MaxConcurrency"),
            told["CreationTime"],
        )


def _variants(client: "SageMakerClient", config: str) -> list[Any]:
    """What an endpoint's configuration has; of one that is gone, nothing."""
    try:
        return list(client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"])
    except ClientError as error:
        if not is_not_found(error):
            raise
        return []


def endpoints_of(account: Account, stack_name: str) -> list[str]:
    """Names of the endpoints that carry the tag of a stack.

    Raises:
        DeploymentError
    """
    client = account.sagemaker
    with explained(DeploymentError, f"look for endpoints of {stack_name}"):
        prefix = name_prefix(stack_name)
        return [
            endpoint["EndpointName"]
            for page in client.get_paginator("list_endpoints").paginate(NameContains=prefix)
            for endpoint in page["Endpoints"]
            if endpoint["EndpointName"].startswith(prefix) and tag_of(client, endpoint["EndpointArn"]) == stack_name
        ]


def deploy(account: Account, requests: Mapping[str, Mapping[str, Any]], before: Endpoint | None) -> None:
    """Begin to make an endpoint, or to change the one that is there; what was made is taken away if that fails.

    Args:
        account: Where.
        requests: From ``EndpointRequest.to_dicts``.
        before: The endpoint of that name as it is, if it is.

    Raises:
        DeploymentError
    """
    client, endpoint = account.sagemaker, requests["CreateEndpoint"]
    name, made = endpoint["EndpointName"], endpoint["EndpointConfigName"]
    [tag] = endpoint["Tags"]
    try:
        with explained(DeploymentError, f"make the model {made}"):
            client.create_model(**requests["CreateModel"])
        with explained(DeploymentError, f"make the configuration of the endpoint {name}"):
            client.create_endpoint_config(**requests["CreateEndpointConfig"])
        if before is None:
            with explained(DeploymentError, f"make the endpoint {name}"):
                client.create_endpoint(**endpoint)
        else:
            with explained(DeploymentError, f"change the endpoint {name}"):
                client.update_endpoint(EndpointName=name, EndpointConfigName=made)
    except BaseException:
        with suppress(FleetError):  # the first error says more
            take_away(account, name, made, tag["Value"], new=before is None)
        raise


def take_away(account: Account, name: str, made: str, stack_name: str, *, new: bool) -> None:
    """Delete what was made for an endpoint that did not come to serve it.

    Args:
        account: Where.
        name: Of the endpoint.
        made: Of the configuration and the model.
        stack_name: That they belong to.
        new: Whether the endpoint was made for it, too, and goes with it; one that was there before stays.

    Raises:
        DeploymentError
    """
    now = describe(account, name)
    if now is None or now.config != made:
        delete_made(account, made, (made,), stack_name)
    elif new and now.status != "InService":
        delete_endpoint(account, name, stack_name)


def wait(account: Account, name: str, told: Callable[[str], object] = lambda status: None) -> Endpoint | None:
    """Wait until the endpoint no longer changes; None once it is gone.

    Args:
        account: Where.
        name: Of the endpoint.
        told: Gets its status whenever that is another.

    Raises:
        DeploymentError
    """
    status = ""
    while now := describe(account, name):
        if now.status != status:
            told(now.status)
            status = now.status
        if not now.changing:
            break
        time.sleep(POLL_SECONDS)
    return now


def delete_endpoint(account: Account, name: str, stack_name: str) -> list[str]:
    """Delete an endpoint of a stack, its configuration and its models; what is gone already is passed over.

    Returns:
        What was deleted, in words.

    Raises:
        DeploymentError: among others, because it is of another stack, or of something else.
    """
    before = describe(account, name)
    if before is None:  # perhaps an earlier deletion was interrupted: what it is made of has its name
        return delete_made(account, name, (name,), stack_name)
    if before.stack != stack_name:
        raise DeploymentError(f"the endpoint {name} is not of the stack {stack_name}, and stays")
    deleted = []
    with explained(DeploymentError, f"delete the endpoint {name}"), _perhaps_gone():
        if before.status != "Deleting":
            account.sagemaker.delete_endpoint(EndpointName=name)
            deleted.append(f"the endpoint {name}")
    return deleted + delete_made(account, before.config, before.models, stack_name)


def delete_made(account: Account, config: str, models: tuple[str, ...], stack_name: str) -> list[str]:
    """Delete what an endpoint was made of, as far as it is of the stack; tells and raises the same."""
    client, deleted = account.sagemaker, []
    with explained(DeploymentError, f"delete the endpoint configuration {config}"), _perhaps_gone():
        arn = client.describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
        if tag_of(client, arn) == stack_name:
            client.delete_endpoint_config(EndpointConfigName=config)
            deleted.append(f"the endpoint configuration {config}")
    for model in models:
        with explained(DeploymentError, f"delete the model {model}"), _perhaps_gone():
            if tag_of(client, client.describe_model(ModelName=model)["ModelArn"]) == stack_name:
                client.delete_model(ModelName=model)
                deleted.append(f"the model {model}")
    return deleted


@contextmanager
def _perhaps_gone() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if not is_not_found(error):
            raise


def invoke(account: Account, name: str, content: bytes, kind: str, accept: str) -> tuple[bytes, str]:
    """What the endpoint answers, and what it says beside that, as of CSV, which has no place for it.

    Args:
        account: Where.
        name: Of the endpoint.
        content: Of the request.
        kind, accept: MIME types of the request and of the answer.

    Raises:
        DeploymentError: there is none, or it refuses the request; then with its words.
    """
    with explained(DeploymentError, f"ask the endpoint {name}"):
        try:
            answer = account.sagemaker_runtime.invoke_endpoint(
                EndpointName=name, Body=content, ContentType=kind, Accept=accept
            )
            return answer["Body"].read(), answer.get("CustomAttributes", "")
        except ClientError as error:
            if is_not_found(error):
                raise DeploymentError(f"there is no endpoint {name}; `spotmc sagemaker status` lists them") from error
            told: Any = error.response
            if said := told.get("OriginalMessage"):
                status = told.get("OriginalStatusCode", "an error")
                raise DeploymentError(f"the endpoint {name} answers {status}: {str(said).strip()[:1000]}") from error
            raise
