"""A process that is killed at any of its requests: to the bucket and to the exchange, before and after each."""

from fleet.bucket import Bucket
from fleet.memory_bucket import MemoryBucket


class KilledProcess(BaseException):
    """Nothing of it goes on, as after SIGKILL."""


class Countdown:
    """
    Attributes:
        seen: Moments at which the process could have been killed so far.
    """

    def __init__(self) -> None:
        self.seen, self._left = 0, -1

    def kill_at(self, moment: int) -> None:
        """Of those that come from now on; -1 is never."""
        self._left = moment

    def __call__(self) -> None:
        self.seen += 1
        self._left -= 1
        if self._left == -1:
            raise KilledProcess


class KillingBucket(MemoryBucket):
    """Counts down before and after each request."""

    def __init__(self, countdown: Countdown) -> None:
        super().__init__()
        self._countdown = countdown


def _counted(name: str):
    method = getattr(MemoryBucket, name)

    def counted(self: KillingBucket, *given):
        self._countdown()
        answer = method(self, *given)
        if name.startswith("put"):
            self._countdown()
        return answer

    return counted


for each in ("put", "put_new", "put_instead", "get", "get_versioned", "delete"):
    setattr(KillingBucket, each, _counted(each))

__all__ = ["Bucket", "Countdown", "KilledProcess", "KillingBucket"]
