"""A bucket in memory, where thousands of objects are tried; what S3 itself does is tried with the emulator."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from fleet import memory_bucket
from fleet.bucket import Entry, Some

LISTED_AT_ONCE = 1000  # names, by S3


class MemoryBucket(memory_bucket.MemoryBucket):
    """The same, and it remembers what it was asked.

    Attributes:
        asked: What S3 would have been asked, request by request: a word and a key, or what keys begin with.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.asked: list[tuple[str, str]] = []

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """How often each word was asked while the block lasted, once it is over."""
        self.asked.clear()
        counted: Counter[str] = Counter()
        yield counted
        counted.update(word for word, _ in self.asked)

    def put(self, key: str, content: bytes) -> None:
        self.asked.append(("put", key))
        super().put(key, content)

    def put_new(self, key: str, content: bytes) -> bool:
        self.asked.append(("put", key))
        return super().put_new(key, content)

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        self.asked.append(("put", key))
        return super().put_instead(key, content, version)

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        self.asked.append(("get", key))
        return super().get_versioned(key)

    def get(self, key: str) -> bytes:
        self.asked.append(("get", key))
        return super().get(key)

    def pieces(self, key: str, at_most: int) -> Iterator[bytes]:
        for piece in super().pieces(key, at_most):
            self.asked.append(("get", key))
            yield piece

    def exists(self, key: str) -> bool:
        self.asked.append(("head", key))
        return super().exists(key)

    def delete(self, key: str) -> None:
        self.asked.append(("delete", key))
        super().delete(key)

    def list(self, prefix: str) -> Iterator[Entry]:
        self.asked.append(("list", prefix))
        for number, entry in enumerate(super().list(prefix)):
            if number and number % LISTED_AT_ONCE == 0:
                self.asked.append(("list", prefix))
            yield entry

    def some(self, prefix: str, *, at_most: int, after: str = "") -> Some:
        self.asked.append(("list", prefix))
        return super().some(prefix, at_most=at_most, after=after)

    def names(self, folder: str) -> dict[str, datetime | None]:
        names = super().names(folder)
        self.asked += [("list", folder)] * max(1, -(-len(names) // LISTED_AT_ONCE))
        return names
