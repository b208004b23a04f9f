"""The container image of a worker: built on this machine, pushed to the stack's repository."""

import base64
import platform
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deployment.account import DeploymentError
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

BUILDERS = ("docker", "podman")

# By the value of the parameter BatchProcessor.
_PLATFORMS = {"X86": "linux/amd64", "Graviton": "linux/arm64"}


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


def push(ecr: "ECRClient", program: str, *, dockerfile: Path, folder: Path, image: str, processor: str) -> bool:
    """Build an image and push it, unless the repository has it.

    Args:
        ecr: Client of the repository's region.
        program: From ``builder``.
        dockerfile: What to build.
        folder: Where the archives for machines lie.
        image: Repository and tag, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/name:tag.
        processor: X86 or Graviton.

    Returns:
        Whether it was pushed.

    Raises:
        DeploymentError: it cannot be built or pushed.
    """
    registry, _, name_and_tag = image.partition("/")
    name, _, tag = name_and_tag.rpartition(":")
    with explained(DeploymentError, f"use the image repository {name}"):
        try:
            ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])
        except ClientError as error:
            if error_code(error) != "ImageNotFoundException":
                raise
        else:
            return False
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    _run(program, "build", "--platform", _PLATFORMS[processor], "--file", str(dockerfile), "--tag", image, str(folder))
    _run(program, "login", "--username", user, "--password-stdin", registry, given=password)
    _run(program, "push", image)
    return True


def _run(program: str, *arguments: str, given: str = "") -> None:
    done = subprocess.run([program, *arguments], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise DeploymentError(f"{Path(program).name} {arguments[0]} did not succeed:\n{said}")
