"""Which column of a table is which: the dates, the closes, what else is of use."""

from dataclasses import dataclass

from montecarlo.data.sources.csv_file.dates import is_date
from montecarlo.data.sources.csv_file.headers import LAST_PRICE, MONTHS_ALONE, meaning, with_symbol
from montecarlo.data.sources.csv_file.months import plain_letters
from montecarlo.data.sources.csv_file.numbers import is_missing, is_number
from montecarlo.data.sources.csv_file.problems import listed
from montecarlo.data.sources.csv_file.table import HEADERS_HELP, Table
from montecarlo.errors import HistoryError

ROWS_TRIED = 50  # how many rows tell what is in a column whose header does not

_PARTS_OF_DATES = frozenset(("year", "quarter", "month", "day", "jahr", "quartal", "monat", "tag"))

PICK_COLUMN = "choose one by --symbol (symbol= in the library), or keep its column and the dates"


@dataclass
class Columns:
    """Where in a row each thing stands.

    Attributes:
        places: By role: ``date``, ``time``, and the columns of PriceHistory.
        of_symbols: Columns that name what a row is about.
        symbol: What the headers say that the prices are of.
    """

    places: dict[str, int]
    of_symbols: list[int]
    symbol: str | None = None


def choose(table: Table, symbol: str | None, notes: list[str]) -> Columns:
    """The columns of a table.

    Args:
        symbol: Whose columns are taken, where there are those of several.
        notes: What the headers leave open is added.

    Raises:
        HistoryError: It is not plain which ones they are.
    """
    headers, picked = _columns_of_one_symbol(table, symbol)
    ranked: dict[str, list[tuple[int, int]]] = {}
    for at, header in enumerate(headers):
        role, rank = meaning(header) if header is not None else ("other", 0)
        ranked.setdefault(role, []).append((rank, at))
    columns = Columns({}, [at for _, at in ranked.get("symbol", [])], picked)
    columns.places["date"] = _dates(table, ranked, notes)
    for role in ("open", "high", "low", "adjusted_close", "volume"):
        if role in ranked:
            columns.places[role] = _plainest(role, ranked[role], table.headers)
    _find_time(ranked, columns)
    closes = _closes(table, ranked, columns, notes)
    columns.places["close"] = _only_numbers(table, headers, columns, symbol, notes) if closes is None else closes
    return columns


def _columns_of_one_symbol(table: Table, symbol: str | None) -> tuple[list[str | None], str | None]:
    """The headers without the symbol in them, None for what is another symbol's, and whose they are."""
    headers: list[str | None] = list(table.headers)
    owners = list(table.symbols)
    if not any(owners) and not any(meaning(header).role == "close" for header in table.headers):
        for at, header in enumerate(table.headers):
            if (named := with_symbol(header)) and meaning(header).role == "":
                owners[at], headers[at] = named
    found = list(dict.fromkeys(owner for at, owner in enumerate(owners) if owner and at > 0))
    if len(found) < 2:
        return headers, found[0] if found else None
    chosen = exactly_one(found, symbol)
    if chosen is None:
        raise HistoryError(
            f"columns of {len(found)} symbols: {listed(found)}"
            + (f", and none of {symbol[:40]!r}" if symbol else "")
            + "; choose one of them by --symbol (symbol= in the library), or save the columns of one"
        )
    return [
        header if owner in {"", chosen} or at == 0 else None
        for at, (header, owner) in enumerate(zip(headers, owners, strict=True))
    ], chosen


def exactly_one(names: list[str], wanted: str | None) -> str | None:
    """The name that is meant, be it in upper case or lower case; None if there is none, or are several."""
    if wanted in names:
        return wanted
    alike = [name for name in names if wanted is not None and name.casefold() == wanted.casefold()]
    return alike[0] if len(alike) == 1 else None


def _plainest(role: str, ranked: list[tuple[int, int]], headers: list[str]) -> int:
    best = min(rank for rank, _ in ranked)
    places = [at for rank, at in ranked if rank == best]
    if len(places) > 1:
        names = listed([headers[at] for at in places])
        raise HistoryError(f"two columns of the file are its {role.replace('_', ' ')} ({names}); keep one of them")
    return places[0]


