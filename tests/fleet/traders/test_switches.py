"""What stops a trader stops it in doubt, too, and nobody undoes what another has just thrown."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest

from fleet.bucket import Bucket
from fleet.canonical import canonical
from fleet.memory_bucket import MemoryBucket
from fleet.traders import keys, switches
from fleet.traders.switches import SwitchedMeanwhileError
from tests.fleet.traders.examples import NOON

B = TypeVar("B", bound=Bucket)
SWITCHES = {"the trader's": "x", "that of all": None}


@pytest.fixture(params=["memory", "S3"])
def any_bucket(request: pytest.FixtureRequest) -> Bucket:
    return of_x(MemoryBucket() if request.param == "memory" else request.getfixturevalue("bucket"))


def of_x(bucket: B) -> B:
    """A bucket with a trader x; whether it can be read does not matter."""
    bucket.put(keys.trader_key("x"), b"")
    return bucket


@pytest.mark.parametrize("name", SWITCHES.values(), ids=SWITCHES)
def test_a_kill_switch_is_thrown_and_put_back(any_bucket: Bucket, name: str | None) -> None:
    assert switches.killed(any_bucket, name) is None
    assert not switches.release(any_bucket, name)
    for by in ("a person", "another"):
        switches.kill(any_bucket, name, by)
        thrown = switches.killed(any_bucket, name)
        assert thrown is not None
        assert thrown.reason == by
    assert switches.killed(any_bucket, "y" if name else "x") is None
    assert switches.release(any_bucket, name)
    assert switches.killed(any_bucket, name) is None
    assert not switches.release(any_bucket, name)


def test_a_halt_keeps_its_first_reason_and_is_kept_when_it_was_lifted(any_bucket: Bucket) -> None:
    assert not switches.lift(any_bucket, "x")
    for reason in ("no bar came", "no bar came again"):
        switches.halt(any_bucket, "x", reason, NOON)
    found = switches.halted(any_bucket, "x")
    assert found is not None
    assert (found.reason, found.at) == ("no bar came", NOON)
    assert switches.lift(any_bucket, "x")
    assert switches.halted(any_bucket, "x") is None
    assert not switches.lift(any_bucket, "x")
    assert [entry.key for entry in any_bucket.list("traders/x/halts/")] == [keys.lifted_key("x", NOON)]
    switches.halt(any_bucket, "x", "another thing", NOON)
    assert switches.halted(any_bucket, "x") is not None


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"stop!", b"null", b'{"on":false}', b"\xff\x00"])
def test_whatever_lies_there_and_is_not_ours_stops_the_trader_until_it_is_put_back(content: bytes) -> None:
    bucket = of_x(MemoryBucket())
    for key in (keys.kill_key("x"), keys.kill_key(None), keys.halt_key("x")):
        bucket.put(key, content)
    for thrown in (switches.killed(bucket, "x"), switches.killed(bucket, None), switches.halted(bucket, "x")):
        assert thrown is not None
        assert "that is not ours" in thrown.reason
        assert thrown.at == switches.UNKNOWN
    assert switches.release(bucket, "x")
    assert switches.release(bucket, None)
    assert switches.lift(bucket, "x")
    assert switches.killed(bucket, "x") is switches.killed(bucket, None) is switches.halted(bucket, "x") is None


def test_a_switch_of_a_time_that_nobody_can_tell_is_on() -> None:
    bucket = MemoryBucket()
    told = {"at": "0001-01-01T00:00:00+05:00", "format": 1, "on": False, "reason": "off, it says"}
    digest = hashlib.sha256(canonical(told).encode()).hexdigest()[:16]
    bucket.put(keys.kill_key(None), canonical({**told, "digest": digest}).encode())
    found = switches.killed(bucket, None)
    assert found is not None
    assert "at is no time" in found.reason


def test_a_switch_that_a_person_has_deleted_is_off() -> None:
    bucket = of_x(MemoryBucket())
    switches.kill(bucket, "x", "a person")
    bucket.delete(keys.kill_key("x"))
    assert switches.killed(bucket, "x") is None


class SomebodyIsQuicker(MemoryBucket):
    """Before the next put in place of something, somebody else does this."""

    quicker: Callable[[], object] | None = None

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        quicker, self.quicker = self.quicker, None
        if quicker:
            quicker()
        return super().put_instead(key, content, version)


def test_a_switch_that_is_thrown_while_another_is_put_back_stays_on() -> None:
    bucket = of_x(SomebodyIsQuicker())
    switches.kill(bucket, "x", "a person")
    bucket.quicker = lambda: switches.kill(bucket, "x", "another person")
    with pytest.raises(SwitchedMeanwhileError, match=r"traders/x/kill\.json was written anew meanwhile: look"):
        switches.release(bucket, "x")
    thrown = switches.killed(bucket, "x")
    assert thrown is not None
    assert thrown.reason == "another person"


def test_of_two_who_lift_the_same_halt_the_second_lifts_no_later_one() -> None:
    bucket = of_x(SomebodyIsQuicker())
    switches.halt(bucket, "x", "first", NOON)

    def lift_and_halt_again() -> None:
        switches.lift(bucket, "x")
        switches.halt(bucket, "x", "second", NOON)

    bucket.quicker = lift_and_halt_again
    with pytest.raises(SwitchedMeanwhileError):
        switches.lift(bucket, "x")
    found = switches.halted(bucket, "x")
    assert found is not None
    assert found.reason == "second"


def test_a_halt_that_nobody_has_looked_at_is_not_lifted_for_another() -> None:
    bucket = of_x(MemoryBucket())
    switches.halt(bucket, "x", "the second", NOON)
    with pytest.raises(SwitchedMeanwhileError, match="the trader x has halted again since: look why"):
        switches.lift(bucket, "x", NOON - timedelta(seconds=1))
    assert switches.halted(bucket, "x")
    assert switches.lift(bucket, "x", NOON)


def test_of_many_who_halt_at_once_one_reason_is_kept() -> None:
    bucket = of_x(MemoryBucket())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: switches.halt(bucket, "x", str(each), NOON), range(50)))
    found = switches.halted(bucket, "x")
    assert found is not None
    assert found.reason in map(str, range(50))
