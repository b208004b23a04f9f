"""The statistics of one account, by what a person calls them and with what each is."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from webui.display import cost, percent, ratio, thousands
from webui.results.summary import Line, written

OF_TRADES = {
    "profit_factor": ("Profit factor", ratio, "all gains over all losses of trades: above 1 they gained more"),
    "expectancy": ("Expectancy", percent, "what a trade makes of the equity that it finds, on average"),
    "sqn": (
        "System quality number",
        ratio,
        "how far the mean profit of a trade is from nothing, in its standard errors: below 2 it may be chance",
    ),
    "longest_losing_streak": ("Longest losing streak", thousands, "the most losses in a row"),
    "average_holding": ("Average holding, days", ratio, "from entry to exit; 0 if it ended on the bar it began"),
    "ambiguous_bars": (
        "Ambiguous bars",
        thousands,
        "days whose bar reaches both stop and target and does not tell which came first: the rule decided; where there "
        "are many, try the other one",
    ),
}
"""Of trades: what a person calls each, how it is written, and what it is."""

GROUPS: Mapping[str, Mapping[str, tuple[str, Callable[[float], str], str]]] = {
    "The account": {
        "final_value": ("Final value, dollars", lambda value: f"{value:,.0f}", "of the account at the end"),
        "return": ("Return", percent, "over the whole history"),
        "annual_return": ("Return per year", percent, "compound"),
        "buy_and_hold_value": (
            "Buy and hold, dollars",
            lambda value: f"{value:,.0f}",
            "what buying at the first possible fill and keeping makes, with the same costs",
        ),
        "exposure": ("Time invested", percent, "days with a position"),
        "turnover": ("Turnover per year", ratio, "bought and sold, in multiples of the account"),
    },
    "Risk": {
        "max_drawdown": ("Maximum drawdown", percent, "largest fall from the highest value so far"),
        "longest_drawdown": ("Longest drawdown, days", thousands, "in a row below an earlier value"),
        "annual_volatility": ("Volatility per year", percent, "of the account"),
        "sharpe": ("Sharpe ratio", ratio, "mean excess over the risk-free rate, in volatilities"),
        "sortino": ("Sortino ratio", ratio, "the same over what days lack to that rate"),
        "calmar": ("Calmar ratio", ratio, "return per year over the maximum drawdown"),
    },
    "Trades": {
        "trades": ("Trades", thousands, "round trips; one that is still open counts"),
        "win_rate": ("Trades that gained", percent, "after costs"),
        **OF_TRADES,
        "unfilled_orders": ("Orders not filled", thousands, "days on which cash could not pay the order"),
    },
    "What it rests on": {
        "capital": ("Capital, dollars", thousands, "cash at the start"),
        "commission": ("Commission", cost, "of the traded value, at each fill"),
        "commission_per_share": ("Commission per share, dollars", thousands, "at each fill"),
        "commission_minimum": ("Least commission, dollars", thousands, "of each fill"),
        "slippage": ("Slippage", cost, "of the traded value, at each fill"),
        "slippage_volatility": ("Slippage in volatility", ratio, "as a share of a day's volatility"),
        "risk_free": ("Risk-free rate per year", percent, "that ratios measure the excess over"),
    },
}

HEADLINE = ("return", "max_drawdown", "sharpe", "win_rate")


def of_summary(table: pd.DataFrame) -> dict[str, Any]:
    """The statistics that are read first, and all of them by group; those that a backtest lacks are left out.

    Args:
        table: Columns ``statistic`` and ``value``.
    """
    value = dict(zip(table["statistic"], table["value"], strict=True))
    lines = {
        name: Line(label, written(write, float(value[name])), "", words)
        for group in GROUPS.values()
        for name, (label, write, words) in group.items()
        if name in value
    }
    groups = {heading: [lines[name] for name in group if name in lines] for heading, group in GROUPS.items()}
    return {"headline": [lines[name] for name in HEADLINE], "groups": groups}
