"""What each symbol of a portfolio has of the capital, and what it has of the worst outcomes."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from montecarlo.charts.style import BLUE, EDGE, GREY, INK, TEMPLATE, VERMILLION
from montecarlo.data.joint_history import CASH
from montecarlo.wording import percent

SHORTFALL, AT_RISK = "expected_shortfall_95", "value_at_risk_95"
SHARE = f"share_of_{SHORTFALL}"

_LETTER, _ROW = 8, 34  # pixels


def contributions(table: pd.DataFrame) -> go.Figure:
    """The weight of each symbol beside its contributions to expected shortfall and value at risk.

    The symbol that contributes most to the expected shortfall stands on top.  Bars to the left of zero are symbols that
    gain where the account does worst.

    Args:
        table: A row for each symbol and a last one of cash, as in ``contributions.csv``: columns ``symbol``,
            ``weight``, ``final_weight_mean``, ``expected_shortfall_95`` and ``value_at_risk_95`` (fractions of the
            capital that the symbol loses there), each of both also with ``_low`` and ``_high``, and
            ``share_of_expected_shortfall_95``.
    """
    idle = table["symbol"].eq(CASH) & (table[["weight", SHORTFALL, AT_RISK]] == 0).all(axis=1)
    shown = table[~idle].sort_values(SHORTFALL, kind="stable")  # the first one is lowest
    figure = make_subplots(cols=2, shared_yaxes=True, column_widths=[0.36, 0.64], horizontal_spacing=0.05)
    names = shown["symbol"].astype(str)
    figure.add_bar(
        x=shown["weight"],
        y=names,
        name="weight at the beginning",
        orientation="h",
        marker={"color": GREY},
        hovertemplate="%{y}: %{x:.1%} of the capital at the beginning<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=shown["final_weight_mean"],
        y=names,
        name="at the end, on average",
        mode="markers",
        marker={"color": INK, "size": 9, "symbol": "diamond", "line": {"color": EDGE, "width": 1}},
        hovertemplate="%{y}: %{x:.1%} of the account at the end, on average<extra></extra>",
        row=1,
        col=1,
    )
    for statistic, name, colour in ((AT_RISK, "value at risk", BLUE), (SHORTFALL, "expected shortfall", VERMILLION)):
        value = shown[statistic]
        figure.add_bar(
            x=value,
            y=names,
            name=f"of the {name}",
            orientation="h",
            marker={"color": colour},
            error_x={
                "type": "data",
                "array": shown[f"{statistic}_high"] - value,
                "arrayminus": value - shown[f"{statistic}_low"],
                "color": INK,
                "thickness": 1.5,
                "width": 3,
            },
            customdata=np.column_stack([shown[f"{statistic}_low"], shown[f"{statistic}_high"]]),
            hovertemplate=f"%{{y}}: %{{x:.2%}} of the capital, of the {name}, %{{customdata[0]:.2%}} to "
            "%{customdata[1]:.2%}<extra></extra>",
            row=1,
            col=2,
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1}, row=1, col=2)
    figure.update_layout(
        template=TEMPLATE,
        title=_found(table),
        hovermode="closest",
        barmode="group",
        bargap=0.25,
        height=max(300, 160 + _ROW * len(shown)),
        margin={"l": 20 + _LETTER * max(len(each) for each in names)},
    )
    ticks = _few_ticks(shown[["weight", "final_weight_mean"]].max().max())
    figure.update_xaxes(title="weight (%)", tickformat="~%", tickvals=ticks, rangemode="tozero", row=1, col=1)
    figure.update_xaxes(title="loss (% of capital)", tickformat="~%", row=1, col=2)
    figure.update_yaxes(title="", dtick=1)  # each has its name
    return figure


def _few_ticks(most: float) -> list[float]:
    """So few that there is room for them on a narrow page, too: zero, and one or two round numbers."""
    tenth = 10.0 ** np.floor(np.log10(most))
    step = max((each for each in (0.5 * tenth, tenth, 2 * tenth, 5 * tenth) if 2 * each <= most), default=tenth / 2)
    return [0.0, float(step), float(2 * step)]


def _found(table: pd.DataFrame) -> str:
    """Whose share of the worst outcomes is further above its share of the capital than any other's."""
    whole = float(table[SHORTFALL].sum())
    if not whole > 0:
        return "Even the worst 5 % of the paths do not lose on average"
    most = table.iloc[int((table[SHARE] - table["weight"]).to_numpy().argmax())]
    if most[SHARE] > 1:  # others gain there
        own = percent(most[SHORTFALL])
        return f"Where the account loses {percent(whole)} of the capital, {most['symbol']} loses {own}"
    return f"{most['symbol']} is {percent(most['weight'])} of the capital and {percent(most[SHARE])} of the shortfall"
