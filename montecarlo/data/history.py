"""Daily price history of one symbol: the type, its canonical bytes, and the checks that every source passes through."""

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data.trading_days import missing_trading_days
from montecarlo.errors import HistoryError

SYMBOL_PATTERN = re.compile(r"^[A-Za-z0-9.^=_&-]{1,32}$")
SYMBOLS = "1 to 32 letters, digits or . ^ = _ & -"  # what the pattern says, for a person
MIN_RETURNS = 60
LARGE_MOVE = 0.4  # as a fraction, either way, from one close to the next
PRICE_ROUNDING = 1e-6  # relative; feeds that store prices in single precision put a close this far above its high

COLUMNS = ("open", "high", "low", "close", "adjusted_close", "volume")
_CSV_HEADER = ",".join(("date", *COLUMNS))


@dataclass(frozen=True, eq=False)
class PriceHistory:
    """A validated daily price history. Made by :func:`check_history` and :meth:`from_csv`, which do the validating.

    Args:
        symbol: As the source knows it.
        source: One of ``montecarlo.data.sources.SOURCES``.
        bars: One row for each day, index ``date`` (naive, midnight, ascending, unique), float64 columns ``open``,
            ``high``, ``low``, ``close``, ``adjusted_close`` (dollars or index points) and ``volume`` (shares). NaN
            where the source has none, except ``close`` and ``adjusted_close``, which are positive and finite; they
            are equal where the source does not adjust for splits and dividends.
        warnings: What is doubtful in the bars, one short sentence for each kind.
    """

    symbol: str
    source: str
    bars: pd.DataFrame
    warnings: tuple[str, ...] = ()

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
    def from_csv(cls, content: bytes, symbol: str, source: str) -> Self:
        """Read what :meth:`to_csv` wrote; the digest is the same. Checked again, so all warnings but the one about
        unordered dates (a snapshot is sorted) are there again.

        Raises:
            HistoryError: ``content`` is not such a snapshot, byte for byte.
        """
        try:
            bars = pd.read_csv(BytesIO(content), index_col="date", dtype=str, keep_default_na=False)
            bars = bars.replace("", "nan").astype(np.float64)
            bars.index = pd.to_datetime(bars.index, format="%Y-%m-%d")
        except (ValueError, TypeError) as error:
            raise HistoryError(f"{symbol}: not a snapshot of a price history ({error}); fetch it again") from error
        checked = check_history(bars, symbol, source)
        history = cls(checked.symbol, checked.source, checked.bars, checked.warnings)
        if history.to_csv() != content:
            raise HistoryError(f"{symbol}: the snapshot of its price history was altered; fetch it again")
        return history


def check_symbol(symbol: str) -> str:
    """``symbol`` without surrounding blanks.

    Raises:
        HistoryError: It is not a symbol that any source could know.
    """
    stripped = symbol.strip()
    if not SYMBOL_PATTERN.fullmatch(stripped):
        raise HistoryError(f"symbol: expected {SYMBOLS} (such as AAPL, BRK-B or ^GSPC), got {symbol[:40]!r}")
    return stripped


def check_history(bars: pd.DataFrame, symbol: str, source: str) -> PriceHistory:
    """Validate daily bars, whoever they came from.

    Args:
        bars: Index of dates, columns named as in :class:`PriceHistory` of which only ``close`` must be there.
            Other columns are left out; a missing ``adjusted_close`` is taken from ``close``.
        symbol: What the bars are of.
        source: Where they came from.

    Raises:
        HistoryError: The bars are empty, are fewer than 61, have duplicate or missing dates, a close (adjusted or not)
            that is missing or not positive, or a value that is not finite.
    """
    symbol = check_symbol(symbol)
    try:
        canonical = _canonical(bars)
        _refuse(canonical)
    except HistoryError as error:
        raise HistoryError(f"{symbol} from source {source!r}: {error}") from error
    ordered = canonical.sort_index()
    return PriceHistory(symbol, source, ordered, tuple(_order_warnings(canonical) + _bar_warnings(ordered)))


