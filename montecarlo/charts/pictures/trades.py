"""The picture of a backtest: closes with the trades, the account beside buying and holding, and its drawdown."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from montecarlo.accounting.brackets import STOP, TARGET
from montecarlo.accounting.broker import RUIN, SIGNAL, TIME
from montecarlo.charts.pictures import drawing
from montecarlo.charts.pictures.drawing import BLUE, GREEN, GREY, GROUND, INK, ORANGE, PURPLE, VERMILLION
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.backtest import bars_of
from montecarlo.experiments.historical import EQUITY, TRADES, HistoricalBacktest
from montecarlo.wording import count

CROWDED = 80
"""Trades of which the markers have the usual size."""

LINES = (ORANGE, BLUE, PURPLE)  # of what the strategy looks at

# Each shape is of one kind, so that nobody needs the colours; the same as in the charts of a browser.
_ENTRIES: dict[str, tuple[int, dict[str, Any]]] = {
    "buy": (1, {"marker": "^", "color": GREEN, "markersize": 9, "markeredgecolor": GROUND}),
    "sell short": (-1, {"marker": "v", "color": PURPLE, "markersize": 9, "markeredgecolor": GROUND}),
}
_EXITS: dict[str, tuple[str, dict[str, Any]]] = {
    SIGNAL: ("left by signal", {"marker": "o", "markerfacecolor": "none", "color": INK, "markersize": 7}),
    STOP: ("stopped", {"marker": "x", "color": VERMILLION, "markersize": 8, "markeredgewidth": 2.5}),
    TARGET: ("target reached", {"marker": "*", "color": BLUE, "markersize": 11, "markeredgecolor": GROUND}),
    TIME: ("time was up", {"marker": "s", "color": ORANGE, "markersize": 7, "markeredgecolor": GROUND}),
    RUIN: ("nothing left", {"marker": "P", "color": VERMILLION, "markersize": 9, "markeredgecolor": GROUND}),
}


def draw(files: Mapping[str, bytes], experiment: HistoricalBacktest, history: PriceHistory, sentence: str) -> Figure:
    """
    Args:
        files: EQUITY, TRADES and SUMMARY.
        experiment: What was traded.
        history: On which it was.
        sentence: What came of it.
    """
    equity = pd.read_csv(io.BytesIO(files[EQUITY]), parse_dates=["date"])
    trades = pd.read_csv(io.BytesIO(files[TRADES]), parse_dates=["entry_date", "exit_date"])
    figure = drawing.sheet(f"{history.symbol}: {experiment.title}", sentence, 9.4)
    prices, account, fallen = figure.subplots(3, 1, sharex=True, height_ratios=(1.25, 0.85, 0.55))
    _prices(prices, history, experiment, trades)
    _account(account, fallen, equity, experiment.rules.capital)
    drawing.dated(fallen)
    return figure


def _prices(axes: Axes, history: PriceHistory, experiment: HistoricalBacktest, trades: pd.DataFrame) -> None:
    days, closes = drawing.days_of(history.bars.index), history.closes
    kept = drawing.thinned(closes)
    axes.plot(days[kept], closes[kept], color=GREY, linewidth=1, label="close")
    strategy = experiment.strategy
    if experiment.own_rule is None:  # what a person's own looks at is theirs to draw
        lines = strategy.lines_of_bars(bars_of(history, strategy.uses_bars)).items()
        for colour, (name, values) in zip(LINES, lines, strict=False):
            line = np.ravel(values)
            kept = drawing.thinned(np.nan_to_num(line, nan=float(closes[0])))
            axes.plot(days[kept], line[kept], color=colour, linewidth=1.4, label=name)
    _marks(axes, trades)
    index = history.source == "fred"
    drawing.dollars(axes, closes, unit="" if index else "$")
    axes.set_ylim(closes.min() / 1.08, closes.max() * 1.08)  # a line far off would press them together
    axes.set_ylabel(f"adjusted close ({'index points' if index else 'dollars'})")
    drawing.headed(axes, f"Prices and {count(len(trades), 'trade')}")


def _marks(axes: Axes, trades: pd.DataFrame) -> None:
    """Where each trade was entered, and where and why it ended."""
    crowded = len(trades) > CROWDED
    side = np.sign(trades["shares"].to_numpy(np.float64))
    for name, (sign, look) in _ENTRIES.items():
        own = trades[side == sign]
        _points(axes, own, "entry", name, _look(look, crowded))
    for reason, (name, look) in _EXITS.items():
        own = trades[(trades["exit_reason"] == reason) & trades["exit_date"].notna()]
        _points(axes, own, "exit", name, _look(look, crowded))


def _look(usual: Mapping[str, Any], crowded: bool) -> dict[str, Any]:
    if not crowded:
        return dict(usual)
    edge = 0.0 if "markeredgecolor" in usual else 0.9
    return {**usual, "markersize": 0.6 * usual["markersize"], "markeredgewidth": edge}


def _points(axes: Axes, trades: pd.DataFrame, when: str, name: str, look: Mapping[str, Any]) -> None:
    if len(trades):
        at, price = drawing.days_of(trades[f"{when}_date"]), trades[f"{when}_price"].to_numpy(np.float64)
        axes.plot(at, price, linestyle="none", label=f"{name} ({len(trades):,})", zorder=3, **look)


def _account(account: Axes, fallen: Axes, equity: pd.DataFrame, capital: float) -> None:
    """The strategy's and that of buying and holding, and below how far each is under its last peak."""
    days = drawing.days_of(equity["date"])
    both = [equity[name].to_numpy(np.float64) for name in ("equity", "buy_and_hold")]
    looks = (
        ("strategy", "", {"color": BLUE, "linewidth": 1.8}),
        ("buy and hold", " by holding", {"color": GREY, "linewidth": 1.3, "linestyle": (0, (1.5, 1.2))}),
    )
    ends, falls = [], []
    for values, (name, by, look) in reversed(list(zip(both, looks, strict=True))):
        drawdown = values / np.maximum.accumulate(values) - 1
        kept = drawing.thinned(values, drawdown)
        account.plot(days[kept], values[kept], label=name, **look)
        fallen.plot(days[kept], drawdown[kept], **look)
        if name == "strategy":
            fallen.fill_between(days[kept], drawdown[kept], 0, color=BLUE, alpha=0.12, linewidth=0)
        ends.append(f"${values[-1]:,.0f}{by}")
        falls.append(f"{drawing.percent(-drawdown.min())}{by}")
    account.axhline(capital, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    drawing.dollars(account, *both)
    account.set_ylabel("equity (dollars)")
    drawing.headed(account, f"From ${capital:,.0f} to {', and to '.join(reversed(ends))}")
    fallen.set_title(f"Deepest drawdown: {', and '.join(reversed(falls))}")
    drawing.percents(fallen.yaxis)
    fallen.set_ylabel("under the last peak (%)")
    fallen.set_ylim(top=0)
