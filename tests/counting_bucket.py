"""A bucket in memory that notes what is asked of it."""

from collections.abc import Iterator
from datetime import datetime

from fleet.bucket import Bucket, Entry, Some
from tests.memory_bucket import MemoryBucket


class CountingBucket(Bucket):
    """``asked`` has a word for each request; a listing to its end is taken for one for each thousand names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        self._bucket = MemoryBucket(name)

    def put(self, key: str, content: bytes) -> None:
        self.asked.append(f"put {key}")
        self._bucket.put(key, content)

    def get(self, key: str) -> bytes:
        self.asked.append(f"get {key}")
        return self._bucket.get(key)

    def pieces(self, key: str, at_most: int) -> Iterator[bytes]:
        for piece in self._bucket.pieces(key, at_most):
            self.asked.append(f"get {key}")
            yield piece

    def exists(self, key: str) -> bool:
        self.asked.append(f"head {key}")
        return self._bucket.exists(key)

    def delete(self, key: str) -> None:
        self.asked.append(f"delete {key}")
        self._bucket.delete(key)

    def list(self, prefix: str) -> Iterator[Entry]:
        self.asked.append(f"list {prefix}")
        for number, entry in enumerate(self._bucket.list(prefix), 1):
            if number % 1000 == 0:
                self.asked.append(f"list {prefix}")
            yield entry

    def some(self, prefix: str, *, at_most: int, after: str = "") -> Some:
        self.asked.append(f"list {prefix}")
        return self._bucket.some(prefix, at_most=at_most, after=after)

    def names(self, folder: str) -> dict[str, datetime | None]:
        self.asked.append(f"list {folder}")
        return self._bucket.names(folder)
