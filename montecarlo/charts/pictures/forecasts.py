"""The picture of a training: whether what the model says comes true, and which features it lives on."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from montecarlo.charts.pictures import drawing
from montecarlo.charts.pictures.drawing import BLUE, GREY, INK, VERMILLION
from montecarlo.experiments.training import TrainingGrid
from montecarlo.experiments.training_tables import IMPORTANCE, RELIABILITY
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained import TrainedModel

MOST = 12
"""Features that are drawn, those that are missed most, beside the groups of them; the table has all."""

_SIDES = {"long": ("buying", BLUE, "o"), "short": ("selling short", VERMILLION, "s")}
_GROUP = "all "
_SURE = 2.0  # deviations, about 95 %


def draw(files: Mapping[str, bytes], experiment: TrainingGrid, symbol: str, sentence: str) -> Figure:
    """
    Args:
        files: RELIABILITY, IMPORTANCE, and the model itself.
        experiment: What was trained.
        symbol: Of the history.
        sentence: What came of it.
    """
    reliability, importance = (pd.read_csv(io.BytesIO(files[name])) for name in (RELIABILITY, IMPORTANCE))
    figure = drawing.sheet(f"{symbol}: {experiment.title}", sentence, 6.2)
    said, missed = figure.subplots(1, 2)
    _reliability(said, reliability, TrainedModel.from_json(files[MODEL_FILE]).barrier.span)
    _importance(missed, importance)
    return figure


def _reliability(axes: Axes, table: pd.DataFrame, span: int) -> None:
    """With bars that stand for chance, where so many neighbouring days are worth one."""
    low, high = float(table["probability"].min()), float(table["probability"].max())
    margin = max(0.02, (high - low) / 10)
    ends = [max(0.0, low - margin), min(1.0, high + margin)]
    axes.plot(ends, ends, color=GREY, linewidth=1.3, linestyle=(0, (1.5, 1.5)), label="as often as was said")
    for side, own in table.groupby("side", sort=False):
        name, colour, marker = _SIDES[str(side)]
        share = own["observed"].to_numpy(np.float64)
        worth = np.maximum(own["days"].to_numpy(np.float64) / span, 1.0)
        chance = _SURE * np.sqrt(share * (1 - share) / worth)
        look: Any = {"color": colour, "marker": marker, "linewidth": 1.6, "elinewidth": 1, "capsize": 2}
        axes.errorbar(own["probability"].to_numpy(np.float64), share, chance, label=name, **look)
    off = float(np.average(np.abs(table["probability"] - table["observed"]), weights=table["days"]))
    axes.set_title(f"What was said and came true differ by {100 * off:.1f} points", fontsize=11)
    axes.set_xlabel("probability that the trade reaches its target (%), as said")
    axes.set_ylabel("share of the days on which it did (%)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        drawing.percents(axis)
    axes.legend(loc="best")


def _importance(axes: Axes, table: pd.DataFrame) -> None:
    greatest = table.groupby("feature", sort=False)["loss"].max().sort_values(kind="stable").index
    groups = [each for each in greatest if each.startswith(_GROUP)]
    names = [*[each for each in greatest if each not in groups][-MOST:], *groups]  # the first one is lowest
    sides = [str(each) for each in dict.fromkeys(table["side"])]
    height = 0.8 / len(sides)
    for number, side in enumerate(sides):
        name, colour, _ = _SIDES[side]
        own = table[table["side"] == side].set_index("feature").reindex(names)
        places = np.arange(len(names)) + (number - (len(sides) - 1) / 2) * height
        spread = _SURE * own["deviation"].to_numpy(np.float64)
        loss = own["loss"].to_numpy(np.float64)
        axes.barh(places, loss, height, color=colour, label=name)
        axes.errorbar(loss, places, xerr=spread, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(names)), [_in_words(each) for each in names])
    axes.grid(visible=False, axis="y")
    most = table.iloc[int(table["loss"].to_numpy().argmax())]
    missed = f"Missed most: {_in_words(most['feature'])}" if most["loss"] > 0 else "No feature is missed at all"
    axes.set_title(missed, fontsize=11)
    axes.set_xlabel("area under the curve that is lost without it")
    axes.legend(loc="lower right")


def _in_words(feature: str) -> str:
    kind, _, window = feature.partition("_")
    return {"sma": f"average of {window} days", "roc": f"change in {window} days"}.get(kind, feature)
