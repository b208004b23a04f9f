"""Which rows of a table are bars: holidays, dividends, footers and repeated headers among them are none."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from montecarlo.data.sources.csv_file.columns import Columns
from montecarlo.data.sources.csv_file.dates import Stamp, is_date, read_dates, why_not
from montecarlo.data.sources.csv_file.lines import Row
from montecarlo.data.sources.csv_file.month_labels import last_days
from montecarlo.data.sources.csv_file.numbers import is_missing, is_number
from montecarlo.data.sources.csv_file.problems import Findings
from montecarlo.wording import count

_EVENT = re.compile(r"dividend|split|capital gain|distribution|holiday|market closed", re.IGNORECASE)

LINE_CUT_OFF = "the last line is cut off: remove it, or download the file again"


class Bar(NamedTuple):
    """A row that has a date and a close, and when it is."""

    row: Row
    stamp: Stamp


def bars_of(rows: Sequence[Row], headers: list[str], columns: Columns, today: date, findings: Findings) -> list[Bar]:
    """The bars among the rows.

    What is passed over is noted. What is neither a bar nor to be passed over is noted as a
    problem.
    """
    date_at, close_at, width = columns.places["date"], columns.places["close"], len(headers)
    usual = max(Counter(len(row.cells) for row in rows).items(), key=lambda each: each[::-1], default=(width, 0))[0]
    rows = [_without_surplus(row, width, max(usual, width)) for row in rows]
    rows = _without_footer([row for row in rows if row.cells != headers], columns, findings.notes)
    lines, texts = [row.line for row in rows], [_cell(row, date_at) for row in rows]
    problems, known_problems = findings.problems, len(findings.problems)
    if ends := last_days(texts, today):
        stamps: list[Stamp | None] = [Stamp(day) for day in ends]
        findings.notes.append(f"{texts[0]} and the others are read as the last days of these months")
    else:
        stamps = read_dates(lines, texts, today, problems)
    order_is_told = len(problems) == known_problems
    bars, without_close = [], []
    for row, text, stamp in zip(rows, texts, stamps, strict=True):
        close = _cell(row, close_at)
        if stamp is None:
            if order_is_told:
                why, step = why_not(text)
                problems.add("date", why, line=row.line, step=step)
        elif len(row.cells) == width and close[:1].isdigit() and close[-1].isdigit():  # as nearly all do
            bars.append(Bar(row, stamp))
        elif _is_event(row, close) or (is_missing(close) and _has_no_prices(row, columns, width)):
            without_close.append(row)
        elif len(row.cells) != width:
            problems.add(
                "width",
                f"expected {width} values, one for each header, got {len(row.cells)}",
                line=row.line,
                step=LINE_CUT_OFF
                if row is rows[-1] and len(row.cells) < width
                else "a number with a thousands separator must stand in quotes",
            )
        elif is_missing(close):
            problems.add("close", "has no close, but other numbers", line=row.line, step="complete or remove it")
        else:
            bars.append(Bar(row, stamp))
    if without_close:
        first = without_close[0]
        findings.notes.append(
            f"{count(len(without_close), 'row')} without a close passed over "
            f"(first {_cell(first, date_at)[:20]} in line {first.line})"
        )
    if without_close and not bars:
        problems.add("closes", f"no row has a close in column {headers[close_at]!r}")
    return bars


def _without_surplus(row: Row, width: int, usual: int) -> Row:
    """Without the blanks that stand after the last column, as many as there are in the other rows."""
    cells = row.cells
    if len(cells) == width == usual:
        return row
    end = width - max(0, usual - len(cells)) if len(cells) >= width else len(cells)
    return row if any(cells[end:]) else Row(row.line, cells[:end])


def _without_footer(rows: list[Row], columns: Columns, notes: list[str]) -> list[Row]:
    """Without what stands after the last bar: words, and no date and close."""
    end = len(rows)
    while end and _is_footer(rows[end - 1], columns):
        end -= 1
    if end < len(rows):
        first = rows[end]
        lines = count(len(rows) - end, "line")
        notes.append(f"{lines} after the table passed over (line {first.line}: {first.cells[0][:30]!r})")
    return rows[:end]


def _is_footer(row: Row, columns: Columns) -> bool:
    text = _cell(row, columns.places["date"])
    is_moment = is_date(text) or text.lstrip("-").replace(".", "").isdigit()
    return not is_moment and not is_number(_cell(row, columns.places["close"]))


def _is_event(row: Row, close: str) -> bool:
    """Whether a row tells of a dividend or a split instead of prices."""
    return not is_number(close) and any(_EVENT.search(cell) for cell in row.cells)


def _has_no_prices(row: Row, columns: Columns, width: int) -> bool:
    """Whether nothing is in the columns that are used; in any column, where a row is cut and may have lost a cell."""
    used = columns.places.values() if len(row.cells) == width else range(len(row.cells))
    cells = [_cell(row, at) for at in used if at not in {columns.places["date"], columns.places.get("time")}]
    return not any(is_number(cell) and cell.strip("0., ") for cell in cells)


def _cell(row: Row, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""
