"""Container images, with a program in the place of docker that writes down what it is asked, and pushes something."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployment import image
from deployment.account import Account, DeploymentError
from fleet.settings import Settings

PROGRAM = """#!{python}
import json, sys
given = sys.stdin.read() if "--password-stdin" in sys.argv else ""
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], given]), file=log)
if sys.argv[1] == {failing!r}:
    sys.exit("no space left on device")
if {pushes!r} and "push" in " ".join(sys.argv):
    import boto3
    name, manifest = {pushes!r}
    boto3.client("ecr", {region!r}).put_image(repositoryName=name, imageManifest=manifest, imageTag="1")
"""

Asked = list[tuple[list[str], str]]
Install = Callable[..., Callable[[], Asked]]


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Install:
    """Install the program; gives what it was asked: its arguments and its standard input."""

    def install(name: str, failing: str = "", pushes: tuple[str, str] | None = None) -> Callable[[], Asked]:
        program, log = tmp_path / name, tmp_path / "asked"
        what = {"log": str(log), "failing": failing, "pushes": pushes, "region": settings.region}
        program.write_text(PROGRAM.format(python=sys.executable, **what))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return lambda: [tuple(json.loads(line)) for line in log.read_text().splitlines()] if log.exists() else []

    return install


@pytest.fixture
def repository(settings: Settings) -> str:
    account = Account(settings.region)
    name = f"workers-{settings.bucket}"
    return account.ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]


@pytest.fixture
def name(repository: str) -> str:
    """Of the repository, without the registry."""
    return repository.partition("/")[2]


def push(settings: Settings, repository: str, target: image.Target = "worker") -> bool:
    places: dict[str, Any] = {"dockerfile": Path("Dockerfile"), "folder": Path("archives")}
    tag = f"{repository}:1"
    ecr = Account(settings.region).ecr
    return image.push(ecr, image.builder(), image=tag, processor="Graviton", target=target, **places)


def manifest(kind: str = image.MANIFEST) -> str:
    config = {"mediaType": "application/json", "size": 1, "digest": "sha256:0"}
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})


OCI = "application/vnd.oci.image.index.v1+json"


def options(repository: str) -> list[str]:
    return [*("--platform", "linux/arm64", "--target", "worker", "--file", "Dockerfile", "--tag"), f"{repository}:1"]


def test_podman_builds_for_its_processor_in_dockers_format_and_the_password_is_no_argument(
    builder: Install, repository: str, settings: Settings
) -> None:
    asked = builder("podman")
    assert push(settings, repository)
    (login, password), (build, _), (push_it, _) = asked()
    assert build == ["build", "--format", "docker", *options(repository), "archives"]
    assert login == ["login", "--username", "AWS", "--password-stdin", repository.partition("/")[0]]
    assert password
    assert push_it == ["push", f"{repository}:1"]


def test_docker_is_told_to_push_one_manifest_of_its_own_kind(
    builder: Install, repository: str, settings: Settings
) -> None:
    asked = builder("docker")
    assert push(settings, repository)
    (login, _), (version, _), (build, _) = asked()
    assert version == ["buildx", "version"]
    assert login[0] == "login"
    output = ["--output", "type=image,push=true,oci-mediatypes=false"]
    alone = ["--provenance=false", "--sbom=false"]
    assert build == ["buildx", "build", *options(repository), *alone, *output, "archives"]


def test_docker_without_buildx_builds_and_pushes(builder: Install, repository: str, settings: Settings) -> None:
    asked = builder("docker", failing="buildx")
    assert push(settings, repository)
    assert [arguments[0] for arguments, _ in asked()] == ["login", "buildx", "build", "push"]


@pytest.mark.parametrize("target", ["worker", "research", "trader"])
def test_a_tag_that_is_there_is_not_built_again(
    builder: Install, repository: str, name: str, settings: Settings, target: image.Target
) -> None:
    asked = builder("podman")
    Account(settings.region).ecr.put_image(repositoryName=name, imageManifest=manifest(), imageTag="1")
    assert not push(settings, repository, target)
    assert asked() == []


def test_what_sagemaker_takes_is_looked_for_when_it_is_pushed(
    builder: Install, repository: str, name: str, settings: Settings
) -> None:
    builder("podman", pushes=(name, manifest()))
    assert push(settings, repository, "research")


def test_what_sagemaker_would_refuse_is_refused_when_it_is_pushed_and_the_next_time(
    builder: Install, repository: str, name: str, settings: Settings
) -> None:
    asked = builder("podman", pushes=(name, manifest(OCI)))
    told = f"as {re.escape(OCI)}, and SageMaker takes .* delete it .*--repository-name {name} .*by podman"
    for _ in range(2):
        with pytest.raises(DeploymentError, match=told):
            push(settings, repository, "research")
    assert [arguments[0] for arguments, _ in asked()] == ["login", "build", "push"]
    assert not push(settings, repository)  # AWS Batch takes it


def test_what_the_program_complains_about_is_told(builder: Install, repository: str, settings: Settings) -> None:
    builder("podman", failing="build")
    with pytest.raises(DeploymentError, match="podman build did not succeed:\nno space left on device"):
        push(settings, repository)


def test_without_any_program_a_person_is_told_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeploymentError, match="docker or podman"):
        image.builder()


def test_a_tag_is_the_same_for_the_same_content_only(tmp_path: Path) -> None:
    dockerfile, archive = tmp_path / "Dockerfile", tmp_path / "one.tar.gz"
    tags = set()
    for contents in ("a", "b", "a"), ("b", "b", "a"), ("a", "a", "a"), ("a", "b", "b"):
        for file, content in zip((dockerfile, archive, tmp_path / "boot.sh"), contents, strict=True):
            file.write_text(content)
        tags.add(image.tag_of(dockerfile=dockerfile, folder=tmp_path))
    assert len(tags) == 3  # what only machines boot with is no part of an image
