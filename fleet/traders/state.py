"""Traders as pages and commands show them, and the switches that people throw."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from fleet.bucket import Bucket
from fleet.traders.days import DayRecord
from fleet.traders.orders import OrderRecord
from fleet.traders.settings import TraderSettings

RUNNING, STOPPED, HALTED, KILLED, ENDED = "running", "stopped", "halted", "killed", "ended"
"""A process holds the lease; none does; it halted with a reason; a person threw its kill switch; its feed is over."""


@dataclass(frozen=True, kw_only=True)
class Halt:
    """
    Attributes:
        reason: Why, with what to do next.
        at: When, in UTC.
    """

    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class TraderState:
    """
    Attributes:
        settings: What it trades.
        status: RUNNING, STOPPED, HALTED, KILLED or ENDED; HALTED and KILLED before the others.
        holder: Who holds the lease; empty where nobody does.
        lease: The number of the last lease; 0 where nobody ever had one.
        halt: Why it halted; None where it has not.
        killed: Since when its own kill switch, or that of all, is on; None where neither is.
        last: The last day that it decided; None before the first.
    """

    settings: TraderSettings
    status: str
    holder: str
    lease: int
    halt: Halt | None
    killed: datetime | None
    last: DayRecord | None


def names(bucket: Bucket) -> list[str]:
    """Of all traders, in alphabetical order."""
    raise NotImplementedError  # TODO(records)


def load(bucket: Bucket, name: str) -> TraderState:
    """
    Raises:
        NoSuchTraderError, UnreadableObjectError, BucketError
    """
    raise NotImplementedError  # TODO(records)


def report(bucket: Bucket, name: str) -> pd.DataFrame:
    """A row for each day, REPORT_COLUMNS, in order of time."""
    raise NotImplementedError  # TODO(records)


def trades(bucket: Bucket, name: str) -> pd.DataFrame:
    """Round trips on paper, with the columns of ``montecarlo.Backtest.trades``."""
    raise NotImplementedError  # TODO(records)


def backtest_trades(bucket: Bucket, name: str) -> pd.DataFrame:
    """Those of the backtest on the same days."""
    raise NotImplementedError  # TODO(records)


def orders(bucket: Bucket, name: str, at_most: int = 50) -> list[OrderRecord]:
    """The last orders, the newest session first."""
    raise NotImplementedError  # TODO(records)


def kill(bucket: Bucket, name: str | None, by: str) -> None:
    """Throw the kill switch of one trader, or of all: open orders are cancelled, no more are sent, positions stay."""
    raise NotImplementedError  # TODO(records)


def release(bucket: Bucket, name: str | None) -> bool:
    """Put the kill switch back; whether it was on."""
    raise NotImplementedError  # TODO(records)


def lift(bucket: Bucket, name: str) -> bool:
    """Lift a halt, which is kept among those that were; whether there was one."""
    raise NotImplementedError  # TODO(records)
