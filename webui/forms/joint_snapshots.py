"""Prices of several symbols that are in the bucket, which a portfolio's job is of: one symbol of them at a time."""

from dataclasses import replace

from montecarlo.data.cleaning import COLUMNS
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.joint_history import JointHistory
from montecarlo.errors import HistoryError


def is_joint(content: bytes) -> bool:
    """Whether it is the canonical CSV of several symbols, and not that of one."""
    return content.startswith(b"date,") and not {*_names(content)} & {*COLUMNS}


def require(content: bytes, symbol: str) -> None:
    """
    Raises:
        HistoryError: the symbol is none of them.
    """
    known = _names(content)
    if symbol not in known:
        raise HistoryError(f"the prices in the bucket are of {', '.join(known)}, not of {symbol}: choose other prices")


def one_of(content: bytes, symbol: str, source: str, bars_per_year: int | None) -> PriceHistory:
    """The closes of one symbol, on the days that all had; what is doubtful about them is found anew.

    Raises:
        HistoryError: it is no such snapshot.
        ParameterError: the year must be given.
    """
    names = _names(content)
    joint = JointHistory.from_csv(content, [source] * len(names), [""] * len(names), bars_per_year)
    history = joint.history_of(symbol)
    return replace(history, warnings=check_history(history.bars, symbol, source, bars_per_year).warnings)


def _names(content: bytes) -> list[str]:
    return content.partition(b"\n")[0].decode(errors="replace").split(",")[1:]
