"""Simulations beside each other on the same axes."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from montecarlo.charts.histograms import bar_edges
from montecarlo.charts.style import BLUE, GREEN, GREY, ORANGE, PURPLE, TEMPLATE, VERMILLION
from montecarlo.experiments.comparison import Compared, Difference
from montecarlo.statistics.fan import fan_table
from montecarlo.statistics.histogram import Distribution

FloatArray = NDArray[np.float64]

# Each simulation has a colour and a dash of its own, so that nobody needs the colours.
LOOKS = ((BLUE, "solid"), (VERMILLION, "dash"), (GREEN, "dot"), (PURPLE, "dashdot"), (ORANGE, "longdash"))

BARS = 60  # in a histogram of several
POINTS = 200  # of a curve
ENDS = (0.005, 0.98)  # quantiles between which returns are drawn; far fewer tell of what lies beyond
MOST = (0.02, 0.98)  # and differences, which have tails on both sides


def compared_returns(those: Sequence[Compared]) -> go.Figure:
    """How often each return came, as the outline of a histogram for each simulation.

    Args:
        those: From a comparison, two to five.
    """
    figure = go.Figure()
    found = [Distribution.of_histogram(each.tally.wealth).shift(-1.0) for each in those]
    edges, beyond = _edges(found), 0.0
    for each, returns, look in zip(those, found, LOOKS, strict=False):
        share = np.histogram(returns.values, bins=edges, weights=returns.counts)[0] / each.tally.paths
        beyond = max(beyond, 1 - float(share.sum()))
        figure.add_scatter(
            x=np.repeat(edges, 2)[1:-1],
            y=np.repeat(share, 2),
            name=each.name,
            mode="lines",
            line=_line(look),
            hovertemplate="%{y:.2%}",
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_layout(template=TEMPLATE, title=f"Returns of {_names(those)}")
    left_out = f"; up to {beyond:.1%} of the paths lie beyond the edges" if beyond > 1e-9 else ""
    figure.update_xaxes(title=f"return over the whole horizon (% of capital){left_out}", tickformat="~%")
    figure.update_xaxes(hoverformat=".1%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", rangemode="tozero")
    return figure


def compared_fans(those: Sequence[Compared]) -> go.Figure:
    """How equity spreads day by day: the median of each simulation, and the band in which half of its paths are."""
    figure = go.Figure()
    for each, (color, dash) in zip(those, LOOKS, strict=False):
        simulation = each.simulation
        quantiles = fan_table(each.tally.fan, simulation.first_fill, simulation.days)
        edge = {"x": quantiles["day"], "mode": "lines", "legendgroup": each.name, "showlegend": False}
        thin = {"color": color, "width": 1, "dash": dash}
        figure.add_scatter(y=quantiles["q25"], name=f"{each.name}, 25 %", line=thin, hoverinfo="skip", **edge)
        figure.add_scatter(
            y=quantiles["q75"],
            name=f"{each.name}, 75 %",
            line=thin,
            fill="tonexty" if len(those) == 2 else None,  # more bands upon each other are mud
            fillcolor=_faint(color),
            hoverinfo="skip",
            **edge,
        )
    for each, look in zip(those, LOOKS, strict=False):  # on top of all bands
        simulation = each.simulation
        quantiles = fan_table(each.tally.fan, simulation.first_fill, simulation.days)
        figure.add_scatter(
            x=quantiles["day"],
            y=quantiles["q50"],
            name=each.name,
            mode="lines",
            legendgroup=each.name,
            line=_line(look),
            hovertemplate="%{y:.2f}",
        )
    figure.add_hline(y=1, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_layout(template=TEMPLATE, title=f"Equity of {_names(those)}: median, and where half of the paths are")
    figure.update_xaxes(title="trading day")
    figure.update_yaxes(title="equity (multiples of capital)", rangemode="tozero")
    return figure


def compared_drawdowns(those: Sequence[Compared]) -> go.Figure:
    """How many of the paths have a maximum drawdown of at least so much, a curve for each simulation."""
    figure = go.Figure()
    for each, look in zip(those, LOOKS, strict=False):
        drawdowns = Distribution.of_histogram(each.tally.drawdown)
        x, below = _curve(drawdowns)
        figure.add_scatter(x=x, y=1 - below, name=each.name, mode="lines", line=_line(look), hovertemplate="%{y:.1%}")
    figure.update_layout(
        template=TEMPLATE, title=f"Maximum drawdown of {_names(those)}: how many have at least so much"
    )
    figure.update_xaxes(title="maximum drawdown (% of peak)", tickformat="~%", hoverformat=".1%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", range=[0, 1.02])
    return figure


def paired_differences(differences: Sequence[Difference]) -> go.Figure:
    """By how much the first simulation ends above each of the others, on the same path.

    Args:
        differences: Of a comparison; those that are not paired are left out.
    """
    figure = go.Figure()
    shown = [(each, look) for each, look in zip(differences, LOOKS[1:], strict=False) if each.histogram is not None]
    for each, look in shown:
        assert each.histogram is not None
        x, below = _curve(Distribution.of_histogram(each.histogram), MOST)
        figure.add_scatter(
            x=x,
            y=1 - below,
            name=f"{each.first} against {each.second}",
            mode="lines",
            line=_line(look),
            hovertemplate="%{y:.1%}",
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1, "dash": "dot"})
    first = differences[0].first
    figure.update_layout(template=TEMPLATE, title=f"On how many paths {first} ends at least so far above the other")
    left_out = f"the {MOST[0]:.0%} at either end are left out"
    figure.update_xaxes(title=f"return of {first} less the other's (% of capital); {left_out}", tickformat="~%")
    figure.update_xaxes(hoverformat="+.2%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", range=[0, 1.02])
    return figure


def _line(look: tuple[str, str]) -> dict[str, object]:
    color, dash = look
    return {"color": color, "width": 2, "dash": dash}


def _faint(color: str) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.12)"


def _names(those: Sequence[Compared]) -> str:
    *most, last = (each.name for each in those)
    return f"{', '.join(most)} and {last}"


def _quantiles(distribution: Distribution, probabilities: FloatArray) -> FloatArray:
    cumulative = distribution.counts.cumsum()
    places = np.searchsorted(cumulative, probabilities * cumulative[-1])
    return np.asarray(distribution.values[np.minimum(places, len(cumulative) - 1)])


def _edges(found: Sequence[Distribution]) -> FloatArray:
    """Of bars that suit all of them."""
    ends = [_quantiles(each, np.array(ENDS)) for each in found]
    return bar_edges(min(low for low, _ in ends), max(high for _, high in ends), BARS)


def _curve(distribution: Distribution, ends: tuple[float, float] = (0.0, 1.0)) -> tuple[FloatArray, FloatArray]:
    """Values at evenly spaced quantiles between the ends, and the share of all that is less than each."""
    values = np.unique(_quantiles(distribution, np.linspace(*ends, POINTS)))
    before = np.concatenate([[0], distribution.counts.cumsum()])
    return values, before[np.searchsorted(distribution.values, values)] / before[-1]
