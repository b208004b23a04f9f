"""Processes of a user who owns nothing: no home, no right to write where this program was installed."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

NOBODY = 65534
CHECKOUT = Path(__file__).parents[1]


def run_as_nobody(
    arguments: list[str], folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run Python with these arguments in the folder, as another user if this one may do that.

    Standard input is closed, and only what stands in ``environment`` is set besides what Python needs.
    """
    paths = os.pathsep.join((str(CHECKOUT), sysconfig.get_path("purelib")))
    needed = {"PATH": os.defpath, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    return _run([_python(), *arguments], folder, {**needed, **environment})


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if os.getuid() == 0 else {}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, **who
    )


@cache
def _python() -> str:
    """An interpreter that this user may start; root's own may lie where nobody else may look."""
    system = shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path="/usr/bin:/usr/local/bin")
    for candidate in filter(None, (sys.executable, system)):
        environment = {"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = _run([candidate, "-c", "import numba"], Path("/"), environment)
        except PermissionError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip("no interpreter that another user may start")
