"""How far paper and backtest are apart, in numbers and in a sentence."""

from datetime import date

import pandas as pd
import pytest

from fleet.traders.days import REPORT_COLUMNS
from fleet.traders.difference import difference_of
from fleet.traders.tables import NO_TRADES, TRADE_COLUMNS, read_trades

DAYS = pd.date_range("2026-01-05", periods=4, name="date")


def report(**other: list[float]) -> pd.DataFrame:
    """Four days on which paper is the backtest, but for what is given."""
    account = {"shares": [0.0, 100.0, 100.0, 0.0], "equity": [1000.0, 999.0, 1010.0, 1009.5]}
    columns = {"date": DAYS, "close": 10.0, "cash": 0.0, "orders": 0, "fills": 0, "note": ""}
    columns |= account | {f"backtest_{name}": values for name, values in account.items()} | other
    return pd.DataFrame(columns)[list(REPORT_COLUMNS)]


def trades(*lines: str) -> pd.DataFrame:
    return read_trades("".join(f"{line}\n" for line in (",".join(TRADE_COLUMNS), *lines)).encode())


TRADE = "2026-01-06,10.0,2026-01-08,10.1,100.0,9.5,signal,False"
OPEN = "2026-01-08,10.1,,,100.0,0.0,end,False"


def test_nothing_is_apart_where_every_bit_is_the_same() -> None:
    found = difference_of(report(), trades(TRADE), trades(TRADE))
    assert found.is_none
    assert str(found) == (
        "1 trade on paper in 4 days, equity $1,009.50 at the last close: the backtest has the same, to the last bit"
    )


def test_the_last_bit_of_one_day_is_a_difference() -> None:
    found = difference_of(report(equity=[1000.0, 999.0000000000001, 1010.0, 1009.5]), trades(TRADE), trades(TRADE))
    assert not found.is_none
    assert found.first == date(2026, 1, 6)
    assert found.largest > 0


def test_days_dollars_and_trades_that_differ_are_said() -> None:
    late = report(shares=[0.0, 0.0, 100.0, 0.0], equity=[1000.0, 1000.0, 1005.0, 1004.5])
    found = difference_of(late, trades(TRADE.replace("9.5", "4.5")), trades(TRADE, OPEN))
    assert (found.shares_differ, found.largest, found.first) == (1, 5.0, date(2026, 1, 6))
    assert (found.trades, found.backtest_trades, found.trades_differ) == (1, 2, 3)
    assert str(found) == (
        "1 trade on paper in 4 days, 2 in the backtest (3 of one that the other does not have); equity $1,004.50 at "
        "the last close, -$5.00 beside the backtest, $5.00 apart at most, other shares on 1 day, first on 2026-01-06"
    )


def test_a_trade_that_is_open_is_the_same_beside_others_and_alone() -> None:
    found = difference_of(report(), trades(TRADE, OPEN), trades(OPEN))
    assert found.trades_differ == 1


def test_before_the_first_day_there_is_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="no day"):
        difference_of(report().iloc[:0], read_trades(NO_TRADES), read_trades(NO_TRADES))
