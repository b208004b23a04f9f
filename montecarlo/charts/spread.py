"""How the results of many paths spread: at the end, and day by day."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from montecarlo.charts.style import BLUE, GREY, LIGHT_BLUE, MIDDLE_BLUE, TEMPLATE, VERMILLION

FloatArray = NDArray[np.float64]

RETURN_BARS = 80  # about as many as a wide figure shows well


def return_histogram(summary: pd.DataFrame, returns: FloatArray, counts: NDArray[np.int64] | None = None) -> go.Figure:
    """How often each return came, with the quantiles, the value at risk and the probability of loss of the summary.

    Returns have a long tail, so the figure ends a little after the 95 % quantile and says what it leaves out.

    Args:
        summary: Of the same paths: columns ``statistic``, ``value``, ``low``, ``high``.
        returns: As fractions, shape (values,): those of all paths, or different ones with their counts, such as
            ``tally.wealth.middles() - 1`` with ``tally.wealth.counts``.
        counts: Number of paths with each of ``returns``, same shape; None means one each.
    """
    found = summary.set_index("statistic")
    value = found["value"]
    low, high = value["return_q05"], value["return_q95"]
    edges = _bar_edges(float(np.min(returns)), high + (high - low) / 4)
    share = np.histogram(returns, bins=edges, weights=counts)[0] / value["paths"]
    figure = go.Figure()
    for name, color, side in (("loss", VERMILLION, edges[:-1] < 0), ("gain", BLUE, edges[:-1] >= 0)):
        shown = side & (share > 0)
        figure.add_bar(
            x=((edges[:-1] + edges[1:]) / 2)[shown],
            y=share[shown],
            width=edges[1] - edges[0],
            name=name,
            marker={"color": color},
            customdata=np.column_stack([edges[:-1], edges[1:]])[shown],
            hovertemplate="%{y:.2%} of the paths return %{customdata[0]:.1%} to %{customdata[1]:.1%}<extra></extra>",
        )
    marks = (
        (low, f"5% quantile {low:+.1%} (value at risk {value['value_at_risk_95']:.1%})", "dot"),
        (value["return_median"], f"median {value['return_median']:+.1%}", "solid"),
        (high, f"95% quantile {high:+.1%}", "dash"),
    )
    for at, name, dash in marks:
        line = {"color": GREY, "width": 2, "dash": dash}
        figure.add_scatter(x=[at, at], y=[0, share.max()], mode="lines", name=name, line=line, hoverinfo="name")
    loss = found.loc["probability_of_loss"]
    beyond = 1 - share.sum()
    figure.update_layout(
        template=TEMPLATE,
        title=f"{value['paths']:,.0f} paths: probability of loss {loss['value']:.1%} "
        f"({loss['low']:.1%} to {loss['high']:.1%})",
        hovermode="closest",
    )
    left_out = f"; {beyond:.1%} of the paths lie beyond the right edge" if beyond > 1e-9 else ""
    figure.update_xaxes(title=f"return over the whole horizon (% of capital){left_out}", tickformat="~%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", rangemode="tozero")
    return figure


def fan(quantiles: pd.DataFrame) -> go.Figure:
    """How the spread of equity opens: the median, and where half and nine tenths of the paths are, day by day.

    Args:
        quantiles: Of equity over capital, as in ``Result.fan``: columns ``day``, ``q05``, ``q25``, ``q50``, ``q75``,
            ``q95``.
    """
    figure = go.Figure()
    days = quantiles["day"]
    bands = (("q05", "q95", "90 % of the paths", LIGHT_BLUE), ("q25", "q75", "half of the paths", MIDDLE_BLUE))
    for low, high, name, color in bands:
        edge = {"x": days, "mode": "lines", "line": {"width": 0}, "legendgroup": name}
        figure.add_scatter(y=quantiles[low], name=f"{low[1:]} %", showlegend=False, hovertemplate="%{y:.2f}", **edge)
        figure.add_scatter(
            y=quantiles[high], name=name, fill="tonexty", fillcolor=color, hovertemplate="up to %{y:.2f}", **edge
        )
    figure.add_scatter(
        x=days, y=quantiles["q50"], name="median", line={"color": BLUE, "width": 2}, hovertemplate="%{y:.2f}"
    )
    figure.add_hline(y=1, line={"color": GREY, "width": 1, "dash": "dot"})
    last = quantiles.iloc[-1]
    figure.update_layout(
        template=TEMPLATE,
        title=f"After {last['day']:,.0f} days, half of the paths have {last['q25']:.2f} to {last['q75']:.2f} times the "
        f"capital",
    )
    figure.update_xaxes(title="trading day")
    figure.update_yaxes(title="equity (multiples of capital)", rangemode="tozero")
    return figure


def _bar_edges(low: float, high: float) -> FloatArray:
    """Edges of bars of one width from below ``low`` to above ``high``; one is zero, so no bar mixes loss and gain."""
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) / RETURN_BARS or 0.01
    return np.arange(np.floor(low / width) - 1, np.ceil(high / width) + 2) * width
