"""How messages about a history write numbers and dates."""

import pandas as pd


def count(number: int, noun: str) -> str:
    """Such as "1 row" and "2 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def day(timestamp: pd.Timestamp) -> str:
    """Such as "2020-12-31"."""
    return f"{timestamp:%Y-%m-%d}"
