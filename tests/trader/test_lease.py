"""One process at a time has a trader's lease, whatever clocks, processes and the bucket do."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from fleet.bucket import Bucket
from fleet.errors import BucketError, UnreadableObjectError
from fleet.memory_bucket import MemoryBucket
from fleet.traders import leases
from fleet.traders.keys import lease_key
from fleet.traders.leases import LeaseRecord
from tests.trader.virtual_processes import Process, World
from trader.lease import Lease, LeaseHeldError, LeaseLostError

NAME, SECONDS = "x", 120.0


class Clock:
    """Virtual time of one machine; ``meanwhile`` is what others do whenever it waits."""

    def __init__(self, *, wrong: timedelta = timedelta(0), begins: float = 0.0) -> None:
        self.seconds, self._begins, self._wrong = begins, begins, wrong
        self.meanwhile: Callable[[], object] = lambda: None

    def pause(self, seconds: float) -> None:
        self.seconds += seconds
        self.meanwhile()

    def now(self) -> datetime:
        return datetime(2026, 1, 5, tzinfo=UTC) + self._wrong + timedelta(seconds=self.seconds - self._begins)

    def take(self, bucket: Bucket, waiting: Callable[[LeaseRecord], object] = lambda _: None) -> Lease:
        return Lease.take(
            bucket,
            NAME,
            seconds=SECONDS,
            pause=self.pause,
            elapsed=lambda: self.seconds,
            now=self.now,
            waiting=waiting,
        )


def there(bucket: Bucket) -> LeaseRecord:
    record, _ = leases.look(bucket, NAME)
    assert record is not None
    return record


@pytest.fixture(params=["memory", "S3"])
def any_bucket(request: pytest.FixtureRequest) -> Bucket:
    bucket: Bucket = MemoryBucket() if request.param == "memory" else request.getfixturevalue("bucket")
    return bucket


def test_the_number_grows_whenever_a_lease_changes_hands(any_bucket: Bucket) -> None:
    clock = Clock()
    for number in (1, 2, 3):
        lease = clock.take(any_bucket)
        lease.keep()
        assert (there(any_bucket).number, lease.number) == (number, number)
        assert there(any_bucket).holder == lease.holder
        lease.give_back()
        assert (there(any_bucket).number, there(any_bucket).holder) == (number, "")
    assert clock.seconds == 0  # nobody waits for what was given back


@pytest.mark.parametrize("wrong", [timedelta(0), timedelta(days=3), timedelta(days=-3)])
def test_an_abandoned_lease_is_taken_once_it_is_over_by_the_clock_of_who_waits(wrong: timedelta) -> None:
    bucket = MemoryBucket()
    gone = Clock().take(bucket)
    told: list[LeaseRecord] = []
    clock = Clock(wrong=wrong, begins=5e6)
    later = clock.take(bucket, told.append)
    assert (later.number, clock.seconds - 5e6) == (2, SECONDS)
    assert [record.holder for record in told] == [gone.holder]
    with pytest.raises(LeaseLostError, match=f"the lease of x went to {later.holder}: this process stops"):
        gone.keep()


@pytest.mark.parametrize("wrong", [timedelta(0), timedelta(days=3), timedelta(days=-3)])
def test_a_lease_that_is_renewed_is_not_taken(wrong: timedelta) -> None:
    bucket, mine = MemoryBucket(), Clock()
    lease = mine.take(bucket)
    clock = Clock(wrong=wrong)

    def renewed_by_its_holder() -> None:
        mine.seconds = clock.seconds
        lease.keep()

    clock.meanwhile = renewed_by_its_holder
    with pytest.raises(LeaseHeldError, match=f"{lease.holder} trades for x already: stop that one first, or leave it"):
        clock.take(bucket)
    assert SECONDS / 3 <= clock.seconds < SECONDS / 2
    assert there(bucket).holder == lease.holder


def test_a_lease_that_is_given_back_is_not_waited_for_any_longer() -> None:
    bucket = MemoryBucket()
    lease, clock = Clock().take(bucket), Clock()
    clock.meanwhile = lease.give_back
    assert clock.take(bucket).number == 2
    assert clock.seconds == SECONDS / 12


def test_whoever_is_told_to_end_waits_no_longer() -> None:
    bucket = MemoryBucket()
    lease, clock = Clock().take(bucket), Clock()

    def told_to_end() -> None:
        raise InterruptedError

    clock.meanwhile = told_to_end
    with pytest.raises(InterruptedError):
        clock.take(bucket)
    lease.keep()


def test_a_holder_that_overslept_goes_on_if_nobody_else_has_come() -> None:
    bucket, clock = MemoryBucket(), Clock()
    lease = clock.take(bucket)
    clock.seconds += 10_000
    lease.keep()
    assert there(bucket).until == clock.now() + timedelta(seconds=SECONDS)


def test_a_lease_is_renewed_where_a_third_of_it_is_over_and_else_only_read() -> None:
    bucket, clock = MemoryBucket(), Clock()
    lease = clock.take(bucket)
    renewals = []
    for _ in range(7):
        clock.seconds += SECONDS / 6
        lease.keep()
        renewals.append(there(bucket).renewal)
    assert renewals == [0, 1, 1, 2, 2, 3, 3]


def test_what_was_given_back_is_not_taken_from_the_next_one() -> None:
    bucket = MemoryBucket()
    first = Clock().take(bucket)
    second = Clock().take(bucket)
    first.give_back()
    second.keep()
    second.give_back()
    with pytest.raises(LeaseLostError, match="the lease of x went to another process, which has given it back"):
        first.keep()
    assert there(bucket).number == 2


@pytest.mark.parametrize("content", [b"", b"{}", b"mine"])
def test_a_damaged_lease_is_nobodys(content: bytes) -> None:
    bucket = MemoryBucket()
    lease = Clock().take(bucket)
    bucket.put(lease_key(NAME), content)
    with pytest.raises(LeaseLostError, match=r"cannot read traders/x/lease\.json"):
        lease.keep()
    with pytest.raises(UnreadableObjectError, match="delete it once nothing trades under this name any more"):
        Clock().take(bucket)
    lease.give_back()
    assert bucket.get(lease_key(NAME)) == content


def test_a_deleted_lease_is_lost() -> None:
    bucket = MemoryBucket()
    lease = Clock().take(bucket)
    bucket.delete(lease_key(NAME))
    with pytest.raises(LeaseLostError, match="the lease of x is gone: start it again once nobody else trades for it"):
        lease.keep()
    lease.give_back()
    assert not bucket.exists(lease_key(NAME))


class SlowBucket(MemoryBucket):
    """Each request takes so many seconds of a clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock, self.takes = clock, 0.0

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        self.clock.seconds += self.takes
        return super().put_instead(key, content, version)

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        self.clock.seconds += self.takes
        return super().get_versioned(key)


