"""Figures for notebooks and the web UI alike: prices with trades, equity, simulated paths, the spread of results.

Each function returns a ``plotly.graph_objects.Figure``.  Backgrounds are transparent and text is a grey that can be
read on white and on black, so a figure suits a page of either kind; ``themed`` gives it the colours for one.
``picture_of`` alone is other: it draws what a run has yielded as a PNG, by matplotlib, where there is no browser.

What draws is imported when it is asked for: whoever has plotly needs no matplotlib, and the other way around.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from montecarlo.charts.accounts import equity
    from montecarlo.charts.bars import candles
    from montecarlo.charts.comparison import compared_drawdowns, compared_fans, compared_returns, paired_differences
    from montecarlo.charts.forecasts import importance, reliability
    from montecarlo.charts.histograms import drawdown_histogram, return_histogram, verdict_histogram
    from montecarlo.charts.invested import exposure
    from montecarlo.charts.paper import paper_account
    from montecarlo.charts.picture import picture_of
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
    "paper_account",
    "picture_of",
    "price_history",
    "price_paths",
    "reliability",
    "return_histogram",
    "sweep_map",
    "themed",
    "verdict_histogram",
]

_PLACES = {
    "equity": "accounts",
    "candles": "bars",
    "compared_drawdowns": "comparison",
    "compared_fans": "comparison",
    "compared_returns": "comparison",
    "paired_differences": "comparison",
    "importance": "forecasts",
    "reliability": "forecasts",
    "drawdown_histogram": "histograms",
    "return_histogram": "histograms",
    "verdict_histogram": "histograms",
    "exposure": "invested",
    "paper_account": "paper",
    "picture_of": "picture",
    "price_history": "prices",
    "price_paths": "prices",
    "fan": "spread",
    "TEMPLATE": "style",
    "sweep_map": "sweep",
    "themed": "themes",
    "drifts": "uncertainty",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
