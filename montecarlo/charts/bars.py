"""Bars with the trades within them: where each was entered, its stop and its target, and why it ended."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from montecarlo.charts.style import BLUE, EDGE, GREEN, GREY, INK, ORANGE, PURPLE, SEAM, TEMPLATE, VERMILLION
from montecarlo.data.history import PriceHistory
from montecarlo.strategies import Strategy

FloatArray = NDArray[np.float64]

MOST = 800
"""Bars that a browser draws at once; where there are more days, a bar is a week or a month."""

CROWDED = 80
"""Trades of which stops and targets are drawn, and markers of the usual size."""

SIGNAL, STOP, TARGET, TIME, RUIN = "signal", "stop", "target", "time", "ruin"

DAILY = "daily"
_LONGER = {"weekly": "W-FRI", "monthly": "MS", "yearly": "YS"}

LINES = (ORANGE, PURPLE, GREEN)  # of what a strategy looks at: other colours than those of stops and targets

# Each shape is of one kind, so that nobody needs the colours; up is bought, down is sold short.
_ENTRIES = {
    "buy": (1, {"symbol": "triangle-up", "color": GREEN, "size": 11, "line": {"color": EDGE, "width": 1}}),
    "sell short": (-1, {"symbol": "triangle-down", "color": PURPLE, "size": 11, "line": {"color": EDGE, "width": 1}}),
}
_EXITS = {
    SIGNAL: ("left by signal", {"symbol": "circle-open", "color": INK, "size": 9, "line": {"width": 2}}),
    STOP: ("stopped", {"symbol": "x-thin", "color": VERMILLION, "size": 9, "line": {"color": VERMILLION, "width": 3}}),
    TARGET: ("target reached", {"symbol": "star", "color": BLUE, "size": 12, "line": {"color": EDGE, "width": 1}}),
    TIME: ("time was up", {"symbol": "square", "color": ORANGE, "size": 9, "line": {"color": EDGE, "width": 1}}),
    RUIN: ("nothing left", {"symbol": "cross", "color": VERMILLION, "size": 11, "line": {"color": EDGE, "width": 1}}),
}


def candles(
    history: PriceHistory,
    trades: pd.DataFrame | None = None,
    *,
    strategy: Strategy | None = None,
    days: int | None = None,
) -> go.Figure:
    """Open, high, low and close of each day, adjusted, on a logarithmic scale, and the trades within.

    A bar is hollow where the price rose and full where it fell.  Where there are more than MOST days, a bar is a week,
    a month or a year, and the title says so.

    Args:
        history: With bars.
        trades: As of a backtest: ``entry_date``, ``entry_price``, ``exit_date``, ``exit_price``, ``shares``, and, where
            it is known, ``exit_reason`` ("signal", "stop", "target", "time" or "ruin").
        strategy: What was traded: what it looks at within the day is drawn, and where its stops and targets were, of
            CROWDED trades at most, and in daily bars.
        days: The last so many days, and what was traded on them; None shows all.

    Raises:
        HistoryError: the history has no open, high and low.
    """
    bars = _bars(history)
    shown = bars if days is None else bars.tail(days)
    drawn, span = _few(shown)
    # A box is as wide as its line where hundreds stand beside each other: then what is hollow shows no less.
    look = {"line": {"color": GREY, "width": 1}}
    figure = go.Figure(
        go.Candlestick(
            x=drawn.index,
            **{name: drawn[name].to_numpy() for name in ("open", "high", "low", "close")},
            name=f"{span} bars",
            increasing={**look, "fillcolor": SEAM},
            decreasing={**look, "fillcolor": GREY},
            showlegend=False,
        )
    )
    if strategy is not None and span == DAILY:
        figure.add_traces(_lines(history, strategy, shown.index))
    if trades is not None and len(trades):
        seen = _within(trades, shown.index[0], shown.index[-1])
        if span == DAILY and len(seen) <= CROWDED:
            figure.add_traces(_levels(seen, shown.index, strategy))
        figure.add_traces([*_entries(seen, shown.index[0]), *_exits(seen)])
        if len(seen) > CROWDED:
            figure.for_each_trace(_smaller, {"mode": "markers"})
    first, last = shown.index[0], shown.index[-1]
    figure.update_layout(
        template=TEMPLATE,
        title=f"{history.symbol}, {span} bars, {first:%B %Y} to {last:%B %Y}",
        hovermode="closest",
        xaxis_rangeslider_visible=False,
    )
    figure.update_xaxes(title="date")
    unit = "index points" if history.source == "fred" else "dollars"
    figure.update_yaxes(title=f"adjusted price ({unit})", type="log", nticks=6, tickformat=",~r")
    return figure


def _smaller(trace: go.Scatter) -> None:
    trace.marker.size = 0.6 * trace.marker.size


def _bars(history: PriceHistory) -> pd.DataFrame:
    found = history.adjusted_bars
    values = {name: np.ravel(getattr(found, name)) for name in ("open", "high", "low", "close")}
    return pd.DataFrame(values, index=history.bars.index)


def _few(bars: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The bars, or those of longer spans if there are too many; and what they are called."""
    together = {"open": "first", "high": "max", "low": "min", "close": "last", "date": "last"}
    if len(bars) <= MOST:
        return bars, DAILY
    dated = bars.assign(date=bars.index)
    longer = ((dated.resample(rule).agg(together).dropna(), name) for name, rule in _LONGER.items())
    found, name = next(((bars, name) for bars, name in longer if len(bars) <= MOST or name == "yearly"))
    return found.set_index("date"), name


