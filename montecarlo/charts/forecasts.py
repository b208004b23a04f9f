"""How good a trained model is: whether its probabilities come true, and which features it lives on."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from montecarlo.charts.style import BLUE, GREY, INK, TEMPLATE, VERMILLION

MOST = 12
"""Features that are drawn, those that are missed most, beside the groups of them; the table has all."""

_SIDES = {"long": ("buying", BLUE, "circle"), "short": ("selling short", VERMILLION, "square")}
_GROUP = "all "
_LETTER = 7  # pixels
_SURE = 2.0  # deviations, about 95 %


def reliability(table: pd.DataFrame, span: float = 1.0) -> go.Figure:
    """How often what was given a probability came true: on the diagonal, it did as often as was said.

    Args:
        table: Of days that the model has not seen, a row for each side and bin: ``side``, ``probability`` (mean of the
            bin), ``observed`` (share of its days whose trade reached its target), ``days``.
        span: Days that a label spans: so many neighbouring days are worth one, in the bars that stand for chance.
    """
    figure = go.Figure()
    ends = _ends(table)
    figure.add_scatter(
        x=ends, y=ends, name="as often as was said", mode="lines", line={"color": GREY, "width": 1.5, "dash": "dot"}
    )
    figure.data[0].update(hoverinfo="skip")
    for side, own in table.groupby("side", sort=False):
        name, colour, symbol = _SIDES[str(side)]
        share, worth = own["observed"], (own["days"] / span).clip(lower=1.0)
        chance = _SURE * np.sqrt(share * (1 - share) / worth)
        figure.add_scatter(
            x=own["probability"],
            y=share,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"symbol": symbol, "size": 8, "color": colour},
            error_y={"type": "data", "array": chance, "color": colour, "thickness": 1.5, "width": 3},
            customdata=own["days"],
            hovertemplate="said %{x:.1%}, came true on %{y:.1%} of %{customdata:,} days",
        )
    off = float(np.average(np.abs(table["probability"] - table["observed"]), weights=table["days"]))
    figure.update_layout(
        template=TEMPLATE,
        title=f"What was said and what came true differ by {100 * off:.1f} points on average",
        hovermode="closest",
    )
    figure.update_xaxes(title="probability that the trade reaches its target (%), as said", tickformat="~%", range=ends)
    figure.update_yaxes(title="share of the days on which it did (%)", tickformat="~%")
    return figure


def importance(table: pd.DataFrame) -> go.Figure:
    """How much area under the curve a forecast loses when a feature is dealt out anew among the days.

    Args:
        table: Of days that the model has not seen, a row for each side and feature or group of them: ``side``,
            ``feature``, ``loss`` (mean of several times), ``deviation`` (of these).  The bars around a loss are of how
            the feature was dealt out, and not of which days there were to judge by.
    """
    greatest = table.groupby("feature", sort=False)["loss"].max().sort_values(kind="stable").index
    groups = [each for each in greatest if each.startswith(_GROUP)]
    names = [*[each for each in greatest if each not in groups][-MOST:], *groups]  # the first one is lowest
    figure = go.Figure()
    for side, own in table.groupby("side", sort=False):
        name, colour, _ = _SIDES[str(side)]
        shown = own.set_index("feature").reindex(names)
        figure.add_bar(
            x=shown["loss"],
            y=[_in_words(each) for each in names],
            name=name,
            orientation="h",
            marker={"color": colour},
            error_x={"type": "data", "array": _SURE * shown["deviation"], "color": INK, "thickness": 1.5, "width": 3},
            hovertemplate="%{x:.4f}",
        )
    most = table.iloc[int(table["loss"].to_numpy().argmax())]
    title = "No feature is missed at all"
    if most["loss"] > 0:
        title = f"Missed most: {_in_words(most['feature'])}, {most['loss']:.3f} of the area under the curve"
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    room = _LETTER * max(len(_in_words(each)) for each in names)
    figure.update_layout(
        template=TEMPLATE,
        title=title,
        hovermode="closest",
        barmode="group",
        height=150 + 26 * len(names),
        margin={"l": 20 + room},
    )
    figure.update_xaxes(title="area under the curve that is lost without it", tickformat=".3~f")
    figure.update_yaxes(title="", dtick=1)  # each has its name
    return figure


def _in_words(feature: str) -> str:
    kind, _, window = feature.partition("_")
    return {"sma": f"average of {window} days", "roc": f"change in {window} days"}.get(kind, feature)


def _ends(table: pd.DataFrame) -> list[float]:
    low, high = float(table["probability"].min()), float(table["probability"].max())
    margin = max(0.02, (high - low) / 10)
    return [max(0.0, low - margin), min(1.0, high + margin)]
