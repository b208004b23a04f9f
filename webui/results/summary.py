"""Statistics with their intervals, from a summary.csv, as a person reads them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from webui.display import percent

_ENDS = ("value", "low", "high")


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
    return "undefined" if math.isnan(value) else write(value)


def plain(summary: pd.DataFrame, explanations: Mapping[str, str]) -> dict[str, dict[str, float | str | None]]:
    """A summary for a script: by statistic value, ends of the interval (None where undefined) and explanation."""
    return {
        statistic: {
            **{end: None if math.isnan(number) else number for end, number in zip(_ENDS, numbers, strict=True)},
            "explanation": explanations[statistic],
        }
        for statistic, *numbers in summary[["statistic", *_ENDS]].itertuples(index=False)
    }


def plain_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The lines of a table for a script, without what is empty in them."""
    lines = table.replace("", None).to_dict("records")
    return [{str(name): value for name, value in line.items() if not pd.isna(value)} for line in lines]
