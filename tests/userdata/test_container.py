"""The container image: built from the machines' wheels, and a worker in it drains a queue."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from fleet.bucket import Bucket
from fleet.job import Job
from fleet.keys import summary_key
from fleet.queue import Queue
from fleet.settings import Settings
from tests.programs import ROOT, program

pytestmark = pytest.mark.timeout(1200)

Buildah = Callable[..., str]


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    """Run buildah, on a store of its own."""
    folder = tmp_path_factory.mktemp("images")
    store = [program("buildah"), f"--root={folder / 'store'}", f"--runroot={folder / 'run'}"]

    def run(*arguments: str) -> str:
        done = subprocess.run([*store, *arguments], capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    yield run
    run("rm", "--all")
    run("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def image(buildah: Buildah, root: Path, worker_archives: Path) -> str:
    """Of our Dockerfile, on a base that Debian's packages make."""
    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, str(root), "/")
    buildah("commit", "--quiet", base, "base")
    options = ["--isolation=chroot", "--format=docker", "--build-arg=PYTHON=localhost/base", "--quiet"]
    return buildah("build", *options, f"--file={ROOT / 'Dockerfile'}", str(worker_archives))


def test_the_image_is_for_anybody_but_root_and_says_how_to_see_whether_it_is_well(buildah: Buildah, image: str) -> None:
    config = json.loads(buildah("inspect", "--type=image", image))["Docker"]["config"]
    assert config["User"] == "10001:10001"
    assert config["Cmd"] == ["spotmc", "worker", "--drain"]
    assert config["Healthcheck"]["Test"] == ["CMD", "spotmc", "worker", "status"]


def test_a_worker_in_the_container_drains_the_queue(
    *,
    buildah: Buildah,
    image: str,
    job: Job,
    submit_job: Callable[[Job], None],
    settings: Settings,
    queue: Queue,
    bucket: Bucket,
) -> None:
    submit_job(job)
    config = json.loads(buildah("inspect", "--type=image", image))["Docker"]["config"]
    container = buildah("from", image)
    environment = [f"--env={name}={value}" for name, value in here().items()]
    buildah("run", "--isolation=chroot", *environment, container, "--", *config["Cmd"])
    assert bucket.exists(summary_key(job.id))
    assert queue.receive(wait_seconds=0, visibility_seconds=30, at_most=1) == []


def here() -> Mapping[str, str]:
    """Where the emulator is."""
    return {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "SPOTMC_"))}
