"""``spotmc deploy`` against a CloudFormation that behaves as it is documented."""

import hashlib
import io
import os
import signal
from datetime import timedelta
from types import SimpleNamespace

import pytest

from deployment import draining, image, machine_types
from deployment.account import Account
from tests.auto_scaling_server import Group
from tests.spotmc.conftest import CIDR, MACHINE_IMAGE, PASSWORD


@pytest.fixture
def deployed(deploy):
    status, _, error = deploy(*CIDR)
    assert status == 0, error


def test_a_stack_is_created_and_its_addresses_are_printed(deploy, cloudformation, settings):
    status, printed, told = deploy(*CIDR, "--max-workers", "25", "--set", "JupyterPort=8443")
    assert status == 0, told
    assert cloudformation.status("spotmc") == "CREATE_COMPLETE"
    assert "WebAddress = https://Access.Address/" in printed
    assert f"SPOTMC_QUEUE_URL={settings.queue_url}" in printed
    parameters = cloudformation.parameters("spotmc")
    assert (parameters["MaxWorkers"], parameters["JupyterPort"], parameters["Password"]) == ("25", "8443", PASSWORD)
    assert parameters["ArtefactBucket"] == "spotmc-artefacts-123456789012-us-east-1"
    assert PASSWORD not in printed + told


def test_every_event_is_shown_once_in_the_order_of_time(deploy):
    _, _, told = deploy(*CIDR)
    times = [line for line in told.splitlines() if line[2:3] == ":"]
    assert times == sorted(times, key=lambda line: line[:8])
    assert sum("create complete" in line and "Queue.WorkQueue" in line.split() for line in times) == 1
    assert "create complete" in times[-1]
    assert times[-1].split()[-1] == "spotmc"


def test_what_is_not_given_stays_as_it_is(deploy, deployed, cloudformation):
    status, _, told = deploy("--allowed-cidr", "198.51.100.0/24", password=None)
    assert status == 0, told
    assert cloudformation.status("spotmc") == "UPDATE_COMPLETE"
    parameters = cloudformation.parameters("spotmc")
    assert (parameters["AllowedCidr"], parameters["Password"]) == ("198.51.100.0/24", PASSWORD)


@pytest.mark.thorough
def test_in_a_group_each_machine_may_cost_its_share_of_what_all_may(deploy, cloudformation, auto_scaling):
    auto_scaling.groups["Group.Workers"] = Group("Group.Workers", "spotmc")
    status, printed, told = deploy(*CIDR, "--max-workers", "5", "--set", "WorkersOn=AutoScalingGroup")
    assert status == 0, told
    assert cloudformation.parameters("spotmc")["MachineDollarsPerHour"] == "0.4"
    assert "WorkerGroup = Group.Workers" in printed
    status, _, told = deploy("--max-workers", "8", password=None)
    assert status == 0, told
    assert "MachineDollarsPerHour becomes 0.25, which is MaxDollarsPerHour / MaxWorkers" in told
    assert cloudformation.parameters("spotmc")["MachineDollarsPerHour"] == "0.25"
    assert deploy("--set", "MachineDollarsPerHour=0.1", password=None)[0] == 0
    assert deploy("--set", "LeaseSeconds=90", password=None)[0] == 0
    assert cloudformation.parameters("spotmc")["MachineDollarsPerHour"] == "0.1"
    status, _, told = deploy("--max-workers", "1000", password=None)
    assert status == 1
    assert "none would start" in told


def test_the_same_again_changes_nothing(deploy, deployed, cloudformation):
    status, printed, told = deploy(password=None)
    assert status == 0
    assert "Nothing is to be changed" in told
    assert "WebAddress" in printed
    assert cloudformation.status("spotmc") == "CREATE_COMPLETE"


def test_a_creation_that_fails_is_followed_to_its_end_and_the_first_cause_is_named(deploy, cloudformation):
    cloudformation.failing = ("Roles.WorkerRole", "API: iam:CreateRole User: moto is not authorized")
    status, _, told = deploy(*CIDR)
    assert status == 1
    assert told.splitlines()[-1] == (
        "spotmc: the stack spotmc ended as rollback complete, because Roles.WorkerRole (AWS::IAM::Role) failed: "
        "API: iam:CreateRole User: moto is not authorized"
    )
    assert cloudformation.status("spotmc") == "ROLLBACK_COMPLETE"

    cloudformation.failing = None
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    assert "Deleting what an earlier attempt left: ROLLBACK_COMPLETE" in told
    assert cloudformation.status("spotmc") == "CREATE_COMPLETE"


