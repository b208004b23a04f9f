"""What a script is told of traders: values, and beside each the schema that describes it."""

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fleet.traders.days import DayRecord
from fleet.traders.difference import Difference
from fleet.traders.orders import ENTER, EXIT, FINAL, PROTECT, RECORDED, Order, OrderRecord
from fleet.traders.overview import Overview
from fleet.traders.settings import BROKERS, FEEDS
from fleet.traders.state import ENDED, HALTED, KILLED, RUNNING, STOPPED, TraderState, Unreadable
from fleet.traders.switches import Switch
from webui.api.schemas import ANY_OBJECT, COUNT, NUMBER, TEXT, TEXTS, TIME, Schema, exactly, items, named, or_null, told
from webui.results.traders.standing import advice, sentence

_DAY: Schema = {"type": "string", "format": "date"}
_WHOLE: Schema = {"type": "integer"}
_YES: Schema = {"type": "boolean"}


def _one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


_LAST: dict[str, Schema] = {
    "day": told(_DAY, "At whose close it was decided."),
    "number": told(COUNT, "Days after the trader's first."),
    "close": told(NUMBER, "Of the bar, dollars."),
    "shares": told(_WHOLE, "On paper after the close, negative while short."),
    "cash": told(NUMBER, "Likewise, dollars."),
    "equity": told(NUMBER, "Likewise, dollars."),
    "backtest_shares": told(NUMBER, "In the backtest on the same bars, at the same close."),
    "backtest_equity": told(NUMBER, "Likewise, dollars."),
    "session": told(or_null(_DAY), "For which orders were decided; null where there is none after it."),
    "orders": told(items(named("TraderOrder")), "Those that were decided."),
    "notes": told(TEXTS, "What a person should know of the day."),
}
_STATUS: dict[str, Schema] = {
    "name": TEXT,
    "symbol": TEXT,
    "title": told(TEXT, "Of what it trades, in a few words."),
    "status": told(_one_of(RUNNING, STOPPED, HALTED, KILLED, ENDED), "Halted and killed before the others."),
    "sentence": told(TEXT, "How it stands, as a person repeats it."),
    "advice": told(TEXT, "What to do next; empty where nothing is."),
    "feed": _one_of(*FEEDS),
    "broker": _one_of(*BROKERS),
    "first": told(or_null(_DAY), "Its first day; null is the first on which the strategy can decide."),
    "created": TEXT,
    "limits": told(ANY_OBJECT, "Beyond which it halts, by their names; null is none."),
    "holder": told(TEXT, "The process that runs it; empty where none does."),
    "lease": told(COUNT, "Number of the last lease."),
    "halt": or_null(exactly("Why it halted.", {"reason": TEXT, "at": TIME})),
    "kill": told(or_null(named("KillSwitch")), "Its own kill switch, where that is on."),
    "kill_all": told(or_null(named("KillSwitch")), "That of all traders, where it is on."),
    "last": told(or_null(named("TraderDay")), "The last day that it decided."),
}

SCHEMAS: dict[str, Schema] = {
    "TraderOrder": exactly(
        "An order of a trader.",
        {
            "id": told(TEXT, "By which broker and bucket know it."),
            "session": told(_DAY, "The trading day that it is for."),
            "intent": _one_of(ENTER, EXIT, PROTECT),
            "shares": told(_WHOLE, "Positive to buy, negative to sell."),
            "reason": told(TEXT, "Why, of an exit: signal or time."),
            "stop": told(or_null(NUMBER), "Of one that protects, dollars."),
            "target": told(or_null(NUMBER), "Likewise."),
        },
    ),
    "SentOrder": exactly(
        "An order, and what became of it.",
        {
            "order": named("TraderOrder"),
            "day": told(_DAY, "At whose close it was decided."),
            "attempt": told(COUNT, "From 1."),
            "state": told(_one_of(RECORDED, "accepted", *sorted(FINAL)), "Recorded: nothing is known at the broker."),
            "filled": told(_WHOLE, "Shares so far, positive if bought."),
            "price": told(or_null(NUMBER), "Of these, on average, dollars."),
            "text": told(TEXT, "What the broker says of it, or why it never got there."),
        },
    ),
    "TraderDay": exactly("A day of a trader.", _LAST),
    "TraderDifference": exactly(
        "Paper beside backtest.",
        {
            "sentence": told(TEXT, "As a person repeats it."),
            "days": COUNT,
            "equity": told(NUMBER, "At the last close, dollars."),
            "backtest_equity": told(NUMBER, "Likewise."),
            "largest": told(NUMBER, "Absolute difference of the two on any day, dollars."),
            "shares_differ": told(COUNT, "Days at whose close they hold different numbers of shares."),
            "first": told(or_null(_DAY), "On which shares or equity are not the same; null where they never differ."),
            "trades": COUNT,
            "backtest_trades": COUNT,
            "trades_differ": told(COUNT, "Round trips of either that the other does not have in exactly this way."),
        },
    ),
    "TraderStatus": exactly("How a trader on paper stands.", _STATUS),
    "Trader": exactly(
        "A trader on paper.",
        {
            **_STATUS,
            "difference": told(or_null(named("TraderDifference")), "From the backtest; null before the first day."),
            "orders": told(items(named("SentOrder")), "The last ones, the newest session first."),
            "damage": told(TEXTS, "What of it in the bucket cannot be read, and is empty therefore."),
        },
    ),
    "UnreadableTrader": exactly(
        "A trader of which nothing can be told.", {"name": TEXT, "status": _one_of("unreadable"), "reason": TEXT}
    ),
    "Traders": exactly(
        "All traders on paper.",
        {
            "traders": items({"anyOf": [named("TraderStatus"), named("UnreadableTrader")]}),
            "kill_all": told(or_null(named("KillSwitch")), "That of all, where it is on."),
        },
    ),
    "TraderReport": exactly(
        "All days of a trader, and all round trips, as in its files.",
        {
            **{name: items(ANY_OBJECT) for name in ("days", "trades", "backtest_trades")},
            "damage": told(TEXTS, "What of it in the bucket cannot be read, and is empty therefore."),
        },
    ),
    "KillSwitch": exactly("A switch that is on.", {"at": told(TIME, "When it was thrown."), "by": TEXT}),
    "KillSwitchOfAll": exactly("That of all traders.", {"kill_all": or_null(named("KillSwitch"))}),
}


