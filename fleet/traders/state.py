"""How traders stand, as pages and commands show them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fleet.bucket import Bucket
from fleet.errors import NoSuchTraderError, UnreadableObjectError
from fleet.keys import TRADERS
from fleet.traders import journal, keys, leases, switches
from fleet.traders.days import DayRecord
from fleet.traders.leases import LeaseRecord
from fleet.traders.settings import TraderSettings, load_settings
from fleet.traders.switches import Switch

RUNNING, STOPPED, HALTED, KILLED, ENDED = "running", "stopped", "halted", "killed", "ended"
"""A process holds the lease; none does; it halted with a reason; a person threw its kill switch; its feed is over."""

_REQUESTS_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class TraderState:
    """
    Attributes:
        settings: What it trades.
        status: RUNNING, STOPPED, HALTED, KILLED or ENDED; HALTED and KILLED before the others.
        holder: Who holds the lease; empty where nobody does.
        lease: The number of the last lease; 0 where nobody ever had one.
        halt: Why it halted; None where it has not.
        kill: Its own kill switch, where that is on.
        kill_all: That of all, where it is on.
        last: The last day that it decided; None before the first.
    """

    settings: TraderSettings
    status: str
    holder: str
    lease: int
    halt: Switch | None
    kill: Switch | None
    kill_all: Switch | None
    last: DayRecord | None


@dataclass(frozen=True)
class Unreadable:
    """A trader of which not even the state can be told."""

    name: str
    reason: str


def names(bucket: Bucket) -> list[str]:
    """Of all traders, in alphabetical order.

    Raises:
        BucketError
    """
    folders = (each.removesuffix("/") for each in bucket.names(TRADERS) if each.endswith("/"))
    return sorted(each for each in folders if keys.NAME.fullmatch(each))


def load(bucket: Bucket, name: str) -> TraderState:
    """
    Raises:
        NoSuchTraderError, UnreadableObjectError, BucketError
    """
    return load_at(bucket, name, journal.newest_day(bucket, name, journal.years_reported(bucket, name)))


def load_all(bucket: Bucket) -> list[TraderState | Unreadable]:
    """In alphabetical order; what has the folder of a trader, and no trader in it, is none.

    Raises:
        BucketError
    """

    def load_one(name: str) -> TraderState | Unreadable | None:
        try:
            return load(bucket, name)
        except NoSuchTraderError:
            return None
        except UnreadableObjectError as error:
            return Unreadable(name, str(error))

    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return [each for each in pool.map(load_one, names(bucket)) if each]


def load_at(bucket: Bucket, name: str, newest: date | None) -> TraderState:
    """The same, for who knows the last day that it decided, if it has decided one.

    Raises:
        NoSuchTraderError, MissingObjectError, UnreadableObjectError, BucketError
    """
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        settings = pool.submit(load_settings, bucket, name)
        lease = pool.submit(leases.look, bucket, name)
        halt = pool.submit(switches.halted, bucket, name)
        own, of_all = pool.submit(switches.killed, bucket, name), pool.submit(switches.killed, bucket, None)
        last = pool.submit(journal.day, bucket, name, newest) if newest else None
        return _state(
            settings.result(),
            lease=lease.result()[0],
            halt=halt.result(),
            own=own.result(),
            of_all=of_all.result(),
            last=last.result() if last else None,
        )


def _state(
    settings: TraderSettings,
    *,
    lease: LeaseRecord | None,
    halt: Switch | None,
    own: Switch | None,
    of_all: Switch | None,
    last: DayRecord | None,
) -> TraderState:
    holder = lease.holder_at(datetime.now(UTC)) if lease else ""
    if own or of_all:
        status = KILLED
    elif halt:
        status = HALTED
    elif holder:
        status = RUNNING
    else:
        status = ENDED if last and last.session is None else STOPPED
    return TraderState(
        settings=settings,
        status=status,
        holder=holder,
        lease=lease.number if lease else 0,
        halt=halt,
        kill=own,
        kill_all=of_all,
        last=last,
    )
