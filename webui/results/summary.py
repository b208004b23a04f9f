"""Statistics with their intervals, from a summary.csv, as a person reads them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webui.display import percent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Line:
    """One statistic: its name, its value and 95 % interval as text (empty where undefined), and what it means."""

    name: str
    value: str
    interval: str
    explanation: str


def read(
    summary: "pd.DataFrame",
    names: Mapping[str, str],
    explanations: Mapping[str, str],
    written_by: Mapping[str, Callable[[float], str]],
) -> dict[str, Line]:
    """The lines of a summary by statistic.

    Args:
        summary: From ``summary_from_csv``.
        names: What a person calls each statistic.
        explanations: What each is.
        written_by: What writes the numbers of those that are no fractions.
    """
    found = {}
    for statistic, value, low, high in summary[["statistic", "value", "low", "high"]].itertuples(index=False):
        write = written_by.get(statistic, percent)
        interval = "" if math.isnan(low) or math.isnan(high) else f"{write(low)} to {write(high)}"
        found[statistic] = Line(names[statistic], written(write, value), interval, explanations[statistic])
    return found


def written(write: Callable[[float], str], value: float) -> str:
    return "undefined" if math.isnan(value) else write(value)