def listed(each: TraderState | Unreadable) -> dict[str, Any]:
    if isinstance(each, Unreadable):
        return {"name": each.name, "status": "unreadable", "reason": each.reason}
    return status_of(each)


def status_of(it: TraderState) -> dict[str, Any]:
    settings = it.settings
    return {
        "name": settings.name,
        "symbol": settings.job.symbol,
        "title": settings.job.experiment.title,
        "status": it.status,
        "sentence": sentence(it),
        "advice": advice(it),
        "feed": settings.feed,
        "broker": settings.broker,
        "first": str(settings.first) if settings.first else None,
        "created": settings.created,
        "limits": asdict(settings.limits),
        "holder": it.holder,
        "lease": it.lease,
        "halt": {"reason": it.halt.reason, "at": it.halt.at.isoformat()} if it.halt else None,
        "kill": switch_of(it.kill),
        "kill_all": switch_of(it.kill_all),
        "last": _day(it.last) if it.last else None,
    }


def one(found: Overview) -> dict[str, Any]:
    """A trader beside its backtest, and its last orders."""
    return {
        **status_of(found.state),
        "difference": _difference(found.difference) if found.difference else None,
        "orders": [_sent(each) for each in found.orders],
        "damage": list(found.damage),
    }


def report_of(found: Overview) -> dict[str, Any]:
    """All its days and all its round trips."""
    return {
        "days": _lines(found.report),
        "trades": _lines(found.trades),
        "backtest_trades": _lines(found.backtest_trades),
        "damage": list(found.damage),
    }


def _day(record: DayRecord) -> dict[str, Any]:
    return {
        "day": str(record.day),
        "number": record.number,
        "close": record.close,
        "shares": record.standing.shares,
        "cash": record.standing.cash,
        "equity": record.equity,
        "backtest_shares": record.backtest_shares,
        "backtest_equity": record.backtest_equity,
        "session": str(record.session) if record.session else None,
        "orders": [_order(each) for each in record.orders],
        "notes": list(record.notes),
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "session": str(order.session),
        "intent": order.intent,
        "shares": order.shares,
        "reason": order.reason,
        "stop": order.stop,
        "target": order.target,
    }


def _sent(record: OrderRecord) -> dict[str, Any]:
    report = record.report
    return {
        "order": _order(record.order),
        "day": str(record.day),
        "attempt": record.attempt,
        "state": record.state,
        "filled": report.shares if report else 0,
        "price": report.price if report else None,
        "text": record.lapsed or (report.text if report else ""),
    }


def _difference(difference: Difference) -> dict[str, Any]:
    first = str(difference.first) if difference.first else None
    return asdict(difference) | {"first": first, "sentence": str(difference)}


def _lines(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Its rows as plain values; null where something is missing."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, date):  # a time, too
        return f"{value:%Y-%m-%d}"
    return value.item() if isinstance(value, np.generic) else value


def switch_of(switch: Switch | None) -> dict[str, str] | None:
    return {"at": switch.at.isoformat(), "by": switch.reason} if switch else None
