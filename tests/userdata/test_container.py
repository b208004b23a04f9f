"""The container images: built as `make image` builds them, from the machines' wheels; a worker drains a queue, what
SageMaker starts trains and serves, and a trader trades on paper.

Only images for this machine's processor can be built and run here, in CI linux/amd64; of those for arm64, the wheels'
being there is all that is tried (tests/deployment/test_wheels.py).
"""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psutil
import pytest

import montecarlo as mc
from cloudformation.template import PARENT, read, resolve
from container.app import create_app
from container.hosted import hosted_from
from deployment import archives, image
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.keys import summary_key
from fleet.queue import Queue
from fleet.settings import Settings
from montecarlo.experiments.historical import files_of
from spotmc.sagemaker.folders import lay_out
from tests.cloudformation.conftest import GIVEN
from tests.programs import ROOT, program

pytestmark = pytest.mark.timeout(1200)

Buildah = Callable[..., str]
PLATFORM = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}[os.uname().machine]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The program, on a store of its own."""
    folder = tmp_path_factory.mktemp("images")
    return [program("buildah"), f"--root={folder / 'store'}", f"--runroot={folder / 'run'}"]


@pytest.fixture(scope="module")
def buildah(store: list[str]) -> Iterator[Buildah]:
    def run(*arguments: str) -> str:
        done = subprocess.run([*store, *arguments], capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    yield run
    run("rm", "--all")
    run("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def podman(buildah: Buildah, root: Path, store: list[str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A program that builds as podman does, which takes buildah for it, on a base that Debian's packages make."""
    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, str(root), "/")
    buildah("commit", "--quiet", base, "base")
    place = tmp_path_factory.mktemp("program") / "podman"
    command = [*store, '"$command"', "--isolation=chroot", "--build-arg=PYTHON=localhost/base", "--quiet", '"$@"']
    place.write_text(f"#!/bin/sh\ncommand=$1\nshift\nexec {' '.join(command)}\n")
    place.chmod(0o755)
    return str(place)


@pytest.fixture(scope="module")
def worker(podman: str, worker_archives: Path) -> str:
    return built(podman, worker_archives, "worker")