def test_an_update_that_fails_leaves_the_stack_as_it_was(deploy, deployed, cloudformation):
    cloudformation.failing = ("Queue.OldMessage", "Threshold is wrong")
    status, _, told = deploy("--set", "OldestMessageSeconds=600", password=None)
    assert status == 1
    assert "ended as update rollback complete, because Queue.OldMessage" in told.splitlines()[-1]
    cloudformation.failing = None
    assert deploy(password=None)[0] == 0


def test_an_interrupted_deployment_goes_on_when_it_is_given_again(deploy, cloudformation):
    looks = []

    def interrupt():
        looks.append(1)
        if len(looks) == 3:
            os.kill(os.getpid(), signal.SIGINT)

    cloudformation.on_events = interrupt
    status, _, told = deploy(*CIDR)
    assert status == 1
    assert "interrupted; CloudFormation goes on without this command" in told
    assert cloudformation.status("spotmc") == "CREATE_IN_PROGRESS"

    status, printed, told = deploy(password=None)
    assert status == 0, told
    assert "is in the middle of something: CREATE_IN_PROGRESS" in told
    assert "Nothing is to be changed" in told
    assert "WebAddress" in printed


def test_an_interruption_before_anything_was_executed_leaves_nothing_in_the_way(deploy, cloudformation):
    cloudformation.denied = {"ExecuteChangeSet"}
    assert deploy(*CIDR)[0] == 1
    assert cloudformation.status("spotmc") == "REVIEW_IN_PROGRESS"
    cloudformation.denied = set()
    assert deploy(*CIDR)[0] == 0


def test_a_missing_permission_is_found_before_anything_is_created(deploy, cloudformation, iam, clients):
    iam.denied = {"ec2:RequestSpotFleet"}
    buckets = clients[1].list_buckets()["Buckets"]
    status, _, told = deploy(*CIDR)
    assert status == 1
    assert "user/moto has no permission for ec2:RequestSpotFleet" in told.splitlines()[-1]
    assert cloudformation.status("spotmc") is None
    assert len(clients[1].list_buckets()["Buckets"]) == len(buckets)


def test_a_check_that_is_wrong_can_be_skipped(deploy, cloudformation, iam):
    iam.denied = {"ec2:RequestSpotFleet"}
    status, _, told = deploy(*CIDR, "--skip-checks")
    assert status == 0, told
    assert "\n  no: " in told
    assert "\n  ok: us-east-1 has the 3 zones of the network" in told
    assert cloudformation.status("spotmc") == "CREATE_COMPLETE"


def test_logs_that_an_earlier_stack_has_left_are_found_before_anything_is_created(deploy, cloudformation, settings):
    logs, group = Account(settings.region).logs, {"logGroupName": "/spotmc/worker"}
    logs.create_log_group(**group)
    try:
        status, _, told = deploy(*CIDR)
    finally:
        logs.delete_log_group(**group)
    assert status == 1
    assert "aws logs delete-log-group --log-group-name /spotmc/worker" in told.splitlines()[-1]
    assert cloudformation.status("spotmc") is None
    assert deploy(*CIDR)[0] == 0


def test_a_key_pair_that_is_not_there_is_found_before_anything_is_created(deploy, cloudformation, settings):
    ec2 = Account(settings.region).ec2
    status, _, told = deploy(*CIDR, "--key-name", "laptop")
    assert status == 1, told
    assert "there is no key pair laptop in this region" in told
    assert cloudformation.status("spotmc") is None
    ec2.create_key_pair(KeyName="laptop")
    status, _, told = deploy(*CIDR, "--key-name", "laptop")
    assert status == 0, told
    assert cloudformation.parameters("spotmc")["KeyName"] == "laptop"
    ec2.delete_key_pair(KeyName="laptop")


