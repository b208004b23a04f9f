"""Which permissions a deployment takes, against what the schemas of the resources say."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from cloudformation.template import PARENT, Stack, read, resolve
from deployment import permission_table, permissions
from deployment.account import Account, Caller
from deployment.finding import Finding
from deployment.optional_actions import ONLY_FOR, unused
from deployment.preflight import check_permissions
from tests.cloudformation.conftest import GIVEN
from tests.iam_server import IamServer

VARIANTS = read(PARENT)["Parameters"]["WorkersOn"]["AllowedValues"]
Told = Callable[..., list[Finding]]

ME = Caller("123456789012", "arn:aws:iam::123456789012:user/me")


def whole(variant: str) -> Stack:
    """With everything that a person may switch on."""
    return resolve(read(PARENT), {**GIVEN, "WorkersOn": variant, "KeyName": "mine", "AlarmEmail": "me@example.com"})


def made_of(kind: str, **properties: str) -> Stack:
    return Stack({}, {"It": {"Type": kind, "Properties": properties}}, {})


def test_the_table_is_what_the_schemas_say() -> None:
    assert permission_table.table() == permission_table.generated(), "write it: python -m deployment.permission_table"


def test_the_table_has_every_type_of_the_templates_that_has_handlers() -> None:
    without = {kind for kind in permission_table.types() if "handlers" not in permission_table.schema(kind)}
    assert without == permissions.WITHOUT_HANDLERS
    assert set(permission_table.types()) == {*permission_table.table(), *without}


def test_what_only_some_resources_need_is_listed_by_properties_that_there_are() -> None:
    table = permission_table.table()
    for kind, properties in ONLY_FOR.items():
        known = permission_table.schema(kind)["properties"]
        for name, actions in properties.items():
            assert name.partition("=")[0].partition(".")[0] in known, (kind, name)
            assert set(actions) <= {*table[kind]["create"], *table[kind]["delete"]}, (kind, name)


def test_what_is_listed_for_a_property_is_needed_by_whoever_sets_it() -> None:
    kind = "AWS::ECR::Repository"
    assert "kms:CreateGrant" in set(unused(kind, {"EncryptionConfiguration": {"EncryptionType": "AES256"}}))
    assert "kms:CreateGrant" not in set(unused(kind, {"EncryptionConfiguration": {"EncryptionType": "KMS"}}))
    topic = made_of("AWS::SNS::Topic")
    assert "sns:PutDataProtectionPolicy" in permissions.needed(topic).never
    topic = made_of("AWS::SNS::Topic", DataProtectionPolicy="{}")
    assert "sns:PutDataProtectionPolicy" in permissions.needed(topic).now


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_creating_a_stack_takes(variant: str) -> None:
    needed = permissions.needed(whole(variant))
    assert {
        "cloudformation:ExecuteChangeSet",
        "ec2:DescribeAddresses",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeSpotFleetRequests",
        "ec2:RequestSpotFleet",
        "iam:PassRole",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "sqs:CreateQueue",
        "ssm:GetParameters",
    } <= set(needed.now)
    assert ("batch:CreateJobQueue" in needed.now) == (variant == "Batch")
    assert {"s3:PutBucketWebsite", "lambda:GetProvisionedConcurrencyConfig", "kms:CreateGrant"}.isdisjoint(needed.now)
    assert {"cloudformation:UpdateStack", "ec2:ModifySpotFleetRequest"} <= set(needed.later)
    lists = (needed.now, needed.later, needed.never)
    assert len(set().union(*lists)) == sum(map(len, lists)), "one action is in two lists"
    assert not any("*" in action for actions in lists for action in actions), "IAM does not answer for these"


def test_what_a_group_takes() -> None:
    needed = permissions.needed(whole("AutoScalingGroup"))
    assert {
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:CreateOrUpdateTags",
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:EnableMetricsCollection",
        "autoscaling:PutScalingPolicy",
        "ec2:RunInstances",
    } <= set(needed.now)
    assert not any(action.startswith(("vpc-lattice:", "elasticloadbalancing:")) for action in needed.now)


def test_what_a_trader_takes() -> None:
    needed = permissions.needed(resolve(read(PARENT), {**GIVEN, "Trader": "mine"}))
    assert {"ecs:CreateService", "ecs:RegisterTaskDefinition", "ecr:PutImage"} <= set(needed.now)
    assert {"secretsmanager:PutSecretValue", "ecs:UpdateService"} <= set(needed.later)
    without = permissions.needed(whole("SpotFleet"))
    assert not [action for each in (without.now, without.later) for action in each if action.startswith("ecs:")]
    assert "secretsmanager:PutSecretValue" not in {*without.now, *without.later}


def test_a_type_that_nobody_has_written_down_is_an_error() -> None:
    with pytest.raises(KeyError, match="AWS::EC2::NatGateway"):
        permissions.needed(made_of("AWS::EC2::NatGateway"))


# ---- What a person is told -------------------------------------------------------------------------------------------


@pytest.fixture
def told(settings: object, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Findings about somebody who is denied some actions."""

    def ask(*denied: str) -> list[Finding]:
        with IamServer() as server:
            server.denied = set(denied)
            monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", server.url)
            return check_permissions(Account("us-east-1").iam, ME, whole("SpotFleet"))

    return ask


