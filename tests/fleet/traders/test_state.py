"""What pages and commands show of a trader, and with how many requests."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from fleet.errors import NoSuchTraderError, UnreadableObjectError
from fleet.memory_bucket import MemoryBucket
from fleet.traders import keys, state, switches, tables
from fleet.traders.state import ENDED, HALTED, KILLED, RUNNING, STOPPED
from montecarlo.data.history import PriceHistory
from tests.fleet.traders import examples
from tests.fleet.traders.examples import DAY, NAME, SESSION
from tests.memory_bucket import MemoryBucket as CountingBucket

TOMORROW, YESTERDAY = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))


@pytest.fixture
def memory(history: PriceHistory) -> MemoryBucket:
    """In which a trader was created."""
    bucket = MemoryBucket("bucket")
    bucket.put(keys.trader_key(NAME), examples.settings_of(history).to_json())
    return bucket


def decide(bucket: MemoryBucket, day: date, session: date | None, *, orders: int = 1) -> None:
    """A day, its orders and its line of the report."""
    record = replace(examples.day_record(day, session), orders=())
    bucket.put(keys.day_key(NAME, day), record.to_json())
    for attempt in range(1, orders + 1):
        assert session is not None
        order = examples.order_of(day, session, attempt=attempt)
        bucket.put(keys.order_key(NAME, session, order.id), examples.order_record(order, day).to_json())
    key = keys.report_key(NAME, day)
    before = bucket.get(key) if bucket.exists(key) else b""
    bucket.put(key, tables.with_lines(before, [tables.report_line(record, orders=orders, fills=0)]))


def test_a_trader_that_was_just_created_is_stopped_and_has_nothing(memory: MemoryBucket, history: PriceHistory) -> None:
    found = state.everything(memory, NAME)
    assert found.state == state.TraderState(
        settings=examples.settings_of(history),
        status=STOPPED,
        holder="",
        lease=0,
        halt=None,
        kill=None,
        kill_all=None,
        last=None,
    )
    assert found.state.killed is None
    assert found.state == state.load(memory, NAME)
    assert len(found.report) == len(found.trades) == len(found.backtest_trades) == len(found.orders) == 0


def test_its_status_says_what_a_person_has_to_know_first(memory: MemoryBucket) -> None:
    def status() -> str:
        return state.load(memory, NAME).status

    held = replace(examples.lease_record(number=3), until=TOMORROW)
    memory.put(keys.lease_key(NAME), replace(held, until=YESTERDAY).to_json())
    assert status() == STOPPED
    decide(memory, DAY, None, orders=0)
    assert status() == ENDED
    memory.put(keys.lease_key(NAME), held.to_json())
    assert status() == RUNNING
    assert (state.load(memory, NAME).holder, state.load(memory, NAME).lease) == (held.holder, 3)
    switches.halt(memory, NAME, "the broker has 5 shares more than it was told to buy", examples.NOON)
    assert status() == HALTED
    assert state.load(memory, NAME).halt == state.Halt(
        reason="the broker has 5 shares more than it was told to buy", at=examples.NOON
    )
    state.kill(memory, None, "a person")
    assert status() == KILLED
    assert state.release(memory, None)
    state.kill(memory, NAME, "a person")
    assert status() == KILLED
    assert state.release(memory, NAME)
    assert state.lift(memory, NAME)
    assert status() == RUNNING
    memory.put(keys.lease_key(NAME), replace(held, holder="").to_json())
    assert status() == ENDED


def test_since_when_it_is_killed_is_the_earlier_of_two_switches(memory: MemoryBucket) -> None:
    state.kill(memory, None, "all")
    state.kill(memory, NAME, "one")
    found = state.load(memory, NAME)
    assert found.kill is not None
    assert found.kill_all is not None
    assert found.killed == found.kill_all.at < found.kill.at


def test_traders_are_listed_in_order_and_what_is_none_is_passed_over(memory: MemoryBucket) -> None:
    for key in ("traders/b/trader.json", "traders/a/trader.json", "traders/Notes/x", "traders/x.txt", "traders/-/x"):
        memory.put(key, b"")
    state.kill(memory, None, "a person")
    assert state.names(memory) == ["a", "b", NAME]
    assert state.names(MemoryBucket()) == []


@pytest.mark.parametrize("name", ["another", "", "../jobs", "A", "a/b", "x" * 33, "ü"])
def test_there_is_no_trader_of_another_name(memory: MemoryBucket, name: str) -> None:
    for attempt in (
        lambda: state.load(memory, name),
        lambda: state.everything(memory, name),
        lambda: state.kill(memory, name, "a person"),
        lambda: state.release(memory, name),
        lambda: state.lift(memory, name),
    ):
        with pytest.raises(NoSuchTraderError):
            attempt()
    assert [entry.key for entry in memory.list("")] == [keys.trader_key(NAME)]


def test_the_last_day_and_the_last_orders_are_those_of_the_newest_dates(memory: MemoryBucket) -> None:
    days = [DAY + timedelta(days=number) for number in range(400)]
    shuffled = list(days)
    Random(1).shuffle(shuffled)
    for day in shuffled:
        decide(memory, day, day + timedelta(days=1))
    assert state.days(memory, NAME) == days
    last = state.load(memory, NAME).last
    assert last is not None
    assert last.day == days[-1]
    assert state.last_day(memory, NAME) == last
    sessions = [record.order.session for record in state.orders(memory, NAME, at_most=30)]
    assert sessions == [day + timedelta(days=1) for day in reversed(days)][:30]
    assert len(state.orders(memory, NAME, at_most=1000)) == 400
    assert [record.order.session for record in state.orders_for(memory, NAME, SESSION)] == [SESSION]
    memory.delete(keys.day_key(NAME, days[-1]))  # a line that its day has not
    assert state.last_day(memory, NAME) == state.day(memory, NAME, days[-2])


def test_a_day_without_its_line_and_a_report_of_nonsense_hide_no_day(memory: MemoryBucket) -> None:
    decide(memory, date(2019, 12, 31), DAY)
    memory.put(keys.day_key(NAME, DAY), examples.day_record(DAY).to_json())
    assert state.last_day(memory, NAME) == state.day(memory, NAME, DAY)
    for stray in ("report/9999.csv", "days/2020-02-30.json", "days/0000-01-01.json", "days/notes.txt"):
        memory.put(f"traders/{NAME}/{stray}", b"")
    assert state.last_day(memory, NAME) == state.day(memory, NAME, DAY)
    assert state.days(memory, NAME) == [date(2019, 12, 31), DAY]


def test_who_trades_seldom_has_all_orders_found(memory: MemoryBucket) -> None:
    for year in range(2000, 2020):
        decide(memory, date(year, 1, 2), date(year, 1, 3), orders=2)
    found = state.orders(memory, NAME, at_most=5)
    assert [(each.order.session.year, each.order.id[-1]) for each in found] == [
        (2019, "1"),
        (2019, "2"),
        (2018, "1"),
        (2018, "2"),
        (2017, "1"),
    ]


def test_all_about_a_trader_takes_few_requests_however_long_it_has_traded(history: PriceHistory) -> None:
    bucket = CountingBucket("bucket")
    bucket.put(keys.trader_key(NAME), examples.settings_of(history).to_json())
    for year in range(2000, 2020):
        days = [date(year, 1, 1) + timedelta(days=number) for number in range(300)]
        line = tables.report_line(examples.day_record(), orders=1, fills=1)
        lines = [{**line, "date": day.isoformat()} for day in days]
        bucket.put(keys.report_key(NAME, days[0]), tables.with_lines(b"", lines))
        for day in days:  # what stands in those that are not looked at does not matter
            bucket.put(keys.day_key(NAME, day), b"")
            bucket.put(keys.order_key(NAME, day, "mc"), b"")
    for day in days[-50:]:
        decide(bucket, day, day)
        bucket.delete(keys.order_key(NAME, day, "mc"))
    with bucket.counted() as counted:
        found = state.everything(bucket, NAME, orders_at_most=40)
    assert len(found.report) == 20 * 300
    assert len(found.orders) == 40
    assert counted == {"list": 3, "get": 8 + 20 + 40}
    with bucket.counted() as counted:
        state.load(bucket, NAME)
    assert counted == {"list": 2, "get": 6}


@pytest.mark.parametrize("what", ["trader.json", "lease.json", f"days/{DAY}.json"])
def test_what_is_damaged_is_told_about_its_trader(memory: MemoryBucket, what: str) -> None:
    decide(memory, DAY, SESSION)
    memory.put(f"traders/{NAME}/{what}", b"{")
    with pytest.raises(UnreadableObjectError, match=f"cannot read traders/{NAME}/{what}: it breaks off"):
        state.load(memory, NAME)


def test_what_can_be_told_of_a_trader_is_told_beside_what_is_damaged(memory: MemoryBucket) -> None:
    decide(memory, DAY, SESSION)
    assert state.everything(memory, NAME).damage == ()
    damaged = [keys.order_key(NAME, SESSION, examples.order_of().id), keys.report_key(NAME, DAY), keys.trades_key(NAME)]
    for key in damaged:
        memory.put(key, b"{")
    found = state.everything(memory, NAME)
    assert found.state == state.load(memory, NAME)
    assert len(found.report) == len(found.trades) == len(found.orders) == 0
    assert [each.split(":")[0] for each in found.damage] == [f"cannot read {key}" for key in sorted(damaged)]
    memory.put(keys.lease_key(NAME), b"")
    with pytest.raises(UnreadableObjectError):
        state.everything(memory, NAME)


def test_all_traders_are_told_beside_those_that_are_damaged(memory: MemoryBucket, history: PriceHistory) -> None:
    memory.put(keys.trader_key("damaged"), b"{}")
    memory.put(keys.kill_key("no-trader"), b"")
    memory.put(keys.trader_key("twice"), examples.settings_of(history).to_json())
    found = state.load_all(memory)
    assert [getattr(each, "name", NAME) for each in found] == ["damaged", NAME, "twice"]
    assert found[1] == state.load(memory, NAME)
    assert found[2] == state.Unreadable(
        "twice",
        "cannot read traders/twice/trader.json: it is another one than its name says; put back an older version of the "
        "object, or begin again with another trader",
    )


def test_a_damaged_trader_can_be_killed_all_the_same(memory: MemoryBucket) -> None:
    memory.put(keys.trader_key(NAME), b"")
    state.kill(memory, NAME, "a person")
    assert switches.killed(memory, NAME)


def test_an_order_in_the_place_of_another_is_told(memory: MemoryBucket) -> None:
    decide(memory, DAY, SESSION)
    order = examples.order_record()
    memory.put(keys.order_key(NAME, SESSION, f"{order.order.id}0"), order.to_json())
    with pytest.raises(UnreadableObjectError, match="it is another one than its name says"):
        state.orders(memory, NAME)
