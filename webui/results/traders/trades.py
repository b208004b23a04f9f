"""A trader's round trips on paper beside those of the backtest."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from montecarlo.wording import count
from webui.display import signed
from webui.results.backtest import EXITS
from webui.results.traders.days import CENT

BOTH, PAPER, BACKTEST = "both", "paper", "backtest"


class Trip(NamedTuple):
    """A round trip, and whose it is: of BOTH where it is the same, otherwise of PAPER or the BACKTEST."""

    whose: str
    trade: dict[str, Any]


def beside(paper: pd.DataFrame, backtest: pd.DataFrame) -> list[Trip]:
    """The round trips of both in the order of their entries; those that began alike and ended otherwise come together.

    Args:
        paper, backtest: With the columns of ``montecarlo.Backtest.trades``.
    """
    left = {_began(trade): trade for trade in _records(backtest)}
    found = []
    for trade in _records(paper):
        other = left.pop(_began(trade), None)
        if other is not None and _same(trade, other):
            found.append(Trip(BOTH, trade))
        else:
            found += [Trip(PAPER, trade), *([Trip(BACKTEST, other)] if other is not None else [])]
    found += [Trip(BACKTEST, trade) for trade in left.values()]
    return sorted(found, key=lambda trip: trip.trade["entry_date"])


def in_words(trips: Sequence[Trip]) -> str:
    """How many are the same."""
    if not trips:
        return "None so far, neither on paper nor in the backtest."
    both, paper, backtest = (sum(trip.whose == whose for trip in trips) for whose in (BOTH, PAPER, BACKTEST))
    if both == len(trips):
        return (
            f"{'The one trade is' if both == 1 else f'All {both:,} trades are'} the same on paper and in the backtest."
        )
    return f"{count(both, 'trade')} the same in both, {paper:,} on paper alone, {backtest:,} in the backtest alone."


def line(trip: Trip) -> dict[str, str]:
    """As a table has it."""
    trade = trip.trade
    return {
        "whose": trip.whose,
        "entry": f"{trade['entry_date']:%Y-%m-%d}",
        "side": "long" if trade["shares"] > 0 else "short",
        "shares": f"{abs(trade['shares']):,.15g}",
        "entry_price": f"{trade['entry_price']:,.2f}",
        "exit": "" if pd.isna(trade["exit_date"]) else f"{trade['exit_date']:%Y-%m-%d}",
        "exit_price": "" if pd.isna(trade["exit_price"]) else f"{trade['exit_price']:,.2f}",
        "reason": EXITS.get(trade["exit_reason"], trade["exit_reason"]),
        "profit": signed(trade["profit"]),
    }


def _records(trades: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = trades.to_dict("records")  # type: ignore[assignment]
    return found


def _began(trade: dict[str, Any]) -> tuple[Any, bool]:
    return trade["entry_date"], trade["shares"] > 0


def _same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    exact, near = ("exit_date", "shares", "exit_reason"), ("entry_price", "exit_price", "profit")
    return all(_equal(first[name], second[name], 0) for name in exact) and all(
        _equal(first[name], second[name], CENT) for name in near
    )


def _equal(first: Any, second: Any, within: float) -> bool:
    if pd.isna(first) or pd.isna(second):
        return bool(pd.isna(first) and pd.isna(second))
    return bool(first == second or (within and abs(first - second) < within))
