"""Figures for notebooks and the web UI alike: prices with trades, equity, simulated paths, the spread of results.

Each function returns a ``plotly.graph_objects.Figure``.  Backgrounds are transparent and text is a grey that can be
read on white and on black, so a figure suits a page of either kind.
"""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from montecarlo.accounting.account import keep_account
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.backtest import Backtest
from montecarlo.experiments.sweep_tally import COLUMNS
from montecarlo.strategies import SmaCrossover
from montecarlo.strategies.windows import window_averages

FloatArray = NDArray[np.float64]

# Okabe and Ito's colours, which people with any kind of colour blindness can tell apart.
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY = "#767676"  # 4.5 : 1 against white and against black
FAINT = "rgba(118, 118, 118, 0.25)"
LIGHT_BLUE, MIDDLE_BLUE = "rgba(0, 114, 178, 0.15)", "rgba(0, 114, 178, 0.3)"  # the second lies upon the first

RETURN_BARS = 80  # about as many as a wide figure shows well

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


def price_history(history: PriceHistory, strategy: SmaCrossover, backtest: Backtest | None = None) -> go.Figure:
    """Adjusted closes on a logarithmic scale, the strategy's two averages, and where a backtest bought and sold."""
    dates = history.bars.index
    figure = go.Figure()
    figure.add_traces(_price_lines(dates, history.closes, strategy))
    if backtest is not None:
        trades = backtest.trades
        closed = trades.dropna(subset="exit_date")
        figure.add_traces(
            [
                _fills("buy", trades["entry_date"], trades["entry_price"]),
                _fills("sell", closed["exit_date"], closed["exit_price"]),
            ]
        )
    unit = "index points" if history.source == "fred" else "dollars"
    figure.update_layout(template=TEMPLATE, title=f"{history.symbol}, {dates[0]:%B %Y} to {dates[-1]:%B %Y}")
    figure.update_xaxes(title="date")
    figure.update_yaxes(title=f"adjusted close ({unit})", type="log", tickformat=",~r")
    return figure


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
        title=f"From ${rules.capital:,.0f} to ${backtest.equity.iloc[-1]:,.0f} (commission {rules.commission:.2%}, "
        f"slippage {rules.slippage:.2%} of each fill)",
        height=560,
    )
    figure.update_xaxes(title="date", row=2, col=1)
    figure.update_yaxes(title="equity (dollars)", type="log", tickformat="$,~s", row=1, col=1)
    figure.update_yaxes(title="drawdown (% of peak)", tickformat="~%", row=2, col=1)
    return figure


def price_paths(prices: pd.DataFrame, strategy: SmaCrossover, rules: Rules | None = None) -> go.Figure:
    """A few simulated paths below each other, with the averages and the fills that the strategy sees on each.

    Args:
        prices: From ``simulate_prices``, shape (days + 1, paths).
        strategy: What is traded when.
        rules: Money, fills and costs; None takes the defaults.
    """
    rules = rules or Rules()
    closes = prices.to_numpy(np.float64)
    paths = closes.shape[1]
    first_fill = strategy.first_decision + rules.delay
    sides = np.sign(keep_account(closes, strategy.targets(closes), first_fill, rules).held)
    change = np.diff(sides, axis=0, prepend=0)
    figure = make_subplots(rows=paths, shared_xaxes=True, vertical_spacing=0.15 / paths)
    for path in range(paths):
        fills = [
            _fills(name, prices.index[days], closes[days, path])
            for name, days in (("buy", change[:, path] > 0), ("sell", change[:, path] < 0))
        ]
        for trace in [*_price_lines(prices.index, closes[:, path], strategy), *fills]:
            trace.update(legendgroup=trace.name, showlegend=path == 0)
            figure.add_trace(trace, row=path + 1, col=1)
        figure.update_yaxes(title=f"path {prices.columns[path]} (dollars)", tickformat="$,~r", row=path + 1, col=1)
    figure.update_layout(template=TEMPLATE, title="Simulated closes", height=150 + 220 * paths)
    figure.update_xaxes(title="trading day", row=paths, col=1)
    return figure