def test_permissions_that_cannot_be_checked_are_no_reason_to_stop(deploy, iam):
    iam.tells = False
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    assert "could not check the permissions" in told


def test_a_permission_that_turns_out_to_be_missing_is_told(deploy, cloudformation):
    cloudformation.denied = {"CreateChangeSet"}
    status, _, told = deploy(*CIDR)
    assert status == 1
    assert "cannot propose changes to the stack spotmc: the credentials in use have no permission" in told


def test_a_name_that_is_taken_by_something_else_is_left_alone(deploy, cloudformation):
    cloudformation.foreign_stack("spotmc")
    status, _, told = deploy(*CIDR)
    assert status == 1
    assert "there is a stack spotmc already, of something else; give another --name" in told
    assert "CreateChangeSet" not in cloudformation.requests


@pytest.mark.thorough
def test_throttled_requests_are_repeated(deploy, cloudformation):
    cloudformation.throttled = 2
    status, _, told = deploy(*CIDR)
    assert status == 0, told


def test_a_stack_that_could_not_be_put_back_needs_a_person(deploy, deployed, cloudformation):
    cloudformation.set_status("spotmc", "UPDATE_ROLLBACK_FAILED")
    status, _, told = deploy(password=None)
    assert status == 1
    assert "aws cloudformation continue-update-rollback --stack-name spotmc" in told


def test_an_account_that_never_used_spot_gets_the_roles_of_its_services(deploy, deployed, iam):
    assert iam.roles == {"AWSServiceRoleForEC2Spot", "AWSServiceRoleForEC2SpotFleet"}
    assert deploy(password=None)[0] == 0


def test_a_group_of_workers_starts_no_machine_to_balance_its_zones(group_of_workers):
    assert group_of_workers.suspended == {"AZRebalance"}


def test_a_group_of_workers_gets_the_role_of_its_service_too(group_of_workers, iam):
    assert iam.roles == {"AWSServiceRoleForEC2Spot", "AWSServiceRoleForEC2SpotFleet", "AWSServiceRoleForAutoScaling"}


def test_a_person_is_asked_first(spotmc, cloudformation, iam, artefacts, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    status, printed, _ = spotmc("deploy", *CIDR)
    assert status == 130
    assert "Cost at rest" in printed
    assert cloudformation.status("spotmc") is None
    assert not iam.roles


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "there are no AWS credentials here; set AWS_PROFILE"),
        (["AWS_REGION", "AWS_DEFAULT_REGION"], "no AWS region is set: give --region, such as us-east-1"),
    ],
)
def test_without_credentials_or_a_region_a_person_is_told_what_to_set(spotmc, monkeypatch, variables, message):
    for variable in variables:
        monkeypatch.delenv(variable, raising=False)
    status, _, told = spotmc("deploy", *CIDR)
    assert status == 1
    assert message in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--allowed-cidr is missing"),
        (["--allowed-cidr", "0.0.0.0/0"], "lets the whole internet try passwords"),
        (["--allowed-cidr", "everybody"], "AllowedCidr must be a range of IPv4 addresses"),
        ([*CIDR, "--max-workers", "0"], "MaxWorkers must be a whole number from 1"),
        ([*CIDR, "--set", "Colour=red"], "no parameter Colour"),
        ([*CIDR, "--set", "Colour"], "must be NAME=VALUE"),
        ([*CIDR, "--set", "Password=correct horse battery"], "never an argument"),
        ([*CIDR, "--set", "ScaleInMinutes=10"], "no parameter ScaleInMinutes"),
        ([*CIDR, "--name", "Spot_MC"], "--name must be 1 to 25 small letters"),
        ([*CIDR, "--bucket", "my.bucket"], "--bucket my.bucket has a dot in its name"),
        ([*CIDR, "--bucket", "My_Bucket"], "ArtefactBucket must be a bucket"),
        ([*CIDR, "--set", "ArtefactBucket=mine"], "is given with --bucket"),
        ([*CIDR, "--set", "=x"], "must be NAME=VALUE"),
        ([*CIDR, "--set", "MaxWorkers=5", "--set", "MaxWorkers=7"], "MaxWorkers is given twice, as 5 and as 7"),
        ([*CIDR, "--max-workers", "5", "--set", "MaxWorkers=7"], "MaxWorkers is given twice"),
        ([*CIDR, "--batch", "--set", "WorkersOn=AutoScalingGroup"], "WorkersOn is given twice"),
    ],
)
def test_what_cannot_be_used_is_said_before_aws_is_asked(spotmc, arguments, message):
    status, _, told = spotmc("deploy", "--dry-run", *arguments)
    assert status == 2
    assert message in told
    assert len(told.splitlines()) == 1


