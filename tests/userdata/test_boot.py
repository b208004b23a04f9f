"""User data, run from top to bottom by systemd on a machine to throw away."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleet.bucket import Bucket
from fleet.job import Job
from fleet.keys import summary_key
from fleet.settings import Settings
from tests.metadata_server import MetadataServer
from tests.userdata.conftest import ARTEFACTS, Boot, points

pytestmark = pytest.mark.timeout(900)  # the root file system and the wheels are made before the first test


def events(machine_log: str) -> list[dict[str, Any]]:
    """What a worker said, as the agent ships it: one JSON object a line."""
    return [json.loads(line) for line in machine_log.splitlines() if line.startswith("{")]


def test_a_worker_boots_does_a_job_is_looked_at_and_goes_when_its_machine_will_be_taken(
    *,
    boot: Callable[..., Boot],
    worker_archives: Path,
    job: Job,
    submit_job: Callable[[Job], None],
    bucket: Bucket,
    metadata_server: MetadataServer,
    eventually: Callable[..., None],
) -> None:
    submit_job(job)
    machine = boot(worker_archives).machine
    machine.boot()
    eventually(lambda: bucket.exists(summary_key(job.id)) or machine.is_off(), 300)
    said = machine.read("/var/log/cloud-init-output.log") + machine.read("/var/log/spotmc-boot.log")
    assert bucket.exists(summary_key(job.id)), said
    eventually(lambda: "Ready" in machine.read("/var/log/spotmc-boot.log"))

    def done() -> list[int]:
        status = json.loads(machine.run("/bin/bash", "-lc", "spotmc worker status --json"))
        return [each["shards"] for each in status]

    eventually(lambda: done() == [1])
    assert "spotmc worker status" in machine.run("/bin/bash", "-lic", "true")  # SSH
    assert "spotmc worker status" in machine.run("/bin/sh", "-c", "ENV=/etc/profile.d/spotmc.sh sh -i </dev/null")
    assert "ENV=/etc/profile.d/spotmc.sh" in machine.run(
        "systemctl", "show", "--property=Environment", "amazon-ssm-agent"
    )
    assert json.loads(machine.read("/var/log/shipped-logs.json"))["logs"]["logs_collected"]["files"]

    metadata_server.announce_interruption(120)
    eventually(machine.is_off, 100)
    shipped = events(machine.read("/var/log/spotmc/machine.log"))
    assert [each["event"] for each in shipped if "event" in each][-1] == "left"
    first = next(each["time"] for each in shipped if each.get("event") == "claimed")
    print("the first message was claimed at", first, machine.read("/var/log/spotmc-boot.log"), sep="\n")


def remove(key: str) -> Callable[[Boot], None]:
    return lambda it: it.s3.delete_object(Bucket=ARTEFACTS, Key=it.key(key)) and None


def change(key: str) -> Callable[[Boot], None]:
    return lambda it: it.s3.put_object(Bucket=ARTEFACTS, Key=it.key(key), Body=b"echo hello") and None


FILES = ("SHA256SUMS", "boot.sh", "leave.sh")


@pytest.mark.parametrize("spoil", [remove(file) for file in FILES] + [change(file) for file in FILES])
def test_a_machine_that_cannot_fetch_what_was_published_switches_itself_off(
    boot: Callable[..., Boot], hollow_archives: Path, eventually: Callable[..., None], spoil: Callable[[Boot], None]
) -> None:
    it = boot(hollow_archives)
    spoil(it)
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert not it.machine.read("/var/log/spotmc-boot.log")  # nothing ran that was not what it should be
    assert it.machine.read("/var/log/cloud-init-output.log")


def in_the_way(path: str) -> Callable[[Boot], None]:
    return lambda it: (it.machine.files / path).mkdir(parents=True)


def already_there(path: str, content: str) -> Callable[[Boot], None]:
    def spoil(it: Boot) -> None:
        (it.machine.files / path).write_text(content)

    return spoil


def failing(program: str) -> Callable[[Boot], None]:
    """It says so and fails; dnf when it is asked for a certain package."""

    def spoil(it: Boot) -> None:
        path, _, package = program.partition(" ")
        (it.machine.files / path).rename(it.machine.files / f"{path}.real")
        script = f'#!/bin/sh\ncase "$*" in *"{package}"*) echo "no luck"; exit 7 ;; esac\nexec {path}.real "$@"\n'
        (it.machine.files / path).write_text(script.replace("exec ", "exec /"))
        (it.machine.files / path).chmod(0o755)

    return spoil


PROGRAM = f"worker-{os.uname().machine}.tar.gz"
ENGINE = f"engine-{os.uname().machine}.tar.gz"
STEPS = {
    "fetch": (remove(PROGRAM), "aws s3 cp", "404"),
    "check": (change(PROGRAM), "sha256sum --check", "FAILED"),
    "fetch beside it": (remove(ENGINE), "aws s3 cp", "404"),
    "check beside it": (change(ENGINE), "sha256sum --check", "FAILED"),
    "user": (failing("usr/sbin/useradd"), "useradd", "no luck"),
    "units": (in_the_way("etc/systemd/system/spotmc-worker.service"), "install", "directory"),
    "Python": (failing("usr/bin/dnf python3.13"), "dnf install", "no luck"),
    "environment": (already_there("opt/spotmc", "a file"), "mkdir", "/opt/spotmc"),
    "command": (already_there("usr/local/bin/spotmc", "a file"), "ln", "exists"),
    "start": (in_the_way("etc/systemd/system/multi-user.target.wants/spotmc-worker.service"), "start.sh", "exists"),
    "agent": (failing("usr/bin/dnf cloudwatch"), "dnf install", "no luck"),
    "log": (already_there("var/log/spotmc", "a file"), "mkdir", "exists"),
    "shipping": (failing("stand-in/amazon-cloudwatch-agent-ctl"), "fetch-config", "no luck"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_is_reported_by_its_line_and_last_output_and_the_machine_switches_itself_off(
    boot: Callable[..., Boot], hollow_archives: Path, eventually: Callable[..., None], step: str
) -> None:
    spoil, command, output = STEPS[step]
    it = boot(hollow_archives)
    spoil(it)
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    report = it.reported()
    assert "the boot of this worker failed at line" in report
    assert command in report
    assert output in report
    assert report in it.machine.read("/var/log/cloud-init-output.log")


def test_a_setting_that_is_missing_is_reported_too(
    boot: Callable[..., Boot], hollow_archives: Path, eventually: Callable[..., None]
) -> None:
    it = boot(hollow_archives, {"SPOTMC_ARTEFACTS=": "SPOTMC_ARTEFACT="})
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert "SPOTMC_ARTEFACTS: unbound variable" in it.reported()


def test_a_boot_that_takes_too_long_is_reported_too(
    boot: Callable[..., Boot], hollow_archives: Path, eventually: Callable[..., None]
) -> None:
    it = boot(hollow_archives, {" 15m bash": " 10s bash"})
    failing("usr/bin/dnf python3.13")(it)
    slow = it.machine.files / "usr/bin/dnf"
    slow.write_text(slow.read_text().replace('echo "no luck"; exit 7', "sleep 1000"))
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert "the boot of this worker failed at" in it.reported()


@pytest.mark.parametrize(("after", "left"), [("40s", True), ("2s", False)], ids=["in time", "too late"])
def test_a_machine_that_leaves_while_its_time_is_up_has_a_while_for_it(
    *,
    boot: Callable[..., Boot],
    hollow_archives: Path,
    eventually: Callable[..., None],
    spot_fleet: Callable[[], Any],
    after: str,
    left: bool,
) -> None:
    it = boot(hollow_archives, {"-k 10m 15m bash": f"-k {after} 10s bash"})
    remove(PROGRAM)(it)
    failing("usr/bin/aws create-log-stream")(it)
    slow = it.machine.files / "usr/bin/aws"
    slow.write_text(slow.read_text().replace('echo "no luck"; exit 7', "sleep 20"))
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert (spot_fleet()["TargetCapacity"] == 0) == left


def test_a_boot_that_fails_is_counted_kept_in_the_bucket_and_leaves_the_fleet(
    *,
    boot: Callable[..., Boot],
    hollow_archives: Path,
    eventually: Callable[..., None],
    spot_fleet: Callable[[], Any],
    settings: Settings,
    bucket: Bucket,
) -> None:
    it = boot(hollow_archives)
    remove(PROGRAM)(it)
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert spot_fleet()["TargetCapacity"] == 0
    [key] = [item["Key"] for item in it.s3.list_objects_v2(Bucket=settings.bucket, Prefix="boots/")["Contents"]]
    assert key.endswith("Z-worker-i-0123456789abcdef0.txt")
    assert bucket.get(key).decode().startswith("the boot of this worker failed at line")
    assert (sum(points(settings, "boots")), sum(points(settings, "failed-boots"))) == (0, 60)


def test_a_worker_that_fails_again_and_again_is_a_failed_boot(
    *,
    boot: Callable[..., Boot],
    hollow_archives: Path,
    eventually: Callable[..., None],
    spot_fleet: Callable[[], Any],
    settings: Settings,
) -> None:
    it = boot(hollow_archives, {"timeout": "touch /failing; timeout"})
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert "Ready" in it.machine.read("/var/log/spotmc-boot.log")
    assert "the worker failed again and again; its last output" in it.reported()
    assert spot_fleet()["TargetCapacity"] == 0
    assert (sum(points(settings, "boots")), sum(points(settings, "failed-boots"))) == (60, 60)


def test_a_worker_that_leaves_by_itself_leaves_its_group_once_and_then_the_machine_is_off(
    *,
    boot: Callable[..., Boot],
    hollow_archives: Path,
    eventually: Callable[..., None],
    group: Callable[[], Any],
    settings: Settings,
) -> None:
    it = boot(hollow_archives, {"timeout": "touch /idle; timeout"})
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert group()["DesiredCapacity"] == 3
    assert not it.reported()
    assert sum(points(settings, "failed-boots")) == 0


def test_a_machine_whose_fleet_does_not_answer_is_switched_off_all_the_same(
    boot: Callable[..., Boot], hollow_archives: Path, eventually: Callable[..., None], metadata_server: MetadataServer
) -> None:
    metadata_server.tag("aws:ec2spot:fleet-request-id", "sfr-nobody-knows")
    it = boot(hollow_archives, {"timeout": "touch /idle; timeout"})
    it.machine.boot()
    eventually(it.machine.is_off, 300)
