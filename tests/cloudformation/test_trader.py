"""What a stack has for a trader on paper: nothing unless one is named, one at a time, nothing open, least privilege."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import pytest

from cloudformation.template import PARENT, Stack, TemplateError, read
from deployment import trader_credentials
from fleet import keys
from fleet.traders import keys as trader_keys
from tests.cloudformation.policies import listed, policies

Launch = Callable[..., Stack]
BUCKET = "<Results.Bucket.Arn>"
SECRET = "<Fargate.Credentials>"

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
AS_AWS_SAYS = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
}


@pytest.fixture(scope="module")
def fargate(launched: Launch) -> Stack:
    return launched(Trader="mine", TraderRuns="yes").nested["Fargate"]


@pytest.fixture(scope="module")
def statements(fargate: Stack) -> dict[str, list[dict[str, Any]]]:
    return {name: document["Statement"] for name, document in policies(fargate)}


def properties(stack: Stack, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.resources[name]["Properties"]
    return found


def container(stack: Stack) -> dict[str, Any]:
    [found] = properties(stack, "Task")["ContainerDefinitions"]
    return dict(found)


def test_there_is_nothing_of_it_unless_a_trader_is_named(launched: Launch) -> None:
    kinds = {resource["Type"] for _, resource in launched(TraderRuns="yes").all_resources()}
    assert not {each for each in kinds if each.split("::")[1] in {"ECS", "ECR"}}
    assert not any(name.startswith("Trader") for name in launched().outputs)
    outputs = launched(Trader="mine").outputs
    assert {"TraderImage", "TraderCluster", "TraderService", "TraderSecretArn"} <= outputs.keys()


def test_a_trader_has_the_name_that_traders_may_have(launched: Launch) -> None:
    assert read(PARENT)["Parameters"]["Trader"]["AllowedPattern"] == f"({keys.TRADER_NAME})?"
    with pytest.raises(TemplateError, match="must be the name of a trader"):
        launched(Trader="../mine")


def test_nothing_of_a_trader_is_deleted_by_its_age(launched: Launch) -> None:
    with pytest.raises(TemplateError, match="A trader knows by the bucket which orders it has sent"):
        launched(Trader="mine", DeleteResultsAfterDays=90)
    assert launched(DeleteResultsAfterDays=90)


def test_there_is_one_task_or_none_and_an_old_one_ends_before_a_new_one_starts(
    launched: Launch, fargate: Stack
) -> None:
    service = properties(fargate, "Service")
    assert service["DesiredCount"] == 1
    assert properties(launched(Trader="mine").nested["Fargate"], "Service")["DesiredCount"] == 0
    how = service["DeploymentConfiguration"]
    assert (how["MaximumPercent"], how["MinimumHealthyPercent"]) == (100, 0)
    assert service["AvailabilityZoneRebalancing"] == "DISABLED"


def test_it_has_the_longest_time_to_end_that_fargate_gives(fargate: Stack) -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
    assert container(fargate)["StopTimeout"] == 120


def test_it_runs_the_trader_that_is_named_and_stays(fargate: Stack) -> None:
    assert container(fargate)["Command"] == ["spotmc", "trader", "run", "mine", "--stay"]


def test_the_container_can_write_to_one_folder_and_has_no_rights_on_its_machine(fargate: Stack) -> None:
    found = container(fargate)
    assert found["ReadonlyRootFilesystem"] is True
    assert found["Privileged"] is False
    assert found["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert [each["ContainerPath"] for each in found["MountPoints"]] == ["/tmp"]
    assert properties(fargate, "Service")["EnableExecuteCommand"] is False


def test_nothing_comes_in(fargate: Stack) -> None:
    group = properties(fargate, "TraderGroup")
    assert "SecurityGroupIngress" not in group
    assert not list(fargate.of_type("AWS::EC2::SecurityGroupIngress"))
    network = properties(fargate, "Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["SecurityGroups"] == ["<Fargate.TraderGroup>"]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)
    else:
        yield str(value)


def test_credentials_come_from_the_secret_alone_and_are_no_parameter(launched: Launch, fargate: Stack) -> None:
    given = {each["Name"]: each["ValueFrom"] for each in container(fargate)["Secrets"]}
    names = (trader_credentials.KEY_ID, trader_credentials.SECRET_KEY)
    assert given == {name: f"{SECRET}:{name}::" for name in names}
    assert not set(names) & {each["Name"] for each in container(fargate)["Environment"]}
    asked_for = {*read(PARENT)["Parameters"], *read("trader.yaml")["Parameters"]}
    assert not {each for each in asked_for if "key" in each.lower() or "secret" in each.lower()} - {
        "CertificateSecretArn",
        "KeepLogsDays",
        "KeyName",
        "KeyPolicyArn",
        "KmsKeyArn",
    }


def test_what_is_in_the_secret_at_first_is_no_key_and_the_same_in_every_stack(launched: Launch, fargate: Stack) -> None:
    """What changed with a parameter would be written over what a person has put there."""
    text = properties(fargate, "Credentials")["SecretString"]
    assert set(json.loads(text).values()) == {trader_credentials.NOT_GIVEN}
    assert not trader_credentials.NOT_GIVEN.startswith("PK")
    other = launched(region="us-gov-west-1", Trader="other", OwnRules="allow").nested["Fargate"]
    assert properties(other, "Credentials")["SecretString"] == text


def test_the_secret_and_the_images_go_with_the_stack_and_leave_no_name_taken(fargate: Stack) -> None:
    for name in ("Credentials", "Images", "Log"):
        assert fargate.resources[name]["DeletionPolicy"] == "Delete"
    assert "Name" not in properties(fargate, "Credentials")
    assert properties(fargate, "Images")["EmptyOnDelete"] is True
    assert properties(fargate, "Images")["ImageTagMutability"] == "IMMUTABLE"


def test_own_rules_run_only_where_they_are_allowed(launched: Launch, fargate: Stack) -> None:
    def said(stack: Stack) -> str:
        return {each["Name"]: str(each["Value"]) for each in container(stack)["Environment"]}["SPOTMC_OWN_RULES"]

    assert said(fargate) == "refuse"
    assert said(launched(Trader="mine", OwnRules="allow").nested["Fargate"]) == "allow"


# ---- what it may do --------------------------------------------------------------------------------------------------


def test_its_roles_are_taken_by_the_tasks_of_this_account_alone(fargate: Stack) -> None:
    for _, role in fargate.of_type("AWS::IAM::Role"):
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_what_starts_it_may_do_what_aws_says_that_it_needs_with_what_is_the_traders(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    actions = {action for each in statements["start"] for action in listed(each["Action"])}
    assert actions == AS_AWS_SAYS
    assert [each["Resource"] for each in statements["start"]] == [
        "*",
        "<Fargate.Images.Arn>",
        SECRET,
        "<Fargate.Log.Arn>",
    ]


def test_the_trader_itself_reads_no_secret(statements: dict[str, list[dict[str, Any]]]) -> None:
    services = {action.partition(":")[0] for each in statements["trade"] for action in listed(each["Action"])}
    assert services == {"s3"}


def test_it_writes_into_its_own_folder_and_among_the_accounts_and_deletes_nothing(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    def may(action: str, key: str) -> bool:
        effects = {
            each["Effect"]
            for each in statements["trade"]
            for resource in listed(each["Resource"])
            if action in listed(each["Action"]) and fnmatchcase(f"{BUCKET}/{key}", resource)
        }
        return effects == {"Allow"}

    day, account = date(2026, 11, 27), trader_keys.account_key("PA123", "AAPL")
    own = [trader_keys.lease_key("mine"), trader_keys.day_key("mine", day), trader_keys.order_key("mine", day, "x")]
    for key in (*own, account):
        assert may("s3:GetObject", key), key
        assert may("s3:PutObject", key), key
    others = [trader_keys.lease_key("mine-2"), trader_keys.day_key("yours", day)]
    for key in (*others, "jobs/x/job.json", "prices/x.csv", "rules/x.py", "models/x.json", "history/daily/AAPL/x"):
        assert not may("s3:PutObject", key), key
    for key in (trader_keys.KILL_ALL, trader_keys.kill_key("mine"), trader_keys.trader_key("mine")):
        assert not may("s3:PutObject", key), "it could put the kill switch back, or trade something else"
        assert may("s3:GetObject", key)
    assert not may("s3:GetObject", others[0])
    assert not any("s3:DeleteObject" in listed(each["Action"]) for each in statements["trade"])


def test_what_it_reads_of_a_job_is_what_jobs_have(statements: dict[str, list[dict[str, Any]]]) -> None:
    [inputs] = [each for each in statements["trade"] if each["Sid"] == "Inputs"]
    assert set(inputs["Resource"]) == {f"{BUCKET}/{folder}*" for folder, _ in keys.INPUTS.values()}


def test_whoever_reads_or_writes_the_bucket_may_use_its_key(launched: Launch, fargate: Stack) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    with_one = launched(Trader="mine", KmsKeyArn=key).nested["Fargate"]
    assert properties(with_one, "TraderRole")["ManagedPolicyArns"] == ["<Roles.KeyPolicy>"]
    assert "ManagedPolicyArns" not in properties(with_one, "StartRole")
    assert "ManagedPolicyArns" not in properties(fargate, "TraderRole")
