"""Wheels for other machines: for their processor and Python, checked by the lock file, with nothing left to compile."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns

from packaging.requirements import Requirement

from fleet.errors import FleetError

PYTHON = "3.13"
"""Of the machines and the containers, whatever this machine has."""

# Amazon Linux 2023 has glibc 2.34; wheels for an older one will do.
# https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
_GLIBC_MINORS = range(17, 35)

_REPRODUCIBLE = {"SOURCE_DATE_EPOCH": "315532800"}  # 1980, the earliest time that a zip file can hold


class WheelsError(FleetError):
    """Wheels for another machine cannot be had."""


def download(lock: str, processor: str, into: Path) -> None:
    """Fetch the wheels of a lock file, each with the hash that stands there.

    Args:
        lock: Text of a lock file with hashes, for any processor and Python.
        processor: As ``uname -m`` names it.
        into: A folder.

    Raises:
        WheelsError: something has no wheel for that processor, or another hash; or the package index is out of reach.
    """
    platforms = [f"--platform=manylinux_2_{minor}_{processor}" for minor in _GLIBC_MINORS]
    # pip would ask the markers of this machine's Python, so they are answered here.
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write("\n".join(wanted(lock, processor)))
        requirements.flush()
        _pip(
            "download",
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
            f"--python-version={PYTHON}",
            "--implementation=cp",
            f"--platform=manylinux2014_{processor}",
            *platforms,
            f"--dest={into}",
            f"--requirement={requirements.name}",
        )


def build(checkout: Path, into: Path) -> None:
    """Make the wheel of this program, the same bytes from the same files.

    Raises:
        WheelsError: the folder is no checkout, or setuptools cannot make a wheel of it.
    """
    if not (checkout / "setup.cfg").exists():
        raise WheelsError(f"{checkout} is no checkout of spot-montecarlo; clone its repository, and start there")
    with tempfile.TemporaryDirectory() as folder:
        # setuptools leaves a build folder behind, and takes from an old one what the checkout has no more.
        copy = Path(folder, "checkout")
        copytree(
            checkout, copy, ignore=ignore_patterns(".*", "build", "*.egg-info", "tests", "spotmc-data", "__pycache__")
        )
        _pip("wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={into}", str(copy))


def wanted(lock: str, processor: str) -> Iterator[str]:
    """The requirements of a lock file that hold on Linux, that processor and the machines' Python, hashes included."""
    target = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": processor,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{PYTHON}.0",
        "python_version": PYTHON,
        "sys_platform": "linux",
    }
    for line in lock.replace("\\\n", "").splitlines():
        text, *hashes = line.split("--hash=")
        if not text.strip() or text.startswith("#"):
            continue
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(target):
            yield " ".join(
                [f"{requirement.name}{requirement.specifier}", *(f"--hash={each.strip()}" for each in hashes)]
            )


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, env=os.environ | _REPRODUCIBLE, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise WheelsError("\n".join([f"pip {arguments[0]} did not succeed:", *said]))
