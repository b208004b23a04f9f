"""What is left of a trader whose stack is gone: named here, because the emulator's tagging service lists none of it."""

import uuid

import pytest

from deployment import trader_remains
from deployment.account import Account
from fleet.settings import Settings


@pytest.fixture
def account(settings: Settings) -> Account:
    return Account(settings.region)


@pytest.fixture
def left(account: Account) -> dict[str, str]:
    """ARNs, by kind."""
    name = uuid.uuid4().hex[:8]
    account.ecs.create_cluster(clusterName=name)
    task = account.ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "trader", "image": "x", "memory": 512}]
    )["taskDefinition"]["taskDefinitionArn"]
    service = account.ecs.create_service(cluster=name, serviceName=name, taskDefinition=task, desiredCount=1)
    secret = account.secrets.create_secret(Name=name, SecretString="x")
    return {
        "ECS service": service["service"]["serviceArn"],
        "task definition": task,
        "secret": secret["ARN"],
    }


def test_all_of_it_is_found_and_ended_and_found_no_more(account: Account, left: dict[str, str]) -> None:
    found = dict(trader_remains.find(account, list(left.values())))
    assert found == {kind: [arn] for kind, arn in left.items()}
    for kind, arns in found.items():
        trader_remains.end(account, kind, arns)
    assert dict(trader_remains.find(account, list(left.values()))) == {kind: [] for kind in left}


def test_a_task_definition_that_cloudformation_has_deregistered_is_left_and_is_deleted(
    account: Account, left: dict[str, str]
) -> None:
    task = left["task definition"]
    account.ecs.deregister_task_definition(taskDefinition=task)
    assert dict(trader_remains.find(account, [task]))["task definition"] == [task]
    trader_remains.end(account, "task definition", [task])
    assert dict(trader_remains.find(account, [task]))["task definition"] == []


def test_a_deleted_secret_leaves_its_name_free_at_once(account: Account, left: dict[str, str]) -> None:
    name = account.secrets.describe_secret(SecretId=left["secret"])["Name"]
    trader_remains.end(account, "secret", [left["secret"]])
    assert account.secrets.create_secret(Name=name, SecretString="y")["Name"] == name


def test_what_the_tagging_service_lists_of_a_cluster_that_is_gone_is_nothing(account: Account) -> None:
    gone = "arn:aws:ecs:us-east-1:123456789012:service/gone/gone"
    assert dict(trader_remains.find(account, [gone]))["ECS service"] == []
