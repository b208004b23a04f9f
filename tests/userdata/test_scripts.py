"""What tools of others say of the scripts, the units and the Dockerfile."""

import re
import subprocess
from pathlib import Path

import pytest

from cloudformation.template import PARENT, read, resolve
from tests.programs import ROOT, program

USERDATA = ROOT / "userdata"
UNITS = sorted(USERDATA.glob("*/units/*"))


def said(*command: str, given: str | None = None) -> str:
    """By a tool that has nothing to find."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=300, check=False)
    return f"{done.returncode}{done.stdout}{done.stderr}"


@pytest.mark.parametrize("script", sorted(USERDATA.rglob("*.sh")), ids=lambda script: script.name)
def test_shellcheck_finds_nothing_in_the_scripts(script: Path) -> None:
    assert said(program("shellcheck"), "--external-sources", f"--source-path={USERDATA}", str(script)) == "0"


@pytest.mark.parametrize("machine", ["Machines.X86", "Machines.Graviton", "Workstation.Workstation"])
def test_shellcheck_finds_nothing_in_user_data(machine: str) -> None:
    given = {"ArtefactBucket": "artefacts", "ArtefactPrefix": "spotmc/" + "0" * 32}
    stack = resolve(read(PARENT), given | {"AllowedCidr": "203.0.113.7/32", "Password": "correct horse battery"})
    user_data = dict(stack.of_type("AWS::EC2::LaunchTemplate"))[machine]["LaunchTemplateData"]["UserData"]
    # Both are known only here: a test of what is given, and `a && b || c` for a c that is to follow whatever failed.
    text = re.sub(r"<[\w.]+>", "known-to-aws-alone", str(user_data))
    assert said(program("shellcheck"), "--exclude=SC2015,SC2050", "-", given=text) == "0"
    assert "correct horse battery" not in user_data


def test_shellcheck_finds_nothing_in_what_starts_a_notebook() -> None:
    given = {"ArtefactBucket": "artefacts", "ArtefactPrefix": "spotmc/" + "0" * 32, "Research": "yes"}
    given |= {"AllowedCidr": "203.0.113.7/32", "Password": "correct horse battery", "ResearchNotebook": "ml.t3.medium"}
    [(_, start)] = resolve(read(PARENT), given).of_type("AWS::SageMaker::NotebookInstanceLifecycleConfig")
    text = re.sub(r"<[\w.]+>", "known-to-aws-alone", start["OnStart"][0]["Content"])
    assert said(program("shellcheck"), "--exclude=SC2050", "-", given=text) == "0"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_the_units(unit: Path, tmp_path: Path) -> None:
    # It looks for the programs that a unit starts, and they are not here.
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"(?m)^(Exec\w+)=\S+", r"\1=/bin/true", unit.read_text()))
    if unit.suffix == ".timer":
        (tmp_path / f"{unit.stem}.service").write_text("[Service]\nExecStart=/bin/true\n")
    assert said(program("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", str(copy)) == "0"


@pytest.mark.parametrize(
    "unit",
    [
        "worker/units/spotmc-worker.service",
        "workstation/units/spotmc-web.service",
        "workstation/units/spotmc-nginx.service",
    ],
)
def test_systemd_finds_little_that_a_service_may_do(unit: str) -> None:
    # Of 0 (nothing) to 10 (everything), times ten.
    command = [program("systemd-analyze"), "security", "--offline=yes", "--no-pager", "--threshold=20"]
    assert said(*command, str(USERDATA / unit)).startswith("0")


def test_a_worker_has_time_to_stop(tmp_path: Path) -> None:
    unit = (USERDATA / "worker/units/spotmc-worker.service").read_text()
    [given] = re.findall(r"TimeoutStopSec=(\d+)", unit)
    [wanted] = set(re.findall(r"SPOTMC_STOP_SECONDS=(\d+)", (ROOT / "cloudformation" / PARENT).read_text()))
    assert int(given) >= int(wanted) + 20


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert said(program("hadolint"), str(ROOT / "Dockerfile")) == "0"
