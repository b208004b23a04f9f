"""The picture of a sweep: the mean return of each combination, and how much of the best one's is luck."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from montecarlo.charts.pictures import drawing
from montecarlo.charts.pictures.drawing import BLUE, GREY, GROUND, INK, INNER, MIDDLE, OUTER, SCALE
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.sweep import TABLE, Sweep
from montecarlo.statistics.summary import summary_from_csv

SHOWN = "return_mean"
MOST_WORDS = 30  # ticks of an axis
MOST_NUMBERS = 150  # cells that have their number in them


def draw(files: Mapping[str, bytes], experiment: Sweep, symbol: str, sentence: str) -> Figure:
    """
    Args:
        files: TABLE and SUMMARY.
        experiment: What was simulated.
        symbol: Whose past the paths are like.
        sentence: What came of it.
    """
    table = pd.read_csv(io.BytesIO(files[TABLE]))
    summary = summary_from_csv(files[SUMMARY]).set_index("statistic")
    figure = drawing.sheet(f"{symbol}: {experiment.title}", sentence, 6.2)
    cells, luck = figure.subplots(1, 2, width_ratios=(2.5, 1))
    varied = [name for name, _ in experiment.axes]
    titles = [_title(experiment, name) for name in varied]
    if len(varied) > 1:
        _map(figure, cells, table, varied, titles)
    else:
        _line(cells, table, varied[0], titles[0])
    cells.set_title(f"Mean return of {len(table):,} combinations on the same {experiment.iterations:,} paths")
    _luck(luck, summary)
    return figure


def _map(figure: Figure, axes: Axes, table: pd.DataFrame, varied: list[str], titles: list[str]) -> None:
    first, second = varied
    named = table.assign(**{name: table[name].map(_word) for name in varied})
    order = {name: list(dict.fromkeys(table.sort_values(name, kind="stable")[name].map(_word))) for name in varied}
    found = named.pivot(index=first, columns=second, values=SHOWN).loc[order[first], order[second]]
    values = np.ma.masked_invalid(found.to_numpy(np.float64))
    shades = LinearSegmentedColormap.from_list("cells", SCALE)
    drawn = axes.pcolormesh(values, cmap=shades, edgecolors=GROUND, linewidth=1 if values.size < 5_000 else 0)
    if values.size <= MOST_NUMBERS:
        digits = 1 if np.abs(values).max() < 10 else 0
        for (row, column), value in np.ndenumerate(values.filled(np.nan)):
            if not np.isnan(value):
                words = f"{100 * value:,.{digits}f}"
                axes.text(column + 0.5, row + 0.5, words, color=GROUND, ha="center", va="center", fontsize=9)
    _ticks(axes.xaxis, order[second])
    _ticks(axes.yaxis, order[first])
    axes.set_xlabel(titles[1])
    axes.set_ylabel(titles[0])
    axes.grid(visible=False)
    bar = figure.colorbar(drawn, ax=axes, label="mean return over the horizon (%)", pad=0.02)
    drawing.percents(bar.ax.yaxis)
    bar.outline.set_visible(False)


def _ticks(axis: Any, words: list[str]) -> None:
    every = -(-len(words) // MOST_WORDS)
    axis.set_ticks(np.arange(0, len(words), every) + 0.5, words[::every])


def _line(axes: Axes, table: pd.DataFrame, name: str, title: str) -> None:
    numbers = is_numeric_dtype(table[name]) and not is_bool_dtype(table[name]) and table[name].notna().all()
    x = table[name].to_numpy(np.float64) if numbers else np.arange(len(table))
    value, low, high = (table[each].to_numpy(np.float64) for each in (SHOWN, f"{SHOWN}_low", f"{SHOWN}_high"))
    if numbers:
        axes.fill_between(x, low, high, color=OUTER, label="95 % interval", linewidth=0)
        axes.plot(x, value, color=MIDDLE, marker="o", label="mean return")
    else:
        axes.errorbar(x, value, [value - low, high - value], color=MIDDLE, fmt="o", ecolor=GREY, label="95 % interval")
        axes.set_xticks(x, [_word(each) for each in table[name]])
    axes.axhline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    drawing.percents(axes.yaxis)
    axes.set_xlabel(title)
    axes.set_ylabel("mean return over the horizon (%)")
    axes.legend(loc="best")


def _luck(axes: Axes, summary: pd.DataFrame) -> None:
    """What the combination that is the best on a path returns there, and what it returns on another."""
    bars = (
        ("chosen_return", "the best of\neach path,\nthere", GREY),
        ("validated_return", "the same\non another\npath", BLUE),
        ("average_return", "average of\nall of them", INNER),
    )
    for place, (name, _, colour) in enumerate(bars):
        value, low, high = (float(summary[each][name]) for each in ("value", "low", "high"))
        axes.bar(place, value, 0.65, color=colour)
        axes.errorbar(place, value, [[value - low], [high - value]], color=INK, capsize=3, linewidth=1.2)
        above = max(high, 0.0)
        axes.annotate(
            drawing.percent(value), (place, above), (0, 4), textcoords="offset points", ha="center", color=INK
        )
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.margins(y=0.1)
    axes.set_xticks(range(len(bars)), [words for _, words, _ in bars], fontsize=9.5)
    axes.grid(visible=False, axis="x")
    axes.set_title("Luck of the choice")
    drawing.percents(axes.yaxis)


def _title(experiment: Sweep, name: str) -> str:
    known = experiment.strategy.parameters
    if name not in known:
        return name.replace("_", " ")
    return f"{known[name].label} ({known[name].unit})" if known[name].unit else known[name].label


def _word(value: Any) -> str:
    if pd.isna(value):
        return "none"
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
