"""A notebook instance that nobody uses stops itself."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.http_service import Answer, HttpService, Request
from tests.programs import ROOT

HOUR = 3600


def looked(tmp_path: Path, jupyter: str, *, started: float) -> str:
    """What the script asks of AWS after one look."""
    program = tmp_path / "aws"
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n')
    program.chmod(0o755)
    (tmp_path / "started").touch()
    os.utime(tmp_path / "started", (time.time() - started,) * 2)
    settings = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SPOTMC_JUPYTER": jupyter,
        "SPOTMC_STARTED": str(tmp_path / "started"),
        "SPOTMC_NOTEBOOK": "spotmc-notebook",
        "AWS_REGION": "eu-central-1",
    }
    command = [sys.executable, str(ROOT / "userdata/idle.py")]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    asked = tmp_path / "asked"
    return asked.read_text() if asked.exists() else ""


def kernel(state: str, *, ago: float) -> dict[str, str]:
    used = datetime.fromtimestamp(time.time() - ago, UTC)
    return {"execution_state": state, "last_activity": used.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


@pytest.mark.parametrize(
    ("kernels", "started", "stops"),
    [
        ([kernel("idle", ago=2 * HOUR)], 3 * HOUR, True),
        ([], 2 * HOUR, True),
        ([], HOUR / 2, False),
        ([kernel("idle", ago=2 * HOUR), kernel("idle", ago=60)], 3 * HOUR, False),
        ([kernel("busy", ago=5 * HOUR)], 6 * HOUR, False),
    ],
    ids=["unused", "never used", "just started", "just used", "computing"],
)
def test_it_stops_when_nobody_has_used_it_for_an_hour(
    tmp_path: Path, kernels: list[Any], started: float, *, stops: bool
) -> None:
    def answer(request: Request) -> Answer:
        content = kernels if request.path == "/api/kernels" else []
        return Answer(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    with HttpService(answer) as jupyter:
        asked = looked(tmp_path, jupyter.url, started=started)
    wanted = "sagemaker stop-notebook-instance --notebook-instance-name spotmc-notebook --region eu-central-1\n"
    assert asked == (wanted if stops else "")


def test_one_whose_jupyter_does_not_answer_stops_too(tmp_path: Path) -> None:
    assert "stop-notebook-instance" in looked(tmp_path, "http://127.0.0.1:9", started=2 * HOUR)
