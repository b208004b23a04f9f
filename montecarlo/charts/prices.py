"""Prices, what a strategy compares them with, and where it trades."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from montecarlo.accounting.rules import Rules
from montecarlo.charts.style import BLUE, EDGE, GREEN, GREY, ORANGE, PURPLE, TEMPLATE, VERMILLION
from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.errors import ParameterError
from montecarlo.experiments.backtest import Backtest, bars_of, round_trips, trade
from montecarlo.strategies import Strategy

FloatArray = NDArray[np.float64]

LINES = (VERMILLION, BLUE, ORANGE)  # of what a strategy looks at, in its order

# Up is bought and down is sold; full is a long position and hollow a short one, so that nobody needs the colours.
_LONG, _SHORT = ("buy", "sell"), ("sell short", "buy back")
_MARKERS = {
    "buy": {"symbol": "triangle-up", "color": GREEN, "size": 11, "line": {"color": EDGE, "width": 1}},
    "sell": {"symbol": "triangle-down", "color": PURPLE, "size": 11, "line": {"color": EDGE, "width": 1}},
    # Larger, because a position that turns is left and opened at the same close.
    "sell short": {"symbol": "triangle-down-open", "color": PURPLE, "size": 15, "line": {"width": 2}},
    "buy back": {"symbol": "triangle-up-open", "color": GREEN, "size": 15, "line": {"width": 2}},
}


@dataclass(frozen=True)
class Fills:
    """Where one path was traded: x and price of each fill, by what it is."""

    at: dict[str, tuple[pd.Index, FloatArray]]

    @property
    def sides(self) -> set[tuple[str, str]]:
        """Those on which a position was opened."""
        return {side for side in (_LONG, _SHORT) if len(self.at[side[0]][0])}


def price_history(history: PriceHistory, strategy: Strategy, backtest: Backtest | None = None) -> go.Figure:
    """Adjusted closes on a logarithmic scale, what the strategy looks at, and where a backtest bought and sold."""
    dates = history.bars.index
    bars = bars_of(history, strategy.uses_bars)
    figure = go.Figure(_price_lines(dates, bars, strategy))
    if backtest is not None:
        fills = _fills_of(backtest.trades)
        figure.add_traces(_markers(fills, _shown([fills])))
    unit = "index points" if history.source == "fred" else "dollars"
    figure.update_layout(template=TEMPLATE, title=f"{history.symbol}, {dates[0]:%B %Y} to {dates[-1]:%B %Y}")
    figure.update_xaxes(title="date")
    figure.update_yaxes(
        title=f"adjusted close ({unit})", type="log", nticks=6, tickformat=",~r", range=_range_of(history.closes)
    )
    return figure


def price_paths(
    prices: pd.DataFrame, strategy: Strategy, rules: Rules | None = None, *, bars_per_year: int | None = None
) -> go.Figure:
    """A few simulated paths below each other, with what the strategy looks at and the fills on each.

    Args:
        prices: From ``simulate_prices``, shape (days + 1, paths); from ``simulate_bars`` where the strategy trades
            within the day, or at its open.
        strategy: What is traded when.
        rules: Money, fills and costs; None takes the defaults.
        bars_per_year: How many days make a year, ``bars_per_year`` of the model; needed where idle cash earns interest.

    Raises:
        ParameterError: ``bars_per_year`` is needed and not given, or bars are, and there are closes only.
    """
    rules = rules or Rules()
    if rules.interest and bars_per_year is None:
        raise ParameterError({"bars_per_year": "must be given for rules with interest: take that of the model"})
    if not _has_bars(prices) and (strategy.gives_orders or rules.fill == "next-open"):
        message = "must be those of simulate_bars, because the rule trades within the day, and these are closes only"
        raise ParameterError({"prices": message})
    numbers = list(dict.fromkeys(prices.columns.get_level_values(0)))
    bars = [_bars_of(prices, number) for number in numbers]
    paths = len(bars)
    outcomes = (trade(each, strategy, rules, bars_per_year or TRADING_DAYS) for each in bars)
    fills = [_fills_of(round_trips(outcome, prices.index)) for outcome in outcomes]
    shown = _shown(fills)
    figure = make_subplots(rows=paths, shared_xaxes=True, vertical_spacing=0.15 / paths)
    for path in range(paths):
        for trace in [*_price_lines(prices.index, bars[path], strategy), *_markers(fills[path], shown)]:
            trace.update(legendgroup=trace.name, showlegend=path == 0)
            figure.add_trace(trace, row=path + 1, col=1)
        figure.update_yaxes(title=f"path {numbers[path]} (dollars)", tickformat="$,~r", row=path + 1, col=1)
    figure.update_layout(template=TEMPLATE, title="Simulated closes", height=150 + 220 * paths)
    figure.update_xaxes(title="trading day", row=paths, col=1)
    return figure


def _range_of(closes: FloatArray) -> list[float]:
    """Of a logarithmic axis that shows all closes; a band far below them would press them together."""
    margin = 0.05 * (np.log10(closes.max()) - np.log10(closes.min())) or 0.1
    return [float(np.log10(closes.min()) - margin), float(np.log10(closes.max()) + margin)]


def _has_bars(prices: pd.DataFrame) -> bool:
    return prices.columns.nlevels == len(("path", "price"))


def _bars_of(prices: pd.DataFrame, path: Any) -> Bars:
    """Of one path, shape (days + 1,); closes alone where there is nothing else."""
    if _has_bars(prices):
        return Bars(*(prices[path][name].to_numpy(np.float64) for name in Bars._fields))
    return Bars(*[prices[path].to_numpy(np.float64)] * len(Bars._fields))


def _price_lines(x: pd.Index, bars: Bars, strategy: Strategy) -> list[go.Scatter]:
    look = {"color": GREY, "width": 1}
    traces = [go.Scatter(x=x, y=bars.close, name="close", line=look, hovertemplate="%{y:$,.2f}")]
    for number, (name, values) in enumerate(strategy.lines_of_bars(bars).items()):
        line = {"color": LINES[number % len(LINES)], "width": 2}
        traces.append(go.Scatter(x=x, y=values, name=name, line=line, hoverinfo="skip"))
    return traces


def _fills_of(trades: pd.DataFrame) -> Fills:
    """Of the round trips of a backtest."""
    at = {}
    for names, own in ((_LONG, trades[trades["shares"] > 0]), (_SHORT, trades[trades["shares"] < 0])):
        for name, when, whole in zip(names, ("entry", "exit"), (own, own.dropna(subset="exit_date")), strict=True):
            at[name] = pd.Index(whole[f"{when}_date"]), whole[f"{when}_price"].to_numpy(np.float64)
    return Fills(at)


def _shown(fills: Iterable[Fills]) -> list[str]:
    """Names of the markers that a figure has: those of each side that is traded anywhere, or else of a long one."""
    traded = set().union(*(each.sides for each in fills)) or {_LONG}
    return [name for side in (_LONG, _SHORT) if side in traded for name in side]


def _markers(fills: Fills, names: Iterable[str]) -> list[go.Scatter]:
    return [
        go.Scatter(
            x=fills.at[name][0],
            y=fills.at[name][1],
            name=name,
            mode="markers",
            marker=_MARKERS[name],
            hovertemplate="at %{y:$,.2f}",
        )
        for name in names
    ]
