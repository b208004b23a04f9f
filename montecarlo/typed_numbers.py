"""Numbers as people type them: one rule for options, the web form, ranges of a sweep and settings of the environment.

``1000000``, ``1,000,000``, ``1_000_000`` and ``1e6`` are the same number, and ``0.05``, ``.05`` and ``5e-2`` are.  What
some read in one way and some in another is refused: ``1,5``, and ``1.000``, which is one or a thousand.
"""

import math
import re
from decimal import Decimal

LONGEST = 100  # characters
LARGEST_WHOLE = 10**40

# Groups of three, behind a first one that does not begin with 0: 0,050 is no number of thousands.
_GROUPED = r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:_[0-9]{3})+)"
_NUMBER = re.compile(
    rf"[+-]?(?:(?:{_GROUPED}|[0-9]+)(?P<point>\.[0-9]*)?|(?P<bare>\.[0-9]+))(?P<power>[eE][+-]?[0-9]{{1,3}})?"
)
_ONE_OR_A_THOUSAND = re.compile(r"([+-]?[1-9][0-9]{0,2})\.000")
_PARTED = re.compile(r"[0-9][.,_' \u00a0\u2009\u202f][0-9]")

THOUSANDS = "thousands may be parted by commas, as in 1,000"


def read_whole(text: str) -> int:
    """
    Raises:
        ValueError: it is none, with what may help, or with nothing.
    """
    match = _match(text)
    if (match["point"] or match["bare"]) and not match["power"]:
        raise ValueError(f"a whole number has no point; {THOUSANDS}")
    numerator, denominator = _decimal(text).as_integer_ratio()
    if denominator != 1:
        raise ValueError("a whole number has no fraction")
    if abs(numerator) >= LARGEST_WHOLE:
        raise ValueError
    return numerator


def read_number(text: str) -> float:
    """
    Raises:
        ValueError: it is no finite number, with what may help, or with nothing.
    """
    value = float(read_decimal(text))
    if not math.isfinite(value):
        raise ValueError
    return value


def read_decimal(text: str) -> Decimal:
    """The number to the last digit.

    Raises:
        ValueError: it is none, with what may help, or with nothing.
    """
    _match(text)
    if either := _ONE_OR_A_THOUSAND.fullmatch(text):
        raise ValueError(f"{text} is {either[1]} to some and {either[1]}000 to others: write one of these")
    return _decimal(text)


def _match(text: str) -> "re.Match[str]":
    if len(text) > LONGEST:
        raise ValueError
    if match := _NUMBER.fullmatch(text):
        return match
    if text.endswith("%"):
        raise ValueError(f"a percentage is written as a fraction, as in {_fraction_of(text[:-1].strip())}")
    if _PARTED.search(text):
        raise ValueError(f"{THOUSANDS}, and a fraction has a point, as in 0.05")
    raise ValueError


def _fraction_of(percents: str) -> str:
    """The fraction that was meant, or an example where that is not plain."""
    match = _NUMBER.fullmatch(percents)
    if match is None or match["power"]:
        return "0.05 for 5 %"
    return f"{float(_decimal(percents)) / 100:.15g} for {percents} %"


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("_", ""))
