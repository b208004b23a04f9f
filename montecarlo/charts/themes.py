"""Figures for a page whose ground is known: its own colours for light and for dark."""

from typing import Any, Literal, get_args

import plotly.graph_objects as go

from montecarlo.charts.colours import COLOURS, SCALES

Theme = Literal["light", "dark"]


def themed(figure: go.Figure, theme: str) -> go.Figure:
    """The same figure in the colours for a light or a dark page.

    Only the colours of ``montecarlo.charts.colours`` change; those of any other figure stay.

    Args:
        figure: From a function of ``montecarlo.charts``.
        theme: "light", which is for a ground of white, or "dark".

    Raises:
        ValueError: there is no such theme.
    """
    if theme not in get_args(Theme):
        raise ValueError(f"theme must be light or dark, not {theme!r}")
    same = go.Figure(_recoloured(figure.to_plotly_json(), COLOURS[theme]))
    for trace in same.data:
        if trace.type == "heatmap":
            trace.colorscale = SCALES[theme]
        elif trace.type == "scatter" and trace.marker.colorscale is not None:
            trace.marker.colorscale = SCALES[theme]
    return same


def _recoloured(part: Any, colours: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _recoloured(value, colours) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_recoloured(value, colours) for value in part]
    return colours.get(part, part) if isinstance(part, str) else part
