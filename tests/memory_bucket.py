"""A bucket in memory, where thousands of objects are tried; what S3 itself does is tried with the emulator."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from fleet.bucket import Bucket, Entry, Some
from fleet.errors import MissingObjectError


class MemoryBucket(Bucket):
    """The same as a bucket, for this process only."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._objects: dict[str, tuple[bytes, datetime]] = {}

    def put(self, key: str, content: bytes) -> None:
        self._objects[key] = content, datetime.now(UTC)

    def put_new(self, key: str, content: bytes) -> bool:
        if key in self._objects:
            return False
        self.put(key, content)
        return True

    def get(self, key: str) -> bytes:
        if key not in self._objects:
            raise MissingObjectError(f"there is no {key} in the bucket {self.name}")
        return self._objects[key][0]

    def pieces(self, key: str, at_most: int) -> Iterator[bytes]:
        content = self.get(key)
        for first in range(0, len(content), at_most):
            yield content[first : first + at_most]

    def exists(self, key: str) -> bool:
        return key in self._objects

    def delete(self, key: str) -> None:
        self._objects.pop(key, None)

    def list(self, prefix: str) -> Iterator[Entry]:
        return self._entries(prefix)

    def _entries(self, prefix: str) -> Iterator[Entry]:
        for key in sorted(key for key in self._objects if key.startswith(prefix)):
            content, stored = self._objects[key]
            yield Entry(key, hashlib.md5(content, usedforsecurity=False).hexdigest(), stored)

    def some(self, prefix: str, *, at_most: int, after: str = "") -> Some:
        found = [entry for entry in self._entries(prefix) if entry.key > after]
        return Some(found[:at_most], more=len(found) > at_most)

    def names(self, folder: str) -> dict[str, datetime | None]:
        names: dict[str, datetime | None] = {}
        for entry in self._entries(folder):
            first, slash, _ = entry.key.removeprefix(folder).partition("/")
            names[first + slash] = None if slash else entry.stored
        return names
