"""A bucket in memory that counts what is asked of it: each call is a request to S3."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.memory_bucket import MemoryBucket

REQUESTS = ("put", "put_new", "get", "exists", "delete", "list", "some", "names", "pieces")


class CountedBucket(MemoryBucket):
    """Each request is counted by its name, a listing without bounds as one, however long it is."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._asked: Counter[str] = Counter()

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """What is asked while the block lasts."""
        self._asked = Counter()
        yield self._asked
        self._asked = Counter()

    def __getattribute__(self, name: str) -> Any:
        if name in REQUESTS:
            object.__getattribute__(self, "_asked")[name] += 1
        return super().__getattribute__(name)
