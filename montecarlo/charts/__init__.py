"""Figures for notebooks and web UI alike: prices with trades, equity, simulated paths, spread of results, portfolios.

Each function returns a ``plotly.graph_objects.Figure``.  Backgrounds are transparent and text is a grey that can be
read on white and on black, so a figure suits a page of either kind; ``themed`` gives it the colours for one.
``picture_of`` alone is other: it draws what a run has yielded as a PNG, by matplotlib, where there is no browser.

What draws is imported when it is asked for: whoever has plotly needs no matplotlib, and the other way around.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from montecarlo.charts.accounts import equity, portfolio_equity
    from montecarlo.charts.bars import candles
    from montecarlo.charts.comparison import compared_drawdowns, compared_fans, compared_returns, paired_differences
    from montecarlo.charts.forecasts import importance, reliability
    from montecarlo.charts.frontier import efficient_frontier
    from montecarlo.charts.histograms import drawdown_histogram, return_histogram, verdict_histogram
    from montecarlo.charts.invested import exposure
    from montecarlo.charts.odds import beating
    from montecarlo.charts.paper import paper_account
    from montecarlo.charts.parts import contributions
    from montecarlo.charts.picture import picture_of
    from montecarlo.charts.prices import price_history, price_paths
    from montecarlo.charts.spread import fan
    from montecarlo.charts.style import TEMPLATE
    from montecarlo.charts.stylized import stylized_facts
    from montecarlo.charts.sweep import sweep_map
    from montecarlo.charts.themes import themed
    from montecarlo.charts.together import correlations
    from montecarlo.charts.uncertainty import drifts
    from montecarlo.charts.weighting import weights

__all__ = [
    "TEMPLATE",
    "beating",
    "candles",
    "compared_drawdowns",
    "compared_fans",
    "compared_returns",
    "contributions",
    "correlations",
    "drawdown_histogram",
    "drifts",
    "efficient_frontier",
    "equity",
    "exposure",
    "fan",
    "importance",
    "paired_differences",
    "paper_account",
    "picture_of",
    "portfolio_equity",
    "price_history",
    "price_paths",
    "reliability",
    "return_histogram",
    "stylized_facts",
    "sweep_map",
    "themed",
    "verdict_histogram",
    "weights",
]

_PLACES = {
    "equity": "accounts",
    "portfolio_equity": "accounts",
    "candles": "bars",
    "compared_drawdowns": "comparison",
    "compared_fans": "comparison",
    "compared_returns": "comparison",
    "paired_differences": "comparison",
    "importance": "forecasts",
    "reliability": "forecasts",
    "efficient_frontier": "frontier",
    "drawdown_histogram": "histograms",
    "return_histogram": "histograms",
    "verdict_histogram": "histograms",
    "exposure": "invested",
    "beating": "odds",
    "paper_account": "paper",
    "contributions": "parts",
    "picture_of": "picture",
    "price_history": "prices",
    "price_paths": "prices",
    "fan": "spread",
    "TEMPLATE": "style",
    "stylized_facts": "stylized",
    "sweep_map": "sweep",
    "themed": "themes",
    "correlations": "together",
    "drifts": "uncertainty",
    "weights": "weighting",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
