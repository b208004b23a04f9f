"""Putting a trader into the bucket, once."""

from dataclasses import replace
from typing import Any

import pytest

from fleet.bucket import Bucket
from fleet.errors import MissingObjectError
from fleet.job import PRICES
from fleet.keys import input_key
from fleet.memory_bucket import MemoryBucket
from fleet.new_job import make_backtest_job
from fleet.traders import state
from fleet.traders.creation import TakenNameError, create
from fleet.traders.keys import trader_key
from fleet.traders.settings import PAPER, REPLAY, Limits, TraderSettings
from montecarlo.accounting.rules import Rules
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover

HISTORY = load_history("AAPL", "sample", end="2000-12-31")
CONTENTS = {PRICES: HISTORY.to_csv()}
SETTINGS = TraderSettings(
    name="demo",
    job=make_backtest_job(HISTORY, strategy=SmaCrossover(5, 20), rules=Rules(shares=100)),
    feed=REPLAY,
    broker=PAPER,
    first=None,
    created="2026-01-05T00:00:00+00:00",
)


@pytest.fixture
def memory() -> Any:
    return MemoryBucket("memory")


def test_what_the_job_was_made_of_is_there_before_the_trader(memory: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for name in ("put", "put_new"):
        real = getattr(memory, name)
        monkeypatch.setattr(memory, name, lambda key, content, real=real: (order.append(key), real(key, content))[1])
    assert create(memory, SETTINGS, CONTENTS)
    assert order == [input_key(PRICES, HISTORY.digest), trader_key("demo")]
    assert state.load(memory, "demo").settings == SETTINGS


def test_the_same_trader_is_stored_once_and_another_never_in_its_place(memory: Bucket) -> None:
    create(memory, SETTINGS, CONTENTS)
    assert not create(memory, replace(SETTINGS, created="2027-01-01T00:00:00+00:00"), CONTENTS)
    with pytest.raises(TakenNameError, match="choose another name"):
        create(memory, replace(SETTINGS, limits=Limits(day_orders=2)), CONTENTS)
    assert state.load(memory, "demo").settings == SETTINGS


def test_other_prices_than_those_of_the_job_are_refused(memory: Bucket) -> None:
    with pytest.raises(ValueError, match="another prices"):
        create(memory, SETTINGS, {PRICES: b"others"})
    assert state.names(memory) == []


def test_a_job_whose_prices_are_gone_is_no_trader(memory: Bucket) -> None:
    with pytest.raises(MissingObjectError, match=r"submit AAPL-.* again"):
        create(memory, SETTINGS, None)
    assert state.names(memory) == []
    memory.put(input_key(PRICES, HISTORY.digest), HISTORY.to_csv())
    assert create(memory, SETTINGS, None)


@pytest.mark.parametrize("unknown", [{"feed": "paper"}, {"broker": "replay"}])
def test_a_feed_or_broker_that_this_version_does_not_know_is_taken_for_no_other(unknown: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(unknown))} must be one of .*, not '"):
        replace(SETTINGS, **unknown)
