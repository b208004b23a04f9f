"""How the equity of many paths spreads, day by day."""

import pandas as pd
import plotly.graph_objects as go

from montecarlo.charts.style import INK, INNER, MIDDLE, OUTER, SEAM, TEMPLATE


def fan(quantiles: pd.DataFrame) -> go.Figure:
    """How the spread of equity opens: the median, and where half and nine tenths of the paths are, day by day.

    Args:
        quantiles: Of equity over capital, as in ``Result.fan``: columns ``day``, ``q05``, ``q25``, ``q50``, ``q75``,
            ``q95``.
    """
    figure = go.Figure()
    days = quantiles["day"]
    bands = (("q05", "q95", "90 % of the paths", OUTER), ("q25", "q75", "half of the paths", INNER))
    for low, high, name, color in bands:
        edge = {"x": days, "mode": "lines", "line": {"width": 1.5, "color": SEAM}, "legendgroup": name}
        figure.add_scatter(y=quantiles[low], name=f"{low[1:]} %", showlegend=False, hovertemplate="%{y:.2f}", **edge)
        figure.add_scatter(
            y=quantiles[high], name=name, fill="tonexty", fillcolor=color, hovertemplate="up to %{y:.2f}", **edge
        )
    figure.add_scatter(
        x=days, y=quantiles["q50"], name="median", line={"color": MIDDLE, "width": 2.5}, hovertemplate="%{y:.2f}"
    )
    figure.add_hline(y=1, line={"color": INK, "width": 1.5, "dash": "dot"})
    last = quantiles.iloc[-1]
    figure.update_layout(
        template=TEMPLATE,
        title=f"After {last['day']:,.0f} days, half of the paths have {last['q25']:.2f} to {last['q75']:.2f} times the "
        f"capital",
    )
    figure.update_xaxes(title="trading day")
    figure.update_yaxes(title="equity (multiples of capital)", rangemode="tozero")
    return figure
