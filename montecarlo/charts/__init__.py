"""Figures for notebooks and the web UI alike: prices with trades, equity, simulated paths, the spread of results.

Each function returns a ``plotly.graph_objects.Figure``.  Backgrounds are transparent and text is a grey that can be
read on white and on black, so a figure suits a page of either kind; ``themed`` gives it the colours for one.
"""

from montecarlo.charts.accounts import equity
from montecarlo.charts.candles import candles
from montecarlo.charts.comparison import compared_drawdowns, compared_fans, compared_returns, paired_differences
from montecarlo.charts.forecasts import importance, reliability
from montecarlo.charts.histograms import drawdown_histogram, return_histogram, verdict_histogram
from montecarlo.charts.invested import exposure
from montecarlo.charts.prices import price_history, price_paths
from montecarlo.charts.spread import fan
from montecarlo.charts.style import TEMPLATE
from montecarlo.charts.sweep import sweep_map
from montecarlo.charts.themes import themed
from montecarlo.charts.uncertainty import drifts

__all__ = [
    "TEMPLATE",
    "candles",
    "compared_drawdowns",
    "compared_fans",
    "compared_returns",
    "drawdown_histogram",
    "drifts",
    "equity",
    "exposure",
    "fan",
    "importance",
    "paired_differences",
    "price_history",
    "price_paths",
    "reliability",
    "return_histogram",
    "sweep_map",
    "themed",
    "verdict_histogram",
]
