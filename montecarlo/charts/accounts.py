"""The account of a backtest."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from montecarlo.accounting.rules import FRACTION, Rules
from montecarlo.charts.style import BLUE, GREY, TEMPLATE
from montecarlo.experiments.backtest import Backtest

_TENFOLD = 300.0  # the most over the least equity


def equity(backtest: Backtest) -> go.Figure:
    """Value of the account beside that of buying and holding, and below it how far each is under its last peak."""
    return _beside("strategy", backtest.equity, "buy and hold", backtest.buy_and_hold, backtest.rules)


def portfolio_equity(table: pd.DataFrame, rules: Rules) -> go.Figure:
    """Value of a portfolio on the real histories beside that of its first weights, bought and never rebalanced.

    Args:
        table: A row for each day, as in ``equity.csv``: columns ``date``, ``equity`` and ``buy_and_hold``, in dollars.
        rules: Of the account.
    """
    by_day = table.set_index(pd.to_datetime(table["date"]))
    return _beside("portfolio", by_day["equity"], "never rebalanced", by_day["buy_and_hold"], rules)


def _beside(
    name: str, value: "pd.Series[float]", other_name: str, other: "pd.Series[float]", rules: Rules
) -> go.Figure:
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.62, 0.38], vertical_spacing=0.06)
    last = float(value.iloc[-1])
    accounts = (
        (name, value, {"color": BLUE, "width": 2}),
        (other_name, other, {"color": GREY, "width": 1.5, "dash": "dot"}),
    )
    for named, account, line in accounts:
        look = {"x": account.index, "name": named, "line": line}
        dollars = go.Scatter(y=account, hovertemplate="%{y:$,.0f}", **look)
        drawdown = account / account.cummax() - 1
        under = go.Scatter(y=drawdown, showlegend=False, hovertemplate="%{y:.1%}", **look)
        figure.add_trace(dollars, row=1, col=1)
        figure.add_trace(under, row=2, col=1)
    figure.update_layout(
        template=TEMPLATE,
        title=f"From ${rules.capital:,.0f} to ${last:,.0f} ({_costs(rules)})",
        height=560,
    )
    figure.update_xaxes(title="date", row=2, col=1)
    least, most = (each(float(each(account)) for _, account, _ in accounts) for each in (min, max))
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
