"""What the stack would be, read from the resolved templates: private, encrypted, never ending a busy worker."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cloudformation.template import PARENT, Stack, read
from fleet.queue import MAX_RECEIVE_COUNT
from worker.instance_metadata import TERMINATION_SECONDS

Launch = Callable[..., Stack]
ALLOWED = "203.0.113.7/32"


def named(stack: Stack, name: str) -> dict[str, Any]:
    """Properties of one resource, such as Queue.WorkQueue."""
    properties: dict[str, Any] = dict(stack.all_resources())[name]["Properties"]
    return properties


def launch_data(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, properties in stack.of_type("AWS::EC2::LaunchTemplate"):
        yield name, properties["LaunchTemplateData"]


def texts(value: Any) -> Iterator[str]:
    """Every text in nested lists and mappings, keys included."""
    if isinstance(value, dict):
        yield from map(str, value)
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    else:
        yield str(value)


# ---- who may come in -------------------------------------------------------------------------------------------------


def ingress(stack: Stack) -> Iterator[dict[str, Any]]:
    for _, group in stack.of_type("AWS::EC2::SecurityGroup"):
        yield from group.get("SecurityGroupIngress", [])
    for _, rule in stack.of_type("AWS::EC2::SecurityGroupIngress"):
        yield rule


def test_only_the_allowed_range_comes_in_and_only_to_named_ports(stack: Stack) -> None:
    rules = list(ingress(stack))
    assert {rule["CidrIp"] for rule in rules} == {ALLOWED}
    assert sorted((rule["FromPort"], rule["ToPort"]) for rule in rules) == [
        (22, 22),
        (22, 22),
        (443, 443),
        (8888, 8888),
    ]


def test_without_a_key_nothing_reaches_a_worker_at_all(launched: Launch) -> None:
    stack = launched()
    assert {rule["FromPort"] for rule in ingress(stack)} == {443, 8888}
    assert "SecurityGroupIngress" not in named(stack, "Network.WorkerGroup")
    assert not list(stack.of_type("AWS::EC2::SecurityGroupIngress"))


def test_machines_ask_the_internet_for_https_only(stack: Stack) -> None:
    for _, group in stack.of_type("AWS::EC2::SecurityGroup"):
        assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]


def test_the_whole_internet_is_named_nowhere_else(stack: Stack) -> None:
    found = [name for name, resource in stack.all_resources() if "0.0.0.0/0" in texts(resource)]
    assert sorted(found) == [
        "Fargate.TraderGroup",
        "Network.ToTheInternet",
        "Network.WorkerGroup",
        "Network.WorkstationGroup",
    ]


def test_every_machine_wants_tokens_from_within_itself(stack: Stack) -> None:
    options = [data["MetadataOptions"] for _, data in launch_data(stack)]
    assert len(options) >= 2
    assert all(each["HttpTokens"] == "required" and each["HttpPutResponseHopLimit"] == 1 for each in options)


def test_the_password_is_in_its_secret_and_nowhere_else(launched: Launch) -> None:
    stack = launched(Password="a very secret word")
    holders = [name for name, resource in stack.all_resources() if "a very secret word" in " ".join(texts(resource))]
    assert holders == ["Access", "Access.PasswordSecret"]  # the nested stack is given it, unseen


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_the_bucket_is_private_encrypted_and_outlives_the_stack(stack: Stack) -> None:
    [(name, bucket)] = stack.of_type("AWS::S3::Bucket")
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert dict(stack.all_resources())[name]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_queues_and_disks_are_encrypted(stack: Stack) -> None:
    queues = dict(stack.of_type("AWS::SQS::Queue"))
    assert len(queues) == 2
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    disks = [disk["Ebs"] for _, data in launch_data(stack) for disk in data["BlockDeviceMappings"]]
    assert all(disk["Encrypted"] is True and disk["DeleteOnTermination"] is True for disk in disks)


def test_queues_and_bucket_refuse_what_does_not_come_over_tls(stack: Stack) -> None:
    policies = [
        policy for kind in ("AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy") for _, policy in stack.of_type(kind)
    ]
    covered = set()
    for policy in policies:
        [statement] = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == "*"
        assert statement["Action"] in {"sqs:*", "s3:*"}
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        covered |= set(texts(statement["Resource"]))
    wanted = {f"<{name}.Arn>" for kind in ("AWS::SQS::Queue", "AWS::S3::Bucket") for name, _ in stack.of_type(kind)}
    assert covered == wanted | {"<Results.Bucket.Arn>/*"}


def test_old_results_are_deleted_only_if_a_person_says_so(launched: Launch) -> None:
    def rules(stack: Stack) -> dict[str, Any]:
        return {rule["Id"]: rule for rule in named(stack, "Results.Bucket")["LifecycleConfiguration"]["Rules"]}

    expiring = [rule for rule in rules(launched()).values() if "ExpirationInDays" in rule]
    assert [rule["Prefix"] for rule in expiring] == ["boots/", "workers/", "athena/"], (
        "reports and answers, and no results"
    )
    assert rules(launched(DeleteResultsAfterDays=90))["old-results"]["ExpirationInDays"] == 90


def test_old_versions_are_kept_only_if_a_person_says_so(launched: Launch) -> None:
    assert named(launched(), "Results.Bucket")["VersioningConfiguration"] == {"Status": "Suspended"}
    assert named(launched(KeepOldVersions="yes"), "Results.Bucket")["VersioningConfiguration"] == {"Status": "Enabled"}


def test_poison_goes_to_the_dead_letter_queue_when_the_program_expects_it(stack: Stack) -> None:
    policy = named(stack, "Queue.WorkQueue")["RedrivePolicy"]
    assert policy == {"deadLetterTargetArn": "<Queue.DeadLetterQueue.Arn>", "maxReceiveCount": MAX_RECEIVE_COUNT}


def test_a_dead_letter_and_an_old_message_raise_an_alarm_that_is_sent(stack: Stack) -> None:
    for name in ("Queue.DeadLetters", "Queue.OldMessage"):
        assert named(stack, name)["AlarmActions"] == ["<Queue.Alarms>"]
    assert named(stack, "Queue.DeadLetters")["Threshold"] == 1


def test_a_dead_letter_keeps_its_alarm_on_while_nobody_looks_at_the_queue(stack: Stack) -> None:
    # After six hours without a request, SQS tells nothing of a queue; "ignore" keeps the alarm's state:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data
    assert named(stack, "Queue.DeadLetters")["TreatMissingData"] == "ignore"


# ---- the workers' machines -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fleet(launched: Launch) -> dict[str, Any]:
    request: dict[str, Any] = named(launched(), "Fleet.WorkerFleet")["SpotFleetRequestConfigData"]
    return request


def test_the_fleet_keeps_its_target_and_ends_no_machine_that_exceeds_it(fleet: dict[str, Any]) -> None:
    assert fleet["Type"] == "maintain"
    assert fleet["ExcessCapacityTerminationPolicy"] == "noTermination"
    assert fleet["AllocationStrategy"] == "priceCapacityOptimized"


def test_an_empty_queue_has_no_workers(launched: Launch, fleet: dict[str, Any]) -> None:
    assert fleet["TargetCapacity"] == 0
    assert named(launched(), "Scaling.Capacity")["MinCapacity"] == 0


def test_a_machine_that_may_be_taken_away_is_replaced_but_not_ended(fleet: dict[str, Any]) -> None:
    # launch-before-terminate would end the old one, which may be busy, after a time.
    assert fleet["SpotMaintenanceStrategies"]["CapacityRebalance"] == {"ReplacementStrategy": "launch"}


def test_the_fleet_has_a_ceiling_in_machines_and_in_dollars(launched: Launch) -> None:
    stack = launched(MaxWorkers=7, MaxDollarsPerHour=1.5)
    assert named(stack, "Scaling.Capacity")["MaxCapacity"] == 7
    assert named(stack, "Fleet.WorkerFleet")["SpotFleetRequestConfigData"]["SpotMaxTotalPrice"] == "1.5"


@pytest.fixture(scope="module")
def group(launched: Launch) -> dict[str, Any]:
    given = {"MaxWorkers": 7, "MachineDollarsPerHour": 0.15, "OnDemandPercent": 25}
    return named(launched(WorkersOn="AutoScalingGroup", **given), "Group.Workers")


def test_a_group_begins_with_nothing_and_no_update_resets_it(group: dict[str, Any]) -> None:
    # https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
    assert group["MinSize"] == "0"
    assert "DesiredCapacity" not in group, "without one it begins with the least; with one every update would set it"


def test_a_group_has_a_ceiling_in_machines_and_in_dollars_for_each_on_spot(group: dict[str, Any]) -> None:
    assert group["MaxSize"] == 7
    distribution = group["MixedInstancesPolicy"]["InstancesDistribution"]
    assert distribution == {
        "OnDemandPercentageAboveBaseCapacity": 25,
        "SpotAllocationStrategy": "price-capacity-optimized",
        "SpotMaxPrice": "0.15",
    }


def test_a_group_ends_no_machine_to_become_smaller_and_replaces_those_at_risk(group: dict[str, Any]) -> None:
    assert group["NewInstancesProtectedFromScaleIn"] is True
    assert group["CapacityRebalance"] is True


def test_what_a_group_ends_has_the_time_that_the_worker_counts_with(group: dict[str, Any]) -> None:
    [hook] = group["LifecycleHookSpecificationList"]
    assert hook["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert hook["DefaultResult"] == "CONTINUE"
    # Whatever the metadata service is late by, and two looks of the worker.
    assert hook["HeartbeatTimeout"] >= TERMINATION_SECONDS + 60


def test_a_group_has_the_same_machines_as_a_fleet(launched: Launch, group: dict[str, Any]) -> None:
    template = group["MixedInstancesPolicy"]["LaunchTemplate"]
    first, second = template["Overrides"]
    assert template["LaunchTemplateSpecification"] == first["LaunchTemplateSpecification"]
    for override, name in ((first, "X86"), (second, "Graviton")):
        specification = {"LaunchTemplateId": f"<Machines.{name}>", "Version": f"<Machines.{name}.LatestVersionNumber>"}
        assert override["LaunchTemplateSpecification"] == specification
        data = named(launched(), f"Machines.{name}")["LaunchTemplateData"]
        assert override["InstanceRequirements"] == data["InstanceRequirements"]
    assert group["VPCZoneIdentifier"] == [f"<Network.Subnet{letter}>" for letter in "ABC"]


def test_a_machine_can_see_which_fleet_or_group_it_is_of(launched: Launch) -> None:
    for name in ("X86", "Graviton"):
        options = named(launched(), f"Machines.{name}")["LaunchTemplateData"]["MetadataOptions"]
        assert options["InstanceMetadataTags"] == "enabled"


def test_machines_come_in_both_architectures_many_types_several_sizes_and_all_zones(launched: Launch) -> None:
    stack = launched()
    configs = named(stack, "Fleet.WorkerFleet")["SpotFleetRequestConfigData"]["LaunchTemplateConfigs"]
    assert [config["LaunchTemplateSpecification"]["LaunchTemplateId"] for config in configs] == [
        "<Machines.X86>",
        "<Machines.Graviton>",
    ]
    subnets = [f"<Network.Subnet{letter}>" for letter in "ABC"]
    assert all([each["SubnetId"] for each in config["Overrides"]] == subnets for config in configs)
    zones = [named(stack, f"Network.Subnet{letter}")["AvailabilityZone"] for letter in "ABC"]
    assert zones == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    for name, image in (("X86", "x86_64"), ("Graviton", "arm64")):
        data = named(stack, f"Machines.{name}")["LaunchTemplateData"]
        assert data["ImageId"].endswith(image)
        wanted = data["InstanceRequirements"]
        assert len(wanted["AllowedInstanceTypes"]) >= 6
        assert wanted["VCpuCount"]["Max"] >= 4 * wanted["VCpuCount"]["Min"]
        assert wanted["BurstablePerformance"] == "excluded"


def test_a_region_with_two_zones_gets_two_subnets(launched: Launch) -> None:
    stack = launched(region="us-west-1")
    [first, _] = named(stack, "Fleet.WorkerFleet")["SpotFleetRequestConfigData"]["LaunchTemplateConfigs"]
    assert first["Overrides"] == [{"SubnetId": "<Network.SubnetA>"}, {"SubnetId": "<Network.SubnetB>"}]


def test_power_off_ends_a_machine_and_a_worker_always_comes_to_it(launched: Launch) -> None:
    stack = launched(IdleExitMinutes=15, MaxLifeHours=5)
    for name in ("Machines.X86", "Machines.Graviton"):
        data = named(stack, name)["LaunchTemplateData"]
        assert data["InstanceInitiatedShutdownBehavior"] == "terminate"
        assert "SPOTMC_IDLE_EXIT_MINUTES=15\n" in data["UserData"]
        assert "SPOTMC_MAX_LIFE_HOURS=5\n" in data["UserData"]
        assert data["UserData"].endswith("|| shutdown --poweroff now\n")


@pytest.mark.parametrize("said", [None, "allow"], ids=["without a word", "allowed"])
def test_peoples_own_rules_are_run_nowhere_unless_they_are_allowed(launched: Launch, said: str | None) -> None:
    """Each is code with the rights of the machine that runs it."""
    given = {} if said is None else {"OwnRules": said}
    machines = launch_data(launched(**given))
    told = {name: data["UserData"] for name, data in machines}
    assert told.keys() == {"Machines.X86", "Machines.Graviton", "Workstation.Workstation"}
    assert all(f"\nSPOTMC_OWN_RULES={said or 'refuse'}\n" in each for each in told.values())
    container = named(launched(WorkersOn="Batch", **given), "Batch.Worker")["ContainerProperties"]
    assert {"Name": "SPOTMC_OWN_RULES", "Value": said or "refuse"} in container["Environment"]


def test_whoever_allows_own_rules_is_told_what_they_are() -> None:
    assert "code with the rights of the worker" in read(PARENT)["Parameters"]["OwnRules"]["Description"]


def test_user_data_has_room_in_the_parameter_that_hands_it_on(stack: Stack) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    texts_handed_on = [each.parameters["UserData"] for each in stack.nested.values() if "UserData" in each.parameters]
    assert texts_handed_on
    assert all(
        len(each) < 4096 / 2 for each in texts_handed_on
    )  # ids and the address of the stack are longer than here


def test_everything_that_costs_by_the_hour_and_the_bucket_can_be_found_by_its_tag(stack: Stack) -> None:
    [(_, bucket)] = stack.of_type("AWS::S3::Bucket")
    assert {"Key": "spotmc:stack", "Value": "spotmc"} in bucket["Tags"]

    for name, data in launch_data(stack):
        if name.startswith("Batch"):  # the environment tags its machines itself
            continue
        tagged = {each["ResourceType"]: each["Tags"] for each in data["TagSpecifications"]}
        assert {"instance", "volume"} <= tagged.keys()
        assert all({"Key": "spotmc:stack", "Value": "spotmc"} in tags for tags in tagged.values())
    for _, properties in stack.of_type("AWS::EC2::SpotFleet"):
        [request] = properties["SpotFleetRequestConfigData"]["TagSpecifications"]
        assert {"Key": "spotmc:stack", "Value": "spotmc"} in request["Tags"]
    for _, group in stack.of_type("AWS::AutoScaling::AutoScalingGroup"):
        assert {"Key": "spotmc:stack", "Value": "spotmc", "PropagateAtLaunch": True} in group["Tags"]
    for _, environment in stack.of_type("AWS::Batch::ComputeEnvironment"):
        assert environment["ComputeResources"]["Tags"]["spotmc:stack"] == "spotmc"


# ---- the workstation -------------------------------------------------------------------------------------------------


def test_the_workstation_is_one_spot_machine_that_is_replaced(stack: Stack) -> None:
    request = named(stack, "Workstation.WorkstationFleet")["SpotFleetRequestConfigData"]
    assert (request["Type"], request["TargetCapacity"]) == ("maintain", 1)
    assert float(request["SpotMaxTotalPrice"]) < 1


def test_the_workstation_is_no_machine_that_costs_more_when_it_is_busy(launched: Launch) -> None:
    wanted = named(launched(), "Workstation.Workstation")["LaunchTemplateData"]["InstanceRequirements"]
    assert wanted["BurstablePerformance"] == "excluded"
    assert not [each for each in wanted["AllowedInstanceTypes"] if each.startswith("t")]


def test_a_workstation_that_cannot_boot_stays_for_an_hour_and_is_not_tried_more_often(launched: Launch) -> None:
    data = named(launched(), "Workstation.Workstation")["LaunchTemplateData"]
    assert data["InstanceInitiatedShutdownBehavior"] == "terminate"
    assert data["UserData"].endswith("|| shutdown --poweroff +60\n")
    assert "SPOTMC_STACK=spotmc\n" in data["UserData"]


def test_what_is_printed_leads_to_the_workstation_over_https(launched: Launch) -> None:
    outputs = launched(JupyterPort=9443).outputs
    assert outputs["WebAddress"] == "https://<Access.Address>/"
    assert outputs["JupyterAddress"] == "https://<Access.Address>:9443/"


# ---- Batch -----------------------------------------------------------------------------------------------------------


def test_batch_replaces_the_fleet_and_drains_the_same_queue(launched: Launch) -> None:
    stack = launched(WorkersOn="Batch")
    assert not {"Machines", "Fleet", "Group", "Scaling"} & stack.resources.keys()
    job = named(stack, "Batch.Worker")
    container = job["ContainerProperties"]
    assert container["Command"] == ["spotmc", "worker", "--drain"]
    environment = {each["Name"]: each["Value"] for each in container["Environment"]}
    assert environment["SPOTMC_QUEUE_URL"] == "<Queue.WorkQueue>"
    assert environment["SPOTMC_BUCKET"] == "<Results.Bucket>"
    assert container["Privileged"] is False


def test_batch_tries_again_only_where_the_machine_was_lost(launched: Launch) -> None:
    retry = named(launched(WorkersOn="Batch"), "Batch.Worker")["RetryStrategy"]["EvaluateOnExit"]
    assert retry == [{"Action": "RETRY", "OnStatusReason": "Host EC2*"}, {"Action": "EXIT", "OnReason": "*"}]


def test_batch_costs_nothing_at_rest_and_ends_no_job_for_an_update(launched: Launch) -> None:
    environment = named(launched(WorkersOn="Batch"), "Batch.Machines")
    assert environment["ComputeResources"]["MinvCpus"] == 0
    assert environment["ComputeResources"]["Type"] == "SPOT"
    assert environment["UpdatePolicy"]["TerminateJobsOnUpdate"] is False


def test_batch_keeps_the_last_images_only(launched: Launch) -> None:
    policy = json.loads(named(launched(WorkersOn="Batch"), "Batch.Images")["LifecyclePolicy"]["LifecyclePolicyText"])
    [rule] = policy["rules"]
    assert rule["action"] == {"type": "expire"}
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}


# ---- the dashboard ---------------------------------------------------------------------------------------------------


def test_the_dashboard_shows_what_the_workers_tell(stack: Stack) -> None:
    from worker.metrics import NAMESPACE

    body = json.loads(named(stack, "Dashboard.Dashboard")["DashboardBody"])
    shown = json.dumps(body)
    assert set(re.findall(rf'"{NAMESPACE}", "([a-z-]+)", "queue"', shown)) == {"path-days", "failures", "interruptions"}
    for metric in (
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateAgeOfOldestMessage",
        "dollars per hour",
    ):
        assert metric in shown


@pytest.mark.parametrize(
    ("workers_on", "wanted", "running"),
    [
        ("SpotFleet", "TargetCapacity", "FulfilledCapacity"),
        ("AutoScalingGroup", "GroupDesiredCapacity", "GroupInServiceInstances"),
    ],
)
def test_the_dashboard_counts_the_machines_of_the_variant(
    launched: Launch, workers_on: str, wanted: str, running: str
) -> None:
    stack = launched(WorkersOn=workers_on)
    by_alarms = named(stack, "Scaling.NobodyWorks")["Metrics"][-1]["MetricStat"]["Metric"]
    [of] = by_alarms["Dimensions"]
    body = named(stack, "Dashboard.Dashboard")["DashboardBody"]
    for metric in (wanted, running):
        assert f'["{by_alarms["Namespace"]}", "{metric}", "{of["Name"]}", "{of["Value"]}"' in body
