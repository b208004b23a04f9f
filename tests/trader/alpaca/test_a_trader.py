"""A trader at Alpaca's paper account, over HTTPS, through months of its clock: its trades are the backtest's."""

import itertools
from dataclasses import replace
from datetime import date, time, timedelta

import numpy as np
import pandas as pd

from fleet.memory_bucket import MemoryBucket
from fleet.new_job import make_backtest_job
from fleet.traders import journal, state
from fleet.traders.creation import create
from fleet.traders.settings import ALPACA, TraderSettings
from fleet.traders.state import HALTED, STOPPED
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import check_history
from montecarlo.strategies import SmaCrossover, Strategy
from tests.alpaca_exchange import Exchange, TradingDay, eastern
from tests.alpaca_server import DATA, PAPER, AlpacaServer
from tests.trader.alpaca.conftest import BEGIN
from trader.patience import Patience
from trader.run import run
from trader.stop import Stop

NAME = "aapl"
END = date(2025, 12, 16)
CROSSOVER = SmaCrossover(1, 3)
RULES = Rules(shares=100.0, fill="next-close", commission=0.0, slippage=0.0)


class Clock(Stop):
    """Waiting lets time pass at the exchange: to the next morning, to the next evening.

    Args:
        exchange: Whose time it is.
    """

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def pause(self, seconds: float) -> None:
        today = self._exchange.today
        morning, evening = eastern(today, time(9)), eastern(today, time(19, 10))
        tomorrow = eastern(today + timedelta(days=1), time(9))
        self._exchange.advance(next(each for each in (morning, evening, tomorrow) if each > self._exchange.now))
        if self._exchange.today >= END:
            self.request("the test is over")


def traded(exchange: Exchange, strategy: Strategy = CROSSOVER) -> tuple[str, MemoryBucket]:
    """How a trader of this exchange ends, and what it leaves."""
    bars = {pd.Timestamp(each.day): each.bar for each in exchange.days[:61]}
    index = pd.DatetimeIndex(bars, name="date")
    columns = ["open", "high", "low", "close"]
    history = check_history(pd.DataFrame(list(bars.values()), index, columns), "AAPL", "csv")
    job = make_backtest_job(history, strategy=strategy, rules=RULES)
    bucket = MemoryBucket("traders")
    settings = TraderSettings(name=NAME, job=job, feed=ALPACA, broker=ALPACA, first=None)
    create(bucket, settings, {"prices": history.to_csv()})
    patience = Patience(first=30.0, longest=30.0, poll=30.0)
    outcome = run(NAME, bucket, holder="test", stop=Clock(exchange), patience=patience, emit=lambda _: None)
    return outcome, bucket


def test_its_trades_are_those_of_the_backtest(server: AlpacaServer, exchange: Exchange) -> None:
    outcome, bucket = traded(exchange)
    assert outcome == STOPPED
    report = journal.report(bucket, NAME)
    sessions = [each.day for each in exchange.days if BEGIN <= each.day < END]
    assert [each.date() for each in report["date"]] == sessions  # a half day among them, and no holiday
    assert report["shares"].tolist() == report["backtest_shares"].tolist()
    assert report["equity"].tolist() == report["backtest_equity"].tolist()
    pd.testing.assert_frame_equal(journal.trades(bucket, NAME), journal.backtest_trades(bucket, NAME))
    assert len(journal.trades(bucket, NAME)) >= 3
    assert report["note"].fillna("").eq("").all()

    # The broker has executed this, and nothing else.
    held = [0, *report["shares"].astype(int)]
    changes = [after - before for before, after in itertools.pairwise(held) if after != before]
    assert [each.shares for each in exchange.account.executions] == changes
    sent = [each.body["client_order_id"] for each in server.asked if each.method == "POST"]
    assert [each.client_order_id for each in exchange.account.executions] == sent[: len(changes)]
    assert len(set(sent)) == len(sent) <= len(changes) + 1  # the last one is for the day of the end
    assert set(server.hosts) == {PAPER, DATA}


