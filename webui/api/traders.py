"""Traders on paper for scripts: how they stand, what they did beside the backtest, and their switches."""

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from fleet.traders import state, switches
from fleet.traders.days import DayRecord
from fleet.traders.difference import Difference
from fleet.traders.orders import ENTER, EXIT, FINAL, PROTECT, RECORDED, Order, OrderRecord
from fleet.traders.settings import BROKERS, FEEDS
from fleet.traders.state import ENDED, HALTED, KILLED, RUNNING, STOPPED, TraderState, Unreadable
from fleet.traders.switches import Switch
from webui import connection
from webui.api.operations import Query, operation
from webui.api.problems import no_such_chart
from webui.api.schemas import ANY_OBJECT, COUNT, NUMBER, TEXT, TEXTS, TIME, Schema, exactly, items, named, or_null, told
from webui.results.theme import THEMES, themed
from webui.results.traders.charts import CHARTS
from webui.results.traders.look import all_traders
from webui.results.traders.look import trader as found_of
from webui.results.traders.standing import BY, advice, sentence
from webui.shared_look import arrived

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


@operation("GET", "/traders", answer=(200, named("Traders")))
def traders() -> ResponseReturnValue:
    """All traders on paper, and how each stands."""
    found = all_traders(arrived(), connection.bucket())
    return jsonify(traders=[_listed(each) for each in found.traders], kill_all=_switch(found.kill))


@operation("GET", "/traders/<trader>", answer=(200, named("Trader")), problems=(404, 409))
def trader(trader: str) -> ResponseReturnValue:
    """How a trader stands, beside its backtest, and its last orders."""
    found = found_of(arrived(), connection.bucket(), trader)
    return jsonify(
        **_status(found.state),
        difference=_difference(found.difference) if found.difference else None,
        orders=[_sent(each) for each in found.orders],
        damage=list(found.damage),
    )


@operation("GET", "/traders/<trader>/report", answer=(200, named("TraderReport")), problems=(404, 409))
def trader_report(trader: str) -> ResponseReturnValue:
    """All days of a trader on paper beside its backtest, and the round trips of both."""
    found = found_of(arrived(), connection.bucket(), trader)
    return jsonify(
        days=_lines(found.report),
        trades=_lines(found.trades),
        backtest_trades=_lines(found.backtest_trades),
        damage=list(found.damage),
    )


@operation(
    "GET",
    "/traders/<trader>/charts/<name>",
    answer=(200, ANY_OBJECT),
    problems=(404, 409),
    query=(Query("theme", {"type": "string", "enum": list(THEMES)}, "For which ground."),),
)
def trader_chart(trader: str, name: str) -> ResponseReturnValue:
    """A chart of a trader, as plotly has it."""
    if name not in CHARTS:
        return no_such_chart("a trader", CHARTS, name)
    figure = CHARTS[name](found_of(arrived(), connection.bucket(), trader))
    return Response(themed(figure, request.args).to_json(), mimetype="application/json")


@operation("POST", "/traders/<trader>/kill", answer=(200, named("TraderStatus")), problems=(404, 409))
def kill(trader: str) -> ResponseReturnValue:
    """Throw a trader's kill switch: open orders are cancelled, none are sent, positions stay."""
    switches.kill(connection.bucket(), trader, BY)
    return _standing(trader)


@operation("POST", "/traders/<trader>/release", answer=(200, named("TraderStatus")), problems=(404, 409))
def release(trader: str) -> ResponseReturnValue:
    """Put a trader's kill switch back; that of all traders is another one."""
    switches.release(connection.bucket(), trader)
    return _standing(trader)


@operation("POST", "/traders/<trader>/lift", answer=(200, named("TraderStatus")), problems=(404, 409))
def lift(trader: str) -> ResponseReturnValue:
    """Lift a trader's halt, once a person has looked at its reason."""
    switches.lift(connection.bucket(), trader)
    return _standing(trader)


@operation("POST", "/all-traders/kill", answer=(200, named("KillSwitchOfAll")))
def kill_all() -> ResponseReturnValue:
    """Throw the kill switch of all traders, those that are made later among them."""
    switches.kill(connection.bucket(), None, BY)
    return jsonify(kill_all=_switch(switches.killed(connection.bucket(), None)))


@operation("POST", "/all-traders/release", answer=(200, named("KillSwitchOfAll")), problems=(409,))
def release_all() -> ResponseReturnValue:
    """Put the kill switch of all traders back; one of a trader's own stays on."""
    switches.release(connection.bucket(), None)
    return jsonify(kill_all=_switch(switches.killed(connection.bucket(), None)))


def _standing(name: str) -> ResponseReturnValue:
    return jsonify(_status(state.load(connection.bucket(), name)))


def _listed(each: TraderState | Unreadable) -> dict[str, Any]:
    if isinstance(each, Unreadable):
        return {"name": each.name, "status": "unreadable", "reason": each.reason}
    return _status(each)


def _status(it: TraderState) -> dict[str, Any]:
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
        "kill": _switch(it.kill),
        "kill_all": _switch(it.kill_all),
        "last": _day(it.last) if it.last else None,
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


def _switch(switch: Switch | None) -> dict[str, str] | None:
    return {"at": switch.at.isoformat(), "by": switch.reason} if switch else None
