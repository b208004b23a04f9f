"""Prices of several symbols that are in the bucket, which a portfolio's job is of: one symbol of them at a time."""

from io import BytesIO

import numpy as np
import pandas as pd

from montecarlo.data.cleaning import COLUMNS
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.errors import HistoryError


def is_joint(content: bytes) -> bool:
    """Whether it is the canonical CSV of several symbols, and not that of one."""
    return content.startswith(b"date,") and tuple(_names(content)) != tuple(COLUMNS)


def require(content: bytes, symbol: str) -> None:
    """
    Raises:
        HistoryError: the symbol is none of them.
    """
    known = _names(content)
    if symbol not in known:
        raise HistoryError(f"the prices in the bucket are of {', '.join(known)}, not of {symbol}: choose other prices")


def one_of(content: bytes, symbol: str, source: str, bars_per_year: int | None) -> PriceHistory:
    """The closes of one symbol, on the days that all had.

    Raises:
        KeyError, ValueError, HistoryError: it is no such snapshot.
        ParameterError: the year must be given.
    """
    table = pd.read_csv(BytesIO(content), index_col="date", dtype=str, keep_default_na=False)
    closes = table[[symbol]].astype(np.float64).set_axis(["close"], axis="columns")
    closes.index = pd.to_datetime(closes.index, format="%Y-%m-%d")
    return check_history(closes, symbol, source, bars_per_year)


def _names(content: bytes) -> list[str]:
    return content.partition(b"\n")[0].decode(errors="replace").split(",")[1:]
