"""What each role may do besides the program's own requests, and who may take it."""

from collections.abc import Callable, Iterator
from typing import Any

from cloudformation.template import Stack
from tests.cloudformation.policies import listed, policies
from tests.programs import ROOT

SESSION_MANAGER = "https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-add-permissions-to-existing-profile.html"
LOG_AGENT = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/create-iam-roles-for-cloudwatch-agent.html"

# What AWS's own agents ask for, and the page that says so.
AGENTS = {
    "ssm:UpdateInstanceInformation": SESSION_MANAGER,
    "ssmmessages:CreateControlChannel": SESSION_MANAGER,
    "ssmmessages:CreateDataChannel": SESSION_MANAGER,
    "ssmmessages:OpenControlChannel": SESSION_MANAGER,
    "ssmmessages:OpenDataChannel": SESSION_MANAGER,
    "logs:CreateLogStream": LOG_AGENT,
    "logs:DescribeLogStreams": LOG_AGENT,
    "logs:PutLogEvents": LOG_AGENT,
}

# Policies that AWS keeps for its services, and the page that asks for each.
SERVICES = {
    "AmazonEC2SpotFleetTaggingRole": "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet-prerequisites.html",
    "AmazonEC2ContainerServiceforEC2Role": "https://docs.aws.amazon.com/batch/latest/userguide/instance_IAM_role.html",
}

# What the scripts in userdata/ ask for.
BOOT = {
    "s3:GetObject",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "ec2:AssociateAddress",
    "sts:AssumeRole",
    "ec2:DescribeSpotFleetRequests",
    "ec2:ModifySpotFleetRequest",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
    "cloudwatch:PutMetricData",
}

# What the page of the fleet asks for, and the notices on all pages, besides reports of failed boots:
# ``deployment.stack.find``, ``deployment.standing`` and ``deployment.machine_prices``.
STATE = {
    "cloudwatch:DescribeAlarms",
    "cloudformation:DescribeStacks",
    "ec2:DescribeSpotFleetRequests",
    "ec2:DescribeSpotFleetInstances",
    "ec2:DescribeSpotFleetRequestHistory",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "application-autoscaling:DescribeScalableTargets",
    "ec2:DescribeSpotPriceHistory",
    "pricing:GetProducts",
}

PROGRAM = {"WorkPolicy", "submit"}  # test_grants.py is about these
QUERIES = {"QueryPolicy"}  # test_tables.py is about this
RESEARCH = {
    "ResearchPolicy",
    "NotebookPolicy",
    "PullPolicy",
    "train",
    "serve",
    "notebook",
}  # test_research.py about these
TRADER = {"trade", "start"}  # and test_trader.py about these


