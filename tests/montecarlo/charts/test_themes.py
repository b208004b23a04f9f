"""All that a figure draws can be seen on the ground of a light and of a dark page."""

import re
from pathlib import Path

import pytest

import montecarlo as mc
import webui
from montecarlo import charts
from montecarlo.charts.colours import GROUNDS
from montecarlo.data.joint_history import align
from tests.montecarlo.charts import portfolio_tables as tables
from tests.montecarlo.charts.figures import IMPORTANCE, PAPER, RELIABILITY, STRATEGY, contrast, traces, with_reasons

BRACKET = mc.SmaCrossover(40, 100, stop_loss=0.05, take_profit=0.1)
LINES, TEXT = 3.0, 4.5  # the least contrasts that WCAG 2.2 allows, 1.4.11 and 1.4.3


@pytest.fixture(scope="module")
def figures(history, backtest, model, result):
    paths = result.paths
    drawn = {
        "price_history": charts.price_history(history, mc.Breakout(20, "both"), backtest),
        "price_paths": charts.price_paths(mc.simulate_prices(model, days=300, iterations=2, seed=7), STRATEGY),
        "equity": charts.equity(backtest),
        "fan": charts.fan(result.fan),
        "return_histogram": charts.return_histogram(
            result.summary, paths["return"].to_numpy(), None, (paths["return"].to_numpy() / 2, None)
        ),
        "drawdown_histogram": charts.drawdown_histogram(result.summary, paths["max_drawdown"].to_numpy()),
        "exposure": charts.exposure(paths),
        "drifts": charts.drifts(mc.simulate(model, STRATEGY, days=120, iterations=20, seed=7).uncertainty),
        "map": charts.sweep_map(
            mc.sweep(model, STRATEGY, {"short": (5, 9), "long": (20, 30)}, days=60, iterations=9).table
        ),
        "line": charts.sweep_map(mc.sweep(model, mc.Breakout(), {"channel": (5, 9)}, days=60, iterations=9).table),
        "candles": charts.candles(history, with_reasons(backtest.trades), strategy=BRACKET, days=500),
        "reliability": charts.reliability(RELIABILITY),
        "importance": charts.importance(IMPORTANCE),
        "paper_account": charts.paper_account(PAPER),
        "contributions": charts.contributions(tables.CONTRIBUTIONS),
        "beating": charts.beating(tables.BEATING),
        "correlations": charts.correlations(tables.CORRELATIONS),
        "stylized_facts": charts.stylized_facts(tables.STYLIZED_FACTS),
        "weights": charts.weights(tables.drifted(["AAPL", "KO", "MSFT", "GOOG", "AMZN", "IBM"])),
        "portfolio_equity": charts.portfolio_equity(tables.EQUITY, mc.Rules()),
        "efficient_frontier": charts.efficient_frontier(
            mc.frontier(
                align([history, mc.load_history("IBM", "sample")]), points=3, draws=20, asked=(0.5, 0.4), seed=7
            )
        ),
    }
    return drawn


def drawn_with(trace):
    """The colours of a trace: of its line, its markers, its band, the bars around them, its scale; no mere tints."""
    if trace.type == "candlestick":
        return {trace[part].line.color for part in ("increasing", "decreasing")}
    of_lines = [trace[part].color for part in ("line", "marker", "error_x", "error_y") if part in trace]
    scale = trace.colorscale if trace.type == "heatmap" else trace.marker.colorscale if "marker" in trace else None
    filled = trace.fillcolor if "fillcolor" in trace else None
    drawn = {colour for colour in (*of_lines, filled) if isinstance(colour, str) and not colour.startswith("rgba")}
    return drawn | {colour for _, colour in scale or ()}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_bars_and_bands_stand_out_from_the_ground(figures, theme):
    """What has the ground's own colour only sets others off, and no trace in the legend has nothing else."""
    for name, figure in figures.items():
        themed = charts.themed(figure, theme)
        drawn = {shape.line.color for shape in themed.layout.shapes}
        for trace in themed.data:
            own = drawn_with(trace) - {GROUNDS[theme]}
            assert own or trace.showlegend is False, f"{trace.name} of {name}"
            drawn |= own
        for colour in drawn:
            assert contrast(colour, GROUNDS[theme]) >= LINES, f"{colour} of {name}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(figures, theme):
    for figure in figures.values():
        themed = charts.themed(figure, theme)
        assert contrast(themed.layout.template.layout.font.color, GROUNDS[theme]) >= TEXT
        label = themed.layout.template.layout.hoverlabel
        assert contrast(label.font.color, label.bgcolor) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bands_are_told_apart_by_the_line_between_them_and_so_is_what_lies_upon_them(figures, theme):
    fan = charts.themed(figures["fan"], theme)
    (outer,), (inner,), (median,) = (traces(fan, n) for n in ("90 % of the paths", "half of the paths", "median"))
    for band in (outer, inner):
        assert contrast(inner.line.color, band.fillcolor) >= LINES
        assert band.line.width >= 1
    for upon in (median.line.color, fan.layout.shapes[0].line.color):
        assert contrast(upon, inner.fillcolor) >= LINES


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_lies_upon_bars_is_set_off_by_the_ground(figures, theme):
    figure = charts.themed(figures["return_histogram"], theme)
    for name in ("buy and hold", "median"):
        below, line = (trace for trace in figure.data if (trace.legendgroup or "").startswith(name))
        assert below.line.color == GROUNDS[theme]
        assert below.line.width >= line.line.width + 2


def test_the_grounds_are_those_of_the_pages():
    sheet = (Path(webui.__file__).parent / "static" / "css" / "base.css").read_text()
    light, dark = re.findall(r"--surface: (#\w+);", sheet)
    assert {"light": light, "dark": dark} == GROUNDS


def test_nothing_but_colours_changes(figures):
    for figure in figures.values():
        light, dark = (charts.themed(figure, theme) for theme in ("light", "dark"))
        assert [trace.name for trace in light.data] == [trace.name for trace in dark.data]
        assert light.layout.title.text == figure.layout.title.text
        assert figure.layout.template == charts.TEMPLATE, "the figure itself stays"


def test_another_theme_is_refused(figures):
    with pytest.raises(ValueError, match="must be light or dark, not 'sepia'"):
        charts.themed(figures["fan"], "sepia")


def test_without_a_theme_bands_suit_white_and_black(figures):
    for name in ("90 % of the paths", "half of the paths"):
        (band,) = traces(figures["fan"], name)
        assert min(contrast(band.fillcolor, ground) for ground in ("#ffffff", "#000000")) >= LINES
