"""Figures are made when they are wanted, and each says what it shows."""

import json
import subprocess
import sys

import pytest

import montecarlo as mc
from montecarlo import charts
from tests.montecarlo.charts.figures import PAPER, STRATEGY

SWEEPS = ((mc.SmaCrossover(), {"short": (5, 9), "long": (20, 30)}), (mc.Breakout(), {"channel": (5, 9)}))


def test_plotly_is_imported_only_when_a_chart_is_wanted():
    program = """
import sys
import montecarlo
assert "plotly" not in sys.modules
assert montecarlo.charts.equity
assert "plotly" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_misspelt_name_is_still_an_error():
    with pytest.raises(AttributeError, match="no attribute 'chart'"):
        _ = mc.chart


def test_every_axis_says_what_it_measures_and_every_figure_can_be_sent_to_a_browser(history, backtest, model, result):
    sweeps = [mc.sweep(model, strategy, over, days=60, iterations=9) for strategy, over in SWEEPS]
    figures = [
        charts.price_history(history, STRATEGY, backtest),
        charts.equity(backtest),
        charts.price_paths(mc.simulate_prices(model, days=300, iterations=2, seed=7), STRATEGY),
        charts.return_histogram(result.summary, result.paths["return"].to_numpy()),
        charts.fan(result.fan),
        charts.drawdown_histogram(result.summary, result.paths["max_drawdown"].to_numpy()),
        charts.exposure(result.paths),
        charts.paper_account(PAPER),
        *(charts.sweep_map(sweep.table, parameters=sweep.sweep.strategy.parameters) for sweep in sweeps),
    ]
    for figure in figures:
        assert figure.layout.template == charts.TEMPLATE
        assert figure.layout.title.text
        layout = json.loads(figure.to_json())["layout"]
        assert all("(" in axis["title"]["text"] for name, axis in layout.items() if name.startswith("yaxis"))
        assert any(axis.get("title") for name, axis in layout.items() if name.startswith("xaxis"))
