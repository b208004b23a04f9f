"""Figures for a page whose ground is known: its own colours for light and for dark."""

from typing import Any, Literal, get_args

import plotly.graph_objects as go

from montecarlo.charts import style

Theme = Literal["light", "dark"]

GROUNDS: dict[str, str] = {"light": "#ffffff", "dark": "#1a2029"}
"""What figures are drawn upon: ``--surface`` of the web UI."""

# Against its ground each line, bar and band has 3 : 1 or more, and what text is drawn with 4.5 : 1.  So has a seam
# against the bands on either side of it, and the middle line against the inner band.
_COLOURS: dict[str, dict[str, str]] = {
    "light": {
        style.BLUE: "#0072B2",
        style.VERMILLION: "#D55E00",
        style.GREEN: "#008862",
        style.PURPLE: "#B2558A",
        style.ORANGE: "#A66F00",
        style.GREY: "#566175",
        style.INK: "#1b2330",
        style.EDGE: GROUNDS["light"],
        style.FAINT: "rgba(86, 97, 117, 0.18)",
        style.OUTER: "#7295BC",
        style.INNER: "#3F78AE",
        style.MIDDLE: "#06223D",
        style.SEAM: GROUNDS["light"],
        style.LABEL: "#1b2330",
        style.LABEL_TEXT: "#ffffff",
    },
    "dark": {
        style.BLUE: "#56B4E9",
        style.VERMILLION: "#F0803C",
        style.GREEN: "#2FC79A",
        style.PURPLE: "#DD94BC",
        style.ORANGE: "#E9AF32",
        style.GREY: "#a3afc2",
        style.INK: "#f2f5fa",
        style.EDGE: GROUNDS["dark"],
        style.FAINT: "rgba(163, 175, 194, 0.18)",
        style.OUTER: "#3F71A0",
        style.INNER: "#4B8DC4",
        style.MIDDLE: "#f6f9fd",
        style.SEAM: GROUNDS["dark"],
        style.LABEL: "#303a49",
        style.LABEL_TEXT: "#f2f5fa",
    },
}

# Of a map's cells, from least to most: the more, the further from the ground.
_SCALES: dict[str, list[tuple[float, str]]] = {
    "light": [(0.0, "#b58a2a"), (0.5, "#73706c"), (1.0, "#12335c")],
    "dark": [(0.0, "#4f7fb8"), (0.5, "#a7a29b"), (1.0, "#ffdb66")],
}


def themed(figure: go.Figure, theme: str) -> go.Figure:
    """The same figure in the colours for a light or a dark page.

    Only the colours of ``montecarlo.charts.style`` change; those of any other figure stay.

    Args:
        figure: From a function of ``montecarlo.charts``.
        theme: "light", which is for a ground of white, or "dark".

    Raises:
        ValueError: there is no such theme.
    """
    if theme not in get_args(Theme):
        raise ValueError(f"theme must be light or dark, not {theme!r}")
    same = go.Figure(_recoloured(figure.to_plotly_json(), _COLOURS[theme]))
    for trace in same.data:
        if trace.type == "heatmap":
            trace.colorscale = _SCALES[theme]
    return same


def _recoloured(part: Any, colours: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _recoloured(value, colours) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_recoloured(value, colours) for value in part]
    return colours.get(part, part) if isinstance(part, str) else part
