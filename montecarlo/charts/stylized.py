"""Stylized facts: whether simulated days of several symbols are like those of the history."""

import textwrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from montecarlo.charts.style import EDGE, GREY, INK, OUTER, TEMPLATE
from montecarlo.statistics.stylized_facts import among
from montecarlo.wording import count

FURTHEST = 3.0
"""Where what lies further outside is drawn: half-widths of the band of the paths."""

_LETTER, _ROW = 7, 38  # pixels
_LINE, _BREAK = 26, "<br>"  # letters of a line, and what ends it


def stylized_facts(table: pd.DataFrame) -> go.Figure:
    """Where the history lies among the paths in each stylized fact.

    Each has a measure of its own; so the band in which 95 % of the paths are is drawn alike for all of them,
    from -1 to 1 around their mean, and the numbers are told where a pointer rests.

    Args:
        table: As in ``stylized_facts.csv``: columns ``statistic``, ``history``, ``simulated`` (mean over paths),
            ``low`` and ``high`` (the central 95 % of them).
    """
    shown = table.iloc[::-1]  # the first one is lowest
    names = [_in_words(str(each)) for each in shown["statistic"]]
    above = shown["history"] >= shown["simulated"]
    reach = np.where(above, shown["high"] - shown["simulated"], shown["simulated"] - shown["low"])
    away = (shown["history"] - shown["simulated"]).to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.where(away == 0, 0.0, away / reach)
    place = np.where(_among(shown), np.clip(place, -1, 1), place)  # but for rounding
    beyond = np.abs(place) > FURTHEST
    numbers = np.column_stack([shown[each] for each in ("history", "simulated", "low", "high")])
    figure = go.Figure()
    figure.add_bar(
        x=np.full(len(names), 2.0),
        base=-1.0,
        y=names,
        orientation="h",
        name="95 % of the paths",
        marker={"color": OUTER},
        customdata=numbers,
        hovertemplate="%{y}: %{customdata[2]:.4g} to %{customdata[3]:.4g} on 95 % of the paths, "
        "%{customdata[1]:.4g} on average<extra></extra>",
    )
    figure.add_scatter(
        x=np.clip(place, -FURTHEST, FURTHEST),
        y=names,
        mode="markers",
        name="the history",
        marker={
            "color": INK,
            "size": 12,
            "symbol": [
                ("triangle-right" if far > 0 else "triangle-left") if out else "diamond"
                for far, out in zip(place, beyond, strict=True)
            ],
            "line": {"color": EDGE, "width": 2},
        },
        customdata=numbers,
        hovertemplate="%{y}: %{customdata[0]:.4g} in the history<extra></extra>",
    )
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dot"})
    figure.update_layout(
        template=TEMPLATE,
        title=_found(table),
        hovermode="closest",
        bargap=0.4,
        height=max(300, 150 + _ROW * len(names)),
        margin={"l": 20 + _LETTER * max(len(line) for each in names for line in each.split(_BREAK))},
    )
    figure.update_xaxes(
        title="distance from the mean of the paths (half-widths of what 95 % of them have)",
        range=[-FURTHEST - 0.3, FURTHEST + 0.3],
        tickvals=[-1, 0, 1],
        tickangle=0,
    )
    figure.update_yaxes(title="", dtick=1)  # each has its name
    return figure


def _among(table: pd.DataFrame) -> NDArray[np.bool_]:
    return among(*(table[each].to_numpy(np.float64) for each in ("history", "low", "high")))


def _in_words(statistic: str) -> str:
    """On lines of their own, so that there is room for the picture on a narrow page, too."""
    return _BREAK.join(textwrap.wrap(statistic.replace("_", " "), _LINE))


def _found(table: pd.DataFrame) -> str:
    within = int(_among(table).sum())
    return f"The history lies among 95 % of the paths in {within} of {count(len(table), 'stylized fact')}"
