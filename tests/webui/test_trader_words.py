"""What is said of traders, of days and of orders."""

from datetime import date

import pandas as pd
import pytest

from fleet.traders.difference import difference_of
from fleet.traders.orders import ENTER, EXIT, EXPIRED, FILLED, PROTECT, REJECTED, Order, OrderRecord, Report
from webui.results.traders import days, orders, standing, trades

DAY, SESSION = date(2026, 1, 5), date(2026, 1, 6)
DATES = pd.date_range("2026-01-05", periods=4)


def record(intent: str, shares: int, report: Report | None = None, *, attempt: int = 1, lapsed: str = "", **more):
    order = Order(id="it", symbol="AAPL", session=SESSION, intent=intent, shares=shares, **more)
    return OrderRecord(order=order, day=DAY, attempt=attempt, lease=1, report=report, lapsed=lapsed)


@pytest.mark.parametrize(
    ("it", "what", "became"),
    [
        (record(ENTER, 1), "buy 1 share to enter at the close", ""),
        (
            record(ENTER, -120, Report(id="it", state=FILLED, shares=-120, price=99.5)),
            "sell 120 shares to enter at the close",
            "120 shares at 99.50",
        ),
        (record(EXIT, -120, reason="time"), "sell 120 shares to leave at the close: time is up", ""),
        (
            record(
                PROTECT,
                -120,
                Report(id="it", state=FILLED, shares=-120, price=95.0, reason="stop"),
                stop=95,
                target=110,
            ),
            "sell 120 shares at its stop 95.00 or target 110.00",
            "120 shares at 95.00 by its stop",
        ),
        (record(PROTECT, 120, Report(id="it", state=EXPIRED), stop=105), "buy 120 shares at its stop 105.00", ""),
        (
            record(ENTER, 120, Report(id="it", state=REJECTED, text="cash cannot pay"), attempt=3),
            "buy 120 shares to enter at the close",
            "cash cannot pay; attempt 3",
        ),
        (
            record(EXIT, -5, lapsed="the session was over"),
            "sell 5 shares to leave at the close",
            "the session was over",
        ),
    ],
)
def test_an_order_and_what_became_of_it_are_said_in_words(it, what, became):
    assert (orders.what(it.order), orders.became(it)) == (what, became)


def report_of(equity: list[float], backtest: list[float], shares: list[float], backtest_shares: list[float]):
    accounts = {"equity": equity, "backtest_equity": backtest, "shares": shares, "backtest_shares": backtest_shares}
    return pd.DataFrame({"date": DATES, **accounts})


def test_days_are_told_on_which_accounts_move_apart_and_not_those_on_which_that_lasts():
    report = report_of([100, 103, 104, 104], [100, 103, 105, 105], [0, 10, 10, 0], [0, 10, 10, 0])
    apart = days.moved_apart(report)
    assert list(apart["date"]) == [DATES[2]]
    assert list(apart["moved"]) == list(apart["difference"]) == [-1]
    words = days.in_words(difference_of(report, pd.DataFrame(), pd.DataFrame()))
    assert words == (
        "Paper and backtest differ first on 2026-01-07. They always held the same shares; the accounts were $1.00 "
        "apart at most, and at the last close paper is $1.00 below the backtest."
    )


def test_days_with_other_shares_are_told_even_where_the_accounts_are_worth_the_same():
    report = report_of([100] * 4, [100] * 4, [0, 0, 10, 0], [0, 10, 10, 0])
    assert list(days.moved_apart(report)["date"]) == [DATES[1]]
    assert "They held other shares on 1 of 4 days" in days.in_words(
        difference_of(report, pd.DataFrame(), pd.DataFrame())
    )


def test_a_difference_from_the_first_day_on_began_on_that_day():
    report = report_of([99] * 4, [100] * 4, [0] * 4, [0] * 4)
    assert list(days.moved_apart(report)["moved"]) == [-1]


TRADE = {"entry_date": DATES[0], "entry_price": 10.0, "exit_date": DATES[1], "exit_price": 11.0, "shares": 5.0}
TRADE |= {"profit": 5.0, "exit_reason": "signal", "ambiguous": False}
OPEN = TRADE | {"entry_date": DATES[2], "exit_date": pd.NaT, "exit_price": float("nan"), "exit_reason": "end"}


@pytest.mark.parametrize(
    ("paper", "backtest", "whose", "words"),
    [
        ([], [], [], "None so far, neither on paper nor in the backtest."),
        ([TRADE], [TRADE], ["both"], "The one trade is the same on paper and in the backtest."),
        ([TRADE, OPEN], [TRADE, OPEN], ["both", "both"], "All 2 trades are the same on paper and in the backtest."),
        (
            [TRADE | {"exit_price": 11.02}, OPEN],
            [TRADE, OPEN],
            ["paper", "backtest", "both"],
            "1 trade the same in both, 1 on paper alone, 1 in the backtest alone.",
        ),
        (
            [TRADE | {"shares": -5.0}],
            [TRADE],
            ["paper", "backtest"],
            "0 trades the same in both, 1 on paper alone, 1 in the backtest alone.",
        ),
        ([], [OPEN], ["backtest"], "0 trades the same in both, 0 on paper alone, 1 in the backtest alone."),
    ],
)
def test_round_trips_stand_beside_those_that_began_alike(paper, backtest, whose, words):
    trips = trades.beside(pd.DataFrame(paper), pd.DataFrame(backtest))
    assert [trip.whose for trip in trips] == whose
    assert trades.in_words(trips) == words


@pytest.mark.parametrize(
    ("number", "told"), [(0, "no shares"), (1, "1 share"), (-120, "120 shares short"), (2_345_678, "2,345,678 shares")]
)
def test_shares_are_told_to_the_last_one(number, told):
    assert standing.shares(number) == told
