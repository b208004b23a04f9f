"""Ctrl-C at a terminal: quiet whenever it comes, and nobody is left in doubt about what goes on."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.bucket import Bucket
from fleet.progress import status
from fleet.settings import Settings

# A process that gets the signal when it begins to import a module, which a clock could not tell as well.
AT_IMPORT = """
import os, signal, sys
module = sys.argv.pop(1)
def hook(event, arguments):
    if event == "import" and arguments[0] == module:
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
from spotmc.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "module", ["click", "spotmc.interruption", "numpy", "pandas", "numba.core", "montecarlo.models", "rich"]
)
def test_it_is_quiet_while_things_are_imported(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", AT_IMPORT, module, "backtest"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert [line for line in done.stderr.splitlines() if not line.startswith("warning:")] == []


@pytest.mark.parametrize("command", [["run", "--iterations", "1e9"], ["sweep", "--iterations", "1e8", "--out", "res"]])
def test_a_run_that_is_broken_off_leaves_nothing(
    command: list[str], tmp_path: Path, eventually: Callable[..., None]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "spotmc", *command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    eventually(lambda: list(tmp_path.glob("*/unfinished-*")))
    process.send_signal(signal.SIGINT)
    output, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert output == b""
    assert said.endswith(b"spotmc: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_is_waited_for_goes_on_and_the_person_is_told_how_to_look_at_it_and_to_end_it(
    settings: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "spotmc", "submit", "--iterations", "64", "--wait"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        job_id = process.stdout.readline().split()[1]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    told = re.search(
        r"^Interrupted: (\S+) goes on without this command: `(.*?)` says .*, `(.*?)` stops it$", said, re.MULTILINE
    )
    assert told, said
    assert told.groups() == (job_id, f"spotmc status {job_id}", f"spotmc cancel {job_id}")
    assert status(bucket, job_id).state == "queued"


@pytest.mark.parametrize("command", ["--help", "run --help", "backtest", "submit --preview", ""])
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_full_standard_output_is_one_line(command: str, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        said = said_of(command, tmp_path, full.fileno())
    assert said == ["spotmc: cannot write to standard output: No space left on device"]


@pytest.mark.parametrize("command", ["--help", "backtest --json"])
def test_where_nobody_listens_it_is_quiet(command: str, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    said = said_of(command, tmp_path, writing)
    os.close(writing)
    assert said == []


def said_of(command: str, folder: Path, output: int) -> list[str]:
    """What a command that cannot write to its standard output says besides, but for warnings; its status is 1."""
    done = subprocess.run(
        [sys.executable, "-m", "spotmc", *command.split()],
        cwd=folder,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return [line for line in done.stderr.splitlines() if not line.startswith("warning:")]
