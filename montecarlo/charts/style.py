"""How all figures look: on white and on black, and to people with any kind of colour blindness."""

import plotly.graph_objects as go

# Okabe and Ito's colours, which people with any kind of colour blindness can tell apart.
BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
GREY = "#767676"  # 4.5 : 1 against white and against black
FAINT = "rgba(118, 118, 118, 0.25)"
LIGHT_BLUE, MIDDLE_BLUE = "rgba(0, 114, 178, 0.15)", "rgba(0, 114, 178, 0.3)"  # the second lies upon the first

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": GREY},
        "title": {"font": {"size": 16}, "x": 0, "xref": "paper", "y": 0.98, "yref": "container", "yanchor": "top"},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "margin": {"l": 70, "r": 20, "t": 80, "b": 50},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#f4f4f4", "font": {"color": "#222222"}},
        "xaxis": {"gridcolor": FAINT, "zeroline": False, "title": {"font": {"size": 13}}},
        "yaxis": {"gridcolor": FAINT, "zeroline": False, "title": {"font": {"size": 13}}, "automargin": True},
        "barmode": "stack",
        "bargap": 0.05,
    }
)
