"""Weightings of several symbols by volatility and return: random ones, the best ones, and what other draws allow."""

from collections.abc import Sequence

import plotly.graph_objects as go

from montecarlo.charts.style import (
    BLUE,
    EDGE,
    FAINT,
    GREEN,
    GREY,
    MIDDLE,
    OUTER,
    PURPLE,
    SCALE,
    TEMPLATE,
    VERMILLION,
)
from montecarlo.frontiers.frontier import Frontier
from montecarlo.frontiers.moments import Weighting
from montecarlo.frontiers.words import named_weights
from montecarlo.wording import percent

MOST_POINTS = 2500  # of the cloud: more only make a page slow
MOST_NAMES = 12  # of symbols beside their points


def efficient_frontier(found: Frontier) -> go.Figure:
    """The random weightings, coloured by Sharpe ratio; the efficient frontier; the band of other draws; and marks.

    Args:
        found: From ``montecarlo.frontier``.
    """
    figure = go.Figure()
    figure.add_traces([*_band(found), _cloud(found), *_line(found), _symbols(found), *_marks(found)])
    kept = percent(float(found.elsewhere["kept"].median()))
    figure.update_layout(
        template=TEMPLATE,
        title=f"The best weighting of another draw leaves {kept} of the money where this one has it (median)",
        hovermode="closest",
        height=540,
        margin={"t": 50},
        legend={"y": -0.16, "yanchor": "top"},
    )
    figure.update_xaxes(title="volatility (per year)", tickformat="~%")
    figure.update_yaxes(title="expected return (per year)", tickformat="~%")
    return figure


def _cloud(found: Frontier) -> go.Scatter:
    shown = found.random.head(MOST_POINTS)
    number = f"{len(shown):,}" + (f" of {len(found.random):,}" if len(shown) < len(found.random) else "")
    return go.Scatter(
        x=shown["volatility"],
        y=shown["expected_return"],
        name=f"{number} random weightings, by Sharpe ratio",
        mode="markers",
        marker={
            "color": shown["sharpe"],
            "colorscale": SCALE,
            "size": 3.5,
            "colorbar": {"title": {"text": "Sharpe<br>ratio"}, "thickness": 12, "len": 0.8},
        },
        hovertemplate="return %{y:.1%}, volatility %{x:.1%}, Sharpe ratio %{marker.color:.2f}<extra></extra>",
    )


def _band(found: Frontier) -> list[go.Scatter]:
    band = found.band
    edge = {"x": band["volatility"], "mode": "lines", "line": {"width": 1.5, "color": OUTER}, "legendgroup": "band"}
    said = "at a volatility of %{x:.1%}, nine of ten draws allow "
    return [
        go.Scatter(
            y=band["low"],
            name="5 %",
            showlegend=False,
            hovertemplate=f"{said}%{{y:.1%}} or more at one end<extra></extra>",
            **edge,
        ),
        go.Scatter(
            y=band["high"],
            name="frontiers of other draws (90 %)",
            fill="tonexty",
            fillcolor=FAINT,
            hovertemplate=f"{said}up to %{{y:.1%}}<extra></extra>",
            **edge,
        ),
    ]


def _line(found: Frontier) -> list[go.Scatter]:
    efficient = found.efficient
    at = {"x": efficient["volatility"], "y": efficient["expected_return"], "mode": "lines", "legendgroup": "frontier"}
    words = [
        named_weights(found.symbols, Weighting(tuple(weights), *measures))
        for weights, measures in zip(
            efficient[list(found.symbols)].to_numpy().tolist(),
            efficient[["expected_return", "volatility", "sharpe"]].to_numpy().tolist(),
            strict=True,
        )
    ]
    return [
        go.Scatter(
            line={"color": EDGE, "width": 5}, showlegend=False, hoverinfo="skip", name="frontier, set off", **at
        ),
        go.Scatter(
            line={"color": MIDDLE, "width": 2.5},
            name="efficient frontier",
            customdata=words,
            hovertemplate="return %{y:.1%}, volatility %{x:.1%}: %{customdata}<extra></extra>",
            **at,
        ),
    ]


def _symbols(found: Frontier) -> go.Scatter:
    named = len(found.symbols) <= MOST_NAMES
    furthest = max(each.volatility for each in found.alone)  # whose name would not fit into a narrow picture
    return go.Scatter(
        x=[each.volatility for each in found.alone],
        y=[each.expected_return for each in found.alone],
        text=list(found.symbols),
        name="one symbol alone",
        mode="markers+text" if named else "markers",
        textposition=["middle left" if each.volatility == furthest else "middle right" for each in found.alone],
        marker={"color": GREY, "size": 8, "symbol": "circle", "line": {"color": EDGE, "width": 1.5}},
        cliponaxis=False,
        hovertemplate="all in %{text}: return %{y:.1%}, volatility %{x:.1%}<extra></extra>",
    )


def _marks(found: Frontier) -> list[go.Scatter]:
    marks: Sequence[tuple[str, Weighting | None, str, str, int]] = (
        ("least volatility", found.calmest, "diamond", GREEN, 13),
        (found.best_by, found.best, "star", VERMILLION, 16),
        ("equal weights", found.equal, "square", PURPLE, 12),
        ("yours", found.asked, "cross", BLUE, 13),
    )
    return [
        go.Scatter(
            x=[each.volatility],
            y=[each.expected_return],
            name=name,
            mode="markers",
            marker={"color": colour, "size": size, "symbol": symbol, "line": {"color": EDGE, "width": 1.5}},
            customdata=[[named_weights(found.symbols, each), f"{each.sharpe:.2f}"]],
            hovertemplate=f"{name}: %{{customdata[0]}}; return %{{y:.1%}}, volatility %{{x:.1%}}, Sharpe ratio "
            "%{customdata[1]}<extra></extra>",
        )
        for name, each, symbol, colour, size in marks
        if each is not None
    ]
