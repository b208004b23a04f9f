"""What an update of a stack does to its machines, whatever CloudFormation does with a Spot Fleet."""

import time
from types import SimpleNamespace

import pytest

from deployment import draining, spot_fleet
from deployment.account import Account
from deployment.spot_fleet import SpotFleet, WorkerFleet
from fleet.queue import Queue
from tests.spotmc.conftest import CIDR, MACHINE_IMAGE

pytestmark = pytest.mark.thorough

ROLE = "arn:aws:iam::123456789012:role/fleet"


class Workstation:
    """The workstation's fleet of one machine, with its launch template, as the stack would have made them."""

    def __init__(self, account, name):
        self.account = account
        image = account.ssm.get_parameter(Name=MACHINE_IMAGE)["Parameter"]["Value"]
        subnet = account.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self._data = {"ImageId": image, "InstanceType": "m7i.large"}
        self._overrides = [{"SubnetId": subnet}]
        made = account.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=self._data)
        self.template = made["LaunchTemplate"]["LaunchTemplateId"]
        self.fleet = self._request(1)
        self.idle_workers = self._request(0)

    def _request(self, target):
        version = {"LaunchTemplateId": self.template, "Version": "1"}
        config = {
            "TargetCapacity": target,
            "AllocationStrategy": "lowestPrice",
            "IamFleetRole": ROLE,
            "LaunchTemplateConfigs": [{"LaunchTemplateSpecification": version, "Overrides": self._overrides}],
        }
        return self.account.ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]

    def machines(self):
        """Those that run, of the fleet that there is now."""
        ids = [
            each["InstanceId"]
            for each in self.account.ec2.describe_spot_fleet_instances(SpotFleetRequestId=self.fleet)["ActiveInstances"]
        ]
        return [each for each in ids if self.state(each) == "running"]

    def state(self, machine):
        [found] = self.account.ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"]
        return found["State"]["Name"]

    def target(self):
        [found] = self.account.ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[self.fleet])[
            "SpotFleetRequestConfigs"
        ]
        return found["SpotFleetRequestConfig"]["TargetCapacity"]

    def update_in_place(self, logical_id):
        if logical_id == "Workstation.WorkstationFleet":
            self._new_version()

    def update_by_replacement(self, logical_id):
        if logical_id != "Workstation.WorkstationFleet":
            return None
        self._new_version()
        self.fleet = self._request(1)
        return self.fleet

    def update_in_place_and_reset(self, logical_id):
        self.update_in_place(logical_id)
        self.account.ec2.modify_spot_fleet_request(SpotFleetRequestId=self.fleet, TargetCapacity=0)

    def _new_version(self):
        time.sleep(1.1)  # times are told in whole seconds, and this version is newer than the machine that there is
        self.account.ec2.create_launch_template_version(LaunchTemplateId=self.template, LaunchTemplateData=self._data)


@pytest.fixture
def account(settings):
    return Account(settings.region)


@pytest.fixture
def workstation(deploy, cloudformation, account, settings):
    made = Workstation(account, settings.bucket)
    cloudformation.physical_ids["Workstation.WorkstationFleet"] = made.fleet
    cloudformation.physical_ids["Workstation.Workstation"] = made.template
    cloudformation.physical_ids["Fleet.WorkerFleet"] = made.idle_workers
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    return made


def test_where_the_fleet_is_modified_in_place_the_old_workstation_is_ended(
    deploy, workstation, artefacts, cloudformation
):
    [old] = workstation.machines()
    cloudformation.update_fleet = workstation.update_in_place
    artefacts["worker-x86_64.tar"] = "newer wheels"
    status, _, told = deploy(password=None)
    assert status == 0, told
    assert f"The workstation's machine {old} is of the old version, and is ended" in told
    assert workstation.state(old) == "terminated"
    assert workstation.target() == 1


def test_where_the_fleet_is_replaced_its_new_machine_is_left_alone(deploy, workstation, artefacts, cloudformation):
    cloudformation.update_fleet = workstation.update_by_replacement
    artefacts["worker-x86_64.tar"] = "newer wheels"
    status, _, told = deploy(password=None)
    assert status == 0, told
    assert "The workstation is replaced" in told
    assert "old version" not in told
    assert len(workstation.machines()) == 1


def test_a_target_of_the_workstation_that_an_update_resets_is_put_back(deploy, workstation, artefacts, cloudformation):
    cloudformation.update_fleet = workstation.update_in_place_and_reset
    artefacts["worker-x86_64.tar"] = "newer wheels"
    status, _, told = deploy(password=None)
    assert status == 0, told
    assert "it is put back to 1" in told
    assert workstation.target() == 1


