"""How all figures of plotly look: on white and on black, and to people with any kind of colour blindness.

Figures that are drawn with other colours than those named here keep them on a ground of any kind.
"""

import plotly.graph_objects as go

from montecarlo.charts.colours import (
    BLUE,
    EDGE,
    FAINT,
    GREEN,
    GREY,
    INK,
    INNER,
    LABEL,
    LABEL_TEXT,
    MIDDLE,
    ORANGE,
    OUTER,
    PURPLE,
    SCALE,
    SEAM,
    VERMILLION,
)

__all__ = [
    "BLUE",
    "EDGE",
    "FAINT",
    "GREEN",
    "GREY",
    "INK",
    "INNER",
    "LABEL",
    "LABEL_TEXT",
    "MIDDLE",
    "ORANGE",
    "OUTER",
    "PURPLE",
    "SCALE",
    "SEAM",
    "TEMPLATE",
    "VERMILLION",
]

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": GREY},
        "title": {"font": {"size": 16}, "x": 0, "xref": "paper", "y": 0.98, "yref": "container", "yanchor": "top"},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "margin": {"l": 70, "r": 20, "t": 80, "b": 50},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": LABEL, "font": {"color": LABEL_TEXT}},
        "xaxis": {"gridcolor": FAINT, "zeroline": False, "title": {"font": {"size": 13}}},
        "yaxis": {"gridcolor": FAINT, "zeroline": False, "title": {"font": {"size": 13}}, "automargin": True},
        "barmode": "stack",
        "bargap": 0.05,
    }
)
