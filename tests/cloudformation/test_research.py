"""What a stack has for SageMaker: nothing unless it is wanted, nothing that is open, and least privilege."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any

import pytest
from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]

from cloudformation.template import PARENT, Stack, TemplateError, read
from fleet import keys
from tests.cloudformation.policies import listed, policies
from tests.programs import ROOT

Launch = Callable[..., Stack]
BUCKET = "<Results.Bucket.Arn>"
NOTEBOOK = "AWS::SageMaker::NotebookInstance"

# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms
AS_AWS_SAYS = {
    "cloudwatch:PutMetricData",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
}


@pytest.fixture(scope="module")
def research(launched: Launch) -> Stack:
    return launched(Research="yes", ResearchNotebook="ml.t3.medium").nested["SageMaker"]


@pytest.fixture(scope="module")
def statements(research: Stack) -> dict[str, list[dict[str, Any]]]:
    return {name: document["Statement"] for name, document in policies(research)}


def properties(stack: Stack, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.resources[name]["Properties"]
    return found


def actions(statements: list[dict[str, Any]]) -> set[str]:
    return {action for each in statements for action in listed(each["Action"])}


def test_there_is_nothing_of_it_unless_a_person_wants_it(launched: Launch) -> None:
    types = {resource["Type"] for _, resource in launched(ResearchNotebook="ml.t3.medium").all_resources()}
    assert not {each for each in types if each.split("::")[1] in {"SageMaker", "Athena", "Glue", "ECR"}}
    stack = launched(Research="yes")
    assert not list(stack.of_type(NOTEBOOK))
    assert stack.outputs["ResearchNotebook"] == stack.outputs["NotebookPolicyArn"] == "none"
    with_one = launched(Research="yes", ResearchNotebook="ml.t3.medium").outputs
    assert with_one["NotebookPolicyArn"] == "<SageMaker.NotebookPolicy>", "nobody else could open it"
    assert {"ResearchImage", "TrainingRoleArn", "EndpointRoleArn", "ResearchPolicyArn"} <= stack.outputs.keys()
    assert not {"ResearchImage", "ResearchNotebook"} & launched().outputs.keys()


def test_its_roles_are_taken_by_the_sagemaker_of_this_account_alone(research: Stack) -> None:
    for _, role in research.of_type("AWS::IAM::Role"):
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_jobs_and_endpoints_may_do_what_aws_says_that_they_need_and_no_more(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    assert actions(statements["train"] + statements["PullPolicy"]) == AS_AWS_SAYS
    assert actions(statements["serve"] + statements["PullPolicy"]) == AS_AWS_SAYS - {"s3:PutObject", "s3:ListBucket"}


def test_a_job_writes_into_the_folder_of_jobs_alone_and_an_endpoint_reads_results_alone(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    def resources(policy: str, action: str) -> set[str]:
        return {
            each
            for statement in statements[policy]
            if action in listed(statement["Action"])
            for each in listed(statement["Resource"])
        }

    assert resources("train", "s3:PutObject") == {f"{BUCKET}/{keys.SAGEMAKER}*"}
    [model] = resources("serve", "s3:GetObject")
    assert fnmatchcase(f"{BUCKET}/{keys.sagemaker_folder('spotmc-x')}output/spotmc-x/output/model.tar.gz", model)
    assert not fnmatchcase(f"{BUCKET}/{keys.sagemaker_input('spotmc-x', 'rule')}rule.py", model)
    [looking] = [each for each in statements["train"] if each["Action"] == "s3:ListBucket"]
    read_from = {each.removeprefix(f"{BUCKET}/") for each in resources("train", "s3:GetObject")}
    assert set(looking["Condition"]["StringLike"]["s3:prefix"]) == read_from
    assert read_from == {"prices/*", "models/*", keys.HISTORY + "*", keys.SAGEMAKER + "*"}


def test_each_logs_under_names_of_the_stack_alone(statements: dict[str, list[dict[str, Any]]]) -> None:
    logs = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/sagemaker"
    writing = {
        each
        for policy in ("train", "serve", "notebook")
        for statement in statements[policy]
        if "logs:PutLogEvents" in listed(statement["Action"])
        for each in listed(statement["Resource"])
    }
    assert writing == {
        f"{logs}/TrainingJobs:log-stream:spotmc-*",
        f"{logs}/Endpoints/spotmc-*",
        f"{logs}/NotebookInstances:log-stream:spotmc-notebook/*",
    }


def test_whoever_does_research_hands_on_the_two_roles_alone_and_to_sagemaker_alone(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    [(name, handing)] = [
        (name, each) for name, all_ in statements.items() for each in all_ if "iam:PassRole" in listed(each["Action"])
    ]
    assert name == "ResearchPolicy"
    assert handing["Resource"] == ["<SageMaker.TrainingRole.Arn>", "<SageMaker.EndpointRole.Arn>"]
    assert handing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_what_makes_or_ends_something_is_held_by_the_name_and_the_tag_of_the_stack(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    ours = "arn:aws:sagemaker:eu-central-1:123456789012:*/spotmc-*"
    held = set()
    for statement in statements["ResearchPolicy"]:
        kinds = {action.partition(":")[2] for action in actions([statement]) if action.startswith("sagemaker:")}
        made = {each for each in kinds if each.startswith("Create")}
        changed = {each for each in kinds if each.startswith(("Stop", "Delete", "Update", "Invoke"))}
        if made | changed:
            assert statement["Resource"] == ours
            tag = "aws:RequestTag" if made else "aws:ResourceTag"
            assert statement["Condition"]["StringEquals"] == {f"{tag}/spotmc:stack": "spotmc"}
            held |= made | changed
    assert {"CreateTrainingJob", "CreateEndpoint", "StopTrainingJob", "UpdateEndpoint", "DeleteModel"} <= held


def test_what_is_somebody_elses_does_not_become_ours_by_a_tag(statements: dict[str, list[dict[str, Any]]]) -> None:
    """Names of another stack may begin with ours; by our tag, its endpoints could be changed, asked and deleted."""
    policy = statements["ResearchPolicy"]
    [tagging] = [each for each in policy if "sagemaker:AddTags" in listed(each["Action"])]
    made = {action.partition(":")[2] for action in actions(policy) if action.startswith("sagemaker:Create")}
    assert set(tagging["Condition"]["StringEquals"]["sagemaker:TaggingAction"]) == made
    assert tagging["Action"] == "sagemaker:AddTags"


def test_nobody_starts_a_job_that_has_a_network(statements: dict[str, list[dict[str, Any]]]) -> None:
    jobs = {"sagemaker:CreateTrainingJob", "sagemaker:CreateHyperParameterTuningJob"}
    [starting] = [each for each in statements["ResearchPolicy"] if jobs & actions([each])]
    assert actions([starting]) == jobs
    assert starting["Condition"]["Bool"] == {"sagemaker:NetworkIsolation": "true"}


def test_logs_of_other_peoples_jobs_are_not_read(statements: dict[str, list[dict[str, Any]]]) -> None:
    """All training jobs of an account log into one group."""
    logs = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/sagemaker"
    reading = {"logs:GetLogEvents", "logs:FilterLogEvents"}
    read_from = {
        each
        for statement in statements["ResearchPolicy"]
        if reading & actions([statement])
        for each in listed(statement["Resource"])
    }
    assert read_from == {f"{logs}/TrainingJobs:log-stream:spotmc-*", f"{logs}/Endpoints/spotmc-*"}


def test_the_notebook_has_the_present_platform_no_root_and_tokens_only(research: Stack) -> None:
    notebook = properties(research, "NotebookInstance")
    assert notebook["PlatformIdentifier"] == "notebook-al2023-v1"
    assert notebook["RootAccess"] == "Disabled"
    assert notebook["InstanceMetadataServiceConfiguration"] == {"MinimumInstanceMetadataServiceVersion": "2"}
    assert {"Key": "spotmc:stack", "Value": "spotmc"} in notebook["Tags"]


def test_the_notebook_is_opened_from_the_allowed_addresses_alone(statements: dict[str, list[dict[str, Any]]]) -> None:
    [opening] = [
        each
        for all_ in statements.values()
        for each in all_
        if "sagemaker:CreatePresignedNotebookInstanceUrl" in listed(each["Action"])
    ]
    assert opening["Resource"] == "<SageMaker.NotebookInstance>"
    assert opening["Condition"] == {"IpAddress": {"aws:SourceIp": "203.0.113.7/32"}}


def test_the_notebook_may_stop_itself(research: Stack, statements: dict[str, list[dict[str, Any]]]) -> None:
    assert "sagemaker:StopNotebookInstance" in actions(statements["NotebookPolicy"])
    assert properties(research, "NotebookPolicy")["Roles"] == ["<SageMaker.NotebookRole>"]


def test_the_script_that_starts_a_notebook_runs_only_what_was_published(research: Stack) -> None:
    [hook] = properties(research, "NotebookStart")["OnStart"]
    script = hook["Content"]
    assert len(script) * 4 / 3 < 16_384 / 2  # in Base64; ids are longer than here
    assert script.index("sha256sum SHA256SUMS") < script.index("--check") < script.index("bash notebook.sh")
    for name in ("idle.py", "notebook.sh"):
        assert name in script
        assert (ROOT / "userdata" / name).exists()


def test_who_reads_or_writes_the_bucket_may_use_its_key(launched: Launch) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    stack = launched(Research="yes", ResearchNotebook="ml.t3.medium", KmsKeyArn=key).nested["SageMaker"]
    for _, role in stack.of_type("AWS::IAM::Role"):
        assert "<Roles.KeyPolicy>" in role["ManagedPolicyArns"]
    assert properties(stack, "NotebookInstance")["KmsKeyId"] == key
    training = dict(policies(stack))["train"]["Statement"]
    assert [each["Action"] for each in training if each["Resource"] == key] == ["kms:Encrypt"]
    [asking] = [each for each in dict(policies(stack))["ResearchPolicy"]["Statement"] if each["Sid"] == "Key"]
    assert (asking["Action"], asking["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], key)


def test_where_there_are_no_notebook_instances_none_is_asked_for(launched: Launch) -> None:
    """As far as cfn-lint knows."""
    schemas = {
        file.name.removesuffix(".json"): json.loads(file.read_text())
        for file in files("cfnlint").joinpath("data/schemas/providers").iterdir()
        if file.name.endswith(".json")
    }
    known = {region: NOTEBOOK in schemas[region] for region in REGIONS if region in schemas}
    assert len(known) > 30
    assert not all(known.values())
    for region, is_there in known.items():
        stack = launched(region=region, Research="yes", ResearchNotebook="ml.t3.medium")
        assert bool(list(stack.of_type(NOTEBOOK))) is is_there, region


def test_an_image_is_never_changed_and_goes_with_the_stack(research: Stack) -> None:
    images = properties(research, "Images")
    assert images["ImageTagMutability"] == "IMMUTABLE"
    assert images["EmptyOnDelete"] is True
    assert images["ImageScanningConfiguration"] == {"ScanOnPush": True}


def test_a_type_of_machine_for_which_there_is_no_price_is_refused(launched: Launch) -> None:
    parent = read(PARENT)
    wanted = parent["Parameters"]["ResearchNotebook"]["AllowedValues"]
    priced = parent["Mappings"]["ExamplePrice"]["NotebookHour"]
    assert {"".join(filter(str.isalnum, each)) for each in wanted} - {"none"} == priced.keys()
    with pytest.raises(TemplateError, match="ResearchNotebook must be one of none"):
        launched(ResearchNotebook="ml.p5.48xlarge")