def return_histogram(summary: pd.DataFrame, returns: FloatArray, counts: NDArray[np.int64] | None = None) -> go.Figure:
    """How often each return came, with the quantiles, the value at risk and the probability of loss of the summary.

    Returns have a long tail, so the figure ends a little after the 95 % quantile and says what it leaves out.

    Args:
        summary: Of the same paths: columns ``statistic``, ``value``, ``low``, ``high``.
        returns: As fractions, shape (values,): those of all paths, or different ones with their counts, such as
            ``tally.wealth.middles() - 1`` with ``tally.wealth.counts``.
        counts: Number of paths with each of ``returns``, same shape; None means one each.
    """
    found = summary.set_index("statistic")
    value = found["value"]
    low, high = value["return_q05"], value["return_q95"]
    edges = _bar_edges(float(np.min(returns)), high + (high - low) / 4)
    share = np.histogram(returns, bins=edges, weights=counts)[0] / value["paths"]
    figure = go.Figure()
    for name, color, side in (("loss", VERMILLION, edges[:-1] < 0), ("gain", BLUE, edges[:-1] >= 0)):
        shown = side & (share > 0)
        figure.add_bar(
            x=((edges[:-1] + edges[1:]) / 2)[shown],
            y=share[shown],
            width=edges[1] - edges[0],
            name=name,
            marker={"color": color},
            customdata=np.column_stack([edges[:-1], edges[1:]])[shown],
            hovertemplate="%{y:.2%} of the paths return %{customdata[0]:.1%} to %{customdata[1]:.1%}<extra></extra>",
        )
    marks = (
        (low, f"5% quantile {low:+.1%} (value at risk {value['value_at_risk_95']:.1%})", "dot"),
        (value["return_median"], f"median {value['return_median']:+.1%}", "solid"),
        (high, f"95% quantile {high:+.1%}", "dash"),
    )
    for at, name, dash in marks:
        line = {"color": GREY, "width": 2, "dash": dash}
        figure.add_scatter(x=[at, at], y=[0, share.max()], mode="lines", name=name, line=line, hoverinfo="name")
    loss = found.loc["probability_of_loss"]
    beyond = 1 - share.sum()
    figure.update_layout(
        template=TEMPLATE,
        title=f"{value['paths']:,.0f} paths: probability of loss {loss['value']:.1%} "
        f"({loss['low']:.1%} to {loss['high']:.1%})",
        hovermode="closest",
    )
    left_out = f"; {beyond:.1%} of the paths lie beyond the right edge" if beyond > 1e-9 else ""
    figure.update_xaxes(title=f"return over the whole horizon (% of capital){left_out}", tickformat="~%")
    figure.update_yaxes(title="share of the paths (%)", tickformat="~%", rangemode="tozero")
    return figure


def fan(quantiles: pd.DataFrame) -> go.Figure:
    """How the spread of equity opens: the median, and where half and nine tenths of the paths are, day by day.

    Args:
        quantiles: Of equity over capital, as in ``Result.fan``: columns ``day``, ``q05``, ``q25``, ``q50``, ``q75``,
            ``q95``.
    """
    figure = go.Figure()
    days = quantiles["day"]
    bands = (("q05", "q95", "90 % of the paths", LIGHT_BLUE), ("q25", "q75", "half of the paths", MIDDLE_BLUE))
    for low, high, name, color in bands:
        edge = {"x": days, "mode": "lines", "line": {"width": 0}, "legendgroup": name}
        figure.add_scatter(y=quantiles[low], name=f"{low[1:]} %", showlegend=False, hovertemplate="%{y:.2f}", **edge)
        figure.add_scatter(
            y=quantiles[high], name=name, fill="tonexty", fillcolor=color, hovertemplate="up to %{y:.2f}", **edge
        )
    figure.add_scatter(
        x=days, y=quantiles["q50"], name="median", line={"color": BLUE, "width": 2}, hovertemplate="%{y:.2f}"
    )
    figure.add_hline(y=1, line={"color": GREY, "width": 1, "dash": "dot"})
    last = quantiles.iloc[-1]
    figure.update_layout(
        template=TEMPLATE,
        title=f"After {last['day']:,.0f} days, half of the paths have {last['q25']:.2f} to {last['q75']:.2f} times the "
        f"capital",
    )
    figure.update_xaxes(title="trading day")
    figure.update_yaxes(title="equity (multiples of capital)", rangemode="tozero")
    return figure


