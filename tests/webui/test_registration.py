"""A strategy and a model that are registered, by a file and a line each, are everywhere."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.canonical import read_json
from fleet.settings import Settings

pytestmark = pytest.mark.thorough

TREE = Path(__file__).parents[2]

STRATEGY = """
from dataclasses import dataclass

import numpy as np

from montecarlo.parameters import Number, Whole, parameter
from montecarlo.strategies.strategy import Strategy


@dataclass(frozen=True)
class Reversal(Strategy):
    name = "reversal"
    label = "Buying after a fall"
    help = "Long after a close that is below an earlier one."
    waits_for = "lookback"

    lookback: int = parameter(Whole(1, 99), 3, label="Lookback", unit="trading days", help="Distance of the closes.")
    fall: float = parameter(Number(0.001, 0.5), 0.025, label="Fall", unit="of the earlier close", help="At least.")

    def contradictions(self):
        return {"fall": "must be less for a single day"} if self.lookback == 1 and self.fall > 0.4 else {}

    @property
    def first_decision(self):
        return self.lookback

    def targets(self, prices):
        wanted = np.zeros(prices.shape, np.int8)
        wanted[self.lookback :] = prices[self.lookback :] < prices[: -self.lookback] * (1 - self.fall)
        return wanted
"""
MODEL = """
from dataclasses import dataclass

from montecarlo.models.gbm import GbmModel
from montecarlo.parameters import Number, parameter


@dataclass(frozen=True)
class CarryModel(GbmModel):
    name = "carry"
    help = "As gbm, but with a yield."

    carry: float = parameter(Number(0, 1), 0.0125, label="Yield", unit="per year", kw_only=True)
"""
FILES = {"montecarlo/strategies/reversal.py": STRATEGY, "montecarlo/models/carry.py": MODEL}
LINES = {
    "montecarlo/strategies/__init__.py": "from montecarlo.strategies.reversal import Reversal as Reversal\n",
    "montecarlo/models/__init__.py": "from montecarlo.models.carry import CarryModel as CarryModel\n",
}
HELP = """
from spotmc.cli import cli
for name in ("run", "backtest", "sweep", "submit"):
    cli.main([name, "--help"], prog_name="spotmc", standalone_mode=False)
"""
PACKAGES = ("montecarlo", "fleet", "cloudformation", "capacity", "deployment", "worker", "webui", "spotmc")
JOB = {"symbol": "AAPL", "source": "sample", "days": "60", "iterations": "300", "model": "carry", "seed": "7"}
CHOICE = {"strategy": "reversal", "lookback": "5", "fall": "0.0375"}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree in which they are registered; processes that are started are of it."""
    tree = tmp_path / "tree"
    for package in PACKAGES:
        shutil.copytree(TREE / package, tree / package)
    for path, code in FILES.items():
        (tree / path).write_text(code)
    for path, line in LINES.items():
        registry = (tree / path).read_text()
        assert registry.count("# isort: on\n") == 1
        (tree / path).write_text(registry.replace("# isort: on\n", line + "# isort: on\n"))
    monkeypatch.setenv("PYTHONPATH", str(tree))
    monkeypatch.chdir(tree)
    return tree


@pytest.fixture
def visitor(tree: Path, start_web: Callable):
    """Visits its web UI."""
    return start_web(PYTHONPATH=str(tree))


