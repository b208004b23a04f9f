"""The command that serves the web UI; what it serves is tested beside it."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from spotmc.local_stack.processes import running, wait_until


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the web UI."""
    monkeypatch.setenv("SPOTMC_WEB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def refused(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of one that does not start."""
    command = [sys.executable, "-m", "spotmc.cli", "web", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_short_password_is_the_one_thing_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("short\n")
    said = f"spotmc: the password in {tmp_path / 'password'} must have 12 characters or more, not 5\n"
    assert refused("--password-file", str(tmp_path / "password")) == (1, "", said)


def test_a_certificate_that_is_none_is_the_one_thing_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").write_text("none")
    status, output, said = refused("--certificate", str(tmp_path / "certificate.pem"))
    assert (status, output) == (1, "")
    assert said.startswith(f"spotmc: {tmp_path / 'certificate.pem'} must have a certificate, ")
    assert said.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_the_one_thing_that_is_said(data: Path) -> None:
    data.write_text("a file")
    status, output, said = refused()
    assert (status, output) == (1, "")
    assert said.startswith(f"spotmc: cannot use {data}: ")
    assert said.count("\n") == 1


def test_a_second_one_with_the_same_configuration_says_so(
    tmp_path: Path, data: Path, eventually: Callable[..., None]
) -> None:
    with running({name: ["spotmc.cli", "web", "--port", "0"] for name in ("first", "second")}, tmp_path) as children:
        eventually(lambda: all("Web UI on" in child.log.read_text() for child in children))
        said = "".join(child.log.read_text() for child in children)
    assert said.count(f"{data} is also used by process ") == 1
    assert said.count("Web UI on") == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_told_to_while_somebody_is_connected(
    *, tmp_path: Path, free_port: Callable[[], int], number: signal.Signals
) -> None:
    port = free_port()
    with running({"web": ["spotmc.cli", "web", "--port", str(port)]}, tmp_path) as [web]:
        wait_until(lambda: "Web UI on" in web.log.read_text(), web)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/configuration", timeout=300) as page:
            assert page.status == 200
            web.process.send_signal(number)
            assert web.process.wait(300) == 0
    assert web.log.read_text() == f"Web UI on http://127.0.0.1:{port} (Ctrl-C stops it)\n"
