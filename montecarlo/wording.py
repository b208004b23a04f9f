"""How messages and pages write numbers of things, and dates."""

from collections.abc import Sequence
from datetime import date


def count(number: int, noun: str) -> str:
    """Such as "1 row" and "1,200 rows"."""
    return f"{number:,} {noun}" if abs(number) == 1 else f"{number:,} {noun}s"


def percent(fraction: float) -> str:
    """To a whole percent, or a tenth below ten: such as "26 %" and "6.1 %"."""
    return f"{_in_hundreds(fraction)} %"


def from_to(low: float, high: float) -> str:
    """Two fractions, such as "6.1 to 61 %"."""
    return f"{_in_hundreds(low)} to {percent(high)}"


def _in_hundreds(fraction: float) -> str:
    return f"{100 * fraction:,.0f}" if abs(fraction) >= 0.0995 or fraction == 0 else f"{100 * fraction:.1f}"


def day(timestamp: date) -> str:
    """Such as "2020-12-31"."""
    return f"{timestamp:%Y-%m-%d}"


def listed(names: Sequence[str], most: int = 10) -> str:
    """Such as "AAPL", "AAPL and MSFT" and "AAPL, MSFT and 18 more"."""
    shown = list(names) if len(names) <= most else [*names[:most], f"{len(names) - most:,} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
