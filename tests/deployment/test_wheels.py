"""Wheels for machines that are not this one."""

import shutil
import sys
from pathlib import Path

import pytest

from deployment import archives, wheels
from deployment.wheels import WheelsError, wanted

LOCK = """\
# a comment
always==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
old==1.0 ; python_full_version < '3.12' \\
    --hash=sha256:cc
new==2.0 ; python_full_version >= '3.12' and platform_machine == 'aarch64' \\
    --hash=sha256:dd
windows==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:ee
"""


def test_markers_are_those_of_the_machine_not_of_this_one() -> None:
    assert list(wanted(LOCK, "aarch64")) == [
        "always==1.0 --hash=sha256:aa --hash=sha256:bb",
        "new==2.0 --hash=sha256:dd",
    ]
    assert list(wanted(LOCK, "x86_64")) == ["always==1.0 --hash=sha256:aa --hash=sha256:bb"]


@pytest.mark.parametrize(
    "machine",
    [*archives.MACHINES, *archives.workers(learning=True), *archives.RESEARCH, *archives.TRADERS],
    ids=lambda machine: f"{machine.program}-{machine.lock}",
)
def test_everything_in_the_lock_file_of_a_machine_comes_with_a_hash(checkout: Path, machine: archives.Machine) -> None:
    lines = list(wanted((checkout / machine.lock).read_text(), machine.processor))
    names = {line.split("==")[0] for line in lines}
    assert {"boto3", "click", "numba"} <= names
    assert len(names) == len(lines)  # one version of each
    assert all(" --hash=sha256:" in line for line in lines)


def test_all_lock_files_have_the_same_versions(checkout: Path) -> None:
    locks = [*(checkout / "requirements").glob("*.lock"), checkout / "benchmarks/requirements.lock"]
    lines = {line for lock in locks for line in wanted(lock.read_text(), "x86_64")}
    names = [line.split("==")[0] for line in lines]
    assert len(names) == len(set(names))


def test_a_wheel_of_another_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WheelsError, match=r"(?s)pip download did not succeed:.*(?i:hash)"):
        wheels.download(f"six==1.17.0 --hash=sha256:{'0' * 64}", "x86_64", tmp_path)


def test_our_own_wheel_is_the_same_bytes_from_the_same_files_and_has_the_templates(
    checkout: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "checkout"
    shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(".*", "build", "spotmc-data"))
    for folder in ("one", "two"):
        wheels.build(copy, tmp_path / folder)
    [one], [two] = (list((tmp_path / folder).iterdir()) for folder in ("one", "two"))
    assert one.name == two.name
    assert one.read_bytes() == two.read_bytes()
    assert b"cloudformation/spotmc.yaml" in one.read_bytes()


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WheelsError, match="is no checkout of spot-montecarlo; clone its repository"):
        wheels.build(tmp_path, tmp_path)


@pytest.fixture(scope="module")
def checkout() -> Path:
    return Path(sys.modules["fleet"].__path__[0]).parent
