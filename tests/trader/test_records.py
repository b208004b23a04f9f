"""A trader writes only while it has the lease, and never over what another has written."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from random import Random
from threading import Barrier

import numpy as np
import pytest

from fleet.bucket import Bucket
from fleet.errors import BucketError, MissingObjectError, UnreadableObjectError
from fleet.memory_bucket import MemoryBucket
from fleet.traders import journal, keys, switches
from fleet.traders.orders import ACCEPTED, Report
from montecarlo.accounting.broker import END, Trade
from tests.fleet.traders import examples
from tests.fleet.traders.examples import DAY, NAME, SESSION
from trader.lease import Lease, LeaseHeldError, LeaseLostError
from trader.records import ChangedMeanwhileError, Records

DATES = np.array(["2020-01-02", "2020-01-03", "2020-01-06"], "M8[D]")
LATER = np.array(["2020-01-09", "2020-01-10", "2020-01-13"], "M8[D]")
TRADE = Trade(
    entry=0,
    entry_price=75.0875,
    exit=2,
    exit_price=1 / 3,
    shares=-100.0,
    capital=1e4,
    profit=12.5,
    reason="stop",
    ambiguous=False,
)
ORDER = examples.order_record()
WRITES: dict[str, Callable[[Records], object]] = {
    "a day": lambda records: records.add_day(examples.day_record()),
    "an order": lambda records: records.add_order(ORDER),
    "what became of an order": lambda records: records.update_order(ORDER, examples.filled(ORDER)),
    "a line of the report": lambda records: records.write_report(examples.day_record(), orders=1, fills=0),
    "round trips": lambda records: records.write_trades(DAY, [TRADE], DATES),
    "those of the backtest": lambda records: records.write_backtest_trades([TRADE], DATES),
    "a halt": lambda records: records.halt("no bar came"),
}


@pytest.fixture(params=["memory", "S3"])
def any_bucket(request: pytest.FixtureRequest) -> Bucket:
    bucket: Bucket = MemoryBucket() if request.param == "memory" else request.getfixturevalue("bucket")
    return bucket


def taken(bucket: Bucket) -> Records:
    """By a process that waits, without time passing, until the lease of the one before is over."""
    seconds = [0.0]

    def pause(more: float) -> None:
        seconds[0] += more

    return Records(bucket, NAME, Lease.take(bucket, NAME, pause=pause, elapsed=lambda: seconds[0]))


def contents(bucket: Bucket) -> dict[str, bytes]:
    return {entry.key: bucket.get(entry.key) for entry in bucket.list("traders/")}


def test_everything_that_is_written_is_read_back(any_bucket: Bucket) -> None:
    records = taken(any_bucket)
    day = examples.day_record(lease=records.lease)
    assert records.add_day(day) is day
    assert records.add_order(ORDER) is ORDER
    after = records.update_order(ORDER, examples.filled(ORDER))
    assert (records.days(), records.day(DAY)) == ([DAY], day)
    assert records.orders(SESSION) == [after] == [records.order(SESSION, ORDER.order.id)]
    assert records.orders(DAY) == []
    records.write_report(day, orders=1, fills=1)
    records.write_trades(DAY, [TRADE], DATES)
    records.write_backtest_trades([TRADE, TRADE], DATES)
    assert len(journal.report(any_bucket, NAME)) == 1
    assert (len(journal.trades(any_bucket, NAME)), len(journal.backtest_trades(any_bucket, NAME))) == (1, 2)
    assert records.halted() is None
    assert not records.is_killed()
    records.halt("no bar came")
    switches.kill(any_bucket, None, "a person")
    halt = records.halted()
    assert halt is not None
    assert halt.reason == "no bar came"
    assert records.is_killed()
    with pytest.raises(MissingObjectError):
        records.day(SESSION)


def test_what_is_written_again_changes_nothing(any_bucket: Bucket) -> None:
    records = taken(any_bucket)
    for write in WRITES.values():
        write(records)
    before = contents(any_bucket)
    for write in WRITES.values():
        write(records)
    assert contents(any_bucket) == before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_who_has_lost_the_lease_writes_nothing(write: Callable[[Records], object]) -> None:
    bucket = MemoryBucket()
    loser = taken(bucket)
    if write is not WRITES["an order"]:
        loser.add_order(ORDER)
    taken(bucket)
    before = contents(bucket)
    with pytest.raises(LeaseLostError):
        write(loser)
    assert contents(bucket) == before


class StoppedBeforeAWrite(MemoryBucket):
    """Before the next write of something, this process is stopped, and another does this."""

    another: Callable[[], object] | None = None

    def _now(self, key: str) -> None:
        if key != keys.lease_key(NAME) and self.another:
            another, self.another = self.another, None
            another()

    def put_new(self, key: str, content: bytes) -> bool:
        self._now(key)
        return super().put_new(key, content)

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        self._now(key)
        return super().put_instead(key, content, version)


def test_who_was_stopped_after_it_had_asked_for_the_lease_follows_what_was_decided_meanwhile() -> None:
    bucket = StoppedBeforeAWrite()
    stopped = taken(bucket)
    theirs = examples.day_record(lease=2, cash=1.0)
    bucket.another = lambda: taken(bucket).add_day(theirs)
    assert stopped.add_day(examples.day_record(lease=1, cash=2.0)) == theirs
    assert journal.day(bucket, NAME, DAY) == theirs

    bucket.another = lambda: None
    stopped = taken(bucket)
    order = replace(ORDER, lease=4)
    bucket.another = lambda: taken(bucket).add_order(order)
    assert stopped.add_order(replace(ORDER, lease=3)) == order


def test_who_was_stopped_after_it_had_asked_for_the_lease_writes_over_nothing() -> None:
    bucket = StoppedBeforeAWrite()
    stopped = taken(bucket)
    stopped.add_order(ORDER)
    filled = examples.filled(ORDER)
    bucket.another = lambda: taken(bucket).update_order(ORDER, filled)
    with pytest.raises(ChangedMeanwhileError, match=f"{ORDER.order.id}.json is not what was read before"):
        stopped.update_order(ORDER, ORDER.with_report(Report(id=ORDER.order.id, state=ACCEPTED)))
    assert journal.orders_for(bucket, NAME, SESSION) == [filled]


def test_a_line_that_another_adds_at_the_same_moment_is_kept_and_the_other_stops() -> None:
    bucket = StoppedBeforeAWrite()
    stopped = taken(bucket)
    theirs = replace(examples.day_record(), day=date(2020, 1, 6))
    bucket.another = lambda: taken(bucket).write_report(theirs, orders=0, fills=0)
    with pytest.raises(LeaseLostError):
        stopped.write_report(examples.day_record(), orders=1, fills=0)
    assert list(journal.report(bucket, NAME)["date"].dt.date) == [theirs.day]


def test_an_update_of_what_is_another_by_now_or_gone_is_refused() -> None:
    bucket = MemoryBucket()
    records = taken(bucket)
    with pytest.raises(MissingObjectError):
        records.update_order(ORDER, examples.filled(ORDER))
    records.add_order(ORDER)
    accepted = records.update_order(ORDER, ORDER.with_report(Report(id=ORDER.order.id, state=ACCEPTED)))
    with pytest.raises(ChangedMeanwhileError):
        records.update_order(ORDER, examples.filled(ORDER))
    assert records.update_order(ORDER, accepted) == accepted
    assert records.update_order(accepted, examples.filled(ORDER)) == examples.filled(ORDER)


@pytest.mark.parametrize("key", [keys.day_key(NAME, DAY), keys.order_key(NAME, SESSION, ORDER.order.id)])
def test_what_is_damaged_is_neither_followed_nor_replaced(key: str) -> None:
    bucket = MemoryBucket()
    records = taken(bucket)
    bucket.put(key, b"{}")
    add = (lambda: records.add_day(examples.day_record())) if "/days/" in key else (lambda: records.add_order(ORDER))
    with pytest.raises(UnreadableObjectError, match=f"cannot read {key}"):
        add()
    assert bucket.get(key) == b"{}"


def test_a_report_that_is_damaged_is_not_written_over() -> None:
    bucket = MemoryBucket()
    records = taken(bucket)
    bucket.put(keys.report_key(NAME, DAY), b"mine")
    with pytest.raises(UnreadableObjectError, match="its first line is not date"):
        records.write_report(examples.day_record(), orders=0, fills=0)
    assert bucket.get(keys.report_key(NAME, DAY)) == b"mine"


class UnwellBucket(MemoryBucket):
    """One write in five is refused, or stored without an answer."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._choose = Random(seed)

    def _trouble(self, do: Callable[[], object]) -> None:
        trouble = self._choose.random()
        if trouble < 0.1:
            do()
        if trouble < 0.2:
            raise BucketError("no answer")

    def put_new(self, key: str, content: bytes) -> bool:
        self._trouble(lambda: super(UnwellBucket, self).put_new(key, content))
        return super().put_new(key, content)

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        self._trouble(lambda: super(UnwellBucket, self).put_instead(key, content, version))
        return super().put_instead(key, content, version)


