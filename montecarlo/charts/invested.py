"""What comes of being invested more or less of the time."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from montecarlo.charts.style import BLUE, EDGE, GREY, INK, TEMPLATE

MOST_POINTS = 2_000  # as many as a browser draws at once, and a person can tell from each other
GROUPS = 10  # of about equally many paths, whose means make the line


def exposure(rows: pd.DataFrame) -> go.Figure:
    """The return of each path over its exposure, and how the mean return changes with it.

    Of more than MOST_POINTS paths, evenly spaced ones are drawn; the line is of all of them.  Returns have a long tail,
    so the figure ends where it would press the others together and says what it leaves out.

    Args:
        rows: Of single paths: columns ``exposure``, share of the days on which a position is held, and ``return`` over
            the whole horizon, both as fractions.
    """
    every = -(-len(rows) // MOST_POINTS) or 1
    shown, means = rows.iloc[::every], _means(rows)
    low, high = _range(rows["return"], means["return"])
    above = float((rows["return"] > high).mean())
    figure = go.Figure()
    figure.add_scatter(
        x=shown["exposure"],
        y=shown["return"],
        mode="markers",
        name="a path" if every == 1 else f"a path; one in {every:,} is drawn",
        marker={"color": BLUE, "size": 4},
        hovertemplate="invested on %{x:.1%} of the days, return %{y:+.1%}<extra></extra>",
    )
    trend = {"x": means["exposure"], "y": means["return"], "mode": "lines+markers"}
    figure.add_scatter(
        line={"color": EDGE, "width": 7},
        marker={"color": EDGE, "size": 13},
        showlegend=False,
        hoverinfo="skip",
        **trend,
    )
    figure.add_scatter(
        line={"color": INK, "width": 3},
        marker={"color": INK, "size": 9},
        name=f"mean return of {'a tenth' if len(means) == GROUPS else 'a group'} of the paths",
        hovertemplate="invested on %{x:.1%} of the days, mean return %{y:+.1%}<extra></extra>",
        **trend,
    )
    figure.add_hline(y=0, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_layout(template=TEMPLATE, title=_found(means), hovermode="closest")
    figure.update_xaxes(title="days with a position (% of all days)", tickformat="~%")
    left_out = f"; {above:.1%} of the paths lie above" if above else ""
    figure.update_yaxes(title=f"return (% of capital){left_out}", tickformat="~%", range=[low, high])
    return figure


def _means(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the exposure and the return of each group, from the least invested one on."""
    ranks = rows["exposure"].rank(method="average", pct=True)  # equal exposures stay together
    groups = np.ceil(ranks * GROUPS)
    means: pd.DataFrame = rows[["exposure", "return"]].groupby(groups).mean()
    return means


def _range(returns: "pd.Series[float]", means: "pd.Series[float]") -> tuple[float, float]:
    """Of the axis that shows all but the best returns."""
    low, high = float(returns.min()), max(float(returns.quantile(0.99)), float(means.max()))
    margin = 0.05 * (high - low) or 0.1
    return low - margin, high + margin


def _found(means: pd.DataFrame) -> str:
    if len(means) < 2:
        return "All paths are invested for about the same time"
    least, most = means.iloc[0], means.iloc[-1]
    return (
        f"Mean return {_signed(least['return'])} where {least['exposure']:.0%} of the days are invested, "
        f"{_signed(most['return'])} where {most['exposure']:.0%} are"
    )


def _signed(fraction: float) -> str:
    return f"{round(fraction, 3) + 0.0:+.1%}"  # no -0.0%
