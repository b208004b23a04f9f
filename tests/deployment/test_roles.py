"""What a lock file names is enough for what it is for; and who has installed less is told what to install."""

import configparser
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deployment.wheels import wanted
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.keys import summary_key
from fleet.new_job import make_job, make_sweep_job
from fleet.settings import Settings
from montecarlo.data.history import PriceHistory
from montecarlo.models import MODELS
from montecarlo.own_rules.imports import CARRIED
from montecarlo.strategies import SmaCrossover
from spotmc.local_stack.processes import Child, running
from tests.programs import ROOT

Installed = Callable[[str], None]

PLAN = "plan --iterations 1e6 --deadline 1h --speed 1e6"


def names(lock: str) -> set[str]:
    """Of the packages in a lock file."""
    lines = wanted((ROOT / "requirements" / lock).read_text(), os.uname().machine)
    return {canonicalize_name(line.partition("==")[0]) for line in lines}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """From now on, processes that are started find no packages but those of a lock file, and this one."""

    def only(lock: str) -> None:
        kept = names(lock) | {"spot-montecarlo"}
        hidden = [
            module
            for module, distributions in packages_distributions().items()
            if kept.isdisjoint(map(canonicalize_name, distributions))
        ]
        # Python runs this before anything else, and will not import what stands there as None.
        (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({hidden!r}))\n")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))

    return only


def spotmc(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "spotmc.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def required(extras: set[str]) -> set[str]:
    """Names of the packages that setup.cfg asks for with these extras."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    lines = setup["options"]["install_requires"].split()
    for extra in extras:
        lines += setup["options.extras_require"][extra].split()
    needed = [Requirement(line) for line in lines]
    ours = {extra for each in needed if each.name == "spot-montecarlo" for extra in each.extras}
    if not ours <= extras:
        return required(extras | ours)
    return {canonicalize_name(each.name) for each in needed} - {"spot-montecarlo"}


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("worker.lock", {"worker"}),
        ("learning-worker.lock", {"worker", "learning"}),
        ("trader.lock", {"trader"}),
        ("run.lock", {"local", "deploy"}),
        ("workstation.lock", {"web", "notebook", "deploy"}),
        ("dev.lock", {"dev"}),
    ],
)
def test_a_lock_file_has_what_the_package_requires_for_its_role(lock: str, extras: set[str]) -> None:
    assert required(extras) - names(lock) == set()


def test_other_packages_are_out_of_reach(installed: Installed) -> None:
    installed("worker.lock")
    done = subprocess.run([sys.executable, "-c", "import numba, scipy"], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: import of scipy halted; None in sys.modules"


@pytest.mark.thorough
def test_a_worker_does_every_model_and_a_sweep_and_is_looked_at(
    *,
    installed: Installed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    history: PriceHistory,
    submit_job: Callable[[Job], None],
    start_worker: Callable[..., Child],
    bucket: Bucket,
    eventually: Callable[..., None],
) -> None:
    small = {"strategy": SmaCrossover(5, 20), "days": 60, "iterations": 500, "seed": 7}
    jobs = [make_job(history, model=model, **small) for model in MODELS]
    jobs.append(make_sweep_job(history, over={"short": range(5, 15, 5)}, **small))
    for job in jobs:
        submit_job(job)

    installed("worker.lock")
    monkeypatch.setenv("SPOTMC_RUN_DIR", str(tmp_path / "run"))
    worker = start_worker()
    eventually(lambda: worker.check() or all(bucket.exists(summary_key(job.id)) for job in jobs))

    [status] = json.loads(spotmc("worker", "status", "--json").stdout)
    assert status["failures"] == 0
    assert "shards done" in spotmc("worker", "status").stdout


def test_a_worker_has_what_rules_may_import() -> None:
    assert set(CARRIED) - {"montecarlo"} <= names("worker.lock")


@pytest.mark.thorough
def test_the_local_stack_does_the_demo(installed: Installed, tmp_path: Path, free_port: Callable[[], int]) -> None:
    installed("run.lock")
    done = spotmc("local", "--demo", "--exit", "--port", str(free_port()), "--data", str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("data/jobs/*/summary.csv"))


def test_the_workstation_serves_the_web_ui_and_plans(
    *,
    installed: Installed,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free_port: Callable[[], int],
    eventually: Callable[..., None],
) -> None:
    installed("workstation.lock")
    monkeypatch.setenv("SPOTMC_WEB_DATA", str(tmp_path / "web"))
    port = free_port()

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    with running({"web": ["spotmc.cli", "web", "--port", str(port)]}, tmp_path) as [web]:
        eventually(lambda: web.check() or answers())
    assert spotmc(*PLAN.split()).returncode == 0


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("run --symbol AAPL --source sample", "bokeh_sampledata", "prices"),
        ("web --port 0", "flask", "web"),
        ("local", "yaml", "local"),
        (PLAN, "yaml", "deploy"),
    ],
)
def test_a_command_that_lacks_something_says_what_to_install(
    installed: Installed, command: str, package: str, extra: str
) -> None:
    installed("worker.lock")
    done = spotmc(*command.split())
    assert done.returncode == 1
    name, *_ = command.split()
    assert done.stderr == (
        f'spotmc {name}: {package} is not installed; it comes with: pip install "spot-montecarlo[{extra}]"\n'
    )
    assert not done.stdout


def test_a_module_of_our_own_that_is_missing_is_a_mistake_and_shown_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['fleet.settings'] = None\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    done = spotmc("worker")
    assert "Traceback" in done.stderr
    assert "pip install" not in done.stderr
