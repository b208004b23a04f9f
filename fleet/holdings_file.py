"""The file that says what a portfolio holds: a CSV with a line for each symbol.

    symbol,weight,source,prices,currency,strategy,settings
    AAPL,40%,sample,,,,
    SAP,0.3,,sap.csv,EUR,sma-crossover,short=20 long=50

Only the symbol must be there.  A name in ``prices`` is that of a file beside this one, or an address in S3.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from fleet.chosen_holdings import Line
from fleet.histories import SCHEME
from montecarlo.errors import HistoryError
from montecarlo.parameters import shown

COLUMNS = ("symbol", "weight", "source", "prices", "currency", "strategy", "settings")
MAX_SIZE = 1_000_000  # bytes; a holding is a line

_EXAMPLE = "such as symbol,weight"


def read_holdings(file: Path) -> tuple[Line, ...]:
    """The lines of a file; what a line says that cannot be is told in its ``wrong``.

    Raises:
        HistoryError: it is no list of holdings.
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        content = opened.read(MAX_SIZE + 1)
    name = file.name
    if len(content) > MAX_SIZE:
        raise HistoryError(f"{name} is larger than a list of holdings can be: expected a line for each symbol")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HistoryError(f"{name} is no text in UTF-8: save it as CSV (UTF-8)") from None
    head = next((each for each in text.splitlines() if each.strip()), "")
    parted = ";" if head.count(";") > head.count(",") else "\t" if "\t" in head else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=parted)
    lines: list[Line] = []
    names: list[str] = []
    try:
        for row in reader:
            cells = [each.strip() for each in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if not names:
                names = _header(cells, name)
                continue
            place = f"line {reader.line_num} of {name}"
            wrong: dict[str, str] = {}
            if len(cells) > len(names) and any(cells[len(names) :]):
                wrong["cells"] = f"has {len(cells)} cells, and the header {len(names)}"
            lines.append(_line(dict(zip(names, cells, strict=False)), place, file.parent, wrong))
    except csv.Error as error:
        raise HistoryError(f"line {reader.line_num} of {name} cannot be read: {error}") from None
    if not names:
        raise HistoryError(f"{name} is empty: expected a header {_EXAMPLE}, and a line for each holding")
    if not lines:
        raise HistoryError(f"{name} has a header and no line: add one for each holding")
    return tuple(lines)


def _header(cells: list[str], name: str) -> list[str]:
    """
    Raises:
        HistoryError: it is none.
    """
    names = [each.lower() for each in cells]
    while names and not names[-1]:
        names.pop()
    if "symbol" not in names:
        raise HistoryError(f"{name} must begin with a header {_EXAMPLE}, not with {shown(','.join(cells))}")
    if unknown := [each for each in names if each not in COLUMNS]:
        raise HistoryError(
            f"{name} has columns that are not known: {', '.join(unknown)}; known are {', '.join(COLUMNS)}"
        )
    if len(set(names)) < len(names):
        raise HistoryError(f"{name} has a column twice: {','.join(names)}")
    return names


def _line(cells: Mapping[str, str], place: str, folder: Path, wrong: dict[str, str]) -> Line:
    """
    Args:
        folder: Where files of prices are.
        wrong: What is wrong with the line already.
    """
    prices: Path | str | None = None
    settings: dict[str, str] = {}
    try:
        prices = _prices(cells.get("prices", ""), folder)
    except ValueError as error:
        wrong["prices"] = str(error)
    try:
        settings = _settings(cells.get("settings", ""))
    except ValueError as error:
        wrong["settings"] = str(error)
    return Line(
        symbol=cells.get("symbol", ""),
        weight=cells.get("weight", ""),
        source=cells.get("source", ""),
        prices=prices,
        currency=cells.get("currency", ""),
        strategy=cells.get("strategy", ""),
        settings=settings,
        place=f"{place} ({cells['symbol'][:40]})" if cells.get("symbol") else place,
        wrong=wrong,
    )


def _prices(named: str, folder: Path) -> Path | str | None:
    """
    Raises:
        ValueError: there is no such file.
    """
    if not named:
        return None
    if named.lower().startswith(SCHEME):
        return SCHEME + named[len(SCHEME) :]
    file = folder / named
    if not file.is_file():
        raise ValueError(
            f"has prices in {file}, which is no file: a name is that of a file beside the list of holdings"
        )
    return file


def _settings(text: str) -> dict[str, str]:
    """Such as "short=20 long=50".

    Raises:
        ValueError: it is not of this kind.
    """
    found: dict[str, str] = {}
    for each in text.replace(";", " ").split():
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise ValueError(f"must have settings NAME=VALUE, such as short=20 long=50, not {shown(text)}")
        if name in found:
            raise ValueError(f"has settings that give {name} twice")
        found[name] = value
    return found
