"""What is asked for: rows of features or daily bars, and the checks of them that CSV and JSON share."""

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import shown

FloatArray = NDArray[np.float64]

PRICES = ("open", "high", "low", "close", "adjusted_close")
COLUMNS = ("date", *PRICES, "volume")
MOST_ROWS = 250_000  # of features
MOST_BARS = MAX_DAYS + 1
SECONDS = 50.0  # of the 60 in which SageMaker wants an answer

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LOOK = 4096  # rows between two looks at the clock


class RequestError(Exception):
    """A request that cannot be answered as it is; the message says why.

    Args:
        message: A sentence for whoever sent it.
        status: Of HTTP, of the 400s.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, eq=False)
class FeatureRows:
    """
    Attributes:
        values: Shape (rows, features), in the order of the model.
        headed: Whether a line of names came before them.
    """

    values: FloatArray
    headed: bool


@dataclass(frozen=True, eq=False)
class DailyBars:
    """
    Attributes:
        dates: Ascending.
        columns: Prices by the names of PRICES, NaN where there is none; those that were given.
        last: Whether the last day alone is asked for, if that was said.
    """

    dates: Sequence[date]
    columns: dict[str, FloatArray]
    last: bool | None = None


@dataclass(frozen=True)
class Clock:
    """Looks whether there is time left for a request."""

    ends: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def look(self) -> None:
        """
        Raises:
            RequestError: there is none.
        """
        if time.monotonic() > self.ends:
            raise RequestError(f"this takes longer than {SECONDS:g} s: send fewer rows at a time", 413)


def bars_of(dates: list[date], prices: list[list[float]], given: list[str], last: bool | None) -> DailyBars:
    if not dates:
        raise RequestError("there are no daily bars behind the line of names")
    columns = np.array(prices).T
    return DailyBars(dates, {name: columns[place] for place, name in enumerate(given) if name in PRICES}, last)


def price(name: str, value: float | None, where: str) -> float:
    """NaN where there is none, which only closes must have."""
    if value is None and name in ("close", "adjusted_close"):
        raise RequestError(f"{where} has no {name}")
    if value is not None and value < 0:
        raise RequestError(f"{where} has a {name} below zero, {value!r}")
    if value == 0 and name in ("close", "adjusted_close"):
        raise RequestError(f"{where} has a {name} of zero, and must have a price")
    return math.nan if value is None else value


def day(text: object, where: str, before: list[date]) -> date:
    if not isinstance(text, str) or not DATE.fullmatch(text):
        raise RequestError(f"{where} must have a date such as 2020-12-31, not {shown(text)}")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{where} has a date that is none, {text}") from None
    if before and day <= before[-1]:
        raise RequestError(
            f"{where} is of {day}, and the one before of {before[-1]}: dates must ascend, one row for each"
        )
    return day


def finite(value: object, where: str) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            pass
    raise RequestError(f"{where} must have finite numbers, not {shown(value)}")


def require_model(names: Sequence[str]) -> None:
    if not names:
        raise RequestError(
            "what is hosted has no trained model, and so no features: send daily bars, whose first line in CSV names "
            f"their columns ({', '.join(COLUMNS)})"
        )


def require_names(given: list[str], names: Sequence[str], where: str) -> None:
    if sorted(given) != sorted(names):
        missing = [name for name in names if name not in given]
        unknown = [name for name in given if name not in names]
        found = [
            *([f"lacks {few(missing)}"] if missing else []),
            *([f"has {few([shown(name) for name in unknown])}, which is no feature of the model"] if unknown else []),
        ]
        raise RequestError(f"{where} must name each feature once, and {' and '.join(found) or 'names one twice'}")


def require_columns(given: list[str], where: str) -> None:
    missing = [name for name in ("date", "close") if name not in given]
    unknown = [shown(name) for name in given if name not in COLUMNS]
    if missing or unknown or len(set(given)) != len(given):
        found = [
            *([f"lacks {', '.join(missing)}"] if missing else []),
            *([f"has {few(unknown)}"] if unknown else []),
        ]
        raise RequestError(
            f"{where} must name date and close, and may name the others of {', '.join(COLUMNS)}, each once: it "
            f"{' and '.join(found) or 'names one twice'}"
        )


def few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
