"""How a worker takes itself out of its fleet: leave.sh with the AWS command line, on the emulator."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from fleet.queue import Queue
from fleet.settings import Settings
from tests.metadata_server import MetadataServer
from tests.programs import ROOT, program
from tests.unwell_aws import UnwellAws

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def aws(settings: Settings) -> Iterator[UnwellAws]:
    assert settings.endpoint_url
    with UnwellAws(settings.endpoint_url) as service:
        yield service


@pytest.fixture
def leave(root: Path, aws: UnwellAws, settings: Settings, metadata_server: MetadataServer) -> Callable[..., str]:
    """Run the script until it ends, with what a machine has, and give what it says."""
    given = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    given |= metadata_server.environment() | {
        "AWS_ENDPOINT_URL": aws.url,
        "NO_PROXY": "127.0.0.1",
        "SPOTMC_QUEUE_URL": settings.queue_url,
        "SPOTMC_BUCKET": settings.bucket,
        "SPOTMC_LOG_GROUP": f"/{settings.bucket}",
    }
    machine = [program("systemd-nspawn"), f"--directory={root}", "--read-only", "--quiet", "--register=no"]
    machine += ["--keep-unit", "--pipe", f"--bind-ro={ROOT}/userdata:/mnt"]
    machine += [f"--setenv={name}={value}" for name, value in given.items()]

    def run(how: str = "done") -> str:
        command = [*machine, "bash", "/mnt/leave.sh", how]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False
        )
        return done.stdout + done.stderr

    return run


def hold(queue: Queue, count: int) -> None:
    """So many messages in flight, and two that wait."""
    for number in range(count + 2):
        queue.send(f"{number}", {})
    taken = 0
    while taken < count:
        taken += len(queue.receive(wait_seconds=0, visibility_seconds=600, at_most=count - taken))


def test_the_target_of_a_spot_fleet_falls_to_the_number_of_messages_in_flight(
    leave: Callable[..., str], spot_fleet: Callable[[], Any], queue: Queue, aws: UnwellAws
) -> None:
    hold(queue, 2)
    said = leave()
    assert spot_fleet()["TargetCapacity"] == 2, said
    leave()  # another one, which finds it low enough
    assert spot_fleet()["TargetCapacity"] == 2
    assert aws.answered["ModifySpotFleetRequest"] == 1


def test_an_idle_fleet_falls_to_none_and_ends_no_machine_by_that(
    leave: Callable[..., str], spot_fleet: Callable[[], Any], aws: UnwellAws
) -> None:
    said = leave()
    assert spot_fleet()["TargetCapacity"] == 0, said
    assert aws.parameters["ModifySpotFleetRequest"]["ExcessCapacityTerminationPolicy"] == "noTermination"


def test_a_fleet_that_is_being_modified_is_looked_at_again(
    leave: Callable[..., str], spot_fleet: Callable[[], Any], aws: UnwellAws
) -> None:
    aws.modifying = 1
    said = leave()
    assert spot_fleet()["TargetCapacity"] == 0, said
    assert aws.asked["DescribeSpotFleetRequests"] == 2


def test_who_is_throttled_tries_again(leave: Callable[..., str], spot_fleet: Callable[[], Any], aws: UnwellAws) -> None:
    aws.refuse["ModifySpotFleetRequest"] = 4  # more often than the command line tries by itself
    aws.refuse["DescribeSpotFleetRequests"] = 2
    said = leave()
    assert spot_fleet()["TargetCapacity"] == 0, said


def test_a_machine_takes_itself_and_its_place_out_of_an_auto_scaling_group(
    leave: Callable[..., str], group: Callable[[], Any], aws: UnwellAws
) -> None:
    aws.refuse["TerminateInstanceInAutoScalingGroup"] = 4
    [leaver, *others] = [each["InstanceId"] for each in group()["Instances"]]
    said = leave()
    assert group()["DesiredCapacity"] == 3, said
    assert sorted(each["InstanceId"] for each in group()["Instances"]) == sorted(others)
    assert aws.answered["TerminateInstanceInAutoScalingGroup"] == 1
    assert leaver not in others


@pytest.mark.parametrize("notice", ["interruption", "rebalance", "target state"])
def test_a_machine_that_is_taken_away_is_replaced(
    leave: Callable[..., str],
    group: Callable[[], Any],
    metadata_server: MetadataServer,
    notice: str,
    aws: UnwellAws,
) -> None:
    if notice == "interruption":
        metadata_server.announce_interruption(120)
    elif notice == "rebalance":
        metadata_server.recommend_rebalance()
    else:
        metadata_server.bring_to("Terminated")
    assert "replaces it" in leave()
    assert group()["DesiredCapacity"] == 4
    assert not aws.asked["TerminateInstanceInAutoScalingGroup"]


def test_a_machine_that_stays_in_service_is_not_taken_away(
    leave: Callable[..., str], group: Callable[[], Any], metadata_server: MetadataServer
) -> None:
    metadata_server.bring_to("InService")
    leave()
    assert group()["DesiredCapacity"] == 3


def test_a_machine_without_tags_lowers_nothing(leave: Callable[..., str]) -> None:
    assert "does not know its fleet" in leave()


def test_a_worker_that_fails_again_and_again_is_counted_for_an_hour_and_reported_in_log_and_bucket(
    leave: Callable[..., str], settings: Settings, clients: tuple["SQSClient", "S3Client"]
) -> None:
    logs: Any = boto3.client("logs", region_name=settings.region)
    cloudwatch: Any = boto3.client("cloudwatch", region_name=settings.region)
    logs.create_log_group(logGroupName=f"/{settings.bucket}")
    now = time.time()
    leave("failed")
    [key] = [item["Key"] for item in clients[1].list_objects_v2(Bucket=settings.bucket, Prefix="boots/")["Contents"]]
    assert key.endswith("Z-worker-i-0123456789abcdef0.txt")
    body = clients[1].get_object(Bucket=settings.bucket, Key=key)["Body"].read().decode()
    assert body.startswith("the worker failed again and again")
    [event] = logs.filter_log_events(logGroupName=f"/{settings.bucket}")["events"]
    assert event["message"].strip() == body.strip()
    sums = cloudwatch.get_metric_statistics(
        Namespace="spot-montecarlo",
        MetricName="failed-boots",
        Dimensions=[{"Name": "queue", "Value": settings.queue_url.rpartition("/")[2]}],
        StartTime=now - 120,
        EndTime=now + 2 * 60 * 60,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert len(sums) == 60
    assert {point["Sum"] for point in sums} == {1}
