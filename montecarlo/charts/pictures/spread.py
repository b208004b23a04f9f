"""The picture of a simulation: how its returns and its drawdowns spread, with the share of the paths that lose."""

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from montecarlo.charts.pictures import drawing
from montecarlo.charts.pictures.drawing import (
    BLUE,
    GROUND,
    INK,
    INNER,
    MIDDLE,
    OUTER,
    PURPLE,
    VERMILLION,
    FloatArray,
    percent,
    signed,
)
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.simulation import Simulation
from montecarlo.statistics.summary import summary_from_csv

ROWS = "paths.csv"
MOST_ROWS = 2**28
"""Bytes of ROWS that are read, about two million paths; of more, quantiles are drawn in place of bars."""

BARS = 80
_NEEDED = ["return", "max_drawdown", "final_value", "buy_and_hold_value"]


def draw(files: Mapping[str, bytes], experiment: Simulation, symbol: str, sentence: str) -> Figure:
    """
    Args:
        files: SUMMARY, and ROWS where they are kept.
        experiment: What was simulated.
        symbol: Whose past the paths are like.
        sentence: What came of it.
    """
    table = summary_from_csv(files[SUMMARY]).set_index("statistic")
    summary, paths = table["value"], int(table["value"]["paths"])
    title = f"{symbol}: {experiment.title}, {paths:,} paths of {experiment.days:,} days ({experiment.model.name})"
    if ROWS in files and len(files[ROWS]) <= MOST_ROWS:
        rows = pd.read_csv(io.BytesIO(files[ROWS]), usecols=_NEEDED)
        figure = drawing.sheet(title, sentence, 7.4)
        returns, drawdowns = figure.subplots(2, 1, height_ratios=(1.5, 1))
        _returns(returns, rows, table, experiment.rules.capital)
        _drawdowns(drawdowns, rows["max_drawdown"].to_numpy(np.float64), summary)
    else:
        figure = drawing.sheet(title, sentence, 4.2)
        quantiles, shares = figure.subplots(1, 2, width_ratios=(2, 1))
        _quantiles(quantiles, summary)
        _shares(shares, table)
    return figure


def _returns(axes: Axes, rows: pd.DataFrame, table: pd.DataFrame, capital: float) -> None:
    summary, returns = table["value"], rows["return"].to_numpy(np.float64)
    held = rows["buy_and_hold_value"].to_numpy(np.float64) / capital - 1
    low, high = summary["return_q05"], summary["return_q95"]
    edges = _edges(min(float(returns.min()), float(held.min())), high + (high - low) / 4)
    share = np.histogram(returns, bins=edges)[0] / len(returns)
    gain = edges[:-1] >= 0
    for name, colour, side in (("loss", VERMILLION, ~gain), ("gain", BLUE, gain)):
        axes.bar(edges[:-1][side], share[side], np.diff(edges)[side], align="edge", color=colour, label=name)
    missed = float(np.mean(held > edges[-1]))
    holding = f"buy and hold ({percent(missed)} beyond the right edge)" if missed else "buy and hold"
    axes.stairs(np.histogram(held, bins=edges)[0] / len(held), edges, color=PURPLE, linewidth=1.6, label=holding)
    for at, name, dash in (
        (low, f"5 % quantile {signed(low)}", (0, (1.5, 1.5))),
        (summary["return_median"], f"median {signed(summary['return_median'])}", "solid"),
        (high, f"95 % quantile {signed(high)}", (0, (5, 2))),
    ):
        axes.axvline(at, color=GROUND, linewidth=3.5)
        axes.axvline(at, color=INK, linewidth=1.6, linestyle=dash, label=name)
    loss, beyond = table.loc["probability_of_loss"].to_dict(), float(np.mean(returns > edges[-1]))
    interval = f"95 % interval {percent(loss['low'])} to {percent(loss['high'])}"
    drawing.headed(axes, f"{percent(loss['value'])} of the paths lose ({interval})")
    left_out = f"; {percent(beyond)} of the paths lie beyond the right edge" if beyond else ""
    axes.set_xlabel(f"return over the whole horizon (% of capital){left_out}")
    _share_axis(axes, edges)


