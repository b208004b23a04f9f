"""How often each result came: the return over the whole horizon, and the deepest fall on the way."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from montecarlo.charts.style import BLUE, EDGE, INK, ORANGE, PURPLE, TEMPLATE, VERMILLION

FloatArray = NDArray[np.float64]
Counts = NDArray[np.int64]

BARS = 80  # about as many as a wide figure shows well


def return_histogram(
    summary: pd.DataFrame,
    returns: FloatArray,
    counts: Counts | None = None,
    hold: tuple[FloatArray, Counts | None] | None = None,
) -> go.Figure:
    """How often each return came, with the quantiles, the value at risk and the probability of loss of the summary.

    Returns have a long tail, so the figure ends a little after the 95 % quantile and says what it leaves out.

    Args:
        summary: Of the same paths: columns ``statistic``, ``value``, ``low``, ``high``.
        returns: As fractions, shape (values,): those of all paths, or different ones with their counts, such as
            ``tally.wealth.middles() - 1`` with ``tally.wealth.counts``.
        counts: Number of paths with each of ``returns``, same shape; None means one each.
        hold: The same two of buying and holding on the same paths, which is drawn as an outline; None leaves it out.
    """
    found = summary.set_index("statistic")
    value = found["value"]
    low, high = value["return_q05"], value["return_q95"]
    least = min(float(np.min(each)) for each in (returns, *(hold or ())[:1]))
    edges = bar_edges(least, high + (high - low) / 4)
    share = _shares(returns, counts, edges)
    figure = go.Figure()
    for name, color, side in (("loss", VERMILLION, edges[:-1] < 0), ("gain", BLUE, edges[:-1] >= 0)):
        figure.add_trace(_bars(edges, np.where(side, share, 0.0), name, color, "return"))
    top = share.max()
    if hold is not None:
        held = _shares(*hold, edges)
        top = max(top, held.max())
        figure.add_traces(_outline(edges, held, f"buy and hold{_left_out(held, ' ({:.1%} beyond the right edge)')}"))
    marks = (
        (low, f"5% quantile {low:+.1%} (value at risk {value['value_at_risk_95']:.1%})", "dot"),
        (value["return_median"], f"median {value['return_median']:+.1%}", "solid"),
        (high, f"95% quantile {high:+.1%}", "dash"),
    )
    for at, name, dash in marks:
        figure.add_traces(_mark(at, top, name, dash))
    loss = found.loc["probability_of_loss"]
    figure.update_layout(
        template=TEMPLATE,
        title=f"{value['paths']:,.0f} paths: probability of loss {loss['value']:.1%} "
        f"({loss['low']:.1%} to {loss['high']:.1%})",
        hovermode="closest",
    )
    figure.update_xaxes(title=f"return over the whole horizon (% of capital){_left_out(share)}", tickformat="~%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", rangemode="tozero")
    return figure


def drawdown_histogram(summary: pd.DataFrame, drawdowns: FloatArray, counts: Counts | None = None) -> go.Figure:
    """How often each maximum drawdown came, with the mean and the 95 % quantile of the summary.

    Args:
        summary: Of the same paths: columns ``statistic``, ``value``, ``low``, ``high``.
        drawdowns: As fractions of the peak before, 0 to 1, shape (values,): those of all paths, or different ones with
            their counts, such as ``tally.drawdown.middles()`` with ``tally.drawdown.counts``.
        counts: Number of paths with each of ``drawdowns``, same shape; None means one each.
    """
    value = summary.set_index("statistic")["value"]
    deep = value["max_drawdown_q95"]
    weights = np.ones(len(drawdowns)) if counts is None else counts
    edges = bar_edges(0.0, min(1.0, float(np.max(drawdowns[weights > 0], initial=0.0))))
    share = _shares(drawdowns, counts, edges)
    figure = go.Figure(_bars(edges, share, "paths", BLUE, "fall by"))
    figure.update_traces(showlegend=False)
    marks = (
        (value["max_drawdown_mean"], f"mean {value['max_drawdown_mean']:.1%}", "solid"),
        (deep, f"95% quantile {deep:.1%}", "dash"),
    )
    for at, name, dash in marks:
        figure.add_traces(_mark(at, share.max(), name, dash))
    figure.update_layout(
        template=TEMPLATE,
        title=f"One path in twenty falls by {deep:.1%} or more from a peak",
        hovermode="closest",
    )
    figure.update_xaxes(title="maximum drawdown (% of the peak before)", tickformat="~%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", rangemode="tozero")
    return figure


def verdict_histogram(returns: FloatArray, real: float, share: tuple[float, float, float]) -> go.Figure:
    """Returns of a rule on simulated histories, and where its real one stands among them.

    Args:
        returns: As fractions, shape (histories,), such as ``verdict.paths["return"].to_numpy()``.
        real: The return on the days that the rule had not seen, as a fraction.
        share: Of the histories, those that do at least as well, with its interval: ``verdict.share``.
    """
    low, high = np.quantile(returns, [0.05, 0.95])
    edges = bar_edges(min(float(returns.min()), real), max(high + (high - low) / 4, real))
    figure, tops = go.Figure(), np.zeros(len(edges) - 1)
    as_well = returns >= real
    for name, color, side in (("do worse", BLUE, ~as_well), ("do at least as well", ORANGE, as_well)):
        part = _shares(returns[side], None, edges) * (np.count_nonzero(side) / len(returns)) if side.any() else 0 * tops
        tops += part
        figure.add_trace(_bars(edges, part, name, color, "return"))
    figure.add_traces(_mark(real, tops.max(), f"the real history {real:+.1%}", "solid"))
    value, least, most = share
    figure.update_layout(
        template=TEMPLATE,
        title=f"{value:.1%} of {len(returns):,} simulated histories do at least as well ({least:.1%} to {most:.1%})",
        hovermode="closest",
    )
    figure.update_xaxes(
        title=f"return on the unseen days (% of capital){_left_out(tops, '; {:.1%} of them beyond the right edge')}",
        tickformat="~%",
    )
    figure.update_yaxes(title="share of the histories (%)", tickformat="~%", rangemode="tozero")
    return figure


def _shares(values: FloatArray, counts: Counts | None, edges: FloatArray) -> FloatArray:
    """Of all paths, those between each edge and the next."""
    paths = len(values) if counts is None else counts.sum()
    share: FloatArray = np.histogram(values, bins=edges, weights=counts)[0] / paths
    return share


def _bars(edges: FloatArray, share: FloatArray, name: str, color: str, happens: str) -> go.Bar:
    shown = share > 0
    return go.Bar(
        x=((edges[:-1] + edges[1:]) / 2)[shown],
        y=share[shown],
        width=edges[1] - edges[0],
        name=name,
        marker={"color": color},
        customdata=np.column_stack([edges[:-1], edges[1:]])[shown],
        hovertemplate=f"%{{y:.2%}} of the paths {happens} %{{customdata[0]:.1%}} to %{{customdata[1]:.1%}}"
        "<extra></extra>",
    )


def _outline(edges: FloatArray, share: FloatArray, name: str) -> list[go.Scatter]:
    """Of bars that stand behind the others: a line in steps."""
    return _set_off(
        np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(share, 2), [0.0]]), name, {"color": PURPLE, "width": 2}
    )


def _mark(at: float, top: float, name: str, dash: str) -> list[go.Scatter]:
    return _set_off([at, at], [0, top], name, {"color": INK, "width": 2, "dash": dash})


def _set_off(
    x: Sequence[float] | FloatArray, y: Sequence[float] | FloatArray, name: str, line: dict[str, Any]
) -> list[go.Scatter]:
    """A line that can be seen upon bars of any colour, because a wider one in that of the ground lies below it."""
    both = {"x": x, "y": y, "mode": "lines", "legendgroup": name}
    return [
        go.Scatter(line={"color": EDGE, "width": line["width"] + 3}, showlegend=False, hoverinfo="skip", **both),
        go.Scatter(line=line, name=name, hoverinfo="name", **both),
    ]


def _left_out(share: FloatArray, words: str = "; {:.1%} of the paths lie beyond the right edge") -> str:
    beyond = 1 - share.sum()
    return words.format(beyond) if beyond > 1e-9 else ""


def bar_edges(low: float, high: float, bars: int = BARS) -> FloatArray:
    """Edges of bars of one width from below ``low`` to above ``high``; one is zero, so no bar mixes loss and gain."""
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) / bars or 0.01
    return np.arange(np.floor(low / width) - 1, np.ceil(high / width) + 2) * width
