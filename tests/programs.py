"""Programs that tests use where they are installed; CI installs all of them, so there nothing is skipped."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATHS = (os.environ["PATH"], str(ROOT / ".venv-checkov/bin"))


def program(name: str) -> str:
    """Where a program is; without it the test is skipped, or fails in CI."""
    found = shutil.which(name, path=os.pathsep.join(PATHS))
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed; .ci/run says how to get it")
    return found