def test_everything_is_asked_for_in_requests_that_iam_answers(told: Told) -> None:
    [finding] = told()
    assert not finding.fatal
    assert "permissions that creating the stack needs" in finding.what


@pytest.mark.parametrize("action", ["ec2:DescribeSpotFleetRequests", "s3:PutEncryptionConfiguration"])
def test_what_is_needed_and_denied_is_fatal(told: Told, action: str) -> None:
    [finding] = told(action)
    assert finding.fatal
    assert f"user/me has no permission for {action}" in finding.what


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("cloudformation:UpdateStack", "a later change of the stack, or its removal"),
        ("s3:PutBucketWebsite", "properties need that these templates do not use"),
    ],
)
def test_what_is_not_needed_now_is_a_warning(told: Told, action: str, words: str) -> None:
    fine, warning = told(action)
    assert not fine.fatal
    assert not warning.fatal
    assert words in warning.what


# ---- Whose policies count --------------------------------------------------------------------------------------------


def test_a_role_of_single_sign_on_is_known_by_its_path() -> None:
    client, roles = Account("us-east-1").iam, "arn:aws:iam::123456789012:role"
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    role = {"Arn": f"{roles}{path}Admin", "Path": path, "RoleName": "Admin", "RoleId": "AROA1234567890123456"}
    with Stubber(client) as stub:
        stub.add_response("get_role", {"Role": {**role, "CreateDate": datetime(2026, 1, 1, tzinfo=UTC)}})
        assert permissions.in_its_path(client, f"{roles}/Admin") == f"{roles}{path}Admin"
        stub.add_client_error("get_role", "AccessDenied")
        assert permissions.in_its_path(client, f"{roles}/Admin") == f"{roles}/Admin"
        assert permissions.in_its_path(client, "arn:aws:iam::123456789012:user/me").endswith("user/me")


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        ("arn:aws:iam::123456789012:user/me", "arn:aws:iam::123456789012:user/me"),
        ("arn:aws:sts::123456789012:assumed-role/Admin/session", "arn:aws:iam::123456789012:role/Admin"),
        ("arn:aws-cn:sts::123456789012:assumed-role/Admin/me@x.com", "arn:aws-cn:iam::123456789012:role/Admin"),
        ("arn:aws:iam::123456789012:root", None),
    ],
)
def test_the_policies_that_count_are_those_of_the_user_or_the_role(arn: str, principal: str | None) -> None:
    assert permissions.principal(Caller("123456789012", arn)) == principal