def _within(trades: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Those that were held on any of the days, each with a reason."""
    ends = trades["exit_date"].fillna(last)
    return trades.assign(exit_reason=trades.get("exit_reason", SIGNAL))[
        (ends >= first) & (trades["entry_date"] <= last)
    ]


def _lines(history: PriceHistory, strategy: Strategy, days: pd.Index) -> list[go.Scatter]:
    """What the strategy compares prices with, on these days."""
    looks = zip(LINES, strategy.lines_of_bars(history.adjusted_bars).items(), strict=False)
    return [
        go.Scatter(
            x=days,
            y=np.ravel(values)[-len(days) :],
            name=name,
            mode="lines",
            line={"color": colour, "width": 1.5},
            hoverinfo="skip",
        )
        for colour, (name, values) in looks
    ]


def _levels(trades: pd.DataFrame, days: pd.Index, strategy: Strategy | None) -> list[go.Scatter]:
    """Stop and target of each trade, for as long as it was held."""
    at = {"stop": strategy.stop_loss, "target": strategy.take_profit} if strategy else {}
    side = np.sign(trades["shares"].to_numpy(np.float64))
    begin = trades["entry_date"].clip(lower=days[0])
    end = trades["exit_date"].fillna(days[-1]).clip(upper=days[-1])
    price = trades["entry_price"].to_numpy(np.float64)
    found = []
    for name, sign, look in (
        ("stop", -1, {"color": VERMILLION, "width": 1.5, "dash": "dot"}),
        ("target", 1, {"color": BLUE, "width": 1.5, "dash": "dash"}),
    ):
        fraction = at.get(name)
        if fraction is None:
            continue
        level = price * (1 + sign * side * fraction)
        found.append(
            go.Scatter(
                x=_with_gaps(begin, end),
                y=np.column_stack([level, level, np.full(len(level), np.nan)]).ravel(),
                name=f"{name} of a trade",
                mode="lines",
                line=look,
                hoverinfo="skip",
            )
        )
    return found


def _with_gaps(begin: pd.Series, end: pd.Series) -> list[Any]:
    return [each for pair in zip(begin, end, strict=True) for each in (*pair, None)]


def _entries(trades: pd.DataFrame, first: pd.Timestamp) -> list[go.Scatter]:
    seen = trades[trades["entry_date"] >= first]
    found = []
    for name, (side, marker) in _ENTRIES.items():
        own = seen[np.sign(seen["shares"]) == side]
        if len(own):
            found.append(_markers(name, marker, own["entry_date"], own["entry_price"], own))
    return found


def _exits(trades: pd.DataFrame) -> list[go.Scatter]:
    whole = trades.dropna(subset="exit_date")
    found = []
    for reason, (name, marker) in _EXITS.items():
        own = whole[whole["exit_reason"] == reason]
        if len(own):
            found.append(_markers(name, marker, own["exit_date"], own["exit_price"], own))
    return found


def _markers(name: str, marker: Mapping[str, Any], x: pd.Series, y: pd.Series, trades: pd.DataFrame) -> go.Scatter:
    profits = [f"{'lost' if value < 0 else 'gained'} ${abs(value):,.0f}" for value in trades["profit"]]
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode="markers",
        marker=dict(marker),
        customdata=profits,
        hovertemplate="%{x|%Y-%m-%d} at %{y:,.2f}; the trade %{customdata}",
    )