def sweep_map(table: pd.DataFrame, statistic: str = "return_mean") -> go.Figure:
    """A statistic of each combination of a sweep.

    Where two parameters are varied it is the colour of a cell, and combinations that cannot be traded stay empty; where
    one is, a line with 95 % intervals.

    Args:
        table: Of a sweep: columns of the parameters that are varied, before those of
            ``montecarlo.experiments.sweep_tally.COLUMNS``.
        statistic: Name of one of the latter.
    """
    varied = table.columns[: table.columns.get_loc("return_mean")]
    names = [str(name).replace("_", " ") for name in varied]
    share = statistic not in ("sharpe_mean", "trades_mean")
    figure = go.Figure(
        _cells(table, statistic, names, share) if len(varied) > 1 else _interval_line(table, statistic, share)
    )
    what = COLUMNS[statistic].partition(":")[0].capitalize()
    figure.update_layout(
        template=TEMPLATE, title=f"{what}: {len(table)} combinations on the same paths", hovermode="closest"
    )
    figure.update_xaxes(title=names[-1], type="category")
    figure.update_yaxes(title=names[0], type="category")
    if len(varied) == 1:
        figure.update_yaxes(title=statistic.replace("_", " "), type="linear", tickformat="~%" if share else "")
    return figure


def _cells(table: pd.DataFrame, statistic: str, names: list[str], share: bool) -> go.Heatmap:
    colour, exposure = (
        table.pivot(index=table.columns[0], columns=table.columns[1], values=name)
        for name in (statistic, "exposure_mean")
    )
    number = ".1%" if share else ".2f"
    return go.Heatmap(
        x=colour.columns.astype(str),
        y=colour.index.astype(str),
        z=colour,
        customdata=exposure,
        colorscale="Cividis",  # told apart with any kind of colour blindness
        hoverongaps=False,
        colorbar={"tickformat": "~%" if share else ""},
        hovertemplate=f"{names[0]} %{{y}}, {names[1]} %{{x}}: %{{z:{number}}}, invested on %{{customdata:.1%}} of the "
        "days<extra></extra>",
    )


def _interval_line(table: pd.DataFrame, statistic: str, share: bool) -> go.Scatter:
    value = table[statistic]
    ends = (table.get(f"{statistic}_high"), table.get(f"{statistic}_low"))
    bars = {} if ends[0] is None else {"array": ends[0] - value, "arrayminus": value - ends[1], "color": GREY}
    return go.Scatter(
        x=table.iloc[:, 0].astype(str),
        y=value,
        error_y=bars,
        mode="lines+markers",
        line={"color": BLUE},
        customdata=table["exposure_mean"],
        hovertemplate=f"%{{x}}: %{{y:{'.1%' if share else '.2f'}}}, invested on %{{customdata:.1%}} of the days"
        "<extra></extra>",
    )


def _price_lines(x: pd.Index, closes: FloatArray, strategy: SmaCrossover) -> list[go.Scatter]:
    traces = [go.Scatter(x=x, y=closes, name="close", line={"color": GREY, "width": 1}, hovertemplate="%{y:$,.2f}")]
    for window, color in ((strategy.short, VERMILLION), (strategy.long, BLUE)):
        average = np.full(len(closes), np.nan)
        average[window - 1 :] = window_averages(closes[:, None], window)[:, 0]
        line = {"color": color, "width": 2}
        traces.append(go.Scatter(x=x, y=average, name=f"average of {window} days", line=line, hoverinfo="skip"))
    return traces


def _fills(name: str, x: pd.Index | pd.Series, prices: FloatArray | pd.Series) -> go.Scatter:
    """Markers whose shape tells buying from selling without the colour."""
    symbol, color = {"buy": ("triangle-up", GREEN), "sell": ("triangle-down", PURPLE)}[name]
    marker = {"symbol": symbol, "color": color, "size": 11, "line": {"color": "#ffffff", "width": 1}}
    return go.Scatter(x=x, y=prices, name=name, mode="markers", marker=marker, hovertemplate="at %{y:$,.2f}")


def _bar_edges(low: float, high: float) -> FloatArray:
    """Edges of bars of one width from below ``low`` to above ``high``; one is zero, so no bar mixes loss and gain."""
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) / RETURN_BARS or 0.01
    return np.arange(np.floor(low / width) - 1, np.ceil(high / width) + 2) * width
