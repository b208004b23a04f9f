"""A bucket in memory, where thousands of objects are tried; what S3 itself does is tried with the emulator."""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from fleet.bucket import Bucket, Entry, Some
from fleet.errors import MissingObjectError

LISTED_AT_ONCE = 1000  # names, by S3


class MemoryBucket(Bucket):
    """The same as a bucket, for this process only.

    Attributes:
        asked: What S3 would have been asked, request by request: a word and a key, or what keys begin with.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[tuple[str, str]] = []
        self._objects: dict[str, tuple[bytes, Entry]] = {}
        self._in_order: list[str] | None = []

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """How often each word was asked while the block lasted, once it is over."""
        self.asked.clear()
        counted: Counter[str] = Counter()
        yield counted
        counted.update(word for word, _ in self.asked)

    def put(self, key: str, content: bytes) -> None:
        self.asked.append(("put", key))
        self._put(key, content)

    def put_new(self, key: str, content: bytes) -> bool:
        self.asked.append(("put", key))
        if key in self._objects:
            return False
        self._put(key, content)
        return True

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        self.asked.append(("put", key))
        if version != (self._objects[key][1].version if key in self._objects else None):
            return None
        self._put(key, content)
        return self._objects[key][1].version

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        return self.get(key), self._objects[key][1].version

    def get(self, key: str) -> bytes:
        self.asked.append(("get", key))
        return self._get(key)

    def pieces(self, key: str, at_most: int) -> Iterator[bytes]:
        content = self._get(key)
        for first in range(0, len(content), at_most):
            self.asked.append(("get", key))
            yield content[first : first + at_most]

    def exists(self, key: str) -> bool:
        self.asked.append(("head", key))
        return key in self._objects

    def delete(self, key: str) -> None:
        self.asked.append(("delete", key))
        if self._objects.pop(key, None) is not None:
            self._in_order = None

    def list(self, prefix: str) -> Iterator[Entry]:
        self.asked.append(("list", prefix))
        for number, entry in enumerate(self._entries(prefix)):
            if number and number % LISTED_AT_ONCE == 0:
                self.asked.append(("list", prefix))
            yield entry

    def some(self, prefix: str, *, at_most: int, after: str = "") -> Some:
        self.asked.append(("list", prefix))
        found = []
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
        self.asked += [("list", folder)] * max(1, -(-len(names) // LISTED_AT_ONCE))
        return names

    def _put(self, key: str, content: bytes) -> None:
        if key not in self._objects:
            self._in_order = None
        version = hashlib.md5(content, usedforsecurity=False).hexdigest()
        self._objects[key] = content, Entry(key, version, datetime.now(UTC))

    def _get(self, key: str) -> bytes:
        if key not in self._objects:
            raise MissingObjectError(f"there is no {key} in the bucket {self.name}")
        return self._objects[key][0]

    def _entries(self, prefix: str, after: str = "") -> Iterator[Entry]:
        # As it is now, and a listing of a few does not look at them all.
        names = self._in_order = sorted(self._objects) if self._in_order is None else self._in_order
        at = bisect_left(names, max(prefix, after))
        while at < len(names) and (key := names[at]).startswith(prefix):
            at += 1
            if key > after and key in self._objects:
                yield self._objects[key][1]
