"""The bucket that holds price snapshots, jobs and results, over S3."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from fleet.connection import s3_client
from fleet.errors import BucketError, MissingObjectError, explained
from fleet.foreign import LISTING, require
from fleet.reasons import error_code
from fleet.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

# botocore makes a request again that gets no answer, but not one whose answer breaks off in its middle.
_DOWNLOAD_ATTEMPTS = 4

# The answer to HEAD has no body.  The one to a listing says which of them it is.
_MAY_MEAN_MANY_THINGS = {"301", "400", "403"}

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_NO_MORE_THAT_VERSION = {"PreconditionFailed", "NoSuchKey"}
_CONFLICT = "ConditionalRequestConflict"
_CONFLICT_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # seconds


@dataclass(frozen=True)
class Entry:
    """An object in a listing; ``version`` is other text whenever its content is other."""

    key: str
    version: str
    stored: datetime


@dataclass(frozen=True)
class Some:
    """The beginning of a listing, and whether it goes on."""

    entries: list[Entry]
    more: bool


class Bucket:
    """One S3 bucket.  Every method raises BucketError when the bucket does not do what was asked."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self.name = name
        self._client = client

    @classmethod
    def connect(cls, settings: Settings, *, for_a_page: bool = False) -> Self:
        return cls(s3_client(settings, for_a_page=for_a_page), settings.bucket)

    def put(self, key: str, content: bytes) -> None:
        """Store the object whole, in place of what was there."""
        with explained(BucketError, f"write {key} to the bucket {self.name}"):
            require(self._client.put_object(Bucket=self.name, Key=key, Body=content), "ETag")

    def put_new(self, key: str, content: bytes) -> bool:
        """Store the object whole unless there is another one; whether this one is there now.

        The same content counts as stored, whoever has stored it: so it does where the answer to storing it was lost.
        """
        return self._put_if(key, content, IfNoneMatch="*") is not None

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        """Store the object whole in place of that version of it; the same content counts as stored, as above.

        Args:
            key, content: What is stored.
            version: As ``get_versioned`` gave it; None where there was no object.

        Returns:
            Its version; None where another one is there now, or none.  Then this one was not stored, or was, and is
            replaced already.
        """
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        return self._put_if(key, content, **condition)

    def _put_if(self, key: str, content: bytes, **condition: Any) -> str | None:
        """Its version; None where another one is there, or none where one should be.

        Whether the condition holds is settled by 412, and by 404 where the object has gone.  409 settles nothing: S3
        was busy with another request for the same key, and nothing is stored.  But 412 may be the answer to botocore's
        own second try of what the first has stored, when it had no answer to that.
        """
        with explained(BucketError, f"write {key} to the bucket {self.name}"):
            for pause in (*_CONFLICT_PAUSES, None):
                try:
                    answer = self._client.put_object(Bucket=self.name, Key=key, Body=content, **condition)
                except ClientError as error:
                    code = error_code(error)
                    if code == _CONFLICT and pause is not None:
                        time.sleep(pause)
                        continue
                    if code not in _NO_MORE_THAT_VERSION:
                        raise
                    return self._version_of(key, content)
                require(answer, "ETag")
                return answer["ETag"]
        raise AssertionError("the last pause is none")

    def _version_of(self, key: str, content: bytes) -> str | None:
        """None where there is other content, or no object."""
        try:
            there, version = self.get_versioned(key)
        except MissingObjectError:
            return None
        return version if there == content else None

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        """The content, and text that is other whenever the content is other.

        Raises:
            MissingObjectError: There is no such object.
        """
        content, answer = self._read(key)
        assert answer is not None
        return content, answer["ETag"]

    def get(self, key: str) -> bytes:
        """
        Raises:
            MissingObjectError: There is no such object.
        """
        return self._read(key)[0]

    def pieces(self, key: str, at_most: int) -> Iterator[bytes]:
        """The content of one object in pieces of so many bytes at most; none when it is empty.

        Each is read by a request of its own, when it is wanted: who takes them slowly holds neither a connection nor
        more than a piece.

        Raises:
            MissingObjectError: There is no such object.
            BucketError: another one took its place meanwhile, among other things.
        """
        first, length = 0, 1
        same: dict[str, str] = {}
        while first < length:
            content, answer = self._read(key, Range=f"bytes={first}-{first + at_most - 1}", **same)
            if not answer:
                return
            same = {"IfMatch": answer["ETag"]}
            first += len(content)
            length = int(answer["ContentRange"].rpartition("/")[2])
            yield content

    def _read(self, key: str, **more: Any) -> tuple[bytes, "GetObjectOutputTypeDef | None"]:
        """Content, and what is said of it; None where a range of an empty object was asked for."""
        with explained(BucketError, f"read {key} from the bucket {self.name}"):
            try:
                return self._download(key, _DOWNLOAD_ATTEMPTS, **more)
            except ClientError as error:
                match error_code(error):
                    case "NoSuchKey":
                        raise MissingObjectError(f"there is no {key} in the bucket {self.name}") from error
                    case "PreconditionFailed":
                        replaced = f"{key} in the bucket {self.name} was replaced while it was read: read it again"
                        raise BucketError(replaced) from error
                    case "InvalidRange":
                        return b"", None
                raise

    def _download(self, key: str, attempts: int, **more: Any) -> tuple[bytes, "GetObjectOutputTypeDef"]:
        answer = self._client.get_object(Bucket=self.name, Key=key, **more)
        require(answer, "ETag")
        try:
            return answer["Body"].read(), answer
        except (HTTPClientError, IncompleteReadError):
            if attempts == 1:
                raise
        return self._download(key, attempts - 1, **more)

    def exists(self, key: str) -> bool:
        with explained(BucketError, f"look for {key} in the bucket {self.name}"):
            try:
                answer = self._client.head_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if error_code(error) == "404":
                    return False
                if error_code(error) in _MAY_MEAN_MANY_THINGS:
                    return self._is_listed(key)
                raise
            require(answer, "ETag")
        return True

    def _is_listed(self, key: str) -> bool:
        page = self._client.list_objects_v2(Bucket=self.name, Prefix=key, MaxKeys=1)
        require(page, *LISTING)
        return any(item["Key"] == key for item in page.get("Contents", []))

    def delete(self, key: str) -> None:
        """Whether or not there is such an object."""
        with explained(BucketError, f"delete {key} from the bucket {self.name}"):
            self._client.delete_object(Bucket=self.name, Key=key)

    def list(self, prefix: str) -> Iterator[Entry]:
        """All objects whose key starts with ``prefix``, in order of their keys."""
        with explained(BucketError, f"list {prefix} in the bucket {self.name}"):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
                require(page, *LISTING)
                for item in page.get("Contents", []):
                    yield Entry(item["Key"], item["ETag"], item["LastModified"])

    def some(self, prefix: str, *, at_most: int, after: str = "") -> "Some":
        """The first objects whose key starts with ``prefix``, in order of their keys, by one request.

        Args:
            prefix: What their keys start with.
            at_most: So many, and no more than a thousand.
            after: Only keys that come after this, which need not be there.
        """
        with explained(BucketError, f"list {prefix} in the bucket {self.name}"):
            page = self._client.list_objects_v2(Bucket=self.name, Prefix=prefix, MaxKeys=at_most, StartAfter=after)
            require(page, *LISTING)
        found = [Entry(item["Key"], item["ETag"], item["LastModified"]) for item in page.get("Contents", [])]
        return Some(found, more=page.get("IsTruncated", False))

    def names(self, folder: str) -> dict[str, datetime | None]:
        """What lies directly in a folder, and when it was stored.

        Returns:
            Times by key without ``folder``; a folder in it ends with "/" and has no time.
        """
        names: dict[str, datetime | None] = {}
        with explained(BucketError, f"list {folder} in the bucket {self.name}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=folder, Delimiter="/"
            )
            for page in pages:
                require(page, *LISTING)
                names |= {item["Key"].removeprefix(folder): item["LastModified"] for item in page.get("Contents", [])}
                names |= {item["Prefix"].removeprefix(folder): None for item in page.get("CommonPrefixes", [])}
        return names
