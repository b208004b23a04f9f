"""A trader's days on paper beside those of the backtest."""

from typing import Any

import pandas as pd

from fleet.traders.difference import Difference
from montecarlo.wording import count
from webui.display import dollars, signed

CENT = 0.005
"""Dollars: less is no difference."""


def moved_apart(report: pd.DataFrame) -> pd.DataFrame:
    """The days on which paper and backtest moved apart, or towards each other again.

    On those they hold other positions, or the difference between the accounts has changed by a cent: one that merely
    lasts makes no day worth a line.

    Args:
        report: From ``fleet.traders.state.report``.

    Returns:
        Its rows of such days, with ``difference`` of the accounts and by how much it ``moved`` that day, dollars.
    """
    difference = report["equity"] - report["backtest_equity"]
    moved = difference.diff().fillna(difference)
    other = report["shares"] != report["backtest_shares"]
    return report.assign(difference=difference, moved=moved)[other | (moved.abs() >= CENT)]


def in_words(difference: Difference | None) -> str:
    """How the account on paper compares with the backtest's on the same days."""
    if difference is None:
        return "There is no day to compare as yet."
    days = count(difference.days, "day")
    if difference.first is None:
        return f"No difference on any of {days}: paper and backtest hold the same shares and are worth the same."
    others = difference.shares_differ
    held = f"They held other shares on {others:,} of {days}" if others else "They always held the same shares"
    now = difference.equity - difference.backtest_equity
    at_last = f"{dollars(abs(now))} {'above' if now > 0 else 'below'} the backtest" if abs(now) >= CENT else "the same"
    return (
        f"Paper and backtest differ first on {difference.first}. {held}; the accounts were "
        f"{dollars(difference.largest)} apart at most, and at the last close paper is {at_last}."
    )


def line(day: dict[str, Any]) -> dict[str, str]:
    """A day of those, as a table has it."""
    return {
        "date": f"{day['date']:%Y-%m-%d}",
        "shares": f"{day['shares']:,.15g}",
        "backtest_shares": f"{day['backtest_shares']:,.15g}",
        "equity": dollars(day["equity"]),
        "backtest_equity": dollars(day["backtest_equity"]),
        "moved": signed(day["moved"]),
        "difference": signed(day["difference"]),
    }


def note(day: dict[str, Any]) -> tuple[str, str]:
    """When, and what a person should know of it."""
    when = f"{day['date']:%Y-%m-%d}"
    return when, str(day["note"]).removeprefix(f"{when}: ")


def notes(report: pd.DataFrame) -> pd.DataFrame:
    """The days of which a person should know something."""
    return report[report["note"].fillna("") != ""]
