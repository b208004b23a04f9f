"""What people have made with SageMaker under a stack: jobs, endpoints, a notebook and their logs, found and ended."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from deployment.account import Account, DeploymentError
from deployment.endpoints import delete_endpoint, endpoints_of
from deployment.named_by_stack import name_prefix, tag_of
from deployment.not_found import is_not_found
from deployment.training_jobs import running_jobs_of, stop_all
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

Kind = Literal["training job", "endpoint", "endpoint configuration", "model", "notebook instance"]

POLL_SECONDS = 5.0
_PATIENCE_SECONDS = 600.0  # a job that is told to stop has two minutes, and then uploads what it has

# https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
SHARED_LOGS = ("/aws/sagemaker/TrainingJobs", "/aws/sagemaker/NotebookInstances")  # with other people's of the account


def find(account: Account, stack_name: str) -> list[tuple[Kind, list[str]]]:
    """Names of what costs money or is left over, by kind; each carries the stack's tag.

    Raises:
        DeploymentError
    """
    client, prefix = account.sagemaker, name_prefix(stack_name)

    def ours(pages: Iterator[tuple[str, str]]) -> list[str]:
        return [name for name, arn in pages if name.startswith(prefix) and tag_of(client, arn) == stack_name]

    with explained(DeploymentError, f"look for what SageMaker has of {stack_name}"):
        return [
            ("training job", running_jobs_of(account, stack_name)),
            ("endpoint", endpoints_of(account, stack_name)),
            (
                "endpoint configuration",
                ours(
                    (each["EndpointConfigName"], each["EndpointConfigArn"])
                    for page in client.get_paginator("list_endpoint_configs").paginate(NameContains=prefix)
                    for each in page["EndpointConfigs"]
                ),
            ),
            (
                "model",
                ours(
                    (each["ModelName"], each["ModelArn"])
                    for page in client.get_paginator("list_models").paginate(NameContains=prefix)
                    for each in page["Models"]
                ),
            ),
            (
                "notebook instance",
                ours(
                    (each["NotebookInstanceName"], each["NotebookInstanceArn"])
                    for page in client.get_paginator("list_notebook_instances").paginate(NameContains=prefix)
                    for each in page["NotebookInstances"]
                    if each["NotebookInstanceStatus"] != "Deleting"
                ),
            ),
        ]


def end(
    account: Account, stack_name: str, kind: Kind, names: Sequence[str], told: Callable[[str], object] = lambda _: None
) -> None:
    """End what ``find`` has found.

    Args:
        account: Where.
        stack_name: Of the stack.
        kind: Of what.
        names: Of these.
        told: Gets a line about what is waited for.

    Raises:
        DeploymentError
    """
    client = account.sagemaker
    if kind == "training job" and names:
        stop_all(account, names)
        told(f"Waiting until {len(names)} training jobs have stopped, which takes two minutes or more")
        _until(lambda: not set(running_jobs_of(account, stack_name)) & set(names), _PATIENCE_SECONDS)
    for name in names:
        with explained(DeploymentError, f"end the {kind} {name}"):
            try:
                if kind == "endpoint":
                    delete_endpoint(account, name, stack_name)
                elif kind == "endpoint configuration":
                    client.delete_endpoint_config(EndpointConfigName=name)
                elif kind == "model":
                    client.delete_model(ModelName=name)
                elif kind == "notebook instance":
                    _delete_notebook(account, name)
            except ClientError as error:
                if not is_not_found(error):
                    raise


def _delete_notebook(account: Account, name: str) -> None:
    """One that runs cannot be deleted."""
    client = account.sagemaker

    def status() -> str:
        return client.describe_notebook_instance(NotebookInstanceName=name)["NotebookInstanceStatus"]

    if status() == "InService":
        client.stop_notebook_instance(NotebookInstanceName=name)
    _until(lambda: status() in {"Stopped", "Failed"}, _PATIENCE_SECONDS)
    client.delete_notebook_instance(NotebookInstanceName=name)


def log_groups(account: Account, stack_name: str, other_stacks: Sequence[str]) -> list[str]:
    """Those that endpoints of a stack have left: SageMaker makes them, by name and without a tag.

    Args:
        account: Where.
        stack_name: Of the stack.
        other_stacks: Names of the others in the region, whose endpoints may have a name that begins with ours, too.
    """
    prefix = ENDPOINT_LOGS + name_prefix(stack_name)
    pages = account.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    return [each for each in names if not _of_another(each.removeprefix(ENDPOINT_LOGS), stack_name, other_stacks)]


def delete_log_streams(account: Account, stack_name: str, other_stacks: Sequence[str]) -> int:
    """Delete what jobs and the notebook have logged, from groups that the whole account shares; tells how many.

    Raises:
        DeploymentError
    """
    count = 0
    with explained(DeploymentError, f"delete what SageMaker has logged of {stack_name}"):
        for group in SHARED_LOGS:
            for stream in list(_streams(account.logs, group, name_prefix(stack_name))):
                if not _of_another(stream, stack_name, other_stacks):
                    account.logs.delete_log_stream(logGroupName=group, logStreamName=stream)
                    count += 1
    return count


def _streams(client: "CloudWatchLogsClient", group: str, prefix: str) -> Iterator[str]:
    pages = client.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=prefix)
    try:
        for page in pages:
            yield from (stream["logStreamName"] for stream in page["logStreams"])
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":  # the account has never had such a job
            raise


def _of_another(name: str, stack_name: str, other_stacks: Sequence[str]) -> bool:
    longer = [name_prefix(each) for each in other_stacks if each.startswith(name_prefix(stack_name))]
    return name.startswith(tuple(longer))


def _until(done: Callable[[], bool], patience: float) -> None:
    end = time.monotonic() + patience
    while not done() and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
