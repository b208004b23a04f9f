"""How messages and pages write numbers of things, and dates."""

from datetime import date


def count(number: int, noun: str) -> str:
    """Such as "1 row" and "1,200 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def day(timestamp: date) -> str:
    """Such as "2020-12-31"."""
    return f"{timestamp:%Y-%m-%d}"