def test_a_password_that_is_too_short_is_not_repeated(deploy, cloudformation):
    status, _, told = deploy(*CIDR, password="short-secret")
    assert status == 0
    status, _, told = deploy(*CIDR, "--name", "other", password="secret")
    assert status == 2
    assert "12 to 128 characters, not 6" in told
    assert "secret" not in told
    assert cloudformation.status("other") is None


def test_a_disk_key_of_the_accounts_own_is_told_with_what_to_do(deploy, ec2):
    ec2.disk_key = "arn:aws:kms:us-east-1:123456789012:key/1234"
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    assert "\n  look: disks in us-east-1 are encrypted with the account's own key" in told
    assert "aws kms create-grant" in told


# ---- What an update may end ------------------------------------------------------------------------------------------


class WorkerFleet:
    """A Spot Fleet of two machines, with a scaling target, as the stack would have made it."""

    def __init__(self, region):
        self.account = Account(region)
        image = self.account.ssm.get_parameter(Name=MACHINE_IMAGE)["Parameter"]["Value"]
        subnet = self.account.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        machine = {"ImageId": image, "InstanceType": "m7i.large", "SubnetId": subnet, "SpotPrice": "1"}
        config = {"TargetCapacity": 2, "AllocationStrategy": "lowestPrice", "LaunchSpecifications": [machine]}
        role = "arn:aws:iam::123456789012:role/fleet"
        answer = self.account.ec2.request_spot_fleet(SpotFleetRequestConfig={**config, "IamFleetRole": role})
        self.id = answer["SpotFleetRequestId"]
        self.target = {
            "ServiceNamespace": "ec2",
            "ScalableDimension": "ec2:spot-fleet-request:TargetCapacity",
            "ResourceId": f"spot-fleet-request/{self.id}",
        }
        self.account.scaling.register_scalable_target(**self.target, MinCapacity=0, MaxCapacity=10)

    def keep(self, machines):
        """All others leave."""
        self.account.ec2.modify_spot_fleet_request(SpotFleetRequestId=self.id, TargetCapacity=machines)

    def may_grow(self):
        [target] = self.account.scaling.describe_scalable_targets(
            ServiceNamespace="ec2", ResourceIds=[self.target["ResourceId"]]
        )["ScalableTargets"]
        return not target.get("SuspendedState", {}).get("DynamicScalingOutSuspended")


@pytest.fixture
def workers(deploy, cloudformation, settings):
    """The worker fleet of a stack."""
    fleet = WorkerFleet(settings.region)
    cloudformation.physical_ids["Fleet.WorkerFleet"] = fleet.id
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    return fleet


@pytest.mark.thorough
def test_an_update_that_ends_no_machine_does_not_wait_for_any(deploy, workers, cloudformation):
    status, _, told = deploy("--max-workers", "20", password=None)
    assert status == 0, told
    assert cloudformation.parameters("spotmc")["MaxWorkers"] == "20"


def test_an_update_that_ends_the_workers_is_refused_while_there_are_any(deploy, workers, artefacts, queue):
    queue.send("work", {})
    artefacts["worker-x86_64.tar"] = "newer wheels"
    status, _, told = deploy(password=None)
    assert status == 1
    assert "replaces the worker fleet, and 2 of its machines are there, with 0 messages in flight and 1 waiting" in told
    assert workers.may_grow()


