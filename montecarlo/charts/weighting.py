"""How the weights of a portfolio drift."""

import pandas as pd
import plotly.graph_objects as go

from montecarlo.charts.comparison import LOOKS
from montecarlo.charts.style import GREY, INK, TEMPLATE
from montecarlo.data.joint_history import CASH
from montecarlo.experiments.portfolio_backtest import PortfolioBacktest
from montecarlo.wording import count, percent

MOST_POINTS = 1_500  # of a line, besides the days on which weights were put back


def weights(backtest: PortfolioBacktest) -> go.Figure:
    """The weight of each symbol, day by day, and the days on which weights were put back.

    Up to five symbols have a colour each; of more, those whose weights moved furthest have, and the others are grey.
    Evenly spaced days are drawn, MOST_POINTS at most, and those before and after weights were put back.

    Args:
        backtest: From ``backtest_portfolio``.
    """
    table = _since_the_first_fill(backtest.weights)
    shown = _thinned(table, backtest.rebalanced)
    figure = go.Figure()
    symbols = [str(name) for name in table.columns if name != CASH]
    moved = (table[symbols].max() - table[symbols].min()).sort_values(kind="stable", ascending=False)
    with_colours = list(symbols) if len(symbols) <= len(LOOKS) else list(moved.index[: len(LOOKS)])
    others = [name for name in symbols if name not in with_colours]
    for number, name in enumerate(others):
        figure.add_scatter(
            x=shown.index,
            y=shown[name],
            name=f"{len(others)} others",
            mode="lines",
            line={"color": GREY, "width": 1},
            legendgroup="others",
            showlegend=number == 0,
            hovertemplate=f"%{{x|%Y-%m-%d}}: {name} %{{y:.1%}}<extra></extra>",
        )
    for name, (colour, dash) in zip([each for each in symbols if each in with_colours], LOOKS, strict=False):
        figure.add_scatter(
            x=shown.index,
            y=shown[name],
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate=f"%{{x|%Y-%m-%d}}: {name} %{{y:.1%}}<extra></extra>",
        )
    if CASH in table and (table[CASH].abs() > 1e-12).any():
        figure.add_scatter(
            x=shown.index,
            y=shown[CASH],
            name=CASH,
            mode="lines",
            line={"color": INK, "width": 1.5, "dash": "dot"},
            hovertemplate="%{x|%Y-%m-%d}: cash %{y:.1%}<extra></extra>",
        )
    if len(backtest.rebalanced):
        figure.add_scatter(
            x=backtest.rebalanced,
            y=[0.0] * len(backtest.rebalanced),
            name="weights put back",
            mode="markers",
            marker={"color": INK, "symbol": "line-ns-open", "size": 9},
            hovertemplate="%{x|%Y-%m-%d}: weights put back<extra></extra>",
        )
    figure.update_layout(
        template=TEMPLATE, title=_found(table, moved, len(backtest.rebalanced)), hovermode="closest", height=440
    )
    figure.update_xaxes(title="date")
    figure.update_yaxes(title="weight (% of the account)", tickformat="~%", rangemode="tozero")
    return figure


def _since_the_first_fill(table: pd.DataFrame) -> pd.DataFrame:
    """Before it, all is cash."""
    held = (table.drop(columns=CASH, errors="ignore") != 0).any(axis=1).to_numpy()
    return table.iloc[int(held.argmax()) :]


def _thinned(table: pd.DataFrame, rebalanced: pd.DatetimeIndex) -> pd.DataFrame:
    if len(table) <= MOST_POINTS:
        return table
    back = table.index.get_indexer(rebalanced)
    every = range(0, len(table), -(-len(table) // MOST_POINTS))
    kept = {*every, len(table) - 1, *back.tolist(), *(max(0, at - 1) for at in back.tolist())}
    return table.iloc[sorted(kept)]


def _found(table: pd.DataFrame, moved: "pd.Series[float]", rebalanced: int) -> str:
    most = moved.index[0]
    low, high = float(table[most].min()), float(table[most].max())
    times = f"put back {count(rebalanced, 'time')}" if rebalanced else "never put back"
    return f"Weights {times}: {most} drifted between {percent(low)} and {percent(high)}"
