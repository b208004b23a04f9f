"""Machines that boot as the templates say, on the emulator, with EC2's metadata service beside them."""

import fcntl
import os
import shutil
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cloudformation.template import PARENT, read, resolve
from deployment import archives, artefacts, checksums
from fleet.settings import Settings
from tests.metadata_server import MetadataServer
from tests.programs import ROOT, program
from tests.userdata.throwaway import Machine, make_root

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ARTEFACTS = "artefacts"


def processes_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the processes of this test run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def shared(folder: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    """A folder that takes long to make: the first process that needs it does, and the last that uses it removes it."""
    with open(f"{folder}.used", "w") as used, open(f"{folder}.made", "w") as made:
        fcntl.flock(used, fcntl.LOCK_SH)
        with closing(made):  # and with that given up
            fcntl.flock(made, fcntl.LOCK_EX)
            if not folder.exists():
                unfinished = folder.with_suffix(".unfinished")
                make(unfinished)
                unfinished.rename(folder)
        yield folder
        with suppress(BlockingIOError):  # others use it
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root file system, made once; machines write beside it."""
    if not request.config.getoption("machines"):
        pytest.skip("`make machines` boots machines, which takes minutes")
    for name in ("mmdebstrap", "systemd-nspawn"):
        program(name)
    if os.geteuid() != 0:
        pytest.skip("only root can boot a machine in a container")
    with shared(processes_folder(tmp_path_factory) / "root", make_root) as folder:
        yield folder


@pytest.fixture(scope="session")
def worker_archives(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the real ones, for this machine's processor; after the root file system, so that nothing is fetched
    in vain."""
    [machine] = [each for each in archives.WORKERS if each.processor == os.uname().machine]
    place = processes_folder(tmp_path_factory) / "archives"
    with shared(place, lambda folder: archives.make(ROOT, folder, [machine])) as folder:
        yield folder


@pytest.fixture(scope="session")
def hollow_archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that a worker needs but the program, in whose place one does nothing, leaves or fails: what comes before and
    after it is tried in seconds."""
    folder = tmp_path_factory.mktemp("hollow")
    processor = os.uname().machine
    command = folder / "spotmc"
    command.write_text(
        "#!/bin/sh\n[ -e /idle ] && echo left && exit\n[ -e /failing ] && echo it does not work && exit 1\n"
        "exec sleep infinity\n"
    )
    command.chmod(0o755)
    parts = {
        f"engine-{processor}": {},
        f"worker-packages-{processor}": {},
        f"worker-{processor}": {
            "program/bin/spotmc": command,
            "leave.sh": ROOT / "userdata/leave.sh",
            ".": ROOT / "userdata/machine",
            "./": ROOT / "userdata/worker",
        },
    }
    for name, content in parts.items():
        with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as archive:
            for place, path in content.items():
                archive.add(path, place)
    for script in archives.SCRIPTS:
        shutil.copy(ROOT / "userdata" / script, folder)
    return folder


@dataclass
class Boot:
    """A boot that a test may spoil before it begins.

    Attributes:
        machine: Not switched on yet.
        s3: Client of the emulator.
        prefix: Where in the bucket of artefacts everything is.
        reported: What arrived in the worker's log group.
    """

    machine: Machine
    s3: "S3Client"
    prefix: str
    reported: Callable[[], str]

    def key(self, name: str) -> str:
        """Where a published file lies in the bucket."""
        listing = self.s3.get_object(Bucket=ARTEFACTS, Key=f"{self.prefix}/{checksums.FILE}")["Body"].read().decode()
        places = {listed: key for key, listed in artefacts.keys(self.prefix, listing).items()}
        return places.get(name, f"{self.prefix}/{name}")


@pytest.fixture
def boot(
    root: Path,
    tmp_path: Path,
    settings: Settings,
    clients: tuple["SQSClient", "S3Client"],
    metadata_server: MetadataServer,
) -> Iterator[Callable[..., Boot]]:
    """Get a machine ready that will boot from this archive, with these ``changes`` to its user data."""
    machines: list[Machine] = []
    logs: Any = boto3.client("logs", region_name=settings.region)

    def get_ready(
        folder: Path, changes: Mapping[str, str] | None = None, *, machine: str = "Machines.X86", **parameters: object
    ) -> Boot:
        listing = checksums.listing({path.name: path for path in folder.iterdir()})
        prefix = f"{uuid.uuid4().hex[:8]}/{checksums.name(listing)}"
        _, s3 = clients
        s3.create_bucket(Bucket=ARTEFACTS)
        s3.put_object(Bucket=ARTEFACTS, Key=f"{prefix}/{checksums.FILE}", Body=listing.encode())
        for key, name in artefacts.keys(prefix, listing).items():
            s3.upload_file(str(folder / name), ARTEFACTS, key)
        group = f"/{prefix}"
        logs.create_log_group(logGroupName=group)
        made = {"<Queue.WorkQueue>": settings.queue_url, "<Results.Bucket>": settings.bucket}
        made |= {"<Logs.WorkerLog>": group, "<Logs.WorkstationLog>": group}
        text = user_data(machine, {"ArtefactPrefix": prefix, **parameters})
        for old, new in {**made, **(changes or {})}.items():
            text = text.replace(old, new)
        environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        if machine == "Workstation.Workstation":  # root has those of the metadata service, all others those handed on
            for name in (
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_CONFIG_FILE",
                "AWS_SHARED_CREDENTIALS_FILE",
            ):
                environment.pop(name, None)
        environment |= {"NO_PROXY": "127.0.0.1"} | metadata_server.environment()
        machines.append(Machine(root, tmp_path, text, environment))

        def reported() -> str:
            events = logs.filter_log_events(logGroupName=group)["events"]
            return "\n".join(event["message"] for event in events)

        return Boot(machines[-1], s3, prefix, reported)

    yield get_ready
    for machine in machines:
        machine.close()


def user_data(machine: str, parameters: Mapping[str, object]) -> str:
    """What the templates give a machine; what CloudFormation would make stands in angle brackets."""
    given = {"AllowedCidr": "203.0.113.7/32", "Password": "correct horse battery", "ArtefactBucket": ARTEFACTS}
    stack = resolve(read(PARENT), given | dict(parameters))
    return str(dict(stack.of_type("AWS::EC2::LaunchTemplate"))[machine]["LaunchTemplateData"]["UserData"])


@pytest.fixture
def spot_fleet(settings: Settings, metadata_server: MetadataServer) -> Callable[[], Any]:
    """A fleet of four, one of which is this machine; tells what has become of it."""
    ec2: Any = boto3.client("ec2", region_name=settings.region)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    config = {
        "IamFleetRole": "arn:aws:iam::123456789012:role/fleet",
        "TargetCapacity": 4,
        "AllocationStrategy": "lowestPrice",
        "LaunchSpecifications": [{"ImageId": image, "InstanceType": "c7i.large", "SubnetId": ""}],
    }
    config["LaunchSpecifications"][0]["SubnetId"] = ec2.describe_subnets()["Subnets"][0]["SubnetId"]  # type: ignore[index]
    fleet = ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]
    metadata_server.tag("aws:ec2spot:fleet-request-id", fleet)

    def look() -> Any:
        [found] = ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[fleet])["SpotFleetRequestConfigs"]
        return found["SpotFleetRequestConfig"]

    return look


@pytest.fixture
def group(settings: Settings, metadata_server: MetadataServer) -> Callable[[], Any]:
    """A group of four, one of which is this machine."""
    autoscaling: Any = boto3.client("autoscaling", region_name=settings.region)
    ec2: Any = boto3.client("ec2", region_name=settings.region)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    name = f"workers-{settings.bucket}"
    autoscaling.create_launch_configuration(LaunchConfigurationName=name, ImageId=image, InstanceType="c7i.large")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=name,
        MinSize=0,
        MaxSize=10,
        DesiredCapacity=4,
        AvailabilityZones=["us-east-1a"],
    )

    def look() -> Any:
        [found] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return found

    metadata_server.become(look()["Instances"][0]["InstanceId"])
    metadata_server.tag("aws:autoscaling:groupName", name)
    return look


def points(settings: Settings, metric: str) -> list[float]:
    """Values of a metric that alarms look at, of the last minutes and the hours to come."""
    cloudwatch: Any = boto3.client("cloudwatch", region_name=settings.region)
    found = cloudwatch.get_metric_statistics(
        Namespace="spot-montecarlo",
        MetricName=metric,
        Dimensions=[{"Name": "queue", "Value": settings.queue_url.rpartition("/")[2]}],
        StartTime=time.time() - 600,
        EndTime=time.time() + 2 * 60 * 60,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return [point["Sum"] for point in found]
