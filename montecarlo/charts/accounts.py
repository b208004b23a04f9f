"""The account of a backtest."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from montecarlo.accounting.rules import FRACTION, Rules
from montecarlo.charts.style import BLUE, GREY, TEMPLATE
from montecarlo.experiments.backtest import Backtest

_TENFOLD = 300.0  # the most over the least equity


def equity(backtest: Backtest) -> go.Figure:
    """Value of the account beside that of buying and holding, and below it how far each is under its last peak."""
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.62, 0.38], vertical_spacing=0.06)
    accounts = (
        ("strategy", backtest.equity, {"color": BLUE, "width": 2}),
        ("buy and hold", backtest.buy_and_hold, {"color": GREY, "width": 1.5, "dash": "dot"}),
    )
    for name, value, line in accounts:
        dollars = go.Scatter(x=value.index, y=value, name=name, line=line, hovertemplate="%{y:$,.0f}")
        drawdown = value / value.cummax() - 1
        under = go.Scatter(x=value.index, y=drawdown, name=name, line=line, showlegend=False, hovertemplate="%{y:.1%}")
        figure.add_trace(dollars, row=1, col=1)
        figure.add_trace(under, row=2, col=1)
    rules = backtest.rules
    figure.update_layout(
        template=TEMPLATE,
        title=f"From ${rules.capital:,.0f} to ${backtest.equity.iloc[-1]:,.0f} ({_costs(rules)})",
        height=560,
    )
    figure.update_xaxes(title="date", row=2, col=1)
    least, most = (each(float(each(value)) for _, value, _ in accounts) for each in (min, max))
    wide = most > _TENFOLD * max(least, 1.0)  # then 2 and 5 of each power of ten stand too close
    ticks = {"dtick": 1 if wide else "D2"}
    figure.update_yaxes(title="equity (dollars)", type="log", tickformat="$,~s", **ticks, row=1, col=1)
    figure.update_yaxes(title="drawdown (% of peak)", tickformat="~%", row=2, col=1)
    return figure


def _costs(rules: Rules) -> str:
    """What a fill costs, by the models that are chosen."""
    fractions = rules.commission_model == FRACTION, rules.slippage_model == FRACTION
    if all(fractions):
        return f"commission {rules.commission:.2%}, slippage {rules.slippage:.2%} of each fill"
    commission = f"{rules.commission:.2%} of each fill" if fractions[0] else f"${rules.commission_per_share:g} a share"
    if rules.commission_minimum:
        commission += f", at least ${rules.commission_minimum:g}"
    volatility = f"{rules.slippage_volatility or 0:g} of a day's volatility"
    slippage = f"{rules.slippage:.2%} of each fill" if fractions[1] else volatility
    return f"commission {commission}; slippage {slippage}"
