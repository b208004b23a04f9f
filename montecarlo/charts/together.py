"""How the symbols of a portfolio move together, in the history and on the simulated paths."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from montecarlo.charts.style import GREY, SCALE, TEMPLATE

FloatArray = NDArray[np.float64]

MOST_NUMBERS = 12  # symbols whose cells have their number in them
MOST_LEVEL = 8  # symbols whose names are written level below their cells
_CELL, _LETTER = 30, 8  # pixels


def correlations(table: pd.DataFrame) -> go.Figure:
    """The correlation of daily returns of each pair: of the history above the diagonal, of the paths below it.

    The more alike the two halves, the better the model keeps what the symbols have in common.

    Args:
        table: A row for each pair, as in ``correlations.csv``: columns ``first``, ``second``, ``history``,
            ``simulated`` (mean over paths), ``low`` and ``high`` (the central 95 % of them).
    """
    names = list(dict.fromkeys([*table["first"], *table["second"]]))
    place = {name: at for at, name in enumerate(names)}
    colour = np.full((len(names), len(names)), np.nan)
    said = np.full(colour.shape, "", dtype=object)
    for pair in table[table["first"] != table["second"]].to_dict("records"):
        above, below = sorted((place[pair["first"]], place[pair["second"]]))
        colour[above, below], colour[below, above] = pair["history"], pair["simulated"]
        both = f"{pair['first']} and {pair['second']}"
        said[above, below] = f"{both}: {pair['history']:.2f} in the history"
        said[below, above] = (
            f"{both}: {pair['simulated']:.2f} simulated, {pair['low']:.2f} to {pair['high']:.2f} on 95 % of the paths"
        )
    figure = go.Figure(
        go.Heatmap(
            x=names,
            y=names,
            z=colour,
            text=said,
            zmin=_least(colour),
            zmax=1.0,
            colorscale=SCALE,
            hoverongaps=False,
            xgap=1,
            ygap=1,
            colorbar={"tickformat": ".1f", "thickness": 14},
            texttemplate="%{z:.2f}" if len(names) <= MOST_NUMBERS else None,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.update_layout(
        template=TEMPLATE,
        title=_found(colour),
        hovermode="closest",
        height=max(380, 190 + _CELL * len(names)),
        margin={"l": 50 + _LETTER * max((len(name) for name in names), default=0)},
    )
    if names:
        ends = {"x0": -0.5, "y0": -0.5, "x1": len(names) - 0.5, "y1": len(names) - 0.5}
        figure.add_shape(type="line", **ends, line={"color": GREY, "width": 1.5})
    upright = {"tickangle": -90, "automargin": True} if len(names) > MOST_LEVEL else {}
    figure.update_xaxes(title="below the diagonal: simulated", type="category", showgrid=False, dtick=1, **upright)
    figure.update_yaxes(
        title="above it: the history", type="category", showgrid=False, dtick=1, autorange="reversed", automargin=False
    )
    return figure


def _least(colour: FloatArray) -> float:
    """The lower end of the colours: zero, or a tenth at or below the least."""
    known = colour[~np.isnan(colour)]
    return min(0.0, float(np.floor(10 * known.min()) / 10)) if len(known) else 0.0


def _found(colour: FloatArray) -> str:
    above, below = colour[np.triu_indices(len(colour), 1)], colour[np.tril_indices(len(colour), -1)]
    if not len(above):
        return "One symbol has nothing to be correlated with"
    return f"Correlation {above.mean():.2f} in the history and {below.mean():.2f} simulated, on average of the pairs"
