"""What the pages of traders show, as their templates find it."""

from typing import Any

import pandas as pd

from fleet.traders.days import DayRecord
from fleet.traders.orders import ACCEPTED, EXPIRED, FILLED, LAPSED, PROTECT, REJECTED, OrderRecord
from fleet.traders.overview import Overview
from fleet.traders.state import TraderState, Unreadable
from webui.display import dollars, job_title, signed
from webui.results.facts import facts
from webui.results.traders import days, orders, settings, trades
from webui.results.traders.look import All
from webui.results.traders.standing import advice, sentence, shares, thrown

LISTED = 15
"""Days and trades that a page shows; the files have all."""

CHIPS = {FILLED: "good", ACCEPTED: "accent", REJECTED: "bad", EXPIRED: "warn", LAPSED: "warn"}
"""Of the states of orders; but that a stop or a target was not reached is nothing to worry about."""


def trader_shown(found: Overview) -> dict[str, Any]:
    """All that the page of one has, but the chart."""
    state = found.state
    trips = trades.beside(found.trades, found.backtest_trades)
    apart, noted = days.moved_apart(found.report), days.notes(found.report)
    return {
        "state": state,
        "sentence": sentence(state),
        "advice": advice(state),
        "figures": _figures(state) if state.last else [],
        "days": len(found.report),
        "difference": days.in_words(found.difference),
        "apart": [days.line(each) for each in _newest(apart)],
        "all_apart": len(apart),
        "notes": [days.note(each) for each in _newest(noted)],
        "all_notes": len(noted),
        "trades_in_words": trades.in_words(trips),
        "trades": [trades.line(each) for each in reversed(trips[-LISTED:])],
        "all_trades": len(trips),
        "orders": [_order(each) for each in found.orders],
        "traded": settings.traded(state.settings),
        "limits": settings.limits(state.settings),
        "facts": facts(state.settings.job),
        "damage": found.damage,
    }


def all_shown(found: All) -> dict[str, Any]:
    """All that the list has."""
    killed = thrown(found.kill) if found.kill else ""
    return {"rows": [_row(each) for each in found.traders], "killed": killed}


def _row(trader: TraderState | Unreadable) -> dict[str, Any]:
    if isinstance(trader, Unreadable):
        return {"name": trader.name, "status": "unreadable", "reason": trader.reason, "title": "", "figures": []}
    reason = trader.halt.reason if trader.halt else ""
    return {
        "name": trader.settings.name,
        "status": trader.status,
        "reason": reason,
        "title": job_title(trader.settings.job),
        "figures": _short_figures(trader.last) if trader.last else [],
    }


def _short_figures(last: DayRecord) -> list[tuple[str, str]]:
    return [
        ("Equity", dollars(last.equity)),
        ("Position", shares(last.standing.shares)),
        ("Difference", _difference(last)),
        ("Last day", f"{last.day}"),
    ]


def _figures(state: TraderState) -> list[tuple[str, str, str]]:
    """The ones that are read first: what each is called, the figure, and words about it."""
    last = state.last
    assert last is not None
    experiment: Any = state.settings.job.experiment
    capital = experiment.rules.capital
    gain = 100 * (last.equity / capital - 1)
    held = last.standing.shares
    decided = ", and ".join(orders.what(each) for each in last.orders) or "no order"
    return [
        ("Equity on paper", f"${last.equity:,.0f}", f"{gain:+,.2f} % since its start with ${capital:,.0f}"),
        ("Beside the backtest", _difference(last), f"which has {dollars(last.backtest_equity)}"),
        (
            "Position",
            shares(held),
            f"worth {dollars(held * last.close)} at {last.close:,.2f}" if held else "cash alone",
        ),
        (
            "Last day",
            f"{last.day}",
            f"for {last.session}: {decided}" if last.session else "there is no session after it",
        ),
    ]


def _difference(last: DayRecord) -> str:
    difference = last.equity - last.backtest_equity
    return "none" if abs(difference) < days.CENT else signed(difference)


def _order(record: OrderRecord) -> dict[str, Any]:
    return {
        "session": record.order.session,
        "what": orders.what(record.order),
        "state": record.state,
        "chip": "" if (record.order.intent, record.state) == (PROTECT, EXPIRED) else CHIPS.get(record.state, ""),
        "became": orders.became(record),
        "id": record.order.id,
    }


def _newest(rows: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.iloc[::-1].head(LISTED).to_dict("records")  # type: ignore[assignment]
    return found
