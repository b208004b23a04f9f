"""What of SageMaker belongs to a stack: by its name, which permissions are for, and by its tag, which is certain."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deployment.not_found import is_not_found
from deployment.stack import TAG

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_NAME = re.compile(r"(?=.{1,63}\Z)[a-zA-Z0-9](-*[a-zA-Z0-9])*")


def name_prefix(stack_name: str) -> str:
    """How the names of all jobs and endpoints of a stack begin: the permissions are for such."""
    return f"{stack_name}-"


def name_problem(name: str, stack_name: str) -> str:
    """Why no job and no endpoint of a stack may be called that; empty where one may."""
    if _NAME.fullmatch(name) and name.startswith(name_prefix(stack_name)):
        return ""
    return f"must be {name_prefix(stack_name)} and more, 63 letters, digits and hyphens in all, not {name[:100]!r}"


def tag_of(client: "SageMakerClient", arn: str) -> str | None:
    """The stack that something belongs to; None where it is nobody's, or is gone."""
    try:
        return next((each["Value"] for each in _tags(client, arn) if each["Key"] == TAG), None)
    except ClientError as error:
        if not is_not_found(error):
            raise
        return None


def _tags(client: "SageMakerClient", arn: str) -> Iterator[Any]:
    for page in client.get_paginator("list_tags").paginate(ResourceArn=arn):
        yield from page["Tags"]
