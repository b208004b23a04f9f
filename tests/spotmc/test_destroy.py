"""``spotmc destroy``: nothing stays but what a person wants to keep."""

import io
import itertools
import os
import signal
from dataclasses import replace

import pytest

from deployment import image, scaling_group
from deployment.account import Account
from deployment.stack import Deployed
from spotmc.destroy import announcement
from tests.auto_scaling_server import Group, Machine
from tests.spotmc.conftest import CIDR, MACHINE_IMAGE

THEIRS = "/spotmc/of-somebody-else"  # a log group


@pytest.fixture
def account(settings):
    return Account(settings.region)


@pytest.fixture
def deployed(spotmc, iam, artefacts, bucket, monkeypatch):
    """A stack, whose tags CloudFormation gives to the bucket too."""
    tags = [{"Key": "spotmc:stack", "Value": "spotmc"}]
    Account("us-east-1").s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": tags})
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    status, _, told = spotmc("deploy", "--yes", "--password-stdin", *CIDR)
    assert status == 0, told


@pytest.fixture
def orphans(account):
    """A machine, a loose disk and a log group that the stack forgot, and the same of another stack."""

    def make(stack):
        tags = [{"Key": "spotmc:stack", "Value": stack}]
        image = account.ssm.get_parameter(Name=MACHINE_IMAGE)["Parameter"]["Value"]
        machine = account.ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]
        )["Instances"][0]["InstanceId"]
        disk = account.ec2.create_volume(
            AvailabilityZone="us-east-1a", Size=8, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}]
        )["VolumeId"]
        account.logs.create_log_group(logGroupName=f"/{stack}/worker")
        return machine, disk

    account.logs.create_log_group(logGroupName=THEIRS)
    yield make("spotmc"), make("other")
    for group in log_groups(account) & {"/spotmc/worker", "/other/worker", THEIRS}:
        account.logs.delete_log_group(logGroupName=group)


def log_groups(account):
    return {group["logGroupName"] for group in account.logs.describe_log_groups()["logGroups"]}


def buckets(account):
    return {bucket["Name"] for bucket in account.s3.list_buckets()["Buckets"]}


def states(account, machine):
    found = account.ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"]
    return {each["State"]["Name"] for each in found}


def volumes(account):
    return {volume["VolumeId"] for volume in account.ec2.describe_volumes()["Volumes"]}


def test_stack_buckets_and_orphans_are_gone_and_nothing_of_anybody_else(spotmc, deployed, orphans, bucket, account):
    account.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    for number in range(25):
        bucket.put(f"jobs/{number}", b"1")
    bucket.put("jobs/1", b"2")
    bucket.delete("jobs/2")

    status, printed, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert f"the bucket {bucket.name} with all that is in it" in printed
    assert not buckets(account) & {bucket.name, "spotmc-artefacts-123456789012-us-east-1"}
    assert f"Deleted the bucket {bucket.name} with 27 objects" in told

    (machine, disk), (other_machine, other_disk) = orphans
    assert states(account, machine) <= {"shutting-down", "terminated"}
    assert states(account, other_machine) == {"running"}
    assert disk not in volumes(account)
    assert other_disk in volumes(account)
    assert log_groups(account) & {"/spotmc/worker", "/other/worker", THEIRS} == {"/other/worker", THEIRS}
    assert f"Ended what was left: instance {machine}" in told
    assert "Nothing is left." in printed
    assert spotmc("destroy", "--yes")[1].endswith("Nothing is left.\n")


def test_results_are_kept_on_request(spotmc, cloudformation, deployed, bucket, account):
    bucket.put("jobs/1", b"1")
    status, printed, told = spotmc("destroy", "--yes", "--keep-results")
    assert status == 0, told
    assert f"It keeps the bucket {bucket.name}." in printed
    assert bucket.get("jobs/1") == b"1"
    assert "spotmc-artefacts-123456789012-us-east-1" not in buckets(account)


def test_what_was_kept_stays_when_the_next_stack_of_that_name_is_destroyed(spotmc, deployed, bucket, account):
    tags = [{"Key": "spotmc:stack", "Value": "spotmc"}]
    account.s3.create_bucket(Bucket="kept-from-an-earlier-stack")
    account.s3.put_bucket_tagging(Bucket="kept-from-an-earlier-stack", Tagging={"TagSet": tags})
    status, printed, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert "It keeps the bucket kept-from-an-earlier-stack." in printed
    assert "kept-from-an-earlier-stack" in buckets(account)
    assert bucket.name not in buckets(account)
    assert spotmc("destroy", "--yes")[0] == 0  # no stack has it any more, so it is what is left
    assert "kept-from-an-earlier-stack" not in buckets(account)


