"""Numbers as people's programs write them, understood for a whole file at once.

``1.234`` means different things in different countries. A file is written in one of the ways, so some other cell of it
usually tells which; where none does, the file is refused rather than guessed at.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from montecarlo.data.sources.csv_file.headers import CURRENCIES
from montecarlo.data.sources.csv_file.problems import Problems, listed

CELLS_THAT_TELL = 200  # after so many, the others are taken to be written in the same way

_NONE = """
. .. - -- \u2013 \u2014 \u2212 null none nil nan <na> na n/a n.a. nd #n/a #n/a|n/a k.a. k.|a. n.v.
"""
MISSING = frozenset(("", *(text.replace("|", " ") for text in _NONE.split())))

_BLANKS = " \u00a0\u2009\u202f"  # plain, no-break, thin, narrow no-break: the last two as French programs write them
_GROUPS = f"'\u2019{_BLANKS}"
_CURRENCY = r"[$\u20ac\u00a3\u00a5\u20b9\u20a9\u20bd\u20ba\u0e3f]|(?:US|HK|A|C|S)\$|z\u0142|kr\.?|Fr\.?|" + CURRENCIES
_AMOUNT = re.compile(
    rf"(?P<sign>[-+]?)(?P<before>{_CURRENCY})?[{_BLANKS}]?(?P<sign_after>[-+]?)"
    rf"(?P<number>[\d.,{_GROUPS}]*\d[.,]?(?:[eE][-+]?\d+)?)"
    rf"[{_BLANKS}]?(?P<after>{_CURRENCY})?"
)
_LETTERS = {"K": 3, "TSD": 3, "M": 6, "MIO": 6, "MLN": 6, "B": 9, "BN": 9, "MRD": 9, "MLD": 9, "T": 12}
_LETTERED = re.compile(rf"(.*\d)[{_BLANKS}]?({'|'.join(_LETTERS)})\.?", re.IGNORECASE)
_PLAIN = frozenset("0123456789.-+")
_WITHOUT_CURRENCY = _PLAIN | frozenset("," + _GROUPS)


def _form(decimal: str, thousands: str, more: str = "") -> re.Pattern[str]:
    group = rf"[1-9]\d{{0,2}}([{re.escape(thousands)}{_GROUPS}])\d{{3}}(?:\1\d{{3}})*"
    point = re.escape(decimal)
    return re.compile(rf"(?:(?:{group}{more}|\d+)(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?")


# In India, groups of two stand before the last three.
_DECIMAL_POINT, _DECIMAL_COMMA = _form(".", ",", r"|[1-9]\d?(?:,\d{2})+,\d{3}"), _form(",", ".")
_NO_DIGITS = re.compile(rf"[,{_GROUPS}]")

THOUSAND = 1000
LARGEST_JUMP = math.log(THOUSAND) / 2  # from one price to the next; a wrong mark makes one of twice that


class Column(NamedTuple):
    """The cells of one column, and their lines in the file."""

    lines: Sequence[int]
    texts: Sequence[str]


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no number."""
    return text.lower() in MISSING


def is_number(text: str) -> bool:
    """Whether a cell is a number in any of the ways, be it one of prices or of volumes."""
    lettered = _LETTERED.fullmatch(text)
    return _amount(lettered[1] if lettered else text) is not None


def read_numbers(columns: Mapping[str, Column], point_is_decimal: bool, problems: Problems) -> dict[str, list[float]]:
    """The number in each cell, such as ``1234.5``, ``1,234.5``, ``1.234,5``, ``1'234.5`` or ``$50``; NaN for a blank
    one. A volume may be ``1.25M``. What cannot be understood is noted as a problem and is NaN.

    Args:
        columns: By names of PriceHistory; what is called ``volume`` counts shares.
        point_is_decimal: Whether ``1.234`` has a decimal point where no number has a comma.
    """
    decimal_comma = _has_decimal_comma(columns, point_is_decimal, problems)
    numbers = {}
    for name, column in columns.items():
        plain = _plain(column.texts, decimal_comma)
        numbers[name] = _read(name, column, decimal_comma, problems) if plain is None else plain
        if plain is None and name != "volume":
            _note_doubtful_groups(column, ",." if decimal_comma else ".,", problems)
    _refuse_several_currencies(columns, problems)
    return numbers


def _plain(texts: Sequence[str], decimal_comma: bool) -> list[float] | None:
    """The numbers of a column in which all are as Python writes them, but for the mark."""
    together = "".join(texts)
    if decimal_comma:
        if "." in together:
            return None
        together = together.replace(",", ".")
    if not _PLAIN.issuperset(together):
        return None
    try:
        return [float(text.replace(",", ".")) for text in texts] if decimal_comma else list(map(float, texts))
    except ValueError:
        return None


def _read(name: str, column: Column, decimal_comma: bool, problems: Problems) -> list[float]:
    numbers = []
    for line, text in zip(column.lines, column.texts, strict=True):
        number = math.nan if is_missing(text) else _number(text, decimal_comma, name == "volume")
        if number is None:
            problems.add(f"number {name}", f"expected a number for {name}, got {text[:40]!r}", line=line)
            number = math.nan
        numbers.append(number)
    return numbers


