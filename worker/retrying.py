"""Asking the queue and the bucket again when they do not answer as they should."""

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from fleet.bucket import Bucket, Entry
from fleet.errors import BucketError, HandleRefusedError, MissingObjectError, QueueError
from fleet.events import Emit
from worker.events import Troubled
from worker.outcomes import Released
from worker.shutdown import Shutdown

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0

T = TypeVar("T")


def pauses() -> Iterator[float]:
    """Seconds to wait after the first failure, the second, and so on."""
    return (min(FIRST_PAUSE_SECONDS * 2**failures, LONGEST_PAUSE_SECONDS) for failures in itertools.count())


def retry_until_shutdown(action: Callable[[], T], shutdown: Shutdown, emit: Emit) -> T:
    """Do something with the queue or the bucket, again and again until it succeeds or the worker has to go.

    Their being out of order says nothing about the message in hand, so that is kept meanwhile.

    Raises:
        Released: there is no time left.
        MissingObjectError, HandleRefusedError: of the action, at once, because asking again does not help.
    """
    for pause in pauses():
        try:
            return action()
        except (MissingObjectError, HandleRefusedError):
            raise
        except (BucketError, QueueError) as error:
            emit(Troubled(reason=str(error), pause_seconds=pause))
            if not shutdown.finishes(pause):
                raise Released(str(error)) from error
            shutdown.pause(pause)
    raise AssertionError("pauses do not end")


class PatientBucket(Bucket):
    """A bucket where each request is made again until it succeeds or the worker has to go.

    It is for many requests in a row: were all of them made again when one fails, a bucket that refuses one in ten would
    hardly ever see the last.

    Args:
        bucket: Is asked.
        shutdown, emit: See ``retry_until_shutdown``, whose errors all methods raise.
    """

    def __init__(self, bucket: Bucket, shutdown: Shutdown, emit: Emit) -> None:
        self.name = bucket.name
        self._bucket, self._shutdown, self._emit = bucket, shutdown, emit

    def put(self, key: str, content: bytes) -> None:
        self._retry(lambda: self._bucket.put(key, content))

    def put_new(self, key: str, content: bytes) -> bool:
        return self._retry(lambda: self._bucket.put_new(key, content))

    def get(self, key: str) -> bytes:
        return self._retry(lambda: self._bucket.get(key))

    def exists(self, key: str) -> bool:
        return self._retry(lambda: self._bucket.exists(key))

    def delete(self, key: str) -> None:
        self._retry(lambda: self._bucket.delete(key))

    def list(self, prefix: str) -> Iterator[Entry]:
        yield from self._retry(lambda: tuple(self._bucket.list(prefix)))

    def names(self, folder: str) -> dict[str, datetime | None]:
        return self._retry(lambda: self._bucket.names(folder))

    def _retry(self, action: Callable[[], T]) -> T:
        return retry_until_shutdown(action, self._shutdown, self._emit)
