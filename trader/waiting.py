"""Waiting, and seeing meanwhile whether the trader may go on at all."""

from collections.abc import Callable

from trader.errors import KilledError, StoppedError
from trader.patience import Patience
from trader.stop import Stop


class Waiting:
    """
    Args:
        stop: Tells the process to end.
        check_lease: Renews the lease where that is due; raises LeaseLostError.
        is_killed: Whether a kill switch is on.
        patience: How long a look is good for.
    """

    def __init__(
        self, stop: Stop, *, check_lease: Callable[[], object], is_killed: Callable[[], bool], patience: Patience
    ) -> None:
        self.patience = patience
        self._stop, self._check_lease, self._is_killed = stop, check_lease, is_killed

    def check(self) -> None:
        """Go on, unless there is a reason not to.

        Raises:
            StoppedError, KilledError, LeaseLostError, BucketError
        """
        if self._stop:
            raise StoppedError(self._stop.reason)
        self._check_lease()
        if self._is_killed():
            raise KilledError("the kill switch is on")

    def pause(self, seconds: float) -> None:
        """Wait for so long, looking for a reason not to go on.

        Raises:
            StoppedError, KilledError, LeaseLostError, BucketError
        """
        while seconds > 0:
            step = min(seconds, self.patience.poll)
            self._stop.pause(step)
            seconds -= step
            self.check()
