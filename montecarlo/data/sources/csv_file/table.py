"""Where in a file the table of prices is: its headers, its rows, and what stands before them."""

from dataclasses import dataclass

from montecarlo.data.sources.csv_file.dates import is_date
from montecarlo.data.sources.csv_file.headers import meaning
from montecarlo.data.sources.csv_file.lines import LINES_TRIED, Row, separators, split
from montecarlo.data.sources.csv_file.numbers import is_number
from montecarlo.errors import HistoryError

HEADERS_HELP = "write a first line that names the columns, such as Date,Open,High,Low,Close,Volume"


@dataclass(frozen=True)
class Table:
    """A table of prices.

    Attributes:
        separator: Between its cells.
        headers: One for each column.
        symbols: For each column the symbol that a second line of headers names, if there is such a line.
        before: Lines before the headers.
        rows: Lines after the headers.
    """

    separator: str
    headers: list[str]
    symbols: list[str]
    before: list[Row]
    rows: list[Row]


def find_table(text: str) -> Table:
    """The table of prices in a text.

    Raises:
        HistoryError: There is none, or a line cannot be cut into cells.
    """
    candidates, text = separators(text)
    if not candidates or not text.strip(candidates + " \r\n"):
        raise HistoryError(_no_columns(text.strip(candidates + " \r\n")))
    refusal: HistoryError | None = None
    found = []
    for separator in candidates:
        try:
            head = split(text, separator, LINES_TRIED)
        except HistoryError as error:
            refusal = refusal or error
            continue
        if (at := _headers_at(head)) is not None:
            found.append((len(head[at].cells), separator, at))
    if not found:
        raise refusal or HistoryError(_no_headers(split(text, candidates[0], LINES_TRIED)))
    _, separator, at = max(found, key=lambda each: each[0])
    return _table(separator, split(text, separator), at)


def _headers_at(rows: list[Row]) -> int | None:
    """The place of the (last) line of headers."""
    for at, (_, cells) in enumerate(rows):
        following = [row.cells for row in rows[at + 1 : at + 4]]
        if _names_columns(cells, following) or _is_last_of_several(rows, at):
            return at
    return next((at for at in range(len(rows) - 1) if _stands_above_bars(rows[at].cells, rows[at + 1].cells)), None)


def _names_columns(cells: list[str], following: list[list[str]]) -> bool:
    """Whether a line has a header for dates, and another one for closes or dates below it."""
    if sum(map(bool, cells)) < 2 or any(is_date(cell) for cell in cells):
        return False
    roles = [meaning(cell).role for cell in cells]
    if "date" not in roles:
        return False
    at = roles.index("date")
    return not {"close", "adjusted_close", "open"}.isdisjoint(roles) or any(
        len(row) > at and (is_date(row[at]) or row[at].isdigit()) for row in following
    )


def _is_last_of_several(rows: list[Row], at: int) -> bool:
    """Whether it is the line ``Date,,,`` that pandas writes below the names of columns."""
    cells = rows[at].cells
    if at == 0 or meaning(cells[0]).role != "date" or any(cells[1:]):
        return False
    return any("close" in _roles(row) for row in rows[max(0, at - 2) : at])


def _stands_above_bars(cells: list[str], below: list[str]) -> bool:
    """Whether it is a line of names, above one with a date under a blank or unknown name, and with numbers."""
    if any(is_date(cell) for cell in cells) or all(is_number(cell) or not cell for cell in cells):
        return False
    offset = len(below) - len(cells)
    if offset not in {0, 1}:
        return False
    names = [""] * offset + cells
    return any(
        is_date(text, or_moment=not name) and meaning(name).role in {"", "other"}
        for name, text in zip(names, below, strict=True)
    ) and any(is_number(text) and name for name, text in zip(names, below, strict=True))


def _roles(row: Row) -> set[str]:
    return {meaning(cell).role for cell in row.cells}


def _table(separator: str, rows: list[Row], at: int) -> Table:
    headers, symbols, first = _headers_and_symbols(rows, at)
    below = rows[at + 1 :]
    of_bars = next((row for row in rows[:first] if _looks_like_bar(row)), None)
    if of_bars is not None:
        raise HistoryError(
            f"line {of_bars.line} looks like a bar, and stands before the headers in line {rows[at].line}; "
            "put the headers first"
        )
    has_dates = any(meaning(header).role == "date" for header in headers)
    if not has_dates and below and len(below[0].cells) == len(headers) + 1 and is_date(below[0].cells[0]):
        headers, symbols = ["", *headers], ["", *symbols]  # the names of R's rows have no header
    while len(headers) > 1 and not headers[-1] and not any(any(row.cells[len(headers) - 1 :]) for row in below):
        headers = headers[:-1]
    return Table(separator, headers, symbols[: len(headers)], rows[:first], below)


def _headers_and_symbols(rows: list[Row], at: int) -> tuple[list[str], list[str], int]:
    """The names of the columns, whose each of them is as far as another line says so, and the first of these lines."""
    last = rows[at].cells
    if at and _is_last_of_several(rows, at):
        upper = [row.cells for row in rows[max(0, at - 2) : at]]
        if len(upper) == 2 and len(upper[0]) != len(upper[1]):
            upper = upper[1:]
        names = max(upper, key=lambda cells: sum(meaning(cell).role not in {"", "symbol"} for cell in cells[1:]))
        symbols = next((cells for cells in upper if cells is not names), [""] * len(names))
        return [last[0], *names[1:]], symbols, at - len(upper)
    if at and not last[0] and len(rows[at - 1].cells) == len(last) and "close" in _roles(rows[at - 1]):
        return ["", *rows[at - 1].cells[1:]], last, at - 1
    return last, [""] * len(last), at


def _looks_like_bar(row: Row) -> bool:
    dates = [at for at, cell in enumerate(row.cells) if is_date(cell)]
    return bool(dates) and any(is_number(cell) for at, cell in enumerate(row.cells) if at not in dates)


def _no_columns(text: str) -> str:
    if not text:
        return "the file is empty; expected a line of headers (Date, …, Close) and a line for each day"
    return (
        f"expected headers that name Date and Close in a line of the file, got {text[:40]!r} and no comma, "
        'semicolon or tab between columns; save it as CSV (in R: sep=",")'
    )


def _no_headers(head: list[Row]) -> str:
    first = head[0]
    told = f"expected headers that name Date and Close in a line of the file, got {', '.join(first.cells)[:80]!r}"
    if _looks_like_bar(first):
        return f"{told}, which is a bar already; {HEADERS_HELP}"
    return f"{told} in line {first.line}; {HEADERS_HELP}"
