"""Text as lines of cells, whatever separates them."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from montecarlo.errors import HistoryError

SEPARATORS = ";\t|,"
LINES_TRIED = 100  # how many lines that are not blank tell the separator

_SEPARATOR_LINE = re.compile(
    r'\s*"?sep=(.)"?[ \t;,]*\r?\n', re.IGNORECASE
)  # Excel takes it, and some programs write it
_FORMULA = re.compile(r'="([^"]*)"')  # keeps Excel from understanding a cell


class Row(NamedTuple):
    """A line of the file.

    Attributes:
        line: Its number, from 1; of the last one, where a cell in quotes goes over several.
        cells: Without blanks around them.
    """

    line: int
    cells: list[str]


def separators(text: str) -> tuple[str, str]:
    """The separators that come into question, and the text with such a line as ``sep=;`` emptied."""
    if told := _SEPARATOR_LINE.match(text):
        return told[1], "\n" * told[0].count("\n") + text[told.end() :]
    return "".join(each for each in SEPARATORS if each in text), text


def split(text: str, separator: str, at_most: int | None = None) -> list[Row]:
    """The lines that are not blank.

    Raises:
        HistoryError: A cell in quotes does not end where it should.
    """
    return list(islice(_rows(text, separator), at_most))


def _rows(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    formulas = '="' in text
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield Row(reader.line_num, [_without_formula(cell) for cell in cells] if formulas else cells)
    except csv.Error as error:
        step = "correct the quotes there, or save the file as CSV again"
        if "unexpected end" in str(error):
            step = "close the quotes that are open there, or, if the file is cut off, download it again"
        raise HistoryError(f"line {reader.line_num}: not CSV ({error}); {step}") from error


def _without_formula(cell: str) -> str:
    formula = _FORMULA.fullmatch(cell)
    return formula[1].strip() if formula else cell
