"""One of everything that a trader leaves."""

from datetime import UTC, date, datetime

import pandas as pd

from fleet.new_job import make_backtest_job
from fleet.traders import keys, tables
from fleet.traders.accounts import AccountClaim
from fleet.traders.days import DayRecord, Standing
from fleet.traders.leases import LeaseRecord
from fleet.traders.orders import ENTER, FILLED, PROTECT, Exits, Order, OrderRecord, Report, order_id
from fleet.traders.settings import Limits, TraderSettings
from fleet.traders.stored import Stored
from fleet.traders.switches import Switch
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.experiments.backtest import backtest
from montecarlo.strategies import SmaCrossover

NAME = "my-trader"
DAY, SESSION = date(2020, 1, 2), date(2020, 1, 3)
NOON = datetime(2020, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
STRATEGY = SmaCrossover(5, 20)


def settings_of(history: PriceHistory, name: str = NAME) -> TraderSettings:
    job = make_backtest_job(history, strategy=STRATEGY, shares=100)
    limits = Limits(order_value=25_000, drawdown=0.2)
    return TraderSettings(
        name=name, job=job, feed="replay", broker="paper", first=None, limits=limits, created=NOON.isoformat()
    )


def order_of(day: date = DAY, session: date = SESSION, intent: str = ENTER, attempt: int = 1) -> Order:
    name = order_id(account="PA3", strategy="0f", symbol="AAPL", day=day, intent=intent, attempt=attempt)
    exits = Exits(stop=0.05, holding=10) if intent == ENTER else Exits()
    stop = 71.5 if intent == PROTECT else None
    return Order(id=name, symbol="AAPL", session=session, intent=intent, shares=-100, exits=exits, stop=stop)


def order_record(order: Order | None = None, day: date = DAY, lease: int = 1) -> OrderRecord:
    return OrderRecord(order=order or order_of(), day=day, attempt=1, lease=lease)


def filled(record: OrderRecord) -> OrderRecord:
    order = record.order
    return record.with_report(
        Report(id=order.id, state=FILLED, shares=order.shares, price=75.0875, cost=1.5, reason="signal", text="filled")
    )


def day_record(day: date = DAY, session: date | None = SESSION, lease: int = 1, cash: float = 10_000.1) -> DayRecord:
    return DayRecord(
        day=day,
        number=0,
        lease=lease,
        close=75.0875,
        split=1.0,
        standing=Standing(cash=cash, shares=-100, entry_day=0, entry_price=1 / 3, capital=1e4, exits=Exits(target=0.1)),
        session=session,
        orders=(order_of(day, session),) if session else (),
        lot=100,
        equity=cash - 7_508.75,
        highest=10_000.1,
        backtest_shares=-100.0,
        backtest_equity=2_491.35,
        notes=("the order of 2020-01-02 was not filled, because cash did not pay for it", 'a "quoted", note'),
    )


def lease_record(holder: str = "host-4711-0a1b2c3d", number: int = 1) -> LeaseRecord:
    return LeaseRecord(number=number, holder=holder, renewal=7, seconds=120.0, until=NOON)


def trades_of(history: PriceHistory) -> pd.DataFrame:
    """Round trips, the last of which is open."""
    trades = backtest(check_history(history.bars[:180], "AAPL", "sample"), STRATEGY).trades
    assert len(trades) > 1
    assert trades["exit_date"].isna().iloc[-1]
    return trades


def stored(history: PriceHistory) -> dict[str, Stored]:
    """Everything but tables, by its key."""
    switch = Switch(on=True, at=NOON, reason="a person at the web UI")
    return {
        keys.trader_key(NAME): settings_of(history),
        keys.lease_key(NAME): lease_record(),
        keys.day_key(NAME, DAY): day_record(),
        keys.order_key(NAME, SESSION, order_of().id): filled(order_record()),
        keys.halt_key(NAME): switch,
        keys.kill_key(NAME): switch,
        keys.kill_key(None): switch,
        keys.lifted_key(NAME, NOON): switch,
        keys.account_key("PA3", "AAPL"): AccountClaim(trader=NAME, account="PA3", symbol="AAPL"),
    }


def all_objects(history: PriceHistory) -> dict[str, bytes]:
    """Of one trader, by key."""
    line = tables.report_line(day_record(), orders=1, fills=1)
    return {
        **{key: value.to_json() for key, value in stored(history).items()},
        keys.report_key(NAME, DAY): tables.with_lines(b"", [line]),
        keys.trades_key(NAME): trades_csv(trades_of(history)),
        keys.backtest_trades_key(NAME): trades_csv(trades_of(history)),
    }


def trades_csv(trades: pd.DataFrame) -> bytes:
    """Round trips as a trader has them in its tables."""
    return trades.to_csv(index=False, date_format="%Y-%m-%d").encode()
