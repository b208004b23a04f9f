"""How all figures look: on white and on black, and to people with any kind of colour blindness.

Each colour below stands for one role, and no two roles have the same, so that ``themed`` can tell by the colour what
a trace is there for.  Figures that are drawn with other colours keep them on a ground of any kind.
"""

import plotly.graph_objects as go

# Okabe and Ito's colours, which people with any kind of colour blindness can tell apart.
BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
GREY = "#767676"  # text and what is neutral; 4.5 : 1 against white and against black
INK = "#757575"  # what stands out from the bars that it is drawn upon
EDGE = "#ffffff"  # around what lies upon lines or bars; a page's ground
FAINT = "rgba(118, 118, 118, 0.25)"  # lines of the grid, which say no more than the numbers at their ends
OUTER, INNER = "#6697C5", "#0D5F96"  # bands of blue, one upon the other, 3 : 1 against white and against black
MIDDLE = "#F0B23C"  # a line on the inner one
SEAM = "rgba(255, 255, 255, 0)"  # between bands
LABEL, LABEL_TEXT = "#f4f4f4", "#222222"  # of what a pointer rests on
SCALE = "Cividis"  # of a map's cells, told apart with any kind of colour blindness

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
