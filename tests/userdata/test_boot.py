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
from tests.metadata_server import MetadataServer
from tests.userdata.conftest import ARTEFACTS, Boot

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

    [status] = json.loads(machine.run("/bin/bash", "-lc", "spotmc worker status --json"))
    assert status["shards"] == 1
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
    return lambda it: it.s3.delete_object(Bucket=ARTEFACTS, Key=f"{it.prefix}/{key}") and None


def change(key: str) -> Callable[[Boot], None]:
    return lambda it: it.s3.put_object(Bucket=ARTEFACTS, Key=f"{it.prefix}/{key}", Body=b"echo hello") and None


@pytest.mark.parametrize("spoil", [remove("SHA256SUMS"), change("SHA256SUMS"), remove("boot.sh"), change("boot.sh")])
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
    return lambda it: (it.machine.files / path).write_text(content) and None


def failing(program: str) -> Callable[[Boot], None]:
    """It says so and fails; dnf when it is asked for a certain package."""

    def spoil(it: Boot) -> None:
        path, _, package = program.partition(" ")
        (it.machine.files / path).rename(it.machine.files / f"{path}.real")
        script = f'#!/bin/sh\ncase "$*" in *"{package}"*) echo "no luck"; exit 7 ;; esac\nexec {path}.real "$@"\n'
        (it.machine.files / path).write_text(script.replace("exec ", "exec /"))
        (it.machine.files / path).chmod(0o755)

    return spoil


ARCHIVE = f"worker-{os.uname().machine}.tar"
STEPS = {
    "fetch": (remove(ARCHIVE), "aws s3 cp", "404"),
    "check": (change(ARCHIVE), "sha256sum --check", "FAILED"),
    "user": (failing("usr/sbin/useradd"), "useradd", "no luck"),
    "units": (in_the_way("etc/systemd/system/spotmc-worker.service"), "install", "directory"),
    "Python": (failing("usr/bin/dnf python3.13"), "dnf install", "no luck"),
    "environment": (already_there("opt/spotmc", "a file"), "python3.13 -m venv", "/opt/spotmc"),
    "wheels": (already_there("etc/pip.conf", "[install]\nrequire-hashes = yes\n"), "pip install", "ashes are required"),
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


def test_a_worker_that_fails_again_and_again_switches_its_machine_off(
    boot: Callable[..., Boot], hollow_archives: Path, eventually: Callable[..., None]
) -> None:
    it = boot(hollow_archives)  # which has no spotmc to start
    it.machine.boot()
    eventually(it.machine.is_off, 200)
    assert "Ready" in it.machine.read("/var/log/spotmc-boot.log")
