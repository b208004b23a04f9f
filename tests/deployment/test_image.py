"""The container image, with a program in the place of docker that writes down what it is asked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployment import image
from deployment.account import Account, DeploymentError
from fleet.settings import Settings

PROGRAM = """#!/usr/bin/env python3
import json, sys
given = sys.stdin.read() if "--password-stdin" in sys.argv else ""
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], given]), file=log)
if sys.argv[1] == {failing!r}:
    sys.exit("no space left on device")
"""

Asked = list[tuple[list[str], str]]


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[[], Asked]]:
    """Install the program; gives what it was asked: its arguments and its standard input."""

    def install(failing: str) -> Callable[[], Asked]:
        program, log = tmp_path / "podman", tmp_path / "asked"
        program.write_text(PROGRAM.format(log=str(log), failing=failing))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return lambda: [tuple(json.loads(line)) for line in log.read_text().splitlines()]

    return install


@pytest.fixture
def repository(settings: Settings) -> str:
    account = Account(settings.region)
    name = f"workers-{settings.bucket}"
    return account.ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]


def push(settings: Settings, name: str) -> bool:
    places: dict[str, Any] = {"dockerfile": Path("Dockerfile"), "folder": Path("archives")}
    ecr = Account(settings.region).ecr
    return image.push(ecr, image.builder(), image=name, processor="Graviton", **places)


def test_it_is_built_for_its_processor_and_the_password_is_no_argument(
    podman: Callable[[str], Callable[[], Asked]], repository: str, settings: Settings
) -> None:
    asked = podman("")
    assert push(settings, f"{repository}:1")
    (build, _), (login, password), (push_it, _) = asked()
    assert build == [
        *("build", "--platform", "linux/arm64", "--file", "Dockerfile", "--tag", f"{repository}:1", "archives")
    ]
    assert login == ["login", "--username", "AWS", "--password-stdin", repository.partition("/")[0]]
    assert password
    assert push_it == ["push", f"{repository}:1"]


def test_a_tag_that_is_there_is_not_built_again(
    podman: Callable[[str], Callable[[], Asked]], repository: str, settings: Settings, tmp_path: Path
) -> None:
    podman("")
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/json", "size": 1, "digest": "sha256:0"},
        "layers": [],
    }
    name = repository.partition("/")[2]
    Account(settings.region).ecr.put_image(repositoryName=name, imageManifest=json.dumps(manifest), imageTag="1")
    assert not push(settings, f"{repository}:1")
    assert not (tmp_path / "asked").exists()


def test_what_the_program_complains_about_is_told(
    podman: Callable[[str], Callable[[], Asked]], repository: str, settings: Settings
) -> None:
    podman("build")
    with pytest.raises(DeploymentError, match="podman build did not succeed:\nno space left on device"):
        push(settings, f"{repository}:1")


def test_without_any_program_a_person_is_told_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeploymentError, match="docker or podman"):
        image.builder()
