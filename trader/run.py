"""A trader from its start to its end: one process, which may be killed at any moment and started again."""

from collections.abc import Callable
from datetime import UTC, datetime

from fleet.bucket import Bucket
from fleet.events import Emit
from fleet.logs import log_event
from fleet.traders.state import ENDED, HALTED, KILLED, STOPPED
from trader.patience import Patience
from trader.stop import Stop


def utc_now() -> datetime:
    return datetime.now(UTC)


__all__ = ["ENDED", "HALTED", "KILLED", "STOPPED", "run"]


def run(
    name: str,
    bucket: Bucket,
    *,
    holder: str,
    stop: Stop,
    own_rules: bool = False,
    stay: bool = False,
    every: float = 0.0,
    patience: Patience | None = None,
    clock: Callable[[], datetime] = utc_now,
    emit: Emit = log_event,
) -> str:
    """Trade until there is a reason to end.

    Args:
        name: Of the trader, which was created before.
        bucket: Where everything of it stands.
        holder: Who this process is, for people; the lease says it.
        stop: Tells it to end; the lease is given back then, and open orders stay.
        own_rules: Whether a person's own rule may be run here: it is code with the rights of this process.
        stay: Whether to wait, instead of ending, while it is halted or killed, or another process has the lease.
        every: Seconds that a day of a replay takes at least.
        patience: How long to wait for what.
        clock: The time of this machine, in UTC, by which the lease runs out; all else goes by the feed's.
        emit: Hears what happens.

    Returns:
        ENDED: the feed is over.  STOPPED: it was told to end.  HALTED, KILLED: see its state; only without ``stay``.

    Raises:
        LeaseHeldError: another process is running it; only without ``stay``.
        LeaseLostError: another process has taken the lease; nothing was written afterwards.
        NoSuchTraderError, UnreadableObjectError, BucketError: as ``fleet.traders.state.load``.
        NotPaperError: the account is not for paper.
        ParameterError, SettingsError: it cannot be traded here: a rule that may not run, credentials that are missing.
    """
    raise NotImplementedError