def halved(day: TradingDay) -> tuple[float, float, float, float]:
    assert day.bar is not None
    open_, high, low, close = day.bar
    return open_ / 2, high / 2, low / 2, close / 2


def test_a_split_multiplies_what_it_holds_and_what_it_buys(server: AlpacaServer, exchange: Exchange) -> None:
    day = date(2025, 12, 11)  # on which it holds some
    exchange.days = tuple(
        replace(each, split=2.0 if each.day == day else 1.0, bar=halved(each)) if each.day >= day else each
        for each in exchange.days
    )
    outcome, bucket = traded(exchange)
    assert outcome == STOPPED
    report = journal.report(bucket, NAME).set_index("date")
    before, after = report[: str(day - timedelta(days=1))], report[str(day) :]
    assert set(before["shares"]) == {0, 100}
    assert set(after["shares"]) == {0, 200}
    assert after["note"].iloc[0] == "split 2 for 1"
    assert (before["shares"].iloc[-1], after["shares"].iloc[0]) == (100, 200)
    assert exchange.account.shares == after["shares"].iloc[-1]


def test_an_auction_that_fills_in_part_or_not_at_all_is_told_and_the_rest_tried_again(
    server: AlpacaServer, exchange: Exchange
) -> None:
    """On paper there is no auction at Alpaca: what such an order finds is left to chance."""
    fills = {date(2025, 12, 5): 0.0, date(2025, 12, 8): 0.45, date(2025, 12, 9): 0.5}
    exchange.days = tuple(replace(each, fills=fills.get(each.day, 1.0)) for each in exchange.days)
    outcome, bucket = traded(exchange)
    assert outcome == STOPPED
    report = journal.report(bucket, NAME)
    told = {str(day.date()): note for day, note in zip(report["date"], report["note"], strict=True) if note}
    assert told == {
        "2025-12-05": "enter +100 was expired",
        "2025-12-08": "enter +100 was filled in part, +45, and then expired",
        "2025-12-09": "exit -45 was filled in part, -22, and then expired",
    }
    assert exchange.account.shares == report["shares"].iloc[-1]
    assert sum(each.shares for each in exchange.account.executions) == exchange.account.shares


def test_stops_and_targets_wait_at_the_broker(server: AlpacaServer, exchange: Exchange) -> None:
    """In cents; but not on the day at whose close the position is to be left anyway, as one order has all shares."""
    outcome, bucket = traded(exchange, replace(CROSSOVER, stop_loss=0.008, take_profit=0.006))
    assert outcome == STOPPED
    both = journal.trades(bucket, NAME).merge(
        journal.backtest_trades(bucket, NAME), on="entry_date", suffixes=("", "_there")
    )
    assert len(both) == len(journal.trades(bucket, NAME)) == len(journal.backtest_trades(bucket, NAME))
    ended = both[both["exit_reason"].isin(["stop", "target"])]
    assert set(ended["exit_reason"]) == {"stop", "target"}
    assert ended["exit_reason"].tolist() == ended["exit_reason_there"].tolist()
    assert ended["exit_date"].tolist() == ended["exit_date_there"].tolist()
    np.testing.assert_allclose(ended["exit_price"], ended["exit_price_there"], rtol=0, atol=0.00501)
    kinds = {each.body.get("order_class") for each in server.asked if each.method == "POST"}
    assert kinds == {None, "oco"}


def test_a_position_of_somebody_else_halts_it(server: AlpacaServer, exchange: Exchange) -> None:
    exchange.submit({"symbol": "AAPL", "qty": 5, "side": "buy", "type": "market", "time_in_force": "cls"})
    outcome, bucket = traded(exchange)
    assert outcome == HALTED
    found = state.load(bucket, NAME).halt
    assert found is not None
    assert "the broker's account has 5 shares, and should have 0" in found.reason
    assert server.operations().count("POST /v2/orders") == 0