def statements(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, document in policies(stack):
        for statement in document["Statement"]:
            yield name, statement


def test_no_action_is_a_pattern(stack: Stack) -> None:
    assert not [action for _, each in statements(stack) for action in listed(each["Action"]) if "*" in action]


def test_every_resource_has_a_name_where_a_name_is_possible(stack: Stack) -> None:
    nameless = [each["Sid"] for _, each in statements(stack) if "*" in listed(each["Resource"])]
    of_research = ["ListsAndPrices", "Metrics", "Metrics", "Registry"]
    of_a_trader = ["Registry"]
    others = ["CountBoots", "Machines", "NoBoots", "Prices", "SeeFleet", "SessionManager"]
    assert sorted(nameless) == sorted(others + of_research + of_a_trader)


def test_what_the_program_does_not_ask_for_is_asked_for_by_an_agent_or_a_script(stack: Stack) -> None:
    apart = PROGRAM | QUERIES | RESEARCH | TRADER
    others = {action for name, each in statements(stack) if name not in apart for action in listed(each["Action"])}
    assert others == AGENTS.keys() | BOOT | STATE


def test_what_aws_asks_for_stands_under_the_page_that_says_so(stack: Stack) -> None:
    text = "".join((ROOT / f"cloudformation/{name}.yaml").read_text() for name in ("roles", "batch"))
    assert all(page in text for page in {*AGENTS.values(), *SERVICES.values()})
    kept_by_aws = {
        arn.rsplit("/", 1)[-1]
        for _, role in stack.of_type("AWS::IAM::Role")
        for arn in role.get("ManagedPolicyArns", [])
        if arn.startswith("arn:")
    }
    assert kept_by_aws <= SERVICES.keys()
    assert "AmazonEC2SpotFleetTaggingRole" in kept_by_aws


def test_a_role_is_taken_by_its_own_kind_of_machine_only(stack: Stack) -> None:
    takers = {}
    for name, role in stack.of_type("AWS::IAM::Role"):
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        takers[name] = statement["Principal"].get("Service") or statement["Condition"]
    expected = {
        "Roles.WorkerRole": "ec2.amazonaws.com",
        "Roles.WorkstationRole": "ec2.amazonaws.com",
        "Roles.ServicesRole": {"ArnEquals": {"aws:PrincipalArn": "<Roles.WorkstationRole.Arn>"}},
        "Roles.FleetRole": "spotfleet.amazonaws.com",
        **dict.fromkeys(
            (f"SageMaker.{each}Role" for each in ("Training", "Endpoint", "Notebook")), "sagemaker.amazonaws.com"
        ),
        **dict.fromkeys((f"Fargate.{each}Role" for each in ("Trader", "Start")), "ecs-tasks.amazonaws.com"),
    }
    if "Batch" in stack.nested:
        expected |= {"Batch.WorkerRole": "ecs-tasks.amazonaws.com", "Batch.MachineRole": "ec2.amazonaws.com"}
    assert takers == expected


def test_a_worker_on_batch_may_do_what_one_of_the_fleet_may(stack: Stack) -> None:
    roles = dict(stack.of_type("AWS::IAM::Role"))
    workers = [role for name, role in roles.items() if name.endswith(".WorkerRole")]
    assert all("<Roles.WorkPolicy>" in role["ManagedPolicyArns"] for role in workers)


def test_the_fixed_address_is_given_to_machines_of_the_stack_only(stack: Stack) -> None:
    given = [each for _, each in statements(stack) if each["Action"] == "ec2:AssociateAddress"]
    address, machine = given
    taken, through = address["Resource"]
    assert taken.endswith("elastic-ip/<Access.Address.AllocationId>")
    assert through.endswith("network-interface/*")  # of the account's, but with no other address than this one
    assert machine["Condition"] == {"StringEquals": {"aws:ResourceTag/spotmc:stack": "spotmc"}}


def test_only_root_on_the_workstation_reads_secrets_and_only_what_it_hands_on_reaches_queue_and_results(
    stack: Stack,
) -> None:
    roles = dict(stack.of_type("AWS::IAM::Role"))
    policies_of = {name: {each["PolicyName"] for each in role.get("Policies", [])} for name, role in roles.items()}
    assert policies_of["Roles.WorkstationRole"] == {"log", "boot"}
    assert policies_of["Roles.ServicesRole"] == {"submit", "state"}
    assert not roles["Roles.ServicesRole"].get("ManagedPolicyArns")
    reaching = {"sqs", "secretsmanager"}
    reached = {name: {each.split(":")[0] for each in _actions(stack, name)} & reaching for name in ("boot", "submit")}
    assert reached == {"boot": {"secretsmanager"}, "submit": {"sqs"}}


def test_the_machine_of_the_workstation_may_take_the_role_for_its_services_and_no_other(stack: Stack) -> None:
    [(name, taking)] = [(name, each) for name, each in statements(stack) if "sts:AssumeRole" in listed(each["Action"])]
    assert taking["Resource"] == "<Roles.ServicesRole.Arn>"
    policy = dict(stack.of_type("AWS::IAM::ManagedPolicy"))[f"Roles.{name}"]
    assert policy["Roles"] == ["<Roles.WorkstationRole>"]


def test_nobody_asks_for_a_key_where_none_is_given(stack: Stack) -> None:
    assert not [
        action for _, each in statements(stack) for action in listed(each["Action"]) if action.startswith("kms")
    ]


def test_who_reads_or_writes_what_a_key_of_ones_own_encrypts_may_use_that_key_alone(
    launched: Callable[..., Stack],
) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    stack = launched(KmsKeyArn=key)
    [bucket] = [each for _, each in stack.of_type("AWS::S3::Bucket")]
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    [asking] = [each for _, each in statements(stack) if any("kms:" in action for action in listed(each["Action"]))]
    assert (asking["Action"], asking["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], key)
    users = dict(stack.of_type("AWS::IAM::ManagedPolicy"))["Roles.KeyPolicy"]["Roles"]
    assert users == ["<Roles.WorkerRole>", "<Roles.WorkstationRole>", "<Roles.ServicesRole>"]
    batch = dict(launched(KmsKeyArn=key, WorkersOn="Batch").of_type("AWS::IAM::Role"))["Batch.WorkerRole"]
    assert "<Roles.KeyPolicy>" in batch["ManagedPolicyArns"]


def _actions(stack: Stack, policy: str) -> set[str]:
    return {action for name, each in statements(stack) if name == policy for action in listed(each["Action"])}