def test_with_drain_the_workers_leave_first(deploy, workers, artefacts, cloudformation, monkeypatch):
    waited, may_grow = [], []

    def wait(seconds):
        waited.append(seconds)
        may_grow.append(workers.may_grow())
        workers.keep(2 - len(waited))

    monkeypatch.setattr(draining, "time", SimpleNamespace(sleep=wait))
    cloudformation.on_events = lambda: may_grow.append(workers.may_grow())
    artefacts["worker-x86_64.tar"] = "newer wheels"
    status, _, told = deploy("--drain", password=None)
    assert status == 0, told
    assert [line for line in told.splitlines() if line.startswith("Draining")] == [
        "Draining: 2 machines, 0 messages in flight, 0 waiting",
        "Draining: 1 machines, 0 messages in flight, 0 waiting",
    ]
    assert "The workstation is replaced" in told
    assert cloudformation.status("spotmc") == "UPDATE_COMPLETE"
    assert not any(may_grow)
    assert workers.may_grow()


@pytest.mark.thorough
def test_a_fleet_that_an_earlier_drain_has_left_on_hold_follows_the_queue_again(deploy, workers):
    workers.account.scaling.register_scalable_target(
        **workers.target, SuspendedState={"DynamicScalingOutSuspended": True}
    )
    assert not workers.may_grow()
    assert deploy(password=None)[0] == 0
    assert workers.may_grow()


@pytest.mark.thorough
def test_a_drain_that_is_given_up_leaves_the_fleet_as_it_was(deploy, workers, artefacts, monkeypatch):
    def give_up(seconds):
        assert not workers.may_grow()
        raise KeyboardInterrupt

    monkeypatch.setattr(draining, "time", SimpleNamespace(sleep=give_up))
    artefacts["worker-x86_64.tar"] = "newer wheels"
    assert deploy("--drain", password=None)[0] != 0
    assert workers.may_grow()


@pytest.mark.thorough
def test_artefacts_that_neither_this_deployment_nor_the_one_before_uses_are_deleted(
    *, deploy, workers, cloudformation, artefacts, clients, monkeypatch
):
    monkeypatch.setattr("deployment.artefacts._RETIRED_AFTER", timedelta(days=-1))  # as if all were old
    workers.keep(0)
    prefixes = [cloudformation.parameters("spotmc")["ArtefactPrefix"]]
    for program in ("second", "third"):
        artefacts["worker-x86_64.tar.gz"] = program
        status, _, told = deploy(password=None)
        assert status == 0, told
        prefixes.append(cloudformation.parameters("spotmc")["ArtefactPrefix"])
    bucket = cloudformation.parameters("spotmc")["ArtefactBucket"]
    keys = [item["Key"] for item in clients[1].list_objects_v2(Bucket=bucket, MaxKeys=1000)["Contents"]]
    assert [any(key.startswith(f"{prefix}/") for key in keys) for prefix in prefixes] == [False, True, True]
    programs = {hashlib.sha256(program.encode()).hexdigest() for program in ("second", "third")}
    assert {key.rpartition("/")[2] for key in keys if key.startswith("spotmc/archives/")} == programs


def test_a_newer_machine_image_ends_the_workers_too(deploy, workers, cloudformation):
    cloudformation.age_images("spotmc")
    status, _, told = deploy("--max-workers", "20", password=None)
    assert status == 1
    assert "replaces the worker fleet" in told


@pytest.mark.thorough
def test_on_batch_an_image_is_pushed_for_each_program_and_processor(deploy, cloudformation, artefacts, monkeypatch):
    pushed = []
    monkeypatch.setattr(image, "builder", lambda: "docker")
    monkeypatch.setattr(image, "push", lambda *_, image, processor, **__: pushed.append((image, processor)))

    def parameters(*arguments, here, **options):
        monkeypatch.setattr(image, "processor_here", lambda: here)
        status, _, told = deploy(*arguments, **options)
        assert status == 0, told
        return cloudformation.parameters("spotmc")

    first = parameters(*CIDR, "--batch", "--max-workers", "7", here="X86")
    assert (first["WorkersOn"], first["BatchProcessor"], first["BatchMaxVcpus"]) == ("Batch", "X86", "14")
    assert first["BatchImageTag"] == first["ArtefactPrefix"].rpartition("/")[2] + "-x86"
    assert parameters("--batch", here="Graviton", password=None) == first  # what is not given stays as it is

    artefacts["worker-x86_64.tar"] = "newer wheels"
    newer = parameters(here="Graviton", password=None)
    other = parameters("--set", "BatchProcessor=Graviton", here="X86", password=None)
    tags = [each["BatchImageTag"] for each in (first, first, newer, other)]
    assert len(set(tags)) == 3
    assert [(name.rpartition(":")[2], processor) for name, processor in pushed] == [
        *zip(tags, ["X86", "X86", "X86", "Graviton"], strict=True)
    ]


