"""How sentences say numbers: shares of futures, percent as they are spoken, and the range of a loss."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from montecarlo.experiments.uncertainty import RANGE

LOSS, BEATS = "probability_of_loss", "probability_of_beating_buy_and_hold"

_LEAST, _MOST = 0.001, 0.995  # a share of paths that is less or more would be rounded to none or to all


def range_of_loss(uncertainty: pd.DataFrame) -> str:
    found = uncertainty[(uncertainty["statement"] == RANGE) & (uncertainty["statistic"] == LOSS)]
    low, high = (float(found[end].iloc[0]) for end in ("low", "high"))
    return "" if math.isnan(low) or math.isnan(high) else f"{_in_hundreds(low)} to {percent(high)}"


def share(fraction: float) -> str:
    """Of the futures; what is rare is not said to be never, nor what is usual to be always."""
    if fraction == 0:
        return "none"
    if fraction == 1:
        return "all"
    if fraction < _LEAST:
        return f"fewer than {percent(_LEAST)}"
    return "more than 99 %" if fraction >= _MOST else percent(fraction)


def percent(fraction: float) -> str:
    """As it is spoken: whole, but for less than one."""
    return f"{_in_hundreds(fraction)} %"


def _in_hundreds(fraction: float) -> str:
    return f"{spoken(fraction):,.{_digits(fraction)}f}"


def spoken(fraction: float) -> float:
    """The number of percent that is said."""
    return round(100 * fraction, _digits(fraction))


def _digits(fraction: float) -> int:
    return 0 if abs(fraction) >= 0.00995 or fraction == 0 else 1


def values_of(summary: pd.DataFrame) -> Mapping[str, Any]:
    return dict(zip(summary["statistic"], summary["value"], strict=True))
