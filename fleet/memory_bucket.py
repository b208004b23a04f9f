"""A bucket in this process alone, for a trader that is tried without any other."""

import builtins
import hashlib
import threading
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime

from fleet.bucket import Bucket, Entry, Some
from fleet.errors import MissingObjectError


class MemoryBucket(Bucket):
    """The same as a bucket, gone with the process; each method is done at once, whatever other threads do."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self._objects: dict[str, tuple[bytes, Entry]] = {}
        self._in_order: list[str] | None = []
        self._lock = threading.RLock()

    def put(self, key: str, content: bytes) -> None:
        with self._lock:
            self._store(key, content)

    def put_new(self, key: str, content: bytes) -> bool:
        with self._lock:
            if key in self._objects:
                return self._objects[key][0] == content
            self._store(key, content)
            return True

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        with self._lock:
            there, entry = self._objects.get(key, (None, None))
            if there != content:
                if version != (entry.version if entry else None):
                    return None
                self._store(key, content)
            return self._objects[key][1].version

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        with self._lock:
            content, entry = self._found(key)
            return content, entry.version

    def get(self, key: str) -> bytes:
        return self._found(key)[0]

    def pieces(self, key: str, at_most: int) -> Iterator[bytes]:
        content = self._found(key)[0]
        for first in range(0, len(content), at_most):
            yield content[first : first + at_most]

    def exists(self, key: str) -> bool:
        return key in self._objects

    def delete(self, key: str) -> None:
        with self._lock:
            if self._objects.pop(key, None) is not None:
                self._in_order = None

    def list(self, prefix: str) -> Iterator[Entry]:
        yield from self._entries(prefix)

    def some(self, prefix: str, *, at_most: int, after: str = "") -> Some:
        found: builtins.list[Entry] = []
        for entry in self._entries(prefix, after):
            if len(found) == at_most:
                return Some(found, more=True)
            found.append(entry)
        return Some(found, more=False)

    def names(self, folder: str) -> dict[str, datetime | None]:
        names: dict[str, datetime | None] = {}
        for entry in self._entries(folder):
            first, slash, _ = entry.key.removeprefix(folder).partition("/")
            names[first + slash] = None if slash else entry.stored
        return names

    def _store(self, key: str, content: bytes) -> None:
        if key not in self._objects:
            self._in_order = None
        version = hashlib.md5(content, usedforsecurity=False).hexdigest()
        self._objects[key] = content, Entry(key, version, datetime.now(UTC))

    def _found(self, key: str) -> tuple[bytes, Entry]:
        found = self._objects.get(key)
        if found is None:
            raise MissingObjectError(f"there is no {key} in the bucket {self.name}")
        return found

    def _entries(self, prefix: str, after: str = "") -> Iterator[Entry]:
        # As it is now, and a listing of a few does not look at them all.
        with self._lock:
            names = self._in_order = sorted(self._objects) if self._in_order is None else self._in_order
        at = bisect_left(names, max(prefix, after))
        while at < len(names) and (key := names[at]).startswith(prefix):
            at += 1
            found = self._objects.get(key)
            if key > after and found is not None:
                yield found[1]