def test_an_old_workstation_is_not_ended_by_an_update_that_did_not_announce_it(deploy, workstation):
    [old] = workstation.machines()
    workstation.update_in_place("Workstation.WorkstationFleet")  # as an update whose end nobody saw
    for arguments in ((), ("--max-workers", "20")):
        status, _, told = deploy(*arguments, password=None)
        assert status == 0, told
        assert f"The workstation's machine {old} is older than the stack; end it in EC2" in told
    assert workstation.machines() == [old]


@pytest.mark.parametrize(
    ("had", "has", "then"),
    [(8, 0, 3), (8, 2, 3), (8, 3, 3), (8, 5, 5), (2, 0, 2), (0, 0, 0)],
)
def test_a_target_of_the_workers_below_what_is_busy_is_put_back(account, workstation, queue, *, had, has, then):
    for _ in range(3):
        queue.send("work", {})
    queue.receive(wait_seconds=0, visibility_seconds=300, at_most=10)
    workers = WorkerFleet(account.ec2, account.scaling, workstation.idle_workers, Queue(account.sqs, queue.url))
    workers.set_target(has)
    assert workers.restore(had) == (None if has == then else has)
    assert workers.target() == then


def test_who_changes_a_target_waits_for_those_who_change_it_already(
    workstation, settings, fleet_histories, monkeypatch
):
    monkeypatch.setattr(spot_fleet, "LOOK_SECONDS", 0.0)
    fleet_histories.modifying = 3
    fleet = SpotFleet(Account(settings.region).ec2, workstation.fleet)
    fleet.set_target(4)
    assert fleet.target() == 4


def test_a_drain_that_cannot_begin_lets_the_workers_follow_the_queue_again(
    *, deploy, workstation, artefacts, settings, fleet_histories, monkeypatch
):
    monkeypatch.setattr(spot_fleet, "LOOK_SECONDS", 0.0)
    account = Account(settings.region)
    target = {
        "ServiceNamespace": "ec2",
        "ScalableDimension": "ec2:spot-fleet-request:TargetCapacity",
        "ResourceId": f"spot-fleet-request/{workstation.idle_workers}",
    }
    account.scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=10)
    artefacts["worker-x86_64.tar"] = "newer wheels"
    fleet_histories.modifying = 10**6
    status, _, told = deploy("--drain", password=None)
    assert status == 1
    assert "cannot set the target of" in told
    [found] = account.scaling.describe_scalable_targets(ServiceNamespace="ec2", ResourceIds=[target["ResourceId"]])[
        "ScalableTargets"
    ]
    assert not found["SuspendedState"]["DynamicScalingOutSuspended"]


def test_a_newer_program_waits_for_no_worker_of_a_group_unless_asked_to(deploy, group_of_workers, artefacts):
    group_of_workers.desired = 2
    artefacts["worker-x86_64.tar"] = "newer wheels"
    status, _, told = deploy(password=None)
    assert status == 0, told
    assert "The update ends no worker: 2 go on with the old program" in told
    assert len(group_of_workers.machines) == 2


def test_with_drain_the_workers_of_a_group_leave_first(
    deploy, group_of_workers, artefacts, monkeypatch, cloudformation
):
    group_of_workers.desired = 2
    suspended = []

    def wait(seconds):
        suspended.append(set(group_of_workers.suspended))
        group_of_workers.desired -= 1  # as a worker does that leaves
        group_of_workers.machines.pop()

    monkeypatch.setattr(draining, "time", SimpleNamespace(sleep=wait))
    cloudformation.on_events = lambda: suspended.append(set(group_of_workers.suspended))
    artefacts["worker-x86_64.tar"] = "newer wheels"
    status, _, told = deploy("--drain", password=None)
    assert status == 0, told
    assert sum(line.startswith("Draining: ") for line in told.splitlines()) == 2
    assert all(each == {"Launch", "AlarmNotification", "AZRebalance"} for each in suspended)
    assert group_of_workers.suspended == {"AZRebalance"}


def test_machines_that_spot_took_while_a_group_was_drained_are_not_started_again(deploy, group_of_workers, artefacts):
    group_of_workers.desired, group_of_workers.suspended = 3, {"Launch", "AlarmNotification"}
    assert deploy(password=None)[0] == 0
    assert (group_of_workers.desired, group_of_workers.suspended) == (0, {"AZRebalance"})


def test_another_kind_of_workers_ends_a_group_and_is_refused_while_it_has_machines(deploy, group_of_workers):
    group_of_workers.desired = 2
    status, _, told = deploy("--set", "WorkersOn=SpotFleet", password=None)
    assert status == 1
    assert "replaces the worker fleet, and 2 of its machines are there" in told
