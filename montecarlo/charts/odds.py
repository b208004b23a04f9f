"""How often a portfolio ends above something simpler."""

import textwrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from montecarlo.charts.style import BLUE, GREY, INK, TEMPLATE
from montecarlo.statistics.portfolio_tally import EQUAL_WEIGHT, NEVER_REBALANCED
from montecarlo.wording import percent

_LETTER, _ROW = 8, 34  # pixels
_LINE, _BREAK = 16, "<br>"  # letters of a line, and what ends it
_SIMPLER = {EQUAL_WEIGHT: "equal weights bought once", NEVER_REBALANCED: "itself never rebalanced"}


def beating(table: pd.DataFrame) -> go.Figure:
    """On how many paths the portfolio ends above each of its symbols alone, and above simpler ways to hold them.

    Args:
        table: As in ``beating.csv``: columns ``against`` (a symbol, "equal weight", "never rebalanced"),
            ``probability``, ``low`` and ``high``, as fractions.
    """
    symbols = table[~table["against"].isin(_SIMPLER)].sort_values("probability", kind="stable", ascending=False)
    shown = pd.concat([table[table["against"].isin(_SIMPLER)], symbols]).iloc[::-1]  # the first one is lowest
    value = shown["probability"]
    figure = go.Figure()
    names = [_BREAK.join(textwrap.wrap(_in_words(str(each)), _LINE)) for each in shown["against"]]
    figure.add_scatter(
        x=value,
        y=names,
        mode="markers",
        name="95 % interval",
        showlegend=False,
        marker={"color": BLUE, "size": 10},
        error_x={
            "type": "data",
            "array": shown["high"] - value,
            "arrayminus": value - shown["low"],
            "color": INK,
            "thickness": 1.5,
            "width": 4,
        },
        customdata=np.column_stack([shown["low"], shown["high"]]),
        hovertemplate="above %{y} on %{x:.1%} of the paths, %{customdata[0]:.1%} to %{customdata[1]:.1%}"
        "<extra></extra>",
    )
    figure.add_vline(x=0.5, line={"color": GREY, "width": 1.5, "dash": "dot"})
    figure.update_layout(
        template=TEMPLATE,
        title=_found(table),
        hovermode="closest",
        height=max(260, 140 + _ROW * len(shown)),
        margin={"l": 20 + _LETTER * max((len(line) for each in names for line in each.split(_BREAK)), default=0)},
    )
    figure.update_xaxes(
        title="share of the paths on which the portfolio ends above it (%)",
        tickformat="~%",
        tickvals=[0, 0.5, 1],
        range=[-0.06, 1.06],  # room for a mark at either end
    )
    figure.update_yaxes(title="", dtick=1)  # each has its name
    return figure


def _in_words(against: str) -> str:
    return _SIMPLER.get(against, f"{against} alone")


def _found(table: pd.DataFrame) -> str:
    if table.empty:
        return "There is nothing simpler that it could end above"
    equal = table[table["against"] == EQUAL_WEIGHT]
    told = equal if len(equal) else table.nsmallest(1, "probability")
    against, odds = str(told["against"].iloc[0]), float(told["probability"].iloc[0])
    return f"Ends above {_in_words(against)} on {percent(odds)} of the paths"
