"""What a trader leaves is read back as it was, and damage of it is told."""

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import keys as all_keys
from fleet.canonical import canonical
from fleet.errors import MessageError, UnreadableObjectError
from fleet.memory_bucket import MemoryBucket
from fleet.traders import keys, stored
from fleet.traders.days import DayRecord, Standing
from fleet.traders.orders import OrderRecord
from fleet.traders.settings import TraderSettings
from fleet.traders.stored import Stored
from montecarlo.data.history import PriceHistory
from tests.fleet.traders import examples
from tests.spotmc.strange import DAMAGES


def test_every_object_is_read_back_and_the_same_value_is_the_same_bytes(history: PriceHistory) -> None:
    for value in examples.stored(history).values():
        again = type(value).from_json(value.to_json())
        assert again == value
        assert again.to_json() == value.to_json()
        assert type(value).from_dict(value.to_dict()) == value


def test_every_object_has_a_key_that_is_ours(history: PriceHistory) -> None:
    assert [key for key in examples.all_objects(history) if not all_keys.is_ours(key)] == []


@given(cash=st.floats(allow_nan=False, allow_infinity=False), left=st.integers(-1, 1), note=st.text())
def test_numbers_keep_their_bits_and_notes_their_characters(cash: float, left: int, note: str) -> None:
    day = examples.day_record(cash=1.0)
    day = replace(day, standing=Standing(cash=cash, left=left), notes=(note, note))
    again = DayRecord.from_json(day.to_json())
    assert again == day
    assert math.copysign(1, again.standing.cash) == math.copysign(1, cash)


def test_numbers_of_numpy_and_whole_dollars_are_written_as_what_the_field_says() -> None:
    day = examples.day_record()
    numpy: dict[str, Any] = {"close": np.float32(0.5), "number": np.int64(3)}
    loose = replace(day, equity=10_000, **numpy)
    assert DayRecord.from_json(loose.to_json()) == replace(day, close=0.5, number=3, equity=10_000.0)
    assert type(DayRecord.from_json(loose.to_json()).equity) is float


def test_times_are_kept_in_utc_wherever_they_were_told() -> None:
    there = examples.NOON.astimezone(timezone(timedelta(hours=-5)))
    lease = replace(examples.lease_record(), until=there)
    assert lease.to_json() == examples.lease_record().to_json()


@pytest.mark.parametrize(
    "changes",
    [{"close": math.nan}, {"equity": math.inf}, {"number": 1.5}, {"lot": True}, {"close": "much"}, {"day": "today"}],
)
def test_what_has_no_place_in_a_record_is_not_written(changes: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        replace(examples.day_record(), **changes).to_json()  # type: ignore[arg-type]


def test_whatever_byte_is_changed_or_cut_off_is_noticed(history: PriceHistory) -> None:
    choose = Random(1)
    for value in examples.stored(history).values():
        content = value.to_json()
        damaged = [content[:length] for length in choose.sample(range(len(content)), 40)]
        for at in choose.sample(range(len(content)), min(len(content), 300)):
            another = choose.choice([each for each in range(256) if each != content[at]])
            damaged.append(content[:at] + bytes([another]) + content[at + 1 :])
        for each in damaged:
            try:
                again = stored.read(each, type(value))
            except (MessageError, ValueError):
                continue
            assert again == value, each


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_told_in_a_sentence_that_names_it(history: PriceHistory, damage: str) -> None:
    bucket, choose = MemoryBucket(), Random(1)
    for key, value in examples.stored(history).items():
        bucket.put(key, DAMAGES[damage](value.to_json(), choose))
        told = ""
        try:
            found = stored.load(bucket, key, type(value))
        except UnreadableObjectError as error:
            told = str(error)
        if told:
            assert re.fullmatch(f"cannot read {re.escape(key)}: [^\n]{{5,400}}", told)
        else:  # such as JSON in UTF-16, which says how to read it
            assert found == value


def with_digest(values: dict[str, object]) -> bytes:
    """As this version would write it."""
    return canonical(stored._sealed({name: each for name, each in values.items() if name != "digest"})).encode()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 2}, "it has format '2'; this version understands 1"),
        ({"format": None}, "it has format 'None'; this version understands 1"),
        ({"more": 1}, "it has unknown fields or lacks some: more"),
        ({"close": 75}, "close is of another type than what we write there"),
        ({"close": "75"}, "close is of another type than what we write there"),
        ({"number": 1.0}, "number is of another type than what we write there"),
        ({"number": True}, "number is of another type than what we write there"),
        ({"day": 5}, "day is of another type than what we write there"),
        ({"day": "yesterday"}, "day is no day"),
        ({"notes": "none"}, "notes is of another type than what we write there"),
        ({"notes": [1]}, "notes is of another type than what we write there"),
        ({"standing": None}, "standing is of another type than what we write there"),
        ({"standing": {}}, "it has unknown fields or lacks some: ambiguous, capital, cash"),
    ],
)
def test_a_record_of_another_version_is_not_taken_for_one_of_ours(changes: dict[str, object], why: str) -> None:
    values = {**examples.day_record().to_dict(), **changes}
    with pytest.raises(MessageError, match=f"^{re.escape(why)}"):
        DayRecord.from_json(with_digest(values))


def test_one_that_lies_where_another_belongs_is_not_taken_for_it() -> None:
    bucket = MemoryBucket()
    bucket.put(keys.day_key("x", date(2020, 1, 6)), examples.day_record().to_json())
    with pytest.raises(UnreadableObjectError, match="it is another one than its name says"):
        stored.load(bucket, keys.day_key("x", date(2020, 1, 6)), DayRecord, lambda day: day.day == date(2020, 1, 6))


def test_an_edited_trader_is_told_from_one_that_was_created(history: PriceHistory) -> None:
    edited = examples.settings_of(history).to_json().replace(b'"drawdown":0.2', b'"drawdown":0.9')
    with pytest.raises(MessageError, match="it was altered"):
        TraderSettings.from_json(edited)


def test_a_limit_that_cannot_be_is_named(history: PriceHistory) -> None:
    values = examples.settings_of(history).to_dict()
    with pytest.raises(MessageError, match=r"drawdown must be a number above 0 to 1, not 7\.0"):
        TraderSettings.from_json(with_digest({**values, "limits": {**values["limits"], "drawdown": 7.0}}))


@dataclass(frozen=True, kw_only=True)
class Pair(Stored):
    both: tuple[datetime, ...]
    perhaps: Standing | None = None


def test_what_holds_others_is_read_back_with_them() -> None:
    pair = Pair(both=(datetime.now(UTC), examples.NOON), perhaps=Standing(cash=1.0))
    assert Pair.from_json(pair.to_json()) == pair
    assert Pair.from_json(Pair(both=()).to_json()) == Pair(both=())


def test_an_order_that_is_not_filled_yet_has_no_report() -> None:
    record = examples.order_record()
    assert OrderRecord.from_json(record.to_json()).report is None
