"""Paper beside backtest, printed and written into files, of a trader and of a dry run alike."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleet.traders.difference import Difference, difference_of

if TYPE_CHECKING:
    import pandas as pd

_HEADINGS = ("day", "close", "shares", "backtest", "equity", "backtest", "apart", "orders", "fills")

REPORT, TRADES, BACKTEST_TRADES = "report.csv", "trades.csv", "backtest-trades.csv"


@dataclass(frozen=True)
class Compared:
    """
    Attributes:
        report: A row for each day, with ``REPORT_COLUMNS``.
        trades, backtest_trades: Round trips of both, with the columns of ``montecarlo.Backtest.trades``.
    """

    report: "pd.DataFrame"
    trades: "pd.DataFrame"
    backtest_trades: "pd.DataFrame"

    @property
    def difference(self) -> Difference:
        return difference_of(self.report, self.trades, self.backtest_trades)

    def print(self, title: str, last: int) -> None:
        """The last days as a table, and what there is to be said of them."""
        from rich.console import Console
        from rich.table import Table

        from spotmc import output

        if not last:
            return
        table = Table(title=title, title_justify="left")
        for heading in _HEADINGS:
            table.add_column(heading, justify="left" if heading == "day" else "right", no_wrap=True)
        shown = self.report.tail(last)
        for row in shown.to_dict("records"):
            table.add_row(*_cells(row))
        Console(width=output.WIDEST).print(table)
        noted = shown[shown["note"] != ""]
        for when, note in zip(noted["date"], noted["note"], strict=True):
            click.echo(f"{when:%Y-%m-%d}: {note.removeprefix(f'{when:%Y-%m-%d}: ')}")

    def print_totals(self, *, of: int) -> None:
        """All of it in a few numbers of each; ``of`` is how many days there are, where it may have ended before."""
        from rich.console import Console
        from rich.table import Table

        days = len(self.report)
        title = f"All {days:,} days" if days == of else f"The first {days:,} of {of:,} days, where it ended"
        table = Table(title=title, title_justify="left")
        for heading in ("", "paper", "backtest"):
            table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
        sides = [("", self.trades), ("backtest_", self.backtest_trades)]
        found = [
            _totals(self.report[f"{which}shares"], self.report[f"{which}equity"], trades) for which, trades in sides
        ]
        for name, paper in found[0].items():
            table.add_row(name, paper, found[1][name])
        Console().print(table)

    def plain(self, last: int) -> dict[str, Any]:
        """The same for a script."""
        found = self.difference
        apart = asdict(found) | {"first": str(found.first) if found.first else None}
        return {
            "same": found.is_none,
            "difference": apart,
            "days": _plain(self.report.tail(last)),
            "trades": _plain(self.trades),
            "backtest_trades": _plain(self.backtest_trades),
        }

    def write(self, folder: Path, *, overwrite: bool) -> None:
        """
        Raises:
            OccupiedError: other files of these names stand there.
        """
        from montecarlo.experiments.results_folder import replaced, require_free

        tables = {REPORT: self.report, TRADES: self.trades, BACKTEST_TRADES: self.backtest_trades}
        contents = {name: each.to_csv(index=False).encode() for name, each in tables.items()}
        if not overwrite:
            require_free(folder, contents)
        with replaced(folder) as place:
            for name, content in contents.items():
                (place / name).write_bytes(content)


def _cells(row: dict[Any, Any]) -> list[str]:
    import pandas as pd

    money = [row["equity"], row["backtest_equity"], row["equity"] - row["backtest_equity"]]
    return [
        f"{pd.Timestamp(row['date']):%Y-%m-%d}",
        f"{row['close']:,.4f}",
        f"{row['shares']:,.0f}",
        f"{row['backtest_shares']:,.0f}",
        *(f"{each:,.2f}" for each in money),
        f"{row['orders']:,}",
        f"{row['fills']:,}",
    ]


def _totals(shares: "pd.Series", equity: "pd.Series", trades: "pd.DataFrame") -> dict[str, str]:
    fallen = (1 - equity / equity.cummax()).max()
    return {
        "trades": f"{len(trades):,}",
        "of them with a profit": f"{(trades['profit'] > 0).sum():,}",
        "profit of all, dollars": f"{trades['profit'].sum():,.2f}",
        "days with a position": f"{(shares != 0).sum():,}",
        "equity at the end, dollars": f"{equity.iloc[-1]:,.2f}",
        "largest drawdown": f"{fallen:.2%}".replace("%", " %"),
    }


def _plain(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Its rows, dates as text, None where something is missing."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))
    return [
        {name: value.partition("T")[0] if "date" in name and value else value for name, value in row.items()}
        for row in rows
    ]
