"""How a notebook instance starts: the template's own script, with the AWS command line, on the emulator."""

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloudformation.template import PARENT, read, resolve
from deployment import artefacts, checksums
from fleet.settings import Settings
from tests.programs import ROOT, program

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

SHOWN = "find /home/ec2-user/SageMaker -type f; cat /usr/local/share/jupyter/kernels/spotmc/kernel.json /asked"
Publish = Callable[..., str]


@pytest.fixture
def publish(clients: "tuple[SQSClient, S3Client]", settings: Settings, tmp_path: Path) -> Publish:
    """Put what a notebook fetches into the bucket, hollow; its folder there."""

    def run() -> str:
        files = {name: ROOT / "userdata" / name for name in ("idle.py", "notebook.sh")}
        (tmp_path / "file").write_text("ours")
        for name, place in (
            ("engine-x86_64", "lib/engine"),
            ("workstation-packages-x86_64", "lib/package"),
            ("workstation-x86_64", "notebooks/ours.ipynb"),
        ):
            files[f"{name}.tar.gz"] = tmp_path / f"{name}.tar.gz"
            with tarfile.open(files[f"{name}.tar.gz"], "w:gz") as archive:
                archive.add(tmp_path / "file", place)
                archive.add(tmp_path / "file", "program/bin/spotmc")
        listing = checksums.listing(files)
        prefix = f"spotmc/{checksums.name(listing)}"
        for key, name in artefacts.keys(prefix, listing).items():
            clients[1].put_object(Bucket=settings.bucket, Key=key, Body=files[name].read_bytes())
        clients[1].put_object(Bucket=settings.bucket, Key=f"{prefix}/{checksums.FILE}", Body=listing.encode())
        return prefix

    return run


@pytest.fixture
def start(root: Path, settings: Settings, tmp_path: Path) -> Callable[[str], tuple[int, str]]:
    """Start an instance with what lies in a folder of the bucket; how that ends, and what there is then."""

    def run(prefix: str) -> tuple[int, str]:
        given = {"ArtefactBucket": settings.bucket, "ArtefactPrefix": prefix, "AllowedCidr": "203.0.113.7/32"}
        given |= {"Password": "correct horse battery", "Research": "yes", "ResearchNotebook": "ml.t3.medium"}
        [(_, config)] = resolve(read(PARENT), given).of_type("AWS::SageMaker::NotebookInstanceLifecycleConfig")
        (tmp_path / "start.sh").write_text(config["OnStart"][0]["Content"])
        (tmp_path / "systemctl").write_text('#!/bin/sh\necho "systemctl $*" >>/asked\n')
        (tmp_path / "systemctl").chmod(0o755)
        command = [program("systemd-nspawn"), f"--directory={root}", "--volatile=overlay", "--quiet", "--register=no"]
        command += [
            "--keep-unit",
            "--pipe",
            f"--bind-ro={tmp_path}:/mnt",
            f"--setenv=AWS_ENDPOINT_URL={settings.endpoint_url}",
        ]
        command += [
            f"--setenv={name}={value}"
            for name, value in os.environ.items()
            if name.startswith("AWS_ACCESS") or "SECRET" in name
        ]
        command += ["--setenv=NO_PROXY=127.0.0.1", "--setenv=PATH=/mnt:/usr/sbin:/usr/bin:/sbin:/bin"]
        script = f"mkdir -p /home/ec2-user/SageMaker; bash /mnt/start.sh; code=$?; {SHOWN}; exit $code"
        done = subprocess.run(
            [*command, "bash", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_an_instance_gets_our_packages_and_notebooks_and_a_timer_that_stops_it(
    publish: Publish, start: Callable[[str], tuple[int, str]]
) -> None:
    code, told = start(publish())
    assert code == 0, told
    assert "/home/ec2-user/SageMaker/spot-montecarlo/ours.ipynb" in told
    assert '"display_name": "spot-montecarlo"' in told
    assert "systemctl start spotmc-idle.timer" in told
    assert "is-missing" not in told


def test_what_was_not_published_is_not_run(
    publish: Publish, start: Callable[[str], tuple[int, str]], clients: "tuple[SQSClient, S3Client]", settings: Settings
) -> None:
    prefix = publish()
    clients[1].put_object(Bucket=settings.bucket, Key=f"{prefix}/notebook.sh", Body=b"echo taken over")
    code, told = start(prefix)
    assert code != 0
    assert "taken over" not in told
    assert "notebook.sh: FAILED" in told


def test_without_an_archive_it_starts_and_says_so_where_a_person_looks(
    publish: Publish, start: Callable[[str], tuple[int, str]], clients: "tuple[SQSClient, S3Client]", settings: Settings
) -> None:
    prefix = publish()
    for item in clients[1].list_objects_v2(Bucket=settings.bucket, Prefix=artefacts.ARCHIVES)["Contents"]:
        clients[1].delete_object(Bucket=settings.bucket, Key=item["Key"])
    code, told = start(prefix)
    assert code == 0, told
    assert "/home/ec2-user/SageMaker/spot-montecarlo-is-missing.txt" in told
    assert "systemctl start spotmc-idle.timer" in told
