"""Daily price history of one symbol: the type, its canonical bytes, and the checks that every source passes through."""

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data import trading_year
from montecarlo.data.adjusted_bars import adjusted_bars
from montecarlo.data.bars import Bars
from montecarlo.data.cleaning import COLUMNS, clean
from montecarlo.data.doubts import doubts
from montecarlo.data.trading_year import GIVEN, TRADING_DAYS
from montecarlo.errors import HistoryError, ParameterError

SYMBOL_PATTERN = re.compile(r"^[A-Za-z0-9.^=_&-]{1,32}$")
SYMBOLS = "1 to 32 letters, digits or . ^ = _ & -"  # what the pattern says, for a person
MIN_RETURNS = 60

_CSV_HEADER = ",".join(("date", *COLUMNS))


@dataclass(frozen=True, eq=False)
class PriceHistory:
    """A validated daily price history. Made by :func:`check_history` and :meth:`from_csv`, which do the validating.

    Args:
        symbol: As the source knows it.
        source: One of ``montecarlo.data.sources.SOURCES``, or the name of another place that has histories.
        bars: One row for each day, index ``date`` (naive, midnight, ascending, unique), float64 columns ``open``,
            ``high``, ``low``, ``close``, ``adjusted_close`` (dollars or index points) and ``volume`` (shares). NaN
            where the source has none, except ``close`` and ``adjusted_close``, which are positive and finite; they
            are equal where the source does not adjust for splits and dividends.
        warnings: What is doubtful in the bars, one short sentence for each kind.
        bars_per_year: How many bars make a year.
        year_given: Whether a person said so; otherwise it was found in the dates.
        currency: What the prices are in, such as "USD"; empty where nobody knows.  No part of the digest.
    """

    symbol: str
    source: str
    bars: pd.DataFrame
    warnings: tuple[str, ...] = ()
    bars_per_year: int = TRADING_DAYS
    year_given: bool = False
    currency: str = ""

    @property
    def closes(self) -> NDArray[np.float64]:
        """Adjusted closes, shape (days,)."""
        return self.bars["adjusted_close"].to_numpy(np.float64)

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """Dates of the closes, datetime64[D], shape (days,)."""
        return self.bars.index.to_numpy().astype("datetime64[D]")

    @property
    def last_close(self) -> float:
        """The last adjusted close."""
        return float(self.closes[-1])

    @property
    def has_bars(self) -> bool:
        """Whether open, high and low are known well enough for trading within the day."""
        try:
            self.require_bars()
        except HistoryError:
            return False
        return True

    def require_bars(self) -> None:
        """
        Raises:
            HistoryError: there are closes only, or too many days lack one of the other prices or have impossible ones.
        """
        self._adjusted()

    @property
    def adjusted_bars(self) -> Bars:
        """Open, high, low and close of each day, shape (days,), all times the adjusted close over the close.

        Complete and possible: what is missing or impossible on a few days is repaired, and ``bar_warnings`` says so.

        Raises:
            HistoryError: as :meth:`require_bars`.
        """
        return self._adjusted()[0]

    @property
    def bar_warnings(self) -> tuple[str, ...]:
        """What is doubtful about open, high and low, beside ``warnings``; for results that rely on them.

        Raises:
            HistoryError: as :meth:`require_bars`.
        """
        return self._adjusted()[1]

    def _adjusted(self) -> tuple[Bars, tuple[str, ...]]:
        try:
            return adjusted_bars(self.bars)
        except HistoryError as error:
            raise HistoryError(f"{self.symbol} from source {self.source!r}: {error}") from error

    def to_csv(self) -> bytes:
        """The bars as canonical CSV: the shortest digits that read back as the same number, nothing for NaN."""
        columns = [map(_shortest, self.bars[column].tolist()) for column in COLUMNS]
        days = np.datetime_as_string(self.dates).tolist()
        rows = (",".join(row) for row in zip(days, *columns, strict=True))
        return "".join(f"{line}\n" for line in (_CSV_HEADER, *rows)).encode("ascii")

    @property
    def digest(self) -> str:
        """SHA-256 of :meth:`to_csv`, in hexadecimal: the name of this history's content."""
        return hashlib.sha256(self.to_csv()).hexdigest()

    @classmethod
    def from_csv(cls, content: bytes, symbol: str, source: str, bars_per_year: int | None = None) -> Self:
        """Read what :meth:`to_csv` wrote; the digest is the same. Checked again, so all warnings are there again but
        those about rows that the snapshot has left out or sorted.

        Raises:
            HistoryError: ``content`` is not such a snapshot, byte for byte.
        """
        try:
            bars = pd.read_csv(BytesIO(content), index_col="date", dtype=str, keep_default_na=False)
            bars = bars.replace("", "nan").astype(np.float64)
            bars.index = pd.to_datetime(bars.index, format="%Y-%m-%d")
        except (ValueError, TypeError) as error:
            raise HistoryError(f"{symbol}: not a snapshot of a price history ({error}); fetch it again") from error
        checked = check_history(bars, symbol, source, bars_per_year)
        history = cls(**vars(checked))
        if history.to_csv() != content:
            raise HistoryError(f"{symbol}: the snapshot of its price history was altered; fetch it again")
        return history

    def require_daily(self) -> None:
        """
        Raises:
            ParameterError: a bar is a week, a month or longer, and nobody has said how many make a year.
        """
        trading_year.require_daily(self.symbol, self.bars_per_year, given=self.year_given)


