"""An AWS account on this machine, for the subcommands that deploy."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from deployment import account, archives, events, launch_troubles, stack
from fleet.settings import Settings
from spotmc.cli import main
from tests.auto_scaling_server import AutoScalingServer, Group
from tests.cloudformation_server import CloudFormationServer
from tests.ec2_server import Ec2Server
from tests.fleet_history_server import FleetHistoryServer
from tests.iam_server import IamServer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Clients = tuple["SQSClient", "S3Client"]

PASSWORD = "correct horse battery"
CIDR = ("--allowed-cidr", "203.0.113.7/32")

MACHINE_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"  # parameter that says which


@pytest.fixture
def ec2(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Server]:
    with Ec2Server(settings.endpoint_url or "") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", server.url)
        yield server


@pytest.fixture
def cloudformation(
    clients: Clients, settings: Settings, ec2: Ec2Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CloudFormationServer]:
    """CloudFormation, and what its stacks consist of: a queue and a bucket that are really there."""

    def template(url: str) -> str:
        place = urlsplit(url)
        try:
            bucket = place.netloc.split(".")[0]
            return clients[1].get_object(Bucket=bucket, Key=place.path[1:])["Body"].read().decode()
        except ClientError as error:
            raise KeyError(url) from error

    monkeypatch.setattr(events, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(stack, "POLL_SECONDS", 0.0)
    here = account.Account(settings.region)
    names = [MACHINE_IMAGE, MACHINE_IMAGE.replace("x86_64", "arm64")]
    images = {each["Name"]: each["Value"] for each in here.ssm.get_parameters(Names=names)["Parameters"]}
    with CloudFormationServer(template, images) as server:
        server.physical_ids = {"Queue.WorkQueue": settings.queue_url, "Results.Bucket": settings.bucket}
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", server.url)
        yield server


@pytest.fixture
def iam(cloudformation: CloudFormationServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[IamServer]:
    """IAM of the same account, which has never used Spot."""
    with IamServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", server.url)
        yield server


@pytest.fixture
def artefacts(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What stands for the archives of machines, which take minutes to make; a test may change it."""
    content = {"boot.sh": "#!/bin/bash", "worker-x86_64.tar": "wheels"}

    def make(checkout: Path, into: Path, machines: Sequence[archives.Machine]) -> None:
        for name, text in content.items():
            (into / name).write_text(text)
        if archives.workers(learning=True)[0] in machines:
            (into / "worker-x86_64.tar").write_text("wheels, and those that train")

    monkeypatch.setattr(archives, "make", make)
    return content


@pytest.fixture
def spotmc(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process: its exit status, its output and what it says besides."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def deploy(
    spotmc: Callable[..., tuple[int, str, str]],
    iam: IamServer,
    artefacts: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str, str]]:
    """Deploy with a password on standard input, unless a stack is to be changed."""

    def run(*arguments: str, password: str | None = PASSWORD) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return spotmc("deploy", "--yes", *(["--password-stdin"] if password else []), *arguments)

    return run


@pytest.fixture
def auto_scaling(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[AutoScalingServer]:
    """Auto Scaling of the same account."""
    with AutoScalingServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_AUTO_SCALING", server.url)
        yield server


@pytest.fixture
def group_of_workers(
    deploy: Callable[..., tuple[int, str, str]], cloudformation: CloudFormationServer, auto_scaling: AutoScalingServer
) -> Group:
    """The workers of a stack that has them in an Auto Scaling group."""
    group = auto_scaling.groups["spotmc-worker"] = Group("spotmc-worker", "spotmc")
    cloudformation.physical_ids["Group.Workers"] = group.name
    status, _, told = deploy(*CIDR, "--set", "WorkersOn=AutoScalingGroup")
    assert status == 0, told
    return group


@pytest.fixture
def fleet_histories(monkeypatch: pytest.MonkeyPatch, ec2: Ec2Server) -> Iterator[FleetHistoryServer]:
    """What Spot Fleets of the same account tell of themselves."""
    monkeypatch.setattr(launch_troubles, "EACH_SECONDS", 0.0)
    with FleetHistoryServer(ec2.url) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", server.url)
        yield server
