"""How far a trader on paper and the backtest of the same days are apart."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Paper beside backtest.

    Attributes:
        days: That both have traded.
        equity, backtest_equity: At the last close, dollars.
        largest: Absolute difference of the two on any day, dollars.
        shares_differ: Days at whose close they hold different numbers of shares.
        first: The first day on which shares or equity are not the same; None where they never differ.
        trades, backtest_trades: How many round trips; one that is open counts.
        trades_differ: Round trips of either that the other one does not have in exactly this way.
    """

    days: int
    equity: float
    backtest_equity: float
    largest: float
    shares_differ: int
    first: date | None
    trades: int
    backtest_trades: int
    trades_differ: int

    @property
    def is_none(self) -> bool:
        """Whether they are the same, to the last bit."""
        return self.first is None and self.trades_differ == 0

    def __str__(self) -> str:
        counted = f"{self.trades:,} trade{'' if self.trades == 1 else 's'} on paper in {_days(self.days)}"
        ends = f"equity ${self.equity:,.2f} at the last close"
        if self.is_none:
            return f"{counted}, {ends}: the backtest has the same, to the last bit"
        trades = "the same trades" if not self.trades_differ else f"{self.backtest_trades:,} in the backtest"
        if self.trades_differ:
            trades += f" ({self.trades_differ:,} of one that the other does not have)"
        shares = f", other shares on {_days(self.shares_differ)}" if self.shares_differ else ""
        since = f", first on {self.first}" if self.first else ""
        apart = self.equity - self.backtest_equity
        return (
            f"{counted}, {trades}; {ends}, {'-' if apart < 0 else '+'}${abs(apart):,.2f} beside the backtest, "
            f"${self.largest:,.2f} apart at most{shares}{since}"
        )


def difference_of(report: pd.DataFrame, trades: pd.DataFrame, backtest_trades: pd.DataFrame) -> Difference:
    """From the daily report, with ``REPORT_COLUMNS``, and the round trips of both, as ``Backtest.trades``.

    Raises:
        ValueError: the report has no day.
    """
    if report.empty:
        raise ValueError("there is no day to compare")
    apart = (report["equity"] - report["backtest_equity"]).abs()
    other = report["shares"] != report["backtest_shares"]
    unlike = np.flatnonzero((apart > 0) | other)
    return Difference(
        days=len(report),
        equity=float(report["equity"].iloc[-1]),
        backtest_equity=float(report["backtest_equity"].iloc[-1]),
        largest=float(apart.max()),
        shares_differ=int(other.sum()),
        first=pd.Timestamp(report["date"].iloc[unlike[0]]).date() if len(unlike) else None,
        trades=len(trades),
        backtest_trades=len(backtest_trades),
        trades_differ=len(_rows(trades) ^ _rows(backtest_trades)),
    )


def _rows(trades: pd.DataFrame) -> set[tuple[str, ...]]:
    """Each as text that is the same for the same values, whatever is missing."""
    return {tuple("" if pd.isna(value) else str(value) for value in row) for row in trades.itertuples(index=False)}


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"
