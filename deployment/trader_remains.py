"""What is left of a trader's service whose stack is gone: found by its tag, and ended."""

from collections.abc import Callable, Sequence
from typing import Literal

from botocore.exceptions import ClientError

from deployment.account import Account, DeploymentError
from fleet.errors import explained
from fleet.reasons import error_code

Kind = Literal["ECS service", "task definition", "secret"]

_ACTIVE, _DRAINING = "ACTIVE", "DRAINING"
_DEREGISTERED = "INACTIVE"  # task definitions, which stay so for ever unless they are deleted
_AT_ONCE = 10  # task definitions in a request

# ECS says in a sentence that there is no such task definition, under a code for anything that a client does wrong.
_NOT_FOUND = {"ClientException", "ClusterNotFoundException", "ResourceNotFoundException", "ServiceNotFoundException"}


def find(account: Account, tagged: Sequence[str]) -> list[tuple[Kind, list[str]]]:
    """ARNs by kind, of those that the tagging service lists: it does so for long after something is gone.

    Raises:
        DeploymentError
    """
    there: dict[Kind, tuple[str, Callable[[Account, str], bool]]] = {
        "ECS service": (":service/", _service_is_there),
        "task definition": (":task-definition/", _task_definition_is_there),
        "secret": (":secret:", _secret_is_there),
    }
    with explained(DeploymentError, "look for what is left of a trader"):
        return [
            (kind, [each for each in tagged if part in each and _found(is_there, account, each)])
            for kind, (part, is_there) in there.items()
        ]


def end(account: Account, kind: Kind, arns: Sequence[str]) -> None:
    """End what ``find`` has found: a service with its task, a secret at once and for ever.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"end the {kind} of a trader"):
        for each in arns:
            if kind == "ECS service":
                account.ecs.delete_service(cluster=_cluster(each), service=each, force=True)
            elif kind == "task definition" and _status(account, each) == _ACTIVE:
                account.ecs.deregister_task_definition(taskDefinition=each)
            elif kind == "secret":
                account.secrets.delete_secret(SecretId=each, ForceDeleteWithoutRecovery=True)
        if kind == "task definition":
            for first in range(0, len(arns), _AT_ONCE):
                account.ecs.delete_task_definitions(taskDefinitions=arns[first : first + _AT_ONCE])


def _found(is_there: Callable[[Account, str], bool], account: Account, arn: str) -> bool:
    try:
        return is_there(account, arn)
    except ClientError as error:
        if error_code(error) not in _NOT_FOUND:
            raise
        return False


def _service_is_there(account: Account, arn: str) -> bool:
    found = account.ecs.describe_services(cluster=_cluster(arn), services=[arn])["services"]
    return any(each["status"] in {_ACTIVE, _DRAINING} for each in found)


def _task_definition_is_there(account: Account, arn: str) -> bool:
    return _status(account, arn) in {_ACTIVE, _DEREGISTERED}


def _status(account: Account, task_definition: str) -> str:
    return str(account.ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"]["status"])


def _secret_is_there(account: Account, arn: str) -> bool:
    return "DeletedDate" not in account.secrets.describe_secret(SecretId=arn)


def _cluster(service: str) -> str:
    """Its name, in the ARN of a service."""
    return service.split("/")[1]
