"""The folders that SageMaker lays out for a container, ``/opt/ml``, and the archive that it makes of what is left.

Formats: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import gzip
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from montecarlo.experiments.results_folder import OccupiedError

Channels = Mapping[str, Mapping[str, bytes]]
"""Files by name, by name of the channel."""

ARCHIVE = "model.tar.gz"
LOG = "log.txt"
"""What the program has printed, which SageMaker sends to CloudWatch."""

HOST = "algo-1"
_OURS = ("input", "model", "output", "checkpoints", ARCHIVE, LOG)


class ArchiveError(Exception):
    """A model.tar.gz that cannot be served; the message is for a person."""


def lay_out(root: Path, hyperparameters: Mapping[str, str], channels: Channels, *, overwrite: bool = False) -> bool:
    """Make the folders of a training job.

    Where they are there already, of a job with the same inputs, its ``checkpoints`` stay, so that it goes on.

    Args:
        root: What stands for ``/opt/ml``.
        hyperparameters: All text, by name.
        channels: What it is given.
        overwrite: Whether the folders of another job may be taken away.

    Returns:
        Whether they were there.

    Raises:
        OccupiedError: the folder has those of another job, or files that are called so.
        OSError: they cannot be made.
    """
    inputs = _inputs(hyperparameters, channels)
    there = [name for name in _OURS if (root / name).exists()]
    same = bool(there) and _has(root, inputs)
    if there and not same:
        if not overwrite:
            raise OccupiedError(root, there)
        for name in there:
            _remove(root / name)
    _remove(root / ARCHIVE)
    for name in ("model", "output/data", "checkpoints", "input/config", "input/data"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, content in inputs.items():
        path = root / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return same


def seed_begun(root: Path) -> int | None:
    """The seed of a job that has not ended well: whoever asks for it once more, and names none, means that one."""
    if (root / ARCHIVE).exists():
        return None
    try:
        return int(json.loads((root / "input" / "config" / "hyperparameters.json").read_bytes())["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _inputs(hyperparameters: Mapping[str, str], channels: Channels) -> dict[str, bytes]:
    """Files below ``input``, by their path."""
    channel = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
    resources = {
        "current_host": HOST,
        "current_instance_type": "local",
        "current_group_name": "homogeneousCluster",
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": "homogeneousCluster", "instance_type": "local", "hosts": [HOST]}],
        "network_interface_name": "eth0",
    }
    configured: dict[str, Any] = {
        "hyperparameters": dict(hyperparameters),
        "inputdataconfig": dict.fromkeys(channels, channel),
        "resourceconfig": resources,
    }
    found = {f"config/{name}.json": json.dumps(values, sort_keys=True).encode() for name, values in configured.items()}
    for name, files in channels.items():
        found |= {f"data/{name}/{file}": content for file, content in files.items()}
    return found


def _has(root: Path, inputs: Mapping[str, bytes]) -> bool:
    """Whether the folder has exactly these inputs."""
    folder = root / "input"
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return files.keys() == inputs.keys() and all(path.read_bytes() == inputs[name] for name, path in files.items())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def pack(root: Path) -> Path:
    """Make of ``model`` the archive that SageMaker puts into the bucket; the same files are the same bytes.

    Raises:
        OSError: it cannot be written; then there is none.
    """
    model, archive = root / "model", root / ARCHIVE
    unfinished = archive.with_name(f"unfinished-{ARCHIVE}")
    try:
        with (
            unfinished.open("wb") as file,
            gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
            tarfile.open(mode="w", fileobj=packed) as tar,
        ):
            for path in sorted(model.rglob("*")):
                tar.add(path, str(path.relative_to(model)), recursive=False, filter=_nobodys)
        unfinished.replace(archive)
    finally:
        unfinished.unlink(missing_ok=True)
    return archive


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def archive_of(place: Path) -> Path:
    """The archive that a person means: the file itself, or that in the folder of a job.

    Raises:
        ArchiveError: there is none.
    """
    if place.is_file():
        return place
    if (place / ARCHIVE).is_file():
        return place / ARCHIVE
    if not place.exists():
        raise ArchiveError(
            f"there is no {place}: give the folder of `spotmc sagemaker train … --local`, or a {ARCHIVE}"
        )
    failed = place / "output" / "failure"
    if failed.is_file():
        why = " ".join(failed.read_text(errors="replace").split())
        raise ArchiveError(f"{place}/ has no {ARCHIVE}, because its job failed: {why}")
    raise ArchiveError(
        f"{place}/ has no {ARCHIVE}: give the folder of `spotmc sagemaker train … --local` that has ended"
    )


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """A folder that stands for ``/opt/ml`` with what is in an archive in ``model``, while the block lasts.

    Raises:
        ArchiveError: it cannot be unpacked.
        OSError: the folder cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="spotmc-serve-") as folder:
        root = Path(folder)
        (root / "model").mkdir()
        try:
            with tarfile.open(archive, "r:gz") as tar:
                tar.extractall(root / "model", filter="data")
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, OSError) as error:
            if isinstance(error, OSError) and error.filename and not isinstance(error, gzip.BadGzipFile):
                raise
            raise ArchiveError(f"{archive} cannot be unpacked, so it is no {ARCHIVE} of a job: {error}") from error
        yield root
