"""A bucket for pages that refresh themselves: what has not changed since is not fetched again."""

from collections.abc import Iterator
from datetime import datetime

from fleet.bucket import Bucket, Entry, Some
from webui.once import Once

REMEMBERED = 4000  # objects, of some kilobytes at most


class RememberedBucket(Bucket):
    """Reads what it has listed once for each version, whichever of its kind has read it before.

    One is made for each look, because it goes by what it has listed itself.
    """

    def __init__(self, bucket: Bucket) -> None:
        self.name = bucket.name
        self._bucket = bucket
        self._listed: dict[str, str] = {}  # versions by key

    def list(self, prefix: str) -> Iterator[Entry]:
        for entry in self._bucket.list(prefix):
            self._listed[entry.key] = entry.version
            yield entry

    def some(self, prefix: str, *, at_most: int, after: str = "") -> Some:
        found = self._bucket.some(prefix, at_most=at_most, after=after)
        self._listed |= {entry.key: entry.version for entry in found.entries}
        return found

    def names(self, folder: str) -> dict[str, datetime | None]:
        return self._bucket.names(folder)

    def exists(self, key: str) -> bool:
        return self._bucket.exists(key)

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        return self._bucket.get_versioned(key)

    def get(self, key: str) -> bytes:
        version = self._listed.get(key)
        return self._bucket.get(key) if version is None else _contents(self._bucket, key, version)


def _read(bucket: Bucket, key: str, version: str) -> bytes:
    return bucket.get(key)


_contents = Once(_read, most=REMEMBERED)
