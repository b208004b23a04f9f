"""What the page about JSON says is so: its examples are run as they stand, on a web UI with a worker."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spotmc.local_stack.processes import running, wait_until
from tests.programs import ROOT
from tests.webui.conftest import Visitor
from webui.api.operations import OPERATIONS
from webui.password import GUESS_SECONDS, GUESSES

TEXT = (ROOT / "docs/json.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def web(settings, free_port: Callable[[], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Address of a web UI on the queue and the bucket of the test, for which a worker works."""
    monkeypatch.setenv("SPOTMC_WEB_DATA", str(tmp_path / "data"))
    port = free_port()
    commands = {"web": ["spotmc.cli", "web", "--port", str(port)], "worker": ["spotmc.cli", "worker"]}
    with running(commands, tmp_path) as children:
        wait_until(lambda: _serves(port), children[0])
        yield f"http://127.0.0.1:{port}"


def _serves(port: int) -> bool:
    try:
        return Visitor(f"http://127.0.0.1:{port}").open("/healthz").status == 200
    except OSError:
        return False


def test_its_examples_do_what_it_says(web):
    python, first, then = (block.replace("http://127.0.0.1:8080", web) for block in (*blocks("python"), *blocks("sh")))
    told = subprocess.run([sys.executable, "-c", python], check=True, capture_output=True, text=True).stdout
    sentence, interval = told.splitlines()[-2:]
    assert sentence.startswith("In 2,000 futures like AAPL's past, the rule loses money in ")
    low, high = map(float, interval.split())
    assert 0.2 < low < high < 0.4

    shell = ["bash", "-ec", "".join(f"{part}\necho\n" for part in (first, then))]
    answered = subprocess.run(shell, check=True, capture_output=True, text=True).stdout
    submitted, newest, complete, portfolio, refused = (json.loads(line) for line in answered.splitlines() if line)
    assert newest["jobs"][0]["job_id"] == submitted["job_id"], "the same job as in Python"
    assert complete["jobs"][0]["figures"]
    assert portfolio["job_id"].startswith("AAPL-MSFT-IBM-")
    assert refused == json.loads(blocks("json")[0])


def test_it_names_every_address():
    named = set(re.findall(r"^\| `(\w+) (/\S+)` \|", TEXT, re.MULTILINE))
    assert named == {(each.method, each.address) for each in OPERATIONS.values()} | {("GET", "/healthz")}


def test_the_number_of_guesses_is_that_of_the_program():
    assert (GUESSES, GUESS_SECONDS) == (5, 15 * 60)
    assert "five of which in fifteen\nminutes" in TEXT
