"""Closes of several symbols on the days that all of them have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.history import PriceHistory
from montecarlo.data.trading_year import TRADING_DAYS

MOST_SYMBOLS = 50
SEVERAL = "several"
"""The source of a joint history whose symbols come from different ones."""


@dataclass(frozen=True, eq=False)
class JointHistory:
    """Adjusted closes of several symbols on common days. Made by :func:`align` and :meth:`from_csv`, which check it.

    Args:
        symbols: In the order in which they were given, each once.
        sources: Where the prices of each came from.
        currencies: Of each, such as "USD"; empty where nobody knows.
        dates: The common days, ascending, datetime64[D], shape (days,).
        closes: Adjusted closes, shape (days, symbols).
        warnings: What is doubtful: of each history, what the days in common left out, currencies that differ.
        bars_per_year: How many of the common days make a year.
        year_given: Whether a person said so.
    """

    symbols: tuple[str, ...]
    sources: tuple[str, ...]
    currencies: tuple[str, ...]
    dates: NDArray[np.datetime64]
    closes: NDArray[np.float64]
    warnings: tuple[str, ...] = ()
    bars_per_year: int = TRADING_DAYS
    year_given: bool = False

    @property
    def symbol(self) -> str:
        """What a job of it is called: "AAPL&MSFT", or "AAPL&19-more" where that would be too long."""
        raise NotImplementedError

    @property
    def source(self) -> str:
        """That of all symbols, or SEVERAL."""
        raise NotImplementedError

    @property
    def returns(self) -> NDArray[np.float64]:
        """Daily simple returns, shape (days - 1, symbols)."""
        raise NotImplementedError

    def to_csv(self) -> bytes:
        """Canonical CSV, header ``date,AAPL,MSFT``: the shortest digits that read back as the same number."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """SHA-256 of :meth:`to_csv`, in hexadecimal."""
        raise NotImplementedError

    @classmethod
    def from_csv(
        cls, content: bytes, sources: Sequence[str], currencies: Sequence[str], bars_per_year: int | None = None
    ) -> Self:
        """Read what :meth:`to_csv` wrote; the digest is the same.

        Raises:
            HistoryError: it is not such a snapshot, byte for byte.
        """
        raise NotImplementedError

    def require_daily(self) -> None:
        """As ``PriceHistory.require_daily``."""
        raise NotImplementedError


def align(
    histories: Sequence[PriceHistory], *, currencies: Mapping[str, str] | None = None, bars_per_year: int | None = None
) -> JointHistory:
    """The days that all histories have; what that leaves out is said, and nothing is filled in.

    Args:
        histories: Of different symbols, one at least and MOST_SYMBOLS at most.
        currencies: By symbol, where a person says so; otherwise that of the history.
        bars_per_year: How many common days make a year; None finds it in the dates.

    Raises:
        HistoryError: they have too few days in common, or a symbol comes twice.
        ParameterError: ``bars_per_year`` or a currency cannot be used.
    """
    raise NotImplementedError