def _dates(table: Table, ranked: dict[str, list[tuple[int, int]]], notes: list[str]) -> int:
    named = ranked.get("date", [])
    others = set(range(len(table.headers))) - {at for _, at in named}
    of_months = all(rank >= MONTHS_ALONE for rank, _ in named)
    places = [at for at in others if of_months and _has_dates(table, at, or_moments=not table.headers[at])]
    if named and len(places) != 1:
        at = _plainest("date", named, table.headers)
        _refuse_parts(table.headers, at)
        return at
    if len(places) != 1:
        raise HistoryError(
            f"expected one column of dates, got {len(places)} (the columns are {listed(table.headers)}); name it Date"
        )
    if table.headers[places[0]]:
        notes.append(f"dates are in column {table.headers[places[0]]!r}")
    return places[0]


def _refuse_parts(headers: list[str], at: int) -> None:
    parts = [header for header in headers if plain_letters(header) in _PARTS_OF_DATES]
    if len(parts) > 1 and headers[at] in parts:
        raise HistoryError(
            f"the date is in several columns: {listed(parts)}; write it in one named Date, such as 2003-01-31, of a "
            "month its last day"
        )


def _find_time(ranked: dict[str, list[tuple[int, int]]], columns: Columns) -> None:
    """A second name of dates may be the hour beside the day."""
    places = [at for rank, at in ranked.get("date", []) if at != columns.places["date"] and rank < MONTHS_ALONE]
    if len(places) == 1:
        columns.places["time"] = places[0]


def _closes(table: Table, ranked: dict[str, list[tuple[int, int]]], columns: Columns, notes: list[str]) -> int | None:
    """The column whose header names the closes, or else the adjusted ones."""
    closes = ranked.get("close", [])
    if closes:
        at = _plainest("close", closes, table.headers)
        others = [table.headers[other] for rank, other in closes if other != at and rank <= LAST_PRICE]
        name = table.headers[at]
        if others and min(rank for rank, _ in closes) <= LAST_PRICE:
            notes.append(f"closes are in column {name!r}, not in {listed(others)}")
        elif min(rank for rank, _ in closes) >= LAST_PRICE:
            notes.append(f"closes are in column {name!r}")
        return at
    if "adjusted_close" in columns.places:
        at = columns.places.pop("adjusted_close")
        notes.append(f"closes are in column {table.headers[at]!r}: there are no others")
        return at
    return None


def _only_numbers(
    table: Table, headers: list[str | None], columns: Columns, symbol: str | None, notes: list[str]
) -> int:
    """The only column of numbers whose header says nothing that we know, or the one that has the symbol for a name."""
    unknown = [
        at
        for at, header in enumerate(headers)
        if header and _may_be_symbol(header) and at != columns.places["date"] and _has_numbers(table, at)
    ]
    names = [table.headers[at] for at in unknown]
    no_bars = {"open", "high", "low"}.isdisjoint(columns.places)
    if no_bars and len(unknown) == 1:
        if names[0] == symbol:
            columns.symbol = symbol
        else:
            notes.append(f"closes are in column {names[0]!r}, the only one with prices")
        return unknown[0]
    if no_bars and len(unknown) > 1:
        chosen = exactly_one(names, symbol)
        if chosen is not None:
            columns.symbol = chosen
            return unknown[names.index(chosen)]
        raise HistoryError(
            f"expected one column of closes, got {len(unknown)} columns of numbers: {listed(names)}"
            + (f", and none of them is {symbol[:40]!r}" if symbol else "")
            + f"; {PICK_COLUMN}"
        )
    raise HistoryError(
        f"expected headers that name Date and Close in a line of the file, got {', '.join(table.headers)[:80]!r}; "
        f"rename the column of closes to Close, or {HEADERS_HELP}"
    )


def _may_be_symbol(header: str) -> bool:
    """Whether a header says nothing that we know, or is a symbol as well, such as NET and BID."""
    role = meaning(header).role
    return not role or (role == "other" and header.isalpha() and header.isupper())


def _has_dates(table: Table, at: int, *, or_moments: bool) -> bool:
    texts = [row.cells[at] for row in table.rows[:ROWS_TRIED] if len(row.cells) > at]
    return sum(is_date(text, or_moment=or_moments) for text in texts) * 2 > len(texts)


def _has_numbers(table: Table, at: int) -> bool:
    texts = [row.cells[at] for row in table.rows[:ROWS_TRIED] if len(row.cells) > at and not is_missing(row.cells[at])]
    return not texts or sum(map(is_number, texts)) * 2 > len(texts)