@pytest.fixture
def spotmc(tree: Path, settings: Settings) -> Callable[..., str]:
    """Runs its command, and gives what that prints."""

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "spotmc.cli", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def python(code: str) -> str:
    """What a process prints that runs the code."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_they_are_in_the_form_in_the_preview_in_the_job_and_on_its_page(visitor, bucket: Bucket):
    form = visitor.open("/")
    assert form.choices["strategy"][-2:] == ["reversal", "ml-forecast"]
    assert form.choices["model"][-1] == "carry"
    for words in (
        "Buying after a fall",
        "Long after a close that is below an earlier one.",
        "As gbm, but with a yield.",
    ):
        assert words in form.text
    assert (form.fields["reversal.lookback"], form.fields["reversal.fall"]) == ("3", "0.025")
    assert form.attributes["reversal.fall"]["title"] == "A number from 0.001 to 0.5"

    preview = visitor.press("/jobs", **JOB, **CHOICE, preview="true")
    assert "Preview: AAPL, reversal, lookback 5, fall 0.0375" in preview.text
    assert re.search(r"<code>fall</code></th><td><code>0.0375</code>", preview.text), "it is a message's attribute"

    page = visitor.post("/jobs", preview.fields)
    stored = read_json(bucket.get(keys.job_key(page.url.rsplit("/", 1)[-1])))
    assert stored["experiment"]["strategy"] == {"name": "reversal", "lookback": 5, "fall": 0.0375}
    assert stored["experiment"]["model"]["carry"] == 0.0125
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page.text))
    assert (facts["Strategy"], facts["Model"]) == ("Buying after a fall", "carry")
    assert (facts["Fall"], facts["Yield"]) == ("3.75 % of the earlier close", "1.25 % per year")
    assert (facts["Lookback"], facts["Days"]) == ("5 trading days", "60 trading days")
    assert visitor.open(page.link("Change and repeat")).fields["reversal.fall"] == "0.0375"

    for typed, problem in (
        ({"fall": "0.6"}, "Must be a number from 0.001 to 0.5, not 0.6"),
        ({"lookback": "1", "fall": "0.45"}, "Must be less for a single day"),
    ):
        refused = visitor.press("/jobs", **JOB, **CHOICE | typed)
        assert (refused.status, refused.words["reversal.fall-problem"]) == (400, problem)


def test_they_are_in_all_commands_in_the_readme_and_on_a_worker(
    spotmc: Callable[..., str], start_worker: Callable[..., object], tmp_path: Path
):
    small = ("--days", "60", "--iterations", "300", "--seed", "7", "--model", "carry")
    chosen = ("--strategy", "reversal", "--lookback", "5", "--fall", "0.0375")
    words = " ".join(python(HELP).split())
    assert words.count("--fall VALUE") == 4
    assert words.count("Fall, of the earlier close: of reversal. [default: 0.025]") == 4
    assert json.loads(spotmc("backtest", *chosen, "--json"))["strategy"]["fall"] == 0.0375

    printed = python("from spotmc.readme_tables import tables; print(tables()['strategies'])")
    assert "| `reversal` | `mc.Reversal()` | Long after a close that is below an earlier one." in printed
    assert "`fall`: from 0.001 to 0.5 of the earlier close; 0.025" in printed
    face = python("import montecarlo as mc; print(mc.Reversal(fall=0.2), mc.CarryModel.name)")
    assert face == "reversal, lookback 3, fall 0.2 carry\n"

    spotmc("run", *small, *chosen, "--out", str(tmp_path / "run"))  # and with it all is compiled for the worker
    start_worker()
    submitted = spotmc("submit", *small, *chosen, "--wait").split()[1]
    spotmc("results", submitted, "--out", str(tmp_path / "submitted"))
    varied = ("--strategy", "reversal", "--fall", "0.01:0.03:0.005", "--set", "lookback=3,5")
    spotmc("sweep", *small, *varied, "--out", str(tmp_path / "sweep"))
    swept = spotmc("sweep", *small, *varied, "--submit", "--wait").split()[1]
    spotmc("results", swept, "--out", str(tmp_path / "swept"))
    for here, there in (("run", "submitted"), ("sweep", "swept")):
        files = {path.name: path.read_bytes() for path in (tmp_path / here).iterdir()}
        assert files == {path.name: path.read_bytes() for path in (tmp_path / there).iterdir()}
    assert len((tmp_path / "swept" / "sweep.csv").read_text().splitlines()) == 1 + 2 * 5
