"""Statistics with their intervals, from a summary.csv, as a person reads them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from webui.display import percent

UNDEFINED = "undefined"


@dataclass(frozen=True)
class Line:
    """One statistic, as text.

    Attributes:
        name: What a person calls it.
        value: The number, or "undefined".
        interval: Between which numbers it is with another seed, in 95 of 100; empty where that is undefined.
        explanation: What it is.
        range: Between which numbers it is as far as the history tells; empty where that is not known.
    """

    name: str
    value: str
    interval: str
    explanation: str
    range: str = ""


def read(
    summary: pd.DataFrame,
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
    return UNDEFINED if math.isnan(value) else write(value)