@pytest.mark.parametrize("takes", [0.0, 10.0, 30.0, 39.0, 41.0, 100.0, 500.0])
def test_who_may_go_on_has_two_thirds_of_the_lease_left_however_slow_the_bucket(takes: float) -> None:
    clock = Clock()
    bucket = SlowBucket(clock)
    lease = clock.take(bucket)
    for waits in (0.0, 39.0, 41.0, 119.0, 1000.0):
        clock.seconds += waits
        bucket.takes = takes
        if takes < SECONDS / 3:
            lease.keep()
        else:
            with pytest.raises(BucketError, match="takes too long to keep a lease of 120 seconds"):
                lease.keep()
        bucket.takes = 0.0
        left = (there(bucket).until - clock.now()).total_seconds()
        assert (left >= SECONDS * 2 / 3 - 0.001) == (takes < SECONDS / 3)


class LossyBucket(MemoryBucket):
    """Loses the answer to the next put, or has it arrive after the next one."""

    trouble = ""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[tuple[str, bytes, str | None]] = []

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        trouble, self.trouble = self.trouble, ""
        if trouble == "late":
            self.late.append((key, content, version))
        elif trouble == "overtaken":
            super().put_instead(*self.late.pop())
        if trouble == "lost":
            super().put_instead(key, content, version)
        if trouble in ("late", "lost"):
            raise BucketError("no answer")
        return super().put_instead(key, content, version)


