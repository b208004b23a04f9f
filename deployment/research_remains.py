"""What people have made with SageMaker under a stack: jobs, endpoints, a notebook and their logs, found and ended.

Names are the first sign and never the last one: other people's may begin with ours, so a tag decides.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from deployment.account import Account, DeploymentError
from deployment.endpoints import delete_endpoint, endpoints_of
from deployment.endpoints import describe as describe_endpoint
from deployment.named_by_stack import name_prefix, name_problem, tag_of
from deployment.not_found import is_not_found
from deployment.training_jobs import RUNNING, running_jobs_of, stop_all
from deployment.training_jobs import describe as describe_job
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

Kind = Literal["tuning job", "training job", "endpoint", "endpoint configuration", "model", "notebook instance"]

POLL_SECONDS = 5.0
_PATIENCE_SECONDS = 600.0  # a job that is told to stop has two minutes, and then uploads what it has

# https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
JOB_LOGS, NOTEBOOK_LOGS = "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/NotebookInstances"  # all of the account
_AT_ONCE = 8  # requests


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
            ("tuning job", _tuning_jobs_of(account, stack_name)),
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
        _until(lambda: not set(running_jobs_of(account, stack_name)) & set(names), "training jobs have not stopped")
    for name in names:
        with explained(DeploymentError, f"end the {kind} {name}"):
            try:
                if kind == "tuning job":
                    _stop_tuning(account, name, told)
                elif kind == "endpoint":
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


def _tuning_jobs_of(account: Account, stack_name: str) -> list[str]:
    """Those that run: they start training jobs again and again."""
    client, prefix = account.sagemaker, name_prefix(stack_name)
    pages = client.get_paginator("list_hyper_parameter_tuning_jobs")
    return [
        job["HyperParameterTuningJobName"]
        for status in RUNNING
        for page in pages.paginate(NameContains=prefix, StatusEquals=status)
        for job in page["HyperParameterTuningJobSummaries"]
        if job["HyperParameterTuningJobName"].startswith(prefix)
        and tag_of(client, job["HyperParameterTuningJobArn"]) == stack_name
    ]


def _stop_tuning(account: Account, name: str, told: Callable[[str], object]) -> None:
    """With the training jobs that it has started."""
    client = account.sagemaker

    def status() -> str:
        asked = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return asked["HyperParameterTuningJobStatus"]

    if status() == "InProgress":
        client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    told(f"Waiting until the tuning job {name} has stopped, which takes two minutes or more")
    _until(lambda: status() not in RUNNING, f"the tuning job {name} has not stopped")


def _delete_notebook(account: Account, name: str) -> None:
    """One that runs cannot be deleted."""
    client = account.sagemaker

    def status() -> str:
        return client.describe_notebook_instance(NotebookInstanceName=name)["NotebookInstanceStatus"]

    if status() == "InService":
        client.stop_notebook_instance(NotebookInstanceName=name)
    _until(lambda: status() in {"Stopped", "Failed"}, f"the notebook instance {name} has not stopped")
    client.delete_notebook_instance(NotebookInstanceName=name)


def log_groups(account: Account, stack_name: str, other_stacks: Sequence[str]) -> list[str]:
    """Those that endpoints of a stack have left: SageMaker makes them, by name and without a tag.

    Args:
        account: Where.
        stack_name: Of the stack.
        other_stacks: Names of the others in the region, whose endpoints may have a name that begins with ours, too.

    Raises:
        DeploymentError
    """
    prefix = ENDPOINT_LOGS + name_prefix(stack_name)
    pages = account.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    names = [group["logGroupName"].removeprefix(ENDPOINT_LOGS) for page in pages for group in page["logGroups"]]

    def ours(name: str) -> bool:
        if name_problem(name, stack_name) or _of_another(name, stack_name, other_stacks):
            return False
        there = describe_endpoint(account, name)
        return there is None or there.stack == stack_name

    return [f"{ENDPOINT_LOGS}{each}" for each in names if ours(each)]


def delete_log_streams(account: Account, stack_name: str, other_stacks: Sequence[str]) -> int:
    """Delete what jobs and the notebook have logged, from groups that the whole account shares; tells how many.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"delete what SageMaker has logged of {stack_name}"):
        streams = [(JOB_LOGS, each) for each in _of_our_jobs(account, stack_name, other_stacks)]
        notebook = f"{name_prefix(stack_name)}notebook/"
        streams += [(NOTEBOOK_LOGS, each) for each in _streams(account.logs, NOTEBOOK_LOGS, notebook)]
        for group, stream in streams:
            account.logs.delete_log_stream(logGroupName=group, logStreamName=stream)
    return len(streams)


def _of_our_jobs(account: Account, stack_name: str, other_stacks: Sequence[str]) -> list[str]:
    """Streams, which begin with the name of their job; SageMaker knows nearly all jobs for ever, with their tags."""
    streams: dict[str, list[str]] = {}
    for stream in _streams(account.logs, JOB_LOGS, name_prefix(stack_name)):
        streams.setdefault(stream.partition("/")[0], []).append(stream)

    client = account.sagemaker

    def ours(name: str) -> bool:
        if name_problem(name, stack_name) or _of_another(name, stack_name, other_stacks):
            return False
        there = describe_job(account, name)
        return there is None or tag_of(client, there.arn) == stack_name

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        of_jobs = zip(streams.values(), pool.map(ours, streams), strict=True)
        return [stream for found, is_ours in of_jobs if is_ours for stream in found]


def _streams(client: "CloudWatchLogsClient", group: str, prefix: str) -> list[str]:
    pages = client.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=prefix)
    try:
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return []  # the account has never had such a job


def _of_another(name: str, stack_name: str, other_stacks: Sequence[str]) -> bool:
    longer = [name_prefix(each) for each in other_stacks if each.startswith(name_prefix(stack_name))]
    return name.startswith(tuple(longer))


def _until(done: Callable[[], bool], otherwise: str) -> None:
    """
    Raises:
        DeploymentError: it has taken too long.
    """
    end = time.monotonic() + _PATIENCE_SECONDS
    while not done():
        if time.monotonic() > end:
            raise DeploymentError(
                f"{otherwise} within {_PATIENCE_SECONDS / 60:g} minutes: the same command tries again"
            )
        time.sleep(POLL_SECONDS)
