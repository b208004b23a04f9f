"""Asking the queue and the bucket again when they do not answer as they should."""

import itertools
from collections.abc import Callable, Iterator
from typing import TypeVar

from fleet.errors import BucketError, HandleRefusedError, MissingObjectError, QueueError
from worker.events import Emit, Troubled
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
