"""A trader's account on paper beside the backtest's."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from montecarlo.charts.style import BLUE, ORANGE, TEMPLATE


def paper_account(days: pd.DataFrame) -> go.Figure:
    """Value of the account on paper and of the backtest's on the same days, and below it what each of them holds.

    The backtest's line is wide and lies below the other: where they are the same, both are seen.

    Args:
        days: A row for each: ``date``, ``equity`` and ``backtest_equity`` (dollars), ``shares`` and
            ``backtest_shares``; one at least.
    """
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.66, 0.34], vertical_spacing=0.07)
    accounts = (
        ("backtest", days["backtest_equity"], days["backtest_shares"], ORANGE, 6),
        ("paper", days["equity"], days["shares"], BLUE, 2),
    )
    few = {"mode": "lines+markers"} if len(days) == 1 else {"mode": "lines"}  # one day makes no line
    for name, equity, shares, colour, width in accounts:
        look = {"x": days["date"], "name": name, **few}
        dollars = go.Scatter(**look, y=equity, line={"color": colour, "width": width}, hovertemplate="%{y:$,.2f}")
        held = {"color": colour, "width": 0.7 * width, "shape": "hv"}
        position = go.Scatter(**look, y=shares, line=held, showlegend=False, hovertemplate="%{y:,} shares")
        figure.add_trace(dollars, row=1, col=1)
        figure.add_trace(position, row=2, col=1)
    first, last = (f"{days['date'].iloc[at]:%Y-%m-%d}" for at in (0, -1))
    figure.update_layout(
        template=TEMPLATE, title=f"From {first} to {last}: ${days['equity'].iloc[-1]:,.0f} on paper", height=520
    )
    figure.update_xaxes(title="date", row=2, col=1)
    figure.update_yaxes(title="equity (dollars)", tickformat="$,~s", row=1, col=1)
    figure.update_yaxes(title="position (shares)", tickformat=",~r", row=2, col=1)
    return figure
