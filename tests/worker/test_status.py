"""What events make of a status; pure."""

from dataclasses import replace
from functools import reduce
from typing import TypedDict

import pytest

from fleet.events import Event
from worker.events import (
    Begun,
    Claimed,
    Completed,
    Failed,
    HandedBack,
    LeaseLost,
    Left,
    Noticed,
    Progressed,
    RoundEnded,
    Settled,
    Skipped,
    Split,
    Started,
    Stored,
    Troubled,
)
from worker.status import InHand, Status, after, from_json, to_json


class Of(TypedDict):
    message: str
    job: str
    first: int
    stop: int


ONE: Of = {"message": "one", "job": "j", "first": 1000, "stop": 2000}
NEW = Status(since=0)


def status_after(*events: tuple[float, Event]) -> Status:
    return reduce(lambda status, emitted: after(status, emitted[1], emitted[0]), events, NEW)


def test_a_shard_from_claim_to_settlement() -> None:
    began = [(1.0, Claimed(message="one", delivery=1)), (2.0, Begun(path_days=60_000, **ONE))]
    status = status_after(*began)
    assert status.claimed == {"one": 1.0}
    assert status.in_hand == {
        "one": InHand(job="j", first=1000, stop=2000, path_days=60_000, began=2.0, progressed=2.0)
    }
    assert status.in_hand["one"].rate is None

    progressed = [*began, (4.0, Progressed(done=500, **ONE))]
    shard = status_after(*progressed).in_hand["one"]
    assert (shard.fraction, shard.rate, shard.progressed) == (0.5, 15_000, 4.0)

    stored = [*progressed, (6.0, Stored(path_days=60_000, seconds=4.0, **ONE)), (6.1, Settled(message="one"))]
    status = status_after(*stored)
    assert status == replace(NEW, shards=1, path_days=60_000, seconds=4.0)
    assert status.rate == 15_000


def test_what_is_claimed_besides_waits() -> None:
    status = status_after(
        (1, Claimed(message="one", delivery=1)),
        (2, Claimed(message="two", delivery=3)),
        (3, Begun(path_days=1, **ONE)),
        (4, Settled(message="one")),
    )
    assert status == replace(NEW, claimed={"two": 2})


def test_a_worker_introduces_itself() -> None:
    status = status_after(
        (
            5,
            Started(worker="w", queue="https://q", version="1.0", engine="7", instance="i-1", lease_seconds=60),
        )
    )
    assert status == Status(
        since=0, worker="w", queue="https://q", version="1.0", engine="7", instance="i-1", lease_seconds=60
    )


@pytest.mark.parametrize(
    ("event", "change"),
    [
        (
            Failed(message="one", job="j", reason="bad", failures=2, dead=True),
            {"failures": 1, "last_error": "bad", "last_error_at": 9},
        ),
        (Troubled(reason="no answer", pause_seconds=1), {"last_error": "no answer", "last_error_at": 9}),
        (LeaseLost(reason="refused", **ONE), {"last_error": "refused", "last_error_at": 9}),
        (Noticed(reason="taken away", seconds_left=120), {"notice": "taken away", "deadline": 129}),
        (Noticed(reason="rebalance", seconds_left=None), {"notice": "rebalance"}),
        (Split(children=10, **ONE), {}),
        (Completed(**ONE), {}),
        (RoundEnded(children=2, **ONE), {}),
        (Skipped(reason="done", **ONE), {}),
        (HandedBack(reason="shutdown", **ONE), {}),
        (Left(reason="idle"), {}),
        (Progressed(done=5, **ONE), {}),
        (Settled(message="unheard of"), {}),
    ],
)
def test_what_an_event_changes(event: Event, change: dict[str, object]) -> None:
    assert after(NEW, event, 9) == replace(NEW, **change)  # type: ignore[arg-type]


def test_a_status_is_read_as_it_was_written() -> None:
    status = status_after(
        (1, Claimed(message="one", delivery=1)),
        (2, Begun(path_days=60_000, **ONE)),
        (3, Troubled(reason='"\n\u2028', pause_seconds=1)),
    )
    assert from_json(to_json(status)) == status


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"in_hand": {}}', '{"in_hand": {}, "since": 0, "mood": "good"}'])
def test_what_is_no_status_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|this version"):
        from_json(text)