def check_symbol(symbol: str) -> str:
    """``symbol`` without surrounding blanks.

    Raises:
        HistoryError: It is not a symbol that any source could know.
    """
    stripped = symbol.strip()
    if not SYMBOL_PATTERN.fullmatch(stripped):
        raise HistoryError(f"symbol: expected {SYMBOLS} (such as AAPL, BRK-B or ^GSPC), got {symbol[:40]!r}")
    return stripped


def check_history(
    bars: pd.DataFrame,
    symbol: str,
    source: str,
    bars_per_year: int | None = None,
    notes: tuple[str, ...] = (),
    *,
    currency: str = "",
) -> PriceHistory:
    """Validate bars, whoever they came from, and find out how many make a year.

    Args:
        bars: Index of dates, columns named as in :class:`PriceHistory` of which only ``close`` must be there.
            Other columns are left out; a missing ``adjusted_close`` is taken from ``close``.
        symbol: What the bars are of.
        source: Where they came from.
        bars_per_year: How many of them make a year; None finds it in the dates.
        notes: What the source has to say of them; it comes before the warnings.
        currency: What they are in, where the source tells.

    Raises:
        HistoryError: The bars are empty, are fewer than 61, have duplicate or missing dates, a close (adjusted or not)
            that is missing or not positive, or a value that is not finite.
        ParameterError: ``bars_per_year`` cannot be used, or is None though the dates have no pattern.
    """
    symbol = check_symbol(symbol)
    if problem := GIVEN.problem(bars_per_year):
        raise ParameterError({GIVEN.name: problem})
    bars_per_year = GIVEN.unified(bars_per_year)
    try:
        kept, done = clean(bars)
        if len(kept) <= MIN_RETURNS:
            raise HistoryError(
                f"expected at least {MIN_RETURNS} returns ({MIN_RETURNS + 1} rows) to fit a model, got {len(kept)} "
                "rows; take a longer history"
            )
        found = trading_year.bars_per_year(pd.DatetimeIndex(kept.index))
    except HistoryError as error:
        raise HistoryError(f"{symbol} from source {source!r}: {error}") from error
    year = found if bars_per_year is None else bars_per_year
    if year is None:
        raise ParameterError({GIVEN.name: _no_pattern(symbol, kept)})
    warnings = (*notes, *done, *doubts(kept, found, bars_per_year))
    return PriceHistory(symbol, source, kept, warnings, year, year_given=bars_per_year is not None, currency=currency)


def _no_pattern(symbol: str, bars: pd.DataFrame) -> str:
    distance = float(np.median(np.diff(bars.index.to_numpy()) / np.timedelta64(1, "D")))
    return (
        f"must be given for the bars of {symbol}: {distance:g} days from each other, they are neither of days nor of "
        "weeks, months, quarters or years; or take daily bars"
    )


def _shortest(value: float) -> str:
    return "" if np.isnan(value) else repr(value)
