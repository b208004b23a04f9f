"""What came of a backtest, as its page shows it."""

import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from fleet import results
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.traders.settings import PAPER
from fleet.traders.tradable import problems_of
from montecarlo.accounting.rules import Rules
from montecarlo.experiments import sentence as sentences
from montecarlo.experiments.backtest import Backtest
from montecarlo.experiments.historical import EQUITY, TRADES
from montecarlo.statistics.summary import summary_from_csv
from montecarlo.strategies import Strategy
from webui.display import percent, thousands
from webui.forms.form import texts_of_backtest
from webui.results import backtest_statistics as statistics
from webui.results.kind import Chart, Figure, Kind
from webui.results.real_history import real_history
from webui.results.summary import written

if TYPE_CHECKING:
    import plotly.graph_objects as go

LISTED = 25
"""Trades that a page shows; the file has all."""

DAYS = {"504": "the last two years", "252": "the last year", "1260": "the last five years", "all": "all of it"}
_YEAR = 252  # days, by which those above are counted

EXITS = {
    "signal": "signal",
    "stop": "stop",
    "target": "target",
    "time": "time was up",
    "ruin": "nothing left",
    "end": "still open",
}
"""Why a trade ended, as a table says it."""


def read(bucket: Bucket, job: Job) -> dict[str, Any]:
    """What came of it: in a sentence, in the figures that are read first, in all of them, and trade by trade."""
    experiment: Any = job.experiment
    table, trades = results.summary(bucket, job), results.parsed(bucket, job, _trades, TRADES)
    with results.making_sense_of(job):
        said = sentences.of_backtest(job.symbol, experiment, table)
        found = statistics.of_summary(table)
    with results.making_sense_of(job, TRADES):
        listed = trade_lines(trades)
    untraded = problems_of(experiment.strategy, experiment.rules, PAPER)
    return {"sentence": said, **found, **listed, "cannot_be_traded": untraded}


def trade_lines(trades: pd.DataFrame) -> dict[str, Any]:
    """The last LISTED of the trades, the newest first, as a table has them, and how many there are in all."""
    shown: list[dict[str, Any]] = trades.iloc[::-1].head(LISTED).to_dict("records")  # type: ignore[assignment]
    return {
        "all_trades": len(trades),
        "trades": [
            {
                "side": "long" if each["shares"] > 0 else "short",
                "entry": f"{each['entry_date']:%Y-%m-%d}",
                "entry_price": f"{each['entry_price']:,.2f}",
                "exit": "" if pd.isna(each["exit_date"]) else f"{each['exit_date']:%Y-%m-%d}",
                "exit_price": "" if pd.isna(each["exit_price"]) else f"{each['exit_price']:,.2f}",
                "reason": EXITS.get(each["exit_reason"], each["exit_reason"]),
                "ambiguous": each["ambiguous"],
                "profit": f"{each['profit']:+,.0f}",
            }
            for each in shown
        ],
    }


def figures(content: bytes) -> list[Figure]:
    """What tells backtests apart at a glance."""
    value = summary_from_csv(content).set_index("statistic")["value"]
    return [
        Figure("Return", written(percent, value["return"])),
        Figure("Holding", written(percent, value["buy_and_hold_value"] / value["capital"] - 1)),
        Figure("Drawdown", written(percent, value["max_drawdown"])),
        Figure("Trades", thousands(value["trades"])),
    ]


def candles(bucket: Bucket, job: Job, days: str = next(iter(DAYS))) -> "go.Figure":
    """Bars and the trades within them; closes where there are no bars."""
    experiment: Any = job.experiment
    return drawn(bucket, job, _found(bucket, job), experiment.strategy, days)


def drawn(bucket: Bucket, job: Job, found: Backtest, strategy: Strategy, days: str) -> "go.Figure":
    """The same of a backtest on the prices of a job."""
    from montecarlo import charts  # plotly takes a while to import

    history = real_history(bucket, job)
    if not history.has_bars:
        return charts.price_history(history, strategy, found)
    shown = None if days == "all" else round(int(days) / _YEAR * history.bars_per_year)
    return charts.candles(history, found.trades, strategy=strategy, days=shown)


def equity(bucket: Bucket, job: Job) -> "go.Figure":
    """The account beside that of buying and holding."""
    from montecarlo import charts  # plotly takes a while to import

    found = _found(bucket, job)
    with results.making_sense_of(job, EQUITY):
        return charts.equity(found)


def _found(bucket: Bucket, job: Job) -> Backtest:
    """The backtest that the files of a job were written of."""
    experiment: Any = job.experiment
    rules: Rules = experiment.rules
    accounts = results.parsed(bucket, job, _accounts, EQUITY)
    with results.making_sense_of(job, EQUITY):
        own, hold = accounts["equity"], accounts["buy_and_hold"]
    return Backtest(
        equity=own,
        buy_and_hold=hold,
        trades=results.parsed(bucket, job, _trades, TRADES),
        summary=results.summary(bucket, job),
        rules=rules,
        warnings=job.experiment.warnings,
    )


def _accounts(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), index_col="date", parse_dates=["date"])


def _trades(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), parse_dates=["entry_date", "exit_date"])


def repeated(job: Job) -> dict[str, str]:
    """What the form has to be filled in with to simulate what was traded."""
    experiment: Any = job.experiment
    return texts_of_backtest(job, experiment.strategy, experiment.rules)


KIND = Kind(
    template="backtest.html",
    read=read,
    charts={
        "candles": Chart(
            "Bars, and the trades within them",
            candles,
            "date",
            "the table of trades below says the same in numbers",
            wide=True,
            choices={"days": DAYS},
        ),
        "equity": Chart("The account", equity, "date", "equity.csv has its numbers", wide=True),
    },
    sentence=results.sentence,
    figures=figures,
    repeated=repeated,
    repeat="Simulate the same",
)