def decide_and_record(bucket: Bucket, process: int, barrier: Barrier) -> tuple[str, str]:
    """What one of several processes that were started at once goes by: the note of the day, and of the order."""
    barrier.wait()
    while True:
        try:
            records = Records(bucket, NAME, Lease.take(bucket, NAME, seconds=0.002))
            mine = replace(examples.day_record(lease=records.lease), notes=(str(process),))
            day = records.add_day(mine)
            order = records.add_order(replace(ORDER, lease=records.lease))
            return str((day.lease, day.notes)), str(order.lease)
        except (BucketError, LeaseHeldError, LeaseLostError):
            continue


def test_of_many_who_trade_at_once_in_spite_of_the_lease_all_go_by_the_same_decision() -> None:
    at_once = 4
    for seed in range(25):
        bucket, barrier = UnwellBucket(seed), Barrier(at_once)
        with ThreadPoolExecutor(at_once) as pool:
            found = pool.map(lambda each, of=bucket, at=barrier: decide_and_record(of, each, at), range(at_once))
            assert len(set(found)) == 1
        assert len(list(bucket.list(keys.days_folder(NAME)))) == 1
        assert len(list(bucket.list(keys.orders_folder(NAME)))) == 1


def test_round_trips_are_those_of_the_last_day_that_wrote_them(any_bucket: Bucket) -> None:
    """A day that is written again, after a crash, replaces what it had written, and not what was before."""
    records = taken(any_bucket)
    days = [
        (DATES[0], [replace(TRADE, exit=0)]),
        (DATES[1], [replace(TRADE, exit=1), replace(TRADE, entry=1, exit=1, reason=END)]),
        (DATES[2], [replace(TRADE, entry=1), replace(TRADE, entry=2, exit=2, reason=END)]),
    ]
    for day, trades in [*days[:2], days[1], *days, days[2]]:
        records.write_trades(day.item(), trades, DATES)
    written = journal.trades(any_bucket, NAME)
    assert list(written["entry_date"].dt.day) == [2, 2, 3, 6]
    assert list(written["exit_date"].dt.day.fillna(0)) == [2, 3, 6, 0]
    assert list(written["exit_reason"]) == ["stop", "stop", "stop", END]
    assert written["exit_price"].isna().tolist() == [False, False, False, True]


def test_round_trips_of_the_backtest_are_written_anew_where_its_bars_are_others(any_bucket: Bucket) -> None:
    records = taken(any_bucket)
    still = replace(TRADE, entry=2, exit=2, reason=END)
    for trades, dates in (
        ([TRADE, still], DATES),
        ([TRADE, replace(still, profit=5.0)], DATES),
        ([replace(TRADE, entry_price=1.0), still], DATES),
        ([replace(TRADE, entry_price=1.0), still], LATER),
        ([], DATES),
        ([still], DATES),
    ):
        records.write_backtest_trades(trades, dates)
        written = journal.backtest_trades(any_bucket, NAME)
        assert list(written["entry_date"].to_numpy()) == [dates[trade.entry] for trade in trades]
        assert [written[name].tolist() for name in ("entry_price", "profit")] == [
            [getattr(trade, name) for trade in trades] for name in ("entry_price", "profit")
        ]