def _canonical(bars: pd.DataFrame) -> pd.DataFrame:
    """The columns and types of PriceHistory, rows in the order given."""
    if bars.empty:
        raise HistoryError("the price history is empty; check the symbol, or choose another source or file")
    if "close" not in bars.columns:
        raise HistoryError(f"expected a column 'close', got {', '.join(map(str, bars.columns))[:80]}")
    if not isinstance(bars.index, pd.DatetimeIndex):
        raise HistoryError(f"expected dates as the index of the bars, got {bars.index.dtype}")
    if "adjusted_close" not in bars.columns:
        bars = bars.assign(adjusted_close=bars["close"])
    try:
        canonical = bars.reindex(columns=list(COLUMNS)).astype(np.float64)
    except (ValueError, TypeError) as error:
        raise HistoryError(f"expected numbers in {', '.join(COLUMNS)}: {error}") from error
    canonical.index = pd.DatetimeIndex(bars.index).tz_localize(None).normalize().as_unit("us").rename("date")
    return canonical


def _refuse(bars: pd.DataFrame) -> None:
    dates = pd.DatetimeIndex(bars.index)
    if dates.hasnans:
        raise HistoryError("a row has no date; remove it or complete it")
    if dates.has_duplicates:
        twice = dates[dates.duplicated()].min()
        raise HistoryError(f"expected one row for each date, got several for {_day(twice)}; keep one of them")
    for column in COLUMNS:
        infinite = dates[np.isinf(bars[column])]
        if len(infinite):
            raise HistoryError(f"{column} is not a finite number on {_day(infinite.min())}; correct or remove that row")
    for column in ("close", "adjusted_close"):
        bad = bars[column][~(bars[column] > 0)].sort_index()
        if len(bad):
            value = "missing" if np.isnan(bad.iloc[0]) else f"{bad.iloc[0]:g}"
            raise HistoryError(
                f"{column} must be a positive price, is {value} on {_day(bad.index[0])}; correct or remove that row"
            )
    if len(bars) <= MIN_RETURNS:
        raise HistoryError(
            f"expected at least {MIN_RETURNS} daily returns ({MIN_RETURNS + 1} rows) to fit a model, "
            f"got {len(bars)} rows; take a longer history"
        )


def _order_warnings(bars: pd.DataFrame) -> list[str]:
    dates = pd.DatetimeIndex(bars.index)
    backwards = dates[1:][dates[1:] < dates[:-1]]
    if not len(backwards):
        return []
    return [f"dates out of order in {_count(len(backwards), 'row')} (first at {_day(backwards[0])}): sorted"]


def _bar_warnings(bars: pd.DataFrame) -> list[str]:
    dates = pd.DatetimeIndex(bars.index)
    warnings = []

    missing = missing_trading_days(dates)
    if len(missing):
        warnings.append(f"{_count(len(missing), 'trading day')} missing (first {_day(missing[0])})")

    # A high below the low is on the wrong side of the close at one end or the other.
    high_too_low = bars["high"] < bars[["open", "close"]].max(axis=1) * (1 - PRICE_ROUNDING)
    low_too_high = bars["low"] > bars[["open", "close"]].min(axis=1) * (1 + PRICE_ROUNDING)
    impossible = dates[high_too_low | low_too_high | (bars["volume"] < 0)]
    if len(impossible):
        warnings.append(
            f"{_count(len(impossible), 'impossible bar')}: high below low, open or close, low above one of them, "
            f"or a negative volume (first {_day(impossible[0])})"
        )

    returns = bars["adjusted_close"].pct_change()
    large = returns[returns.abs() > LARGE_MOVE]
    if len(large):
        warnings.append(
            f"{_count(len(large), 'move')} of more than {LARGE_MOVE * 100:.0f} % in a day "
            f"(first {_day(large.index[0])}, {large.iloc[0] * 100:+.0f} %): a split, a spin-off or a real crash"
        )
    return warnings


def _shortest(value: float) -> str:
    return "" if np.isnan(value) else repr(value)


def _day(timestamp: pd.Timestamp) -> str:
    return f"{timestamp:%Y-%m-%d}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
