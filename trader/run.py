"""A trader from its start to its end: one process, which may be killed at any moment and started again."""

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from fleet.bucket import Bucket
from fleet.errors import BucketError
from fleet.events import Emit
from fleet.logs import log_event
from fleet.traders.leases import LeaseRecord
from fleet.traders.settings import load_settings
from fleet.traders.state import STOPPED
from trader.clocks import awake, utc_now
from trader.connections import backtest_at_hand, connected
from trader.errors import StoppedError
from trader.events import Left, Started, Troubled, Waiting
from trader.lease import Lease, LeaseHeldError
from trader.loop import Loop
from trader.patience import Patience
from trader.records import Records
from trader.stop import Stop


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
    elapsed: Callable[[], float] = awake,
    emit: Emit = log_event,
) -> str:
    """Trade until there is a reason to end.

    Args:
        name: Of the trader, which was created before.
        bucket: Where everything of it stands.
        holder: Who this process is, for people; the lease says it.
        stop: Tells it to end; the lease is given back then, and open orders stay.
        own_rules: Whether a person's own rule may be run here: it is code with the rights of this process.
        stay: Whether to wait, instead of ending, while it is halted or killed, while another process has the lease,
            and once the feed is over.
        every: Seconds that a day of a replay takes at least.
        patience: How long to wait for what.
        clock: The time of this machine, in UTC, for people; deadlines go by the feed's.
        elapsed: Seconds by a clock that nobody sets, by which the lease runs out.
        emit: Hears what happens.

    Returns:
        ENDED: the feed is over.  STOPPED: it was told to end.  HALTED, KILLED: see its state; only without ``stay``.

    Raises:
        LeaseHeldError: another process is running it; only without ``stay``.
        LeaseLostError: another process has taken the lease; nothing was written afterwards.
        NoSuchTraderError, UnreadableObjectError, BucketError: as ``load_settings``.
        AccountTakenError: another trader has the symbol in that account.
        NotPaperError: the account is not for paper.
        BrokerError, FeedError: they do not answer at the start.
        ParameterError, SettingsError, RuleError: it cannot be traded here: a rule that may not run, credentials that
            are missing.
    """
    patience = patience or Patience()
    settings = load_settings(bucket, name)
    with backtest_at_hand(bucket, settings, own_rules=own_rules) as backtest:
        feed, broker = connected(bucket, settings, backtest, every=every, clock=elapsed)
        try:
            lease = _lease(
                bucket, name, holder, stop, stay=stay, patience=patience, clock=clock, elapsed=elapsed, emit=emit
            )
        except StoppedError as stopped:
            emit(Left(outcome=STOPPED, reason=str(stopped)))
            return STOPPED
        emit(
            Started(
                trader=name,
                holder=lease.holder,
                lease=lease.number,
                feed=settings.feed,
                broker=settings.broker,
                account=broker.account,
                symbol=settings.job.symbol,
                strategy=str(backtest.strategy),
                version=version("spot-montecarlo"),
            )
        )
        loop = Loop(
            settings,
            backtest.strategy,
            backtest.rules,
            feed=feed,
            broker=broker,
            records=Records(bucket, name, lease, now=clock),
            stop=stop,
            patience=patience,
            idle=min(every, patience.poll) or patience.poll,
            emit=emit,
        )
        outcome, reason = loop.run(stay=stay)
        try:
            lease.give_back()
        except BucketError as error:  # it ends by itself, a little later
            emit(Troubled(reason=str(error), pause_seconds=0))
        emit(Left(outcome=outcome, reason=reason))
        return outcome


def _lease(
    bucket: Bucket,
    name: str,
    holder: str,
    stop: Stop,
    *,
    stay: bool,
    patience: Patience,
    clock: Callable[[], datetime],
    elapsed: Callable[[], float],
    emit: Emit,
) -> Lease:
    def pause(seconds: float) -> None:
        stop.pause(seconds)
        if stop:
            raise StoppedError(stop.reason)

    def waiting(record: LeaseRecord) -> None:
        emit(Waiting(reason=f"{record.holder} has the lease; it is over {record.seconds:g} s after its last renewal"))

    while True:
        try:
            return Lease.take(bucket, name, holder=holder, pause=pause, elapsed=elapsed, now=clock, waiting=waiting)
        except LeaseHeldError as error:
            if not stay:
                raise
            emit(Waiting(reason=str(error)))
            pause(patience.longest)