@pytest.mark.thorough
def test_the_image_of_research_is_pushed_for_the_processor_that_sagemaker_has(deploy, cloudformation, monkeypatch):
    pushed = []
    monkeypatch.setattr(image, "builder", lambda: "docker")
    monkeypatch.setattr(image, "processor_here", lambda: "Graviton")
    monkeypatch.setattr(
        image, "push", lambda *_, image, processor, target, **__: pushed.append((image, processor, target))
    )
    status, printed, told = deploy(*CIDR, "--research")
    assert status == 0, told
    assert "SageMaker trains on x86-64 alone, and this machine is none" in told
    parameters = cloudformation.parameters("spotmc")
    [(name, processor, target)] = pushed
    assert (processor, target, parameters["Research"]) == ("X86", "research", "yes")
    assert name.rpartition(":")[2] == parameters["ResearchImageTag"] != "1"
    assert f"ResearchImage = {name}" in printed
    assert "TrainingRoleArn = " in printed

    status, _, told = deploy("--max-workers", "3", password=None)  # what is not given stays
    assert status == 0, told
    assert cloudformation.parameters("spotmc")["Research"] == "yes"
    assert len(pushed) == 2

    status, _, told = deploy("--set", "Research=no", password=None)
    assert status == 0, told
    assert "SageMaker's jobs and endpoints lose their roles" in told
    assert len(pushed) == 2


def test_the_tag_of_the_image_of_research_is_nobodys_to_set(spotmc):
    status, _, told = spotmc("deploy", "--dry-run", *CIDR, "--set", "ResearchImageTag=mine")
    assert status == 2
    assert "an image's tag is made of its content" in told


def test_a_dry_run_tells_what_research_costs(spotmc):
    status, printed, told = spotmc("deploy", "--dry-run", *CIDR, "--set", "ResearchNotebook=ml.t3.medium")
    assert status == 0
    assert told == "ResearchNotebook has no effect without --research\n"
    assert "SageMaker" not in printed
    status, printed, told = spotmc("deploy", "--dry-run", *CIDR, "--research", "--set", "ResearchNotebook=ml.t3.medium")
    assert (status, told) == (0, "")
    shown = rows(printed)
    assert shown["AWS::SageMaker::NotebookInstance"][0] == "1"
    assert "disk of the notebook, 5 GB" in shown
    assert "SageMaker costs nothing at rest but its image" in printed
    assert "Athena costs about $5 per terabyte" in printed


@pytest.mark.thorough
def test_batch_gets_only_types_that_the_region_has(deploy, cloudformation, monkeypatch):
    monkeypatch.setattr(image, "builder", lambda: "docker")
    monkeypatch.setattr(image, "push", lambda *_, **__: True)
    monkeypatch.setattr(image, "processor_here", lambda: "Graviton")
    monkeypatch.setattr(machine_types, "wanted_on_batch", lambda _: ["c7g.large", "c99g.large"])
    status, _, told = deploy(*CIDR, "--batch")
    assert status == 0, told
    assert "Left out, because us-east-1 does not have them: c99g.large" in told
    assert cloudformation.parameters("spotmc")["BatchInstanceTypes"] == "c7g.large"

    # What is given is not changed, but refused where it cannot be had; nothing is lost by that.
    status, _, told = deploy("--set", "BatchInstanceTypes=c99g.large,m7g.large", password=None)
    assert status == 1
    assert "us-east-1 has no c99g.large" in told.splitlines()[-1]
    assert "give --set BatchInstanceTypes=m7g.large" in told.splitlines()[-1]
    assert cloudformation.parameters("spotmc")["BatchInstanceTypes"] == "c7g.large"

    # Another processor has other types.
    monkeypatch.setattr(machine_types, "wanted_on_batch", lambda _: ["c7i.large"])
    status, _, told = deploy("--set", "BatchProcessor=X86", password=None)
    assert status == 0, told
    assert cloudformation.parameters("spotmc")["BatchInstanceTypes"] == "c7i.large"


