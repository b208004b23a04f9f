"""What the answer is worth: how the odds change with the drift that a history leaves open."""

import plotly.graph_objects as go

from montecarlo.charts.style import BLUE, GREY, TEMPLATE, VERMILLION
from montecarlo.experiments.uncertainty import AT_THE_FIT, Uncertainty
from montecarlo.wording import from_to, percent

LOSS, BEATS = "probability_of_loss", "probability_of_beating_buy_and_hold"


def drifts(found: Uncertainty) -> go.Figure:
    """The odds under each of the parameters that the history might have come from, over their drift.

    Args:
        found: From ``Result.uncertainty``.
    """
    figure = go.Figure()
    for statistic, name, color in ((LOSS, "loses", VERMILLION), (BEATS, "beats buy and hold", BLUE)):
        figure.add_scatter(
            x=[each.drift for each in found.draws],
            y=[each.values[statistic] for each in found.draws],
            mode="markers",
            name=name,
            marker={"color": color, "size": 5},
            hovertemplate="%{y:.1%} at a drift of %{x:.1%}",
        )
    at_the_fit = next(each for each in found.drifts if each.setting == AT_THE_FIT)
    for drift, words, lower in ((at_the_fit.drift, AT_THE_FIT, 0), (0.0, "no drift", 16)):
        named = {"text": words, "yshift": -lower}  # so that both can be read where the lines are close
        figure.add_vline(x=drift, line={"color": GREY, "width": 1, "dash": "dot"}, annotation=named)
    loss, loss_range = percent(at_the_fit.values[LOSS]), from_to(*found.range_of(LOSS))
    figure.update_layout(
        template=TEMPLATE, title=f"Probability of loss: {loss} at the fit, range {loss_range}", hovermode="closest"
    )
    figure.update_xaxes(title="drift per year (%), as far as the history tells it", tickformat="~%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", range=[0, 1])
    return figure