def _drawdowns(axes: Axes, drawdowns: FloatArray, summary: "pd.Series[float]") -> None:
    edges = _edges(0.0, min(1.0, float(drawdowns.max())))
    edges = edges[(edges >= -1e-9)]
    axes.bar(
        edges[:-1], np.histogram(drawdowns, bins=edges)[0] / len(drawdowns), np.diff(edges), align="edge", color=INNER
    )
    mean, deep = summary["max_drawdown_mean"], summary["max_drawdown_q95"]
    for at, name, dash in (
        (mean, f"mean {percent(mean)}", "solid"),
        (deep, f"95 % quantile {percent(deep)}", (0, (5, 2))),
    ):
        axes.axvline(at, color=GROUND, linewidth=3.5)
        axes.axvline(at, color=INK, linewidth=1.6, linestyle=dash, label=name)
    axes.set_title(f"One path in twenty falls by {percent(deep)} or more from a peak")
    axes.set_xlabel("deepest drawdown (% of the peak before)")
    _share_axis(axes, edges)
    axes.legend(loc="upper right")


def _share_axis(axes: Axes, edges: FloatArray) -> None:
    axes.set_ylabel("share of the paths (%)")
    axes.set_xlim(edges[0], edges[-1])
    axes.grid(visible=False, axis="x")
    drawing.percents(axes.xaxis)
    drawing.percents(axes.yaxis)


def _quantiles(axes: Axes, summary: "pd.Series[float]") -> None:
    """Bands between quantiles, as the summary has them."""
    for low, high, colour, height in (("01", "99", OUTER, 0.2), ("05", "95", INNER, 0.36), ("25", "75", MIDDLE, 0.52)):
        start, end = summary[f"return_q{low}"], summary[f"return_q{high}"]
        name = f"{int(low)} to {int(high)} %: {signed(start)} to {signed(end)}"
        axes.barh(0, end - start, height, start, color=colour, label=name)
    median = summary["return_median"]
    axes.plot([median, median], [-0.32, 0.32], color=GROUND, linewidth=3, solid_capstyle="butt")
    axes.annotate(f"median {signed(median)}", (median, 0.34), ha="center", va="bottom", backgroundcolor=GROUND)
    axes.axvline(0, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    axes.set_ylim(-0.5, 1.0)
    axes.use_sticky_edges = False
    axes.margins(x=0.03)
    axes.autoscale_view(scaley=False)
    axes.set_yticks([])
    axes.set_title("Where the returns of the paths lie")
    axes.set_xlabel("return over the whole horizon (% of capital)")
    drawing.percents(axes.xaxis)
    axes.legend(loc="upper right")


def _shares(axes: Axes, table: pd.DataFrame) -> None:
    names = {"probability_of_loss": "lose", "probability_of_beating_buy_and_hold": "beat buy and hold"}
    for place, (name, colour) in enumerate(zip(names, (VERMILLION, BLUE), strict=True)):
        found = table["value"][name]
        axes.bar(place, found, 0.6, color=colour)
        axes.annotate(
            f"{percent(found)}",
            (place, found),
            (0, 5),
            textcoords="offset points",
            ha="center",
            color=INK,
        )
    axes.set_xticks(range(len(names)), names.values())
    axes.grid(visible=False, axis="x")
    axes.set_ylim(0, 1.05)
    axes.set_title("Share of the paths that")
    drawing.percents(axes.yaxis)


def _edges(low: float, high: float) -> FloatArray:
    """Edges of bars of one width; one is zero, so no bar mixes loss and gain."""
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) / BARS or 0.01
    edges: FloatArray = np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width
    return edges
