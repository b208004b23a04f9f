"""Requests in CSV: lines of features, of which the first may name them, or daily bars, of which it must."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np

from container.request import (
    COLUMNS,
    DATE,
    LOOK,
    MOST_BARS,
    MOST_ROWS,
    PRICES,
    Clock,
    DailyBars,
    FeatureRows,
    FloatArray,
    RequestError,
    bars_of,
    day,
    few,
    price,
    require_columns,
    require_model,
    require_names,
)
from montecarlo.parameters import shown


def read_csv(content: bytes, names: Sequence[str], clock: Clock) -> FeatureRows | DailyBars:
    """
    Args:
        content: Lines of numbers, of which the first may name the columns; of bars it must.
        names: Features of the hosted model; none where it has none.
        clock: Of this request.

    Raises:
        RequestError: naming the line, and what is wrong with it.
    """
    lines = _lines(content, clock)
    _, first = next(lines, (0, []))
    if not first:
        raise RequestError("the request is empty: send lines of CSV")
    first = [cell.strip() for cell in first]
    if "date" in (small := [cell.lower() for cell in first]):
        return _bars_of_lines(small, lines)
    if DATE.fullmatch(first[0]):
        raise RequestError(f"daily bars begin with a line that names their columns: {', '.join(COLUMNS)}")
    require_model(names)
    order: list[int] | None = None
    if not any(_is_number(cell) for cell in first):
        require_names(first, names, "the first line")
        order = [first.index(name) for name in names]
    values: list[FloatArray] = []
    for line, cells in _after(first, lines, headed=order is not None):
        if len(cells) != len(names):
            raise RequestError(
                f"line {line} has {len(cells)} values, and there are {len(names)} features: {few(names)}"
            )
        if len(values) >= MOST_ROWS:
            raise RequestError(f"there are more than {MOST_ROWS:,} rows: send fewer at a time", 413)
        values.append(np.array([_number(cell, f"line {line}") for cell in cells]))
    if not values:
        raise RequestError("there are no rows of features behind the line of names")
    rows = np.array(values)
    return FeatureRows(rows if order is None else rows[:, order], headed=order is not None)


def _bars_of_lines(header: list[str], lines: Iterator[tuple[int, list[str]]]) -> DailyBars:
    require_columns(header, "the first line")
    dates: list[date] = []
    prices: list[list[float]] = []
    at = {name: place for place, name in enumerate(header)}
    given = [name for name in (*PRICES, "volume") if name in at]
    for line, cells in lines:
        if len(cells) != len(header):
            raise RequestError(f"line {line} has {len(cells)} values, and the first line names {len(header)}")
        if len(dates) >= MOST_BARS:
            raise RequestError(f"there are more than {MOST_BARS:,} days: send fewer at a time", 413)
        dates.append(day(cells[at["date"]].strip(), f"line {line}", dates))
        row = [(name, cells[at[name]].strip()) for name in given]
        prices.append(
            [price(name, _number(cell, f"line {line}") if cell else None, f"line {line}") for name, cell in row]
        )
    return bars_of(dates, prices, given, None)


def _lines(content: bytes, clock: Clock) -> Iterator[tuple[int, list[str]]]:
    """Of CSV, each with its number; empty ones are passed over."""
    reader = csv.reader(_decoded(io.BytesIO(content.removeprefix(b"\xef\xbb\xbf"))), strict=True)
    try:
        for number, cells in enumerate(reader):
            if number % LOOK == 0:
                clock.look()
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise RequestError(f"line {reader.line_num} is no CSV: {error}") from None


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode("ascii")
        except UnicodeDecodeError as error:
            raise RequestError(f"line {number} must be plain ASCII, and its byte {error.start + 1:,} is not") from None


def _after(
    first: list[str], lines: Iterator[tuple[int, list[str]]], *, headed: bool
) -> Iterator[tuple[int, list[str]]]:
    if not headed:
        yield 1, first
    yield from lines


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, where: str) -> float:
    try:
        value = math.nan if "_" in cell else float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RequestError(f"{where} must have finite numbers, not {shown(cell)}")
    return value