# ---- What would be created -------------------------------------------------------------------------------------------


def rows(printed):
    """What stands in the tables, by the text of the cell that names it."""
    cells = ([each.strip() for each in line.split("│")[1:-1]] for line in printed.splitlines() if "│" in line)
    return {(row[1] if row[0].isdecimal() else row[0]): row for row in cells}


def test_a_dry_run_asks_aws_nothing_and_tells_resources_and_costs(spotmc, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    status, printed, told = spotmc("deploy", "--dry-run", *CIDR, "--max-workers", "100", "--set", "MaxDollarsPerHour=5")
    assert (status, told) == (0, "")
    shown = rows(printed)
    assert shown["AWS::EC2::SpotFleet"][0] == "2"
    assert shown["AWS::SQS::Queue"][0] == "2"
    assert shown["workstation, on Spot"][1:] == ["0.040", "29.20"]
    assert shown["100 workers of 2 vCPUs, on Spot"][1:] == ["3.500", "2555.00"]
    assert [line.split("│")[2:4] for line in printed.splitlines() if "in total" in line] == [
        ["      0.054 ", "       39.45 "],
        ["      4.091 ", "     2986.10 "],
    ]
    assert "more than $5 per hour" in printed
    assert "June 2025" in printed


def test_a_dry_run_of_a_group_tells_what_each_machine_may_cost(spotmc):
    arguments = ("--max-workers", "20", "--set", "WorkersOn=AutoScalingGroup", "--set", "OnDemandPercent=25")
    status, printed, told = spotmc("deploy", "--dry-run", *CIDR, *arguments)
    assert status == 0, told
    shown = rows(printed)
    assert shown["AWS::AutoScaling::AutoScalingGroup"][0] == "1"
    assert shown["AWS::EC2::SpotFleet"][0] == "1"  # the workstation's
    assert shown["15 workers of 2 vCPUs, on Spot"][1] == "0.525"
    assert shown["5 workers of 2 vCPUs, On-Demand"][1] == "0.425"
    assert "No worker runs on Spot that alone costs more than $0.1 per hour: at most $2 for all; those On" in printed


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["MaxDollarsPerHour=0.5"], "At $0.035 each that is enough for 14 of the 20 workers."),
        (
            ["WorkersOn=AutoScalingGroup", "MachineDollarsPerHour=0.01"],
            "Perhaps none runs on Spot: one costs about $0.035, and MachineDollarsPerHour is $0.01.",
        ),
    ],
)
def test_a_dry_run_says_when_a_price_limit_leaves_fewer_workers(spotmc, settings, words):
    set_them = [word for setting in settings for word in ("--set", setting)]
    assert words in spotmc("deploy", "--dry-run", *CIDR, "--max-workers", "20", *set_them)[1]


def test_what_is_set_for_another_variant_is_said_to_do_nothing(spotmc):
    _, _, told = spotmc("deploy", "--dry-run", *CIDR, "--set", "OnDemandPercent=50")
    assert told == "OnDemandPercent has no effect with WorkersOn SpotFleet, only with AutoScalingGroup\n"
    _, _, told = spotmc("deploy", "--dry-run", *CIDR, "--batch", "--max-workers", "7", "--set", "IdleExitMinutes=20")
    assert told == "IdleExitMinutes has no effect with WorkersOn Batch, only with SpotFleet or AutoScalingGroup\n"
    assert not spotmc("deploy", "--dry-run", *CIDR, "--set", "MaxDollarsPerHour=3", "--set", "LeaseSeconds=90")[2]


def test_a_dry_run_of_the_batch_variant_has_no_fleet(spotmc):
    _, printed, _ = spotmc("deploy", "--dry-run", *CIDR, "--batch")
    shown = rows(printed)
    assert shown["AWS::Batch::JobQueue"][0] == "1"
    assert shown["AWS::EC2::SpotFleet"][0] == "1"  # the workstation's
    assert shown["10 workers of 2 vCPUs, on Spot"][1] == "0.350"
    assert shown["5 metrics of workers"][2] == "1.50"  # only machines of our own count their boots
