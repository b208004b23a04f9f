"""Tables of a trader are CSV that people can open, and that is read back as it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from fleet.errors import MessageError, UnreadableObjectError
from fleet.memory_bucket import MemoryBucket
from fleet.traders import journal, keys, tables
from fleet.traders.days import REPORT_COLUMNS
from montecarlo.data.history import PriceHistory
from tests.fleet.traders import examples

DAYS = [replace(examples.day_record(), day=date(2020, 1, day), close=1 / day) for day in (2, 3, 6)]


def report_of(*numbers: int, content: bytes = b"") -> bytes:
    return tables.with_lines(content, [tables.report_line(DAYS[each], orders=each, fills=0) for each in numbers])


def test_a_report_has_a_line_for_each_day_in_the_order_of_time() -> None:
    table = tables.read_report(report_of(2, 0, 1))
    assert tuple(table.columns) == REPORT_COLUMNS
    assert list(table["date"].dt.date) == [day.day for day in DAYS]
    assert list(table["close"]) == [day.close for day in DAYS]
    assert list(table["orders"]) == [0, 1, 2]
    assert table["note"].iloc[0] == "; ".join(DAYS[0].notes)


def test_a_note_that_has_line_breaks_is_one_line_and_others_come_after_it() -> None:
    noted = replace(DAYS[0], notes=("enter +1 was rejected: <html>\r\n<b>no</b>\n", "split 2 for 1"))
    content = tables.with_lines(b"", [tables.report_line(noted, orders=1, fills=0)])
    notes = tables.read_report(report_of(1, content=content))["note"]
    assert notes.iloc[0] == "enter +1 was rejected: <html> <b>no</b> ; split 2 for 1"
    assert len(notes) == 2


def test_a_line_that_is_written_again_stands_there_once() -> None:
    whole = report_of(0, 1, 2)
    assert report_of(1, content=whole) == whole
    assert report_of(2, content=report_of(0, 1)) == report_of(0, content=report_of(2, 1)) == whole


def test_round_trips_are_read_back_as_the_backtest_has_them(history: PriceHistory) -> None:
    trades = examples.trades_of(history)
    again = tables.read_trades(examples.trades_csv(trades))
    assert_frame_equal(again, trades, check_exact=True)


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-1], lambda content: content[:-9], lambda content: content[9:], lambda _: b"mine"],
)
def test_nothing_is_added_to_a_table_that_is_damaged(history: PriceHistory, damage: Callable[[bytes], bytes]) -> None:
    content = examples.trades_csv(examples.trades_of(history))
    assert tables.with_trades(content, date(2100, 1, 1), [])
    with pytest.raises(MessageError):
        tables.with_trades(damage(content), date(2100, 1, 1), [])
    with pytest.raises(MessageError):
        report_of(2, content=damage(report_of(0, 1)))


def test_a_table_without_a_line_has_the_columns_and_kinds_of_one_with_lines(history: PriceHistory) -> None:
    trades = examples.trades_of(history)
    assert_frame_equal(tables.read_trades(tables.NO_TRADES), trades.iloc[:0])
    assert_frame_equal(tables.read_trades(examples.trades_csv(trades.iloc[:0])), trades.iloc[:0])
    whole = tables.read_report(report_of(0))
    assert_frame_equal(tables.read_report(tables.with_lines(b"", [])), whole.iloc[:0])


def test_a_report_goes_on_over_the_years() -> None:
    bucket = MemoryBucket()
    lines = [tables.report_line(replace(DAYS[0], day=date(year, 12, 31)), orders=0, fills=0) for year in (2019, 2021)]
    for line in lines:
        bucket.put(keys.report_key("x", date.fromisoformat(line["date"])), tables.with_lines(b"", [line]))
    bucket.put("traders/x/report/notes.txt", b"mine")
    assert list(journal.report(bucket, "x")["date"]) == [pd.Timestamp(2019, 12, 31), pd.Timestamp(2021, 12, 31)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:-20],
        lambda content: content[30:],
        lambda content: content.replace(b"date", b"day", 1),
        lambda content: content.replace(b"-0", b"x0", 1),
        lambda content: content.replace(b",1", b",one", 1),
        lambda content: content.replace(b",", b",,", 30),
        lambda content: content.replace(b"\n", b"\n\n", 2),
        lambda content: content + b"\xff\n",
    ],
)
def test_a_table_that_is_damaged_is_told_with_what_helps(history: PriceHistory, damage: object) -> None:
    bucket = MemoryBucket()
    assert callable(damage)
    for content, key, read in (
        (report_of(0, 1), keys.report_key("x", examples.DAY), journal.report),
        (examples.trades_csv(examples.trades_of(history)), keys.trades_key("x"), journal.trades),
    ):
        bucket.put(key, damage(content))
        with pytest.raises(UnreadableObjectError, match=rf"cannot read {key}: .*; delete it: what it told stands in"):
            read(bucket, "x")