def test_a_name_that_no_stack_of_ours_can_have_is_refused(spotmc, iam):
    status, _, told = spotmc("destroy", "--yes", "--name", "AWS")
    assert status == 2
    assert "small letters" in told


def test_machines_that_may_be_in_the_way_of_a_deletion_are_ended(spotmc, cloudformation, deployed, orphans, account):
    cloudformation.failing = ("Network.WorkerGroup", "resource sg-1 has a dependent object")
    assert spotmc("destroy", "--yes")[0] == 1
    (machine, _), (other_machine, _) = orphans
    assert states(account, machine) <= {"shutting-down", "terminated"}
    assert states(account, other_machine) == {"running"}


def test_an_update_is_over_before_the_stack_is_deleted(spotmc, cloudformation, deployed):
    looks = itertools.count(1)
    cloudformation.on_events = lambda: next(looks) == 3 and os.kill(os.getpid(), signal.SIGINT)
    assert spotmc("deploy", "--yes", "--max-workers", "20")[0] != 0
    cloudformation.on_events = lambda: None
    assert cloudformation.status("spotmc") == "UPDATE_IN_PROGRESS"
    status, _, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert "is in the middle of something: UPDATE_IN_PROGRESS" in told
    assert cloudformation.status("spotmc") is None


def test_a_person_is_asked_first(spotmc, cloudformation, deployed, bucket, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    status, printed, _ = spotmc("destroy")
    assert status == 130
    assert "This deletes for ever" in printed
    assert cloudformation.status("spotmc") == "CREATE_COMPLETE"
    assert bucket.exists("jobs/1") is False


def test_what_cannot_be_deleted_is_named_and_the_buckets_stay(spotmc, cloudformation, deployed, bucket, account):
    cloudformation.failing = ("Network.WorkerGroup", "resource sg-1 has a dependent object")
    status, _, told = spotmc("destroy", "--yes")
    assert status == 1
    assert "because Network.WorkerGroup (AWS::EC2::SecurityGroup) failed: resource sg-1" in told.splitlines()[-1]
    assert bucket.name in buckets(account)

    cloudformation.failing = None
    assert spotmc("destroy", "--yes")[0] == 0
    assert bucket.name not in buckets(account)


def test_an_interrupted_deletion_goes_on(spotmc, cloudformation, deployed, account):
    stack = account.cloudformation.describe_stacks(StackName="spotmc")["Stacks"][0]["StackId"]
    account.cloudformation.delete_stack(StackName=stack)
    assert cloudformation.status("spotmc") == "DELETE_IN_PROGRESS"
    status, _, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert cloudformation.status("spotmc") is None
    assert cloudformation.requests.count("DeleteStack") == 1


def test_after_the_stack_is_gone_what_carries_its_tag_is_still_found(spotmc, cloudformation, deployed, account):
    cloudformation.set_status("spotmc", "DELETE_COMPLETE")
    status, printed, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert "There is no stack of that name" in printed
    assert "spotmc-artefacts-123456789012-us-east-1" not in buckets(account)


def test_a_stack_of_something_else_stays(spotmc, cloudformation):
    cloudformation.foreign_stack("spotmc")
    status, _, told = spotmc("destroy", "--yes")
    assert status == 1
    assert "is of something else, and stays" in told
    assert cloudformation.status("spotmc") == "CREATE_COMPLETE"


def test_a_stack_that_was_never_created_goes_too(spotmc, cloudformation, iam, artefacts, monkeypatch):
    cloudformation.denied = {"ExecuteChangeSet"}
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert spotmc("deploy", "--yes", "--password-stdin", *CIDR)[0] == 1
    assert cloudformation.status("spotmc") == "REVIEW_IN_PROGRESS"
    status, _, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert cloudformation.status("spotmc") is None


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr(scaling_group, "POLL_SECONDS", 0.0)


def test_protected_machines_of_a_group_are_ended_before_the_stack_is_deleted(
    spotmc, cloudformation, group_of_workers, auto_scaling, no_waiting
):
    group_of_workers.desired = 2
    group_of_workers.look()
    order = []
    cloudformation.on_events = lambda: order.append(len(group_of_workers.machines))
    status, _, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert "Ending the machines of spotmc-worker: 2" in told
    assert set(order) == {0}
    assert group_of_workers.most == 0
    assert f"Ended what was left: Auto Scaling group {group_of_workers.name}" in told
    assert not auto_scaling.groups


def test_a_machine_that_is_listed_as_waiting_when_it_waits_no_more_is_in_nobodys_way(
    spotmc, group_of_workers, auto_scaling, no_waiting
):
    group_of_workers.machines.append(Machine("i-1", listed=2))
    group_of_workers.desired = 1
    status, _, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert not auto_scaling.groups


def test_a_group_that_no_stack_has_any_more_goes_with_its_machines(spotmc, cloudformation, auto_scaling, iam):
    for stack in ("spotmc", "other"):
        auto_scaling.groups[stack] = Group(stack, stack, desired=1, machines=[Machine(f"i-{stack}")])
    status, _, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert list(auto_scaling.groups) == ["other"]


def test_a_deletion_that_waits_for_protected_machines_is_helped_on(
    spotmc, cloudformation, group_of_workers, no_waiting, account
):
    group_of_workers.desired = 1
    group_of_workers.look()
    account.cloudformation.delete_stack(StackName="spotmc")
    status, _, told = spotmc("destroy", "--yes")
    assert status == 0, told
    assert "Ending the machines of spotmc-worker: 1" in told
    assert cloudformation.requests.count("DeleteStack") == 1


def test_a_person_is_told_what_becomes_of_a_trader():
    deployed = Deployed("id", "CREATE_COMPLETE", "", True, {"Trader": "mine"}, {})
    told = announcement("spotmc", deployed, [], [])
    assert "the credentials of the trader mine; its positions and open orders stay at the broker" in told
    assert "`spotmc trader kill mine`, before, cancels the orders" in told
    assert "broker" not in announcement("spotmc", replace(deployed, parameters={"Trader": ""}), [], [])


# ---- What people have made with SageMaker ----------------------------------------------------------------------------


@pytest.fixture
def researched(spotmc, iam, artefacts, bucket, monkeypatch):
    """A stack that trains and serves."""
    monkeypatch.setattr(image, "builder", lambda: "docker")
    monkeypatch.setattr(image, "push", lambda *_, **__: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    status, _, told = spotmc("deploy", "--yes", "--password-stdin", "--research", *CIDR)
    assert status == 0, told


def served(account, stack, name):
    """An endpoint with all that it is made of and its log, under the tag of a stack."""
    client, tags = account.sagemaker, [{"Key": "spotmc:stack", "Value": stack}]
    client.create_model(
        ModelName=name,
        PrimaryContainer={"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"},
        ExecutionRoleArn="arn:aws:iam::123456789012:role/x-endpoint",
        Tags=tags,
    )
    variant = {
        "VariantName": "all",
        "ModelName": name,
        "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
    }
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tags)
    client.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)
    account.logs.create_log_group(logGroupName=f"/aws/sagemaker/Endpoints/{name}")


