"""Requests in JSON: instances of features, or daily bars."""

import json
import math
from collections.abc import Sequence
from datetime import date
from typing import Any, NoReturn

import numpy as np

from container.request import (
    LOOK,
    MOST_BARS,
    MOST_ROWS,
    PRICES,
    Clock,
    DailyBars,
    FeatureRows,
    RequestError,
    bars_of,
    day,
    few,
    finite,
    price,
    require_columns,
    require_model,
    require_names,
)
from montecarlo.parameters import shown


def read_json(content: bytes, names: Sequence[str], clock: Clock) -> FeatureRows | DailyBars:
    """
    Args:
        content: ``{"instances": [row, …]}``, a row being a list or an object by name; or ``{"bars": [{…}, …]}``, where
            ``"last": true`` asks for the last day alone.
        names, clock: As ``read_csv`` has them.

    Raises:
        RequestError: naming the row, and what is wrong with it.
    """
    values = _parsed(content)
    if not isinstance(values, dict) or ("instances" in values) == ("bars" in values):
        raise RequestError('must be an object with either "instances", rows of features, or "bars", daily bars')
    what = "instances" if "instances" in values else "bars"
    known = {"instances"} if what == "instances" else {"bars", "last"}
    if unknown := [shown(name) for name in values if name not in known]:
        raise RequestError(f"has {', '.join(unknown[:3])} beside {what}, which means nothing here")
    rows, most = values[what], MOST_ROWS if what == "instances" else MOST_BARS
    if not isinstance(rows, list) or not rows:
        raise RequestError(f"{what} must be a list of one or more, not {shown(rows)}")
    if len(rows) > most:
        raise RequestError(f"{what} are {len(rows):,}, and {most:,} at most can be asked for at a time", 413)
    if what == "bars":
        last = values.get("last")
        if last is not None and not isinstance(last, bool):
            raise RequestError(f"last must be true or false, not {shown(last)}")
        return _bars_of_objects(rows, last)
    require_model(names)
    found = np.empty((len(rows), len(names)))
    for number, row in enumerate(rows):
        if number % LOOK == 0:
            clock.look()
        found[number] = _features_of(row, names, f"row {number + 1} of instances")
    return FeatureRows(found, headed=True)


def _features_of(row: object, names: Sequence[str], where: str) -> list[float]:
    if isinstance(row, dict):
        require_names(list(row), names, where)
        row = [row[name] for name in names]
    if not isinstance(row, list):
        raise RequestError(f"{where} must be a list of {len(names)} numbers or an object of them, not {shown(row)}")
    if len(row) != len(names):
        raise RequestError(f"{where} has {len(row)} values, and there are {len(names)} features: {few(names)}")
    if set(map(type, row)) == {float} and all(map(math.isfinite, row)):
        return row
    return [finite(value, where) for value in row]


def _bars_of_objects(rows: list[Any], last: bool | None) -> DailyBars:
    dates: list[date] = []
    prices: list[list[float]] = []
    given: list[str] = []
    for number, row in enumerate(rows):
        where = f"row {number + 1} of bars"
        if not isinstance(row, dict):
            raise RequestError(f"{where} must be an object with date and close, not {shown(row)}")
        if not number:
            require_columns(list(row), where)
            given = [name for name in (*PRICES, "volume") if name in row]
        if len(row) != 1 + len(given) or "date" not in row or not all(name in row for name in given):
            raise RequestError(f"{where} must have what the first one has: date, {', '.join(given)}")
        dates.append(day(row["date"], where, dates))
        numbers = [(name, None if row[name] is None else finite(row[name], where)) for name in given]
        prices.append([price(name, value, where) for name, value in numbers])
    return bars_of(dates, prices, given, last)


def _parsed(content: bytes) -> Any:
    try:
        return _DECODER.decode(content.decode("utf-8"))
    except RequestError:
        raise
    except RecursionError:
        raise RequestError("is nested too deeply") from None
    except ValueError as error:
        raise RequestError(f"is no JSON: {str(error)[:200]}") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise RequestError("a name stands twice in the same object")
    return values


def _refuse_constant(constant: str) -> NoReturn:
    raise RequestError(f"{constant} is no number: leave that row out, or correct it")


_DECODER = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_refuse_constant)