@pytest.mark.parametrize("troubles", [["lost"], ["late"], ["late", "overtaken"], ["lost", "lost", "late"]])
def test_a_holder_whose_renewal_was_lost_or_comes_late_still_has_it(troubles: list[str]) -> None:
    bucket, clock = LossyBucket(), Clock()
    lease = clock.take(bucket)
    for bucket.trouble in troubles:
        clock.seconds += SECONDS / 2
        if bucket.trouble == "overtaken":
            lease.keep()
        else:
            with pytest.raises(BucketError):
                lease.keep()
    clock.seconds += SECONDS / 2
    lease.keep()
    for late in bucket.late:  # it comes when nobody waits for it any more, and changes nothing
        before = there(bucket)
        assert bucket.put_instead(*late) is None
        assert there(bucket) == before
    lease.keep()
    assert there(bucket).holder == lease.holder


def test_of_two_who_start_at_once_one_trades_a_hundred_times() -> None:
    at_once = 4
    for _ in range(100):
        bucket, barrier = MemoryBucket(), Barrier(at_once)

        def starts(_: int, bucket: MemoryBucket = bucket, barrier: Barrier = barrier) -> str:
            def pause(_: float) -> None:
                raise InterruptedError

            barrier.wait()
            try:
                return Lease.take(bucket, NAME, pause=pause).holder
            except (LeaseHeldError, InterruptedError):  # it may have come a moment later, and would wait
                return ""

        with ThreadPoolExecutor(at_once) as pool:
            holders = [holder for holder in pool.map(starts, range(at_once)) if holder]
        assert holders == [there(bucket).holder]


def trade(process: Process, seen: "Seen") -> None:
    """As a trader does: it takes the lease, asks for it before each thing it does, gives it back or dies."""
    world, choose = process.world, process.world.choose
    while True:
        try:
            lease = Lease.take(
                process.bucket, NAME, seconds=SECONDS, pause=process.wait, elapsed=process.elapsed, now=process.clock
            )
        except LeaseHeldError:
            seen.counted["held"] += 1
            process.wait(choose.uniform(0, 200))
            continue
        except BucketError:
            seen.counted["no answer"] += 1
            process.wait(choose.uniform(0, 10))
            continue
        seen.counted["taken"] += 1
        while True:
            try:
                lease.keep()
            except LeaseLostError:
                seen.counted["lost"] += 1
                break
            except BucketError:
                seen.counted["no answer"] += 1
                process.wait(choose.uniform(0, 10))
                continue
            paused = process.pauses
            seen.begins(process, lease, world.now)
            process.wait(choose.uniform(0, SECONDS / 2))
            if process.pauses == paused:
                seen.ends(process, world.now)
            fate = choose.random()
            if fate < 0.02:
                seen.counted["crashed"] += 1
                process.wait(choose.uniform(0, 500))
                break
            if fate < 0.04:
                with suppress(BucketError):
                    lease.give_back()
                seen.counted["given back"] += 1
                break
            process.wait(choose.uniform(0, SECONDS / 3))


class Seen:
    """What happened.

    Attributes:
        counted: How often.
    """

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self._acting: dict[str, float] = {}
        self._last: tuple[int, str] = (0, "")

    def begins(self, process: Process, lease: Lease, when: float) -> None:
        """It has been told that it has the lease, and acts until ``ends``, if it isn't stopped in between."""
        self._acting[process.name] = when
        assert (lease.number, lease.holder) == self._last or lease.number > self._last[0]
        self._last = lease.number, lease.holder
        self.counted["acts"] += 1

    def ends(self, process: Process, when: float) -> None:
        began = self._acting[process.name]
        for name, other in self._acting.items():
            assert name == process.name or not began <= other <= when, f"{name} acted, too, at {other}"


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(2, 60))])
def test_no_two_processes_act_at_once_whatever_clocks_machines_and_the_bucket_do(seed: int) -> None:
    world, seen = World(seed), Seen()
    for number in range(4):
        process = Process(world, str(number), paused=0.01)
        world.start(process, lambda process: trade(process, seen))
    world.run(12 * 3600)
    assert seen.counted["acts"] > 200
    assert min(seen.counted[what] for what in ("taken", "lost", "crashed", "given back", "no answer", "held")) > 2
