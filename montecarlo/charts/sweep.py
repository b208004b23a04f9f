"""The combinations of a sweep beside each other."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from montecarlo.charts.style import GREY, INNER, MIDDLE, SCALE, SEAM, TEMPLATE
from montecarlo.experiments.sweep_tally import COLUMNS
from montecarlo.parameters import Parameter

_NO_SHARES = ("sharpe_mean", "trades_mean")  # statistics that are no fraction of anything


def sweep_map(
    table: pd.DataFrame, statistic: str = "return_mean", parameters: Mapping[str, Parameter] | None = None
) -> go.Figure:
    """A statistic of each combination of a sweep.

    Where two parameters are varied it is the colour of a cell, and combinations that cannot be traded stay empty; where
    one is, a line between the ends of its 95 % intervals.

    Args:
        table: Of a sweep: columns of the parameters that are varied, before those of
            ``montecarlo.experiments.sweep_tally.COLUMNS``.
        statistic: Name of one of the latter.
        parameters: Of the strategy, by name, whose labels and units the axes then have; otherwise they have the names.
    """
    varied = [str(name) for name in table.columns[: table.columns.get_loc(next(iter(COLUMNS)))]]
    titles = [_title(name, parameters or {}) for name in varied]
    table = table.assign(**{name: _told(table[name]) for name in varied})
    share = statistic not in _NO_SHARES
    what = COLUMNS[statistic].partition(":")[0]
    figure = go.Figure()
    if len(varied) > 1:
        figure.add_trace(_cells(table, varied, statistic, share))
        figure.update_xaxes(title=titles[1], type="category")
        figure.update_yaxes(title=titles[0], type="category")
    else:
        figure.add_traces(_line(table, varied[0], statistic, share))
        figure.update_xaxes(title=titles[0], type="linear" if _is_number(table[varied[0]]) else "category")
        unit = "%" if share else "number"
        figure.update_yaxes(title=f"{statistic.replace('_', ' ')} ({unit})", tickformat="~%" if share else "")
    figure.update_layout(
        template=TEMPLATE,
        title=f"{what[0].upper()}{what[1:]}: {len(table)} combinations on the same paths",
        hovermode="closest",
    )
    return figure


def _title(name: str, parameters: Mapping[str, Parameter]) -> str:
    if name not in parameters:
        return name.replace("_", " ")
    unit = parameters[name].unit
    return f"{parameters[name].label} ({unit})" if unit else parameters[name].label


def _cells(table: pd.DataFrame, varied: list[str], statistic: str, share: bool) -> go.Heatmap:
    first, second = varied
    colour, exposure = (table.pivot(index=first, columns=second, values=name) for name in (statistic, "exposure_mean"))
    return go.Heatmap(
        x=_words(colour.columns),
        y=_words(colour.index),
        z=colour,
        customdata=exposure,
        colorscale=SCALE,
        hoverongaps=False,
        colorbar={"tickformat": "~%" if share else ""},
        hovertemplate=f"{first.replace('_', ' ')} %{{y}}, {second.replace('_', ' ')} %{{x}}: {_number('z', share)}, "
        "invested on %{customdata:.1%} of the days<extra></extra>",
    )


def _line(table: pd.DataFrame, name: str, statistic: str, share: bool) -> list[go.Scatter]:
    """The values on a line, and their intervals: a band where the parameter is a number, bars where it is a word."""
    numbers = _is_number(table[name])
    x, value = table[name] if numbers else _words(table[name]), table[statistic]
    line = go.Scatter(
        x=x,
        y=value,
        name=statistic.replace("_", " "),
        mode="lines+markers" if numbers else "markers",
        line={"color": MIDDLE, "width": 2.5},
        marker={"color": MIDDLE, "size": 8},
        showlegend=False,
        customdata=table["exposure_mean"],
        hovertemplate=f"{name.replace('_', ' ')} %{{x}}: {_number('y', share)}, "
        "invested on %{customdata:.1%} of the days<extra></extra>",
    )
    if f"{statistic}_low" not in table:
        return [line]
    low, high = table[f"{statistic}_low"], table[f"{statistic}_high"]
    if not numbers:
        line.error_y = {"array": high - value, "arrayminus": value - low, "color": GREY}
        return [line]
    edge = {"x": x, "mode": "lines", "line": {"width": 1, "color": SEAM}, "showlegend": False, "hoverinfo": "skip"}
    lower = go.Scatter(y=low, name="low", **edge)
    upper = go.Scatter(y=high, name="95 % interval", fill="tonexty", fillcolor=INNER, **edge | {"showlegend": True})
    return [lower, upper, line]


def _told(values: "pd.Series[Any]") -> Any:
    """The same, in words where one of them is none at all, as of a stop that is left out."""
    missing = values.isna()
    if not missing.any():
        return values
    words = ["none" if gone else word for gone, word in zip(missing, _words(values), strict=True)]
    return pd.Categorical(words, categories=list(dict.fromkeys(words)), ordered=True)


def _words(values: "pd.Index[Any] | pd.Series[Any]") -> list[str]:
    """As a person types them."""
    return [str(value).lower() if isinstance(value, bool | np.bool_) else str(value) for value in values]


def _number(variable: str, share: bool) -> str:
    return f"%{{{variable}:{'.1%' if share else '.2f'}}}"


def _is_number(values: "pd.Series[Any]") -> bool:
    return is_numeric_dtype(values) and not is_bool_dtype(values)