@pytest.fixture(scope="module")
def research(podman: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("archives")
    [machine] = [each for each in archives.RESEARCH if each.processor == os.uname().machine]
    archives.make(ROOT, folder, [machine])
    return built(podman, folder, "research")


@pytest.fixture(scope="module")
def trader(podman: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("archives")
    [machine] = [each for each in archives.TRADERS if each.processor == os.uname().machine]
    archives.make(ROOT, folder, [machine])
    return built(podman, folder, "trader")


def built(podman: str, folder: Path, target: image.Target) -> str:
    dockerfile = ROOT / "Dockerfile"
    image.build(podman, dockerfile=dockerfile, folder=folder, tag=target, platform=PLATFORM, target=target)
    return f"localhost/{target}"


@pytest.fixture
def either(request: pytest.FixtureRequest) -> str:
    name: str = request.getfixturevalue(request.param)
    return name


def test_the_worker_is_for_anybody_but_root_and_says_how_to_see_whether_it_is_well(
    buildah: Buildah, worker: str
) -> None:
    config = inspected(buildah, worker)["Docker"]["config"]
    assert config["User"] == "10001:10001"
    assert config["Cmd"] == ["spotmc", "worker", "--drain"]
    assert config["Healthcheck"]["Test"] == ["CMD", "spotmc", "worker", "status"]


def test_what_sagemaker_takes_is_for_root_and_has_no_entry_point_that_would_swallow_its_programs(
    buildah: Buildah, research: str
) -> None:
    config = inspected(buildah, research)["Docker"]["config"]
    assert config.get("User", "") == ""
    assert not config.get("Entrypoint")
    assert set(config["ExposedPorts"]) == {"8080/tcp"}
    assert config["StopSignal"] == "SIGTERM"


@pytest.mark.parametrize("either", ["worker", "research"], indirect=True)
def test_a_manifest_is_dockers_which_hosting_asks_for(buildah: Buildah, either: str) -> None:
    assert json.loads(inspected(buildah, either)["Manifest"])["mediaType"] == image.MANIFEST


@pytest.mark.parametrize("either", ["worker", "research"], indirect=True)
def test_a_worker_in_either_container_drains_the_queue(
    *,
    buildah: Buildah,
    either: str,
    job: Job,
    submit_job: Callable[[Job], None],
    settings: Settings,
    queue: Queue,
    bucket: Bucket,
) -> None:
    submit_job(job)
    container = buildah("from", either)
    environment = [f"--env={name}={value}" for name, value in here().items()]
    buildah("run", "--isolation=chroot", *environment, container, "--", "spotmc", "worker", "--drain")
    assert bucket.exists(summary_key(job.id))
    assert queue.receive(wait_seconds=0, visibility_seconds=30, at_most=1) == []


def test_the_container_trains_and_leaves_a_picture(buildah: Buildah, research: str, tmp_path: Path) -> None:
    history = mc.load_history("AAPL", source="sample")
    folder = laid_out(tmp_path, history, work="backtest", short="40")
    printed = buildah(
        "run", "--isolation=chroot", f"--volume={folder}:/opt/ml", buildah("from", research), "--", "train"
    )
    found = {path.name: path.read_bytes() for path in (folder / "model").iterdir()}
    expected = files_of(mc.backtest(history, mc.SmaCrossover(short=40)))
    assert {name: found[name] for name in expected} == expected
    assert found["picture.png"].startswith(b"\x89PNG")
    assert "Sharpe Ratio:" in printed


def test_the_container_trains_trees_and_serves_what_it_has_trained(
    buildah: Buildah, store: list[str], research: str, tmp_path: Path
) -> None:
    history = mc.load_history("AAPL", source="sample")
    folder = laid_out(tmp_path, history, work="train", method="trees")
    buildah("run", "--isolation=chroot", f"--volume={folder}:/opt/ml", buildah("from", research), "--", "train")
    bars = b"".join(history.to_csv().splitlines(keepends=True)[:200])
    with serving([*store, "run", "--isolation=chroot"], folder, buildah("from", research)) as url:
        request = urllib.request.Request(f"{url}/invocations", bars, {"Content-Type": "text/csv"})
        with urllib.request.urlopen(request) as answer:
            answered = answer.read()
    hosted = hosted_from(folder / "model", {})
    here_too = create_app(hosted, most_bytes=2**20, most_large=1, at_once=1).test_client()
    assert answered == here_too.post("/invocations", data=bars, content_type="text/csv").data


def test_the_trader_is_nobody_in_particular_and_hears_when_it_is_to_end(buildah: Buildah, trader: str) -> None:
    config = inspected(buildah, trader)["Docker"]["config"]
    assert config["User"] == "10001:10001"
    assert config["StopSignal"] == "SIGTERM"
    assert set(config["Volumes"]) == {"/tmp"}
    assert not config.get("ExposedPorts")


# What a task has of the image: nothing to write to but /tmp.
AS_A_TASK = """
mount --bind "$0" "$0" && mount --options remount,bind,ro "$0" && mount --types tmpfs tmpfs "$0/tmp" &&
mount --types proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
cat > "$0/tmp/prices.csv" &&
exec chroot --userspec=10001:10001 "$0" "$@"
"""


def test_the_trader_trades_as_a_task_of_the_template_can(buildah: Buildah, trader: str) -> None:
    """On a file system that cannot be written to, as nobody, within the task's memory."""
    [(_, task)] = resolve(read(PARENT), {**GIVEN, "Trader": "mine"}).of_type("AWS::ECS::TaskDefinition")
    prices = mc.load_history("AAPL", source="sample").to_csv()
    container = buildah("from", trader)
    place = buildah("mount", container)
    environment = ["PATH=/opt/spotmc/bin:/usr/bin:/bin", "HOME=/tmp", "NUMBA_CACHE_DIR=/tmp/numba"]
    dry_run = ["spotmc", "trader", "dry-run", "--prices", "/tmp/prices.csv", "--start", "2011-01-01", "--json"]
    in_it = ["env", "-i", *environment, *dry_run]
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", AS_A_TASK, place, *in_it]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write(prices)
        running.stdin.close()
        told = json.loads(running.stdout.read())
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    buildah("umount", container)
    assert running.returncode == 0
    assert told["differences"] == []
    assert used.ru_maxrss / 1024 < int(task["Memory"]) / 2


def inspected(buildah: Buildah, name: str) -> Any:
    return json.loads(buildah("inspect", "--type=image", name))


def laid_out(folder: Path, history: mc.PriceHistory, **hyperparameters: str) -> Path:
    """What SageMaker makes of a training job's request."""
    asked = {"symbol": "AAPL", "source": "sample", **hyperparameters}
    lay_out(folder / "ml", asked, {"prices": {"prices.csv": history.to_csv()}})
    return folder / "ml"


@contextmanager
def serving(run: list[str], folder: Path, container: str) -> Iterator[str]:
    """The address of ``serve`` in a container, which ends by itself when it is told to."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = [f"--env=SAGEMAKER_BIND_TO_PORT={port}", f"--volume={folder}:/opt/ml"]
    with subprocess.Popen([*run, *told, container, "--", "serve"]) as running:
        url = f"http://127.0.0.1:{port}"
        while not answers(f"{url}/ping"):
            assert running.poll() is None
            time.sleep(0.2)
        yield url
        processes = psutil.Process(running.pid).children(recursive=True)
        first = next(each for each in processes if each.cmdline()[-2:] == ["container", "serve"])
        assert first.uids().real == 0
        first.terminate()
        assert running.wait(30) == 0


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


def here() -> Mapping[str, str]:
    """Where the emulator is."""
    return {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "SPOTMC_"))}
