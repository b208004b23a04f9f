"""A trader on the exchange of these tests, as a process that is started: everything it knows is in the bucket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from fleet.bucket import Bucket
from fleet.events import Event
from fleet.job import Job
from fleet.memory_bucket import MemoryBucket
from fleet.new_job import make_backtest_job
from fleet.traders import journal, keys
from fleet.traders.days import DayRecord
from fleet.traders.orders import OrderRecord
from fleet.traders.settings import ALPACA, Limits, TraderSettings
from montecarlo.accounting.rules import Rules
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover, Strategy
from montecarlo.strategies.orders import Orders
from tests.trader.exchange import Clockwork, Exchange
from trader.lease import Lease
from trader.loop import Loop
from trader.patience import Patience
from trader.records import Records

NAME = "tried"
RULES = Rules(shares=100.0, commission=0.0, slippage=0.0, capital=100_000.0)
PATIENCE = Patience(first=10, longest=4 * 3600, asks=3, poll=4 * 3600, grace=5 * 3600)
_JOB: list[Job] = []


@dataclass(frozen=True, eq=False)
class Wants(Strategy):
    """The positions that are given, day by day; with a stop, if any."""

    name = "wants"
    label = help = ""
    positions: str = ""
    stop: float | None = None
    parameters: ClassVar = {}
    first_decision = 0

    def targets(self, prices):
        values = {"+": 1, "-": -1, "0": 0}
        return np.array([values[each] for each in self.positions[: len(prices)]], np.int8)[:, None]

    def ordered(self, bars):
        return self.targets(bars.close), Orders.always(bars.close.shape, stop=self.stop)

    def to_dict(self):
        return {"name": self.name, "positions": self.positions}


def job() -> Job:
    """Any that can be read: what is traded here is given beside it."""
    if not _JOB:
        _JOB.append(make_backtest_job(load_history("AAPL", source="sample"), strategy=SmaCrossover(), rules=RULES))
    return _JOB[0]


@dataclass(eq=False)
class Trading:
    """
    Attributes:
        exchange: Where it trades.
        wants: Positions by day, as ``Wants``.
        events: Of all its processes so far.
    """

    exchange: Exchange
    wants: str
    stop_loss: float | None = None
    limits: Limits = field(default_factory=Limits)
    bucket: Bucket | None = None

    def __post_init__(self) -> None:
        self.bucket = self.bucket or MemoryBucket()
        self.events: list[Event] = []
        self.settings = TraderSettings(name=NAME, job=job(), feed=ALPACA, broker=ALPACA, first=None, limits=self.limits)
        self.bucket.put(keys.trader_key(NAME), self.settings.to_json())

    def start(self, *, until=None, stay: bool = False, emit: Callable[[Event], object] = lambda _: None):
        """Start a process, and wait for its end."""
        exchange, stop = self.exchange, Clockwork(self.exchange, until)
        assert self.bucket is not None
        lease = Lease.take(
            self.bucket,
            NAME,
            pause=stop.pause,
            elapsed=lambda: exchange.time.timestamp(),  # noqa: PLW0108  time goes on
            now=exchange.now,
        )

        def hear(event: Event) -> None:
            self.events.append(event)
            emit(event)

        loop = Loop(
            self.settings,
            Wants(positions=self.wants, stop=self.stop_loss),
            RULES,
            feed=exchange,
            broker=exchange,
            records=Records(self.bucket, NAME, lease, now=exchange.now),
            stop=stop,
            patience=PATIENCE,
            idle=4 * 3600.0,
            emit=hear,
        )
        outcome, reason = loop.run(stay=stay)
        lease.give_back()
        return outcome, reason

    @property
    def days(self) -> list[DayRecord]:
        return [journal.day(self.bucket, NAME, each) for each in journal.days(self.bucket, NAME)]

    @property
    def orders(self) -> list[OrderRecord]:
        """In the order of their sessions, and of attempts."""
        return sorted(
            journal.orders(self.bucket, NAME, at_most=1000), key=lambda each: (each.order.session, each.attempt)
        )

    @property
    def notes(self) -> list[str]:
        return [note for day in self.days for note in day.notes]