def _number(text: str, decimal_comma: bool, is_volume: bool) -> float | None:
    zeros = 0
    if is_volume and (lettered := _LETTERED.fullmatch(text)):
        text, zeros = lettered[1], _LETTERS[lettered[2].upper()]
    form, sign, digits = _DECIMAL_COMMA if decimal_comma else _DECIMAL_POINT, "", text
    if not form.fullmatch(digits):
        amount = _amount(text)
        if amount is None or not form.fullmatch(amount.digits):
            return None
        sign, digits = amount.sign, amount.digits
    if decimal_comma:
        digits = digits.replace(".", "").replace(",", ".")
    number = float(sign + _NO_DIGITS.sub("", digits) + (f"e{zeros}" if zeros else ""))
    return number if math.isfinite(number) else None


class _Amount(NamedTuple):
    sign: str
    digits: str
    currency: str | None


def _amount(text: str) -> _Amount | None:
    match = _AMOUNT.fullmatch(text.replace("\u2212", "-"))
    if match is None or (match["before"] and match["after"]) or (match["sign"] and match["sign_after"]):
        return None
    return _Amount(match["sign"] or match["sign_after"], match["number"], match["before"] or match["after"])


def _has_decimal_comma(columns: Mapping[str, Column], point_is_decimal: bool, problems: Problems) -> bool:
    """Whether the file has decimal commas. Where nothing tells, that is noted as a problem."""
    if point_is_decimal and not any("," in text for column in columns.values() for text in column.texts):
        return False
    points = commas = 0
    unclear: list[tuple[int, str]] = []
    for name, line, text in _with_marks(columns):
        as_point, as_comma = _number(text, False, name == "volume"), _number(text, True, name == "volume")
        points += as_point is not None and as_comma is None
        commas += as_comma is not None and as_point is None
        if points + commas >= CELLS_THAT_TELL:
            break
        if None not in {as_point, as_comma} and as_point != as_comma and name != "volume":
            unclear.append((line, text))
    if points or commas:
        return commas > points
    marks = {mark for _, text in unclear for mark in ",." if mark in text}
    if marks in ({","}, {"."}) and _separates_thousands(columns, thousands_by_point="." in marks):
        return "." in marks
    for line, text in unclear:
        _add_doubt(line, text, problems)
    # Where prices are whole numbers, so are volumes: a mark in one is a thousands separator.
    return "volume" in columns and any("." in text for text in columns["volume"].texts) and not point_is_decimal


def _separates_thousands(columns: Mapping[str, Column], thousands_by_point: bool) -> bool:
    """Whether the mark in whole prices is plainly none of decimals: all from a thousand on have it, and some below are
    beside them, which would be hundreds of times as large as their neighbours if it were."""
    prices = [column for name, column in columns.items() if name in {"open", "high", "low", "close"}]
    texts = [text for column in prices for text in column.texts if "," not in text and "." not in text]
    whole = [number for text in texts if (number := _number(text, False, False)) is not None]
    return (
        0 < max(whole, default=0) < THOUSAND
        and not _has_jumps(prices, decimal_comma=thousands_by_point)
        and _has_jumps(prices, decimal_comma=not thousands_by_point)
    )


def _has_jumps(prices: Sequence[Column], decimal_comma: bool) -> bool:
    """Whether prices of one row, or of one column and neighbouring rows, are of other orders of magnitude."""
    read = [[_number(text, decimal_comma, False) or math.nan for text in column.texts] for column in prices]
    levels = np.log(np.abs(np.array(read)))
    return bool(
        (np.abs(np.diff(levels, axis=0)) > LARGEST_JUMP).any() or (np.abs(np.diff(levels, axis=1)) > LARGEST_JUMP).any()
    )


def _note_doubtful_groups(column: Column, marks: str, problems: Problems) -> None:
    """``1,494`` among ``0.494`` and ``1.512`` may be meant to have a decimal mark as the others have."""
    mark, group = marks[0], marks[1]
    fractions, grouped, grouped_and_marked = set(), [], False
    for line, text in zip(column.lines, column.texts, strict=True):
        if mark in text:
            fractions.add(sum(map(str.isdigit, text.rpartition(mark)[2])))
            grouped_and_marked |= group in text
        elif group in text:
            grouped.append((line, text))
    if 3 in fractions and (len(fractions) == 1 or not grouped_and_marked):
        for line, text in grouped:
            _add_doubt(line, text, problems)


def _add_doubt(line: int, text: str, problems: Problems) -> None:
    problems.add(
        "decimal mark",
        f"{text} may have a decimal mark or a thousands separator, and no other line tells",
        line=line,
        step="write decimal points, no thousands separators, and commas between the columns",
    )


def _with_marks(columns: Mapping[str, Column]) -> Iterator[tuple[str, int, str]]:
    for name, column in columns.items():
        for line, text in zip(column.lines, column.texts, strict=True):
            if "," in text or "." in text:
                yield name, line, text


def _refuse_several_currencies(columns: Mapping[str, Column], problems: Problems) -> None:
    lines: dict[str, int] = {}
    for name, column in columns.items():
        if name == "volume" or _WITHOUT_CURRENCY.issuperset("".join(column.texts)):
            continue
        for line, text in zip(column.lines, column.texts, strict=True):
            amount = None if is_missing(text) else _amount(text)
            if amount is not None and amount.currency:
                lines.setdefault(amount.currency, line)
    if len(lines) > 1:
        first, other, *_ = lines.values()
        problems.add(
            "currencies",
            f"prices in several currencies: {listed(list(lines))}, such as in lines {first} and {other}",
            step="keep the rows of one currency",
        )
