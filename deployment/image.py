"""Container images: built on this machine, pushed to a repository of the stack's.

SageMaker's hosting takes images of Docker's kind (image manifest version 2, schema 2) and refuses those of OCI, and
lists of images, which docker makes where it adds a provenance.  So both builders are told to make Docker's, and what
lies in the repository afterwards is looked at.
"""

import argparse
import base64
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from botocore.exceptions import ClientError

from deployment import archives, checksums
from deployment.account import DeploymentError
from fleet.errors import FleetError, explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

Target = Literal["worker", "research", "trader"]
"""Of the Dockerfile: what AWS Batch runs, what SageMaker trains and serves, and what trades on paper."""

BUILDERS = ("docker", "podman")

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
"""What SageMaker takes."""

# By the value of the parameter BatchProcessor.
_PLATFORMS = {"X86": "linux/amd64", "Graviton": "linux/arm64"}
_PROCESSORS = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def builder() -> str:
    """The program that builds images here.

    Raises:
        DeploymentError: there is none.
    """
    found = next(filter(None, map(shutil.which, BUILDERS)), None)
    if found is None:
        raise DeploymentError(f"an image needs {' or '.join(BUILDERS)}, and neither is here; install one of them")
    return found


def processor_here() -> str:
    """This machine's, as the parameter BatchProcessor names it: an image for another one needs an emulator."""
    return "Graviton" if platform.machine() in {"aarch64", "arm64"} else "X86"


def tag_of(*, dockerfile: Path, folder: Path) -> str:
    """A tag, the same for the same archives and Dockerfile: one tag is never given to another image."""
    files = {file.name: file for file in folder.glob(f"*{archives.SUFFIX}")}
    return checksums.name(checksums.listing({**files, "Dockerfile": dockerfile}))


def push(
    ecr: "ECRClient",
    program: str,
    *,
    dockerfile: Path,
    folder: Path,
    image: str,
    processor: str,
    target: Target = "worker",
) -> bool:
    """Build an image and push it, unless the repository has it.

    Args:
        ecr: Client of the repository's region.
        program: From ``builder``.
        dockerfile: What to build.
        folder: Where its archives lie.
        image: Repository and tag, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/name:tag.
        processor: X86 or Graviton; SageMaker trains on X86 only, and traders run on it.
        target: Of the Dockerfile.

    Returns:
        Whether it was pushed.

    Raises:
        DeploymentError: it cannot be built or pushed, or the repository has it in a form that SageMaker refuses.
    """
    registry, _, name_and_tag = image.partition("/")
    name, _, tag = name_and_tag.rpartition(":")
    with explained(DeploymentError, f"use the image repository {name}"):
        there = _manifest(ecr, name, tag)
        if there is None:
            token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    if there is None:
        user, _, password = base64.b64decode(token).decode().partition(":")
        _run(program, "login", "--username", user, "--password-stdin", registry, given=password)
        how = _How(
            program, dockerfile=dockerfile, folder=folder, tag=image, platform=_PLATFORMS[processor], target=target
        )
        for command in how.to_push():
            _run(program, *command)
    if target == "research":
        with explained(DeploymentError, f"see what the image repository {name} has"):
            found = there or _manifest(ecr, name, tag)
        if found != MANIFEST:
            raise DeploymentError(
                f"the image {image} lies in its repository as {found or 'nothing'}, and SageMaker takes {MANIFEST} "
                f"alone; delete it (aws ecr batch-delete-image --repository-name {name} --image-ids imageTag={tag} "
                f"--region {ecr.meta.region_name}) and have it built by podman, or by docker with its plugin buildx"
            )
    return there is None


def build(program: str, *, dockerfile: Path, folder: Path, tag: str, platform: str, target: Target) -> None:
    """Build an image for this machine's own use.

    Raises:
        DeploymentError: it cannot be built.
    """
    how = _How(program, dockerfile=dockerfile, folder=folder, tag=tag, platform=platform, target=target)
    _run(program, *how.to_keep(), shown=True)


class _How:
    """How a builder is told to make an image of Docker's kind."""

    def __init__(
        self, program: str, *, dockerfile: Path, folder: Path, tag: str, platform: str, target: Target
    ) -> None:
        self._program = Path(program).name
        self._options = ["--platform", platform, "--target", target, "--file", str(dockerfile), "--tag", tag]
        self._tag = tag
        self._folder = str(folder)
        self._buildx = self._program == "docker" and _succeeds(program, "buildx", "version")

    def to_keep(self) -> list[str]:
        """Arguments that build it, and leave it where the program keeps images."""
        if self._buildx:
            return self._of_buildx("type=docker,oci-mediatypes=false")
        # Without buildx, docker makes its own kind, too, unless it keeps images in containerd.
        of_docker = ["--format", "docker"] if self._program == "podman" else []
        return ["build", *of_docker, *self._options, self._folder]

    def to_push(self) -> list[list[str]]:
        """Arguments of the commands that build it and push it."""
        if self._buildx:  # in one, because a builder in a container of its own keeps nothing
            return [self._of_buildx("type=image,push=true,oci-mediatypes=false")]
        return [self.to_keep(), ["push", self._tag]]

    def _of_buildx(self, output: str) -> list[str]:
        # Either would be a second manifest, and the whole a list.
        alone = ["--provenance=false", "--sbom=false"]
        return ["buildx", "build", *self._options, *alone, "--output", output, self._folder]


def _manifest(ecr: "ECRClient", name: str, tag: str) -> str | None:
    """The type of an image's manifest; None where there is no such image."""
    try:
        [found] = ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])["imageDetails"]
    except ClientError as error:
        if error_code(error) != "ImageNotFoundException":
            raise
        return None
    return found.get("imageManifestMediaType", "something unknown")


def _succeeds(program: str, *arguments: str) -> bool:
    return subprocess.run([program, *arguments], capture_output=True, check=False).returncode == 0


def _run(program: str, *arguments: str, given: str = "", shown: bool = False) -> None:
    done = subprocess.run([program, *arguments], input=given, capture_output=not shown, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout or "").strip().splitlines()[-5:])
        raise DeploymentError(f"{Path(program).name} {arguments[0]} did not succeed:\n{said or 'see above'}")


def main(arguments: Sequence[str] | None = None) -> None:
    """``make image``: collect what an image takes, and build it."""
    parser = argparse.ArgumentParser(prog="make image", description=main.__doc__)
    parser.add_argument("target", choices=get_args(Target))
    parser.add_argument("--platform", choices=tuple(_PROCESSORS), default=_PLATFORMS[processor_here()])
    parser.add_argument("--learning", action="store_true", help="a worker that trains models, too")
    given = parser.parse_args(arguments)
    if given.target == "research" and given.platform != "linux/amd64":
        print("SageMaker trains on linux/amd64 only; this image is for its endpoints on Graviton, AWS Batch and here")
    own: dict[str, Sequence[archives.Machine]] = {"research": archives.RESEARCH, "trader": archives.TRADERS}
    machines = own.get(given.target) or archives.workers(learning=given.learning)
    folder = Path("build", "image")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        program = builder()
        wanted = [machine for machine in machines if machine.processor == _PROCESSORS[given.platform]]
        archives.make(Path(), folder, wanted)
        tag = f"spotmc-{given.target}"
        build(
            program, dockerfile=Path("Dockerfile"), folder=folder, tag=tag, platform=given.platform, target=given.target
        )
    except FleetError as error:
        sys.exit(f"{error}")
    print(f"Built the image {tag}")


if __name__ == "__main__":
    main()