def of_sagemaker(account):
    client = account.sagemaker
    return {
        *(f"endpoint {each['EndpointName']}" for each in client.list_endpoints()["Endpoints"]),
        *(f"config {each['EndpointConfigName']}" for each in client.list_endpoint_configs()["EndpointConfigs"]),
        *(f"model {each['ModelName']}" for each in client.list_models()["Models"]),
    }


def test_what_people_have_made_with_sagemaker_is_ended_with_its_logs_and_nothing_of_others(
    spotmc, researched, bucket, account, cloudformation
):
    shared = "/aws/sagemaker/TrainingJobs"
    account.logs.create_log_group(logGroupName=shared)
    for stream in ("spotmc-train-1/algo-1-1", "else-1/algo-1-1"):
        account.logs.create_log_stream(logGroupName=shared, logStreamName=stream)
    served(account, "spotmc", "spotmc-mine")
    served(account, "else", "spotmc-not-mine")
    try:
        status, printed, told = spotmc("destroy", "--yes")
        assert status == 0, told
        assert "SageMaker's jobs that run for it, its endpoints and models" in printed
        assert "Ended the endpoint spotmc-mine" in told
        assert "Deleted 1 logs" in told
        assert of_sagemaker(account) == {f"{kind} spotmc-not-mine" for kind in ("endpoint", "config", "model")}
        streams = account.logs.describe_log_streams(logGroupName=shared)["logStreams"]
        assert [each["logStreamName"] for each in streams] == ["else-1/algo-1-1"]
        assert "/aws/sagemaker/Endpoints/spotmc-mine" not in log_groups(account)
    finally:
        for group in log_groups(account):
            if group.startswith("/aws/sagemaker/"):
                account.logs.delete_log_group(logGroupName=group)
        if "endpoint spotmc-not-mine" in of_sagemaker(account):
            account.sagemaker.delete_endpoint(EndpointName="spotmc-not-mine")
            account.sagemaker.delete_endpoint_config(EndpointConfigName="spotmc-not-mine")
            account.sagemaker.delete_model(ModelName="spotmc-not-mine")
