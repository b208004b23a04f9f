"""What a training job has left: its model.tar.gz, fetched and unpacked without trusting what is in it."""

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from boto3.exceptions import Boto3Error
from botocore.exceptions import ClientError

from deployment.account import DeploymentError
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_FILES, MOST_BYTES = 100, 8 * 10**9  # unpacked; ten million rows are about a gigabyte, and a plain header has 8 GiB

_FILE = re.compile(r"[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9]{1,8}){1,2}")
_PIECE = 1 << 20

_PLAIN = {tarfile.REGTYPE, tarfile.AREGTYPE}
_MORE_ABOUT, _MOST_ABOUT = {tarfile.XHDTYPE, tarfile.XGLTYPE}, 1 << 16  # what precedes a member, bytes


def place_of(address: str) -> tuple[str, str]:
    """Bucket and key of an address such as s3://bucket/key.

    Raises:
        DeploymentError: it is none.
    """
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
        raise DeploymentError(f"{address[:200]!r} is no address of an object such as s3://bucket/folder/model.tar.gz")
    return parts.netloc, parts.path[1:]


def fetch(s3: "S3Client", address: str, folder: Path) -> list[str]:
    """Put the files of a packed folder into ``folder``; returns their names.

    Args:
        s3: Client of the bucket's region.
        address: Of the archive.
        folder: That is there.

    Raises:
        DeploymentError: there is no such archive, it is damaged, or has something else than a few plain files.
    """
    bucket, key = place_of(address)
    with TemporaryFile() as archive:
        with explained(DeploymentError, f"fetch {address}"):
            try:
                s3.download_fileobj(bucket, key, archive)
            except ClientError as error:
                if error_code(error) not in {"404", "NoSuchKey"}:
                    raise
                raise DeploymentError(
                    f"there is no {address} (any more): run the job again, or see what `spotmc sagemaker status` says"
                ) from error
            except Boto3Error as error:
                raise DeploymentError(f"cannot fetch {address}: {error}") from error
        archive.seek(0)
        return unpack(archive, folder, address)


def unpack(archive: IO[bytes], folder: Path, name: str) -> list[str]:
    """Put the files of an archive into ``folder``; returns their names.

    Args:
        archive: A tar file that was packed by gzip.
        folder: That is there.
        name: What to call the archive when something is wrong with it.

    Raises:
        DeploymentError: it is damaged, too large, or has something else than plain files, which could lie elsewhere.
    """
    names: list[str] = []
    left = MOST_BYTES
    too_much = f"{name} has more than {MOST_FILES} files or {MOST_BYTES / 1e9:g} GB: nothing was unpacked"
    try:
        with gzip.GzipFile(fileobj=archive) as plain:
            for member in _members(plain):
                if member.isdir() and member.name.rstrip("/") in {"", "."}:
                    continue
                file = member.name.removeprefix("./")
                if member.type not in _PLAIN or not _FILE.fullmatch(file) or file in names:
                    raise DeploymentError(
                        f"{name} has {member.name[:100]!r}, which is no plain file of a result: nothing was unpacked"
                    )
                left -= member.size
                if left < 0 or len(names) == MOST_FILES:
                    raise DeploymentError(too_much)
                with open(folder / file, "xb") as output:
                    for piece in _pieces(plain, member.size):
                        output.write(piece)
                _skip(plain, -member.size % tarfile.BLOCKSIZE)
                names.append(file)
            while piece := plain.read(_PIECE):  # up to the checksum, which stands at the end
                left -= len(piece)
                if left < 0:
                    raise DeploymentError(too_much)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DeploymentError(f"{name} is damaged, or no archive of results: {error}") from error
    if not names:
        raise DeploymentError(f"{name} has no files")
    return names


def _members(plain: gzip.GzipFile) -> Iterator[tarfile.TarInfo]:
    """What the headers say; whoever takes one takes its content from the file, too, before the next.

    tarfile itself would read names and times of any length into memory, one within the other: an archive of a few
    kilobytes can have gigabytes of them.

    Raises:
        EOFError, tarfile.TarError: it breaks off, or is no archive.
    """
    while (block := b"".join(_pieces(plain, tarfile.BLOCKSIZE))) != bytes(tarfile.BLOCKSIZE):
        member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if member.size < 0:
            raise tarfile.ReadError("a file of less than nothing")
        if member.type in _MORE_ABOUT and member.size <= _MOST_ABOUT:  # such as a time to the nanosecond
            _skip(plain, member.size + -member.size % tarfile.BLOCKSIZE)
        else:
            yield member


def _skip(plain: gzip.GzipFile, size: int) -> None:
    for _ in _pieces(plain, size):
        pass


def _pieces(plain: gzip.GzipFile, size: int) -> Iterator[bytes]:
    """
    Raises:
        EOFError: there is less.
    """
    while size:
        piece = plain.read(min(size, _PIECE))
        if not piece:
            raise EOFError("it breaks off")
        size -= len(piece)
        yield piece
