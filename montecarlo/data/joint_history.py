"""Closes of several symbols on the days that all of them have."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data import trading_year
from montecarlo.data.cleaning import COLUMNS
from montecarlo.data.currencies import checked_currencies, doubts_about_currencies
from montecarlo.data.history import MIN_RETURNS, PriceHistory, check_symbol
from montecarlo.data.trading_year import GIVEN, TRADING_DAYS
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.wording import count, listed

MOST_SYMBOLS = 50
CASH = "cash"
"""What tables of a portfolio call that which is in no symbol."""
SEVERAL = "several"
"""The source of a joint history whose symbols come from different ones."""

_LONGEST_LABEL = 32  # of what counts as a symbol


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
        whole = "&".join(self.symbols)
        if len(whole) <= _LONGEST_LABEL:
            return whole
        others = f"&{len(self.symbols) - 1}-more"
        return f"{self.symbols[0][: _LONGEST_LABEL - len(others)]}{others}"

    @property
    def source(self) -> str:
        """That of all symbols, or SEVERAL."""
        return self.sources[0] if len(set(self.sources)) == 1 else SEVERAL

    @property
    def returns(self) -> NDArray[np.float64]:
        """Daily simple returns, shape (days - 1, symbols)."""
        return np.asarray(np.diff(self.closes, axis=0) / self.closes[:-1])

    def to_csv(self) -> bytes:
        """Canonical CSV, header ``date,AAPL,MSFT``: the shortest digits that read back as the same number."""
        days = np.datetime_as_string(self.dates).tolist()
        rows = (",".join((day, *map(repr, closes))) for day, closes in zip(days, self.closes.tolist(), strict=True))
        return "".join(f"{line}\n" for line in (",".join(("date", *self.symbols)), *rows)).encode("ascii")

    @property
    def digest(self) -> str:
        """SHA-256 of :meth:`to_csv`, in hexadecimal."""
        return hashlib.sha256(self.to_csv()).hexdigest()

    @classmethod
    def from_csv(
        cls, content: bytes, sources: Sequence[str], currencies: Sequence[str], bars_per_year: int | None = None
    ) -> Self:
        """Read what :meth:`to_csv` wrote; the digest is the same.  Of the warnings, those about currencies are there
        again; the others are of what the snapshot has left out.

        Raises:
            HistoryError: it is not such a snapshot, byte for byte.
            ParameterError: ``bars_per_year`` or a currency cannot be used.
        """
        try:
            header, *lines = content.decode("ascii").splitlines()
            symbols = tuple(header.split(",")[1:])
            cells = np.array([line.split(",") for line in lines])
            dates, closes = cells[:, 0].astype("datetime64[D]"), cells[:, 1:].astype(np.float64)
        except (ValueError, IndexError) as error:
            raise HistoryError(f"not a snapshot of a joint price history ({error}); load it again") from error
        _check_symbols(symbols)
        if len(sources) != len(symbols) or len(currencies) != len(symbols):
            raise HistoryError(f"expected a source and a currency for each of the symbols {listed(symbols)}")
        _check(dates, closes)
        doubts = tuple(doubts_about_currencies(symbols, currencies))
        year = _year(pd.DatetimeIndex(dates), bars_per_year, ())
        history = cls(symbols, tuple(sources), tuple(currencies), dates, closes, doubts, *year)
        if history.to_csv() != content:
            raise HistoryError("the snapshot of a joint price history was altered; load it again")
        return history

    def history_of(self, symbol: str) -> PriceHistory:
        """The common days of one symbol: closes alone, as they are here, so that they are aligned to the same again."""
        k = self.symbols.index(symbol)
        closes = self.closes[:, k]
        columns = {name: closes if name in ("close", "adjusted_close") else np.nan for name in COLUMNS}
        dates = pd.DatetimeIndex(self.dates).as_unit("us").rename("date")
        return PriceHistory(
            symbol,
            self.sources[k],
            pd.DataFrame(columns, index=dates, dtype=np.float64),
            bars_per_year=self.bars_per_year,
            year_given=self.year_given,
            currency=self.currencies[k],
        )

    def require_daily(self) -> None:
        """
        Raises:
            ParameterError: a bar is a week, a month or longer, and nobody has said how many make a year.
        """
        trading_year.require_daily(self.symbol, self.bars_per_year, given=self.year_given)


Prices = PriceHistory | JointHistory
"""What a job is made from."""


def align(
    histories: Sequence[PriceHistory], *, currencies: Mapping[str, str] | None = None, bars_per_year: int | None = None
) -> JointHistory:
    """The days that all histories have; what that leaves out is said, and nothing is filled in.

    Args:
        histories: Of different symbols, one at least and MOST_SYMBOLS at most.
        currencies: By symbol, where a person says so; otherwise that of the history.
        bars_per_year: How many common days make a year; None takes what the histories agree on, or finds it in the
            dates.

    Raises:
        HistoryError: they have too few days in common, a symbol comes twice, or is called CASH.
        ParameterError: ``bars_per_year`` or a currency cannot be used.
    """
    symbols = tuple(history.symbol for history in histories)
    _check_symbols(symbols)
    if CASH in symbols:
        raise HistoryError(f"symbol: expected another label than {CASH}, which is what is in no symbol")
    told = {history.symbol: history.currency for history in histories} | checked_currencies(currencies or {}, symbols)
    common = pd.DatetimeIndex(histories[0].bars.index)
    for history in histories[1:]:
        common = common.intersection(pd.DatetimeIndex(history.bars.index))
    if len(common) <= MIN_RETURNS:
        raise HistoryError(_too_few(histories, len(common)))
    closes = np.stack(
        [history.bars["adjusted_close"].loc[common].to_numpy(np.float64) for history in histories], axis=1
    )
    dates = common.to_numpy().astype("datetime64[D]")
    _check(dates, closes)
    in_order = tuple(told[symbol] for symbol in symbols)
    warnings = (
        *(f"{history.symbol}: {warning}" for history in histories for warning in history.warnings),
        *_left_out(histories, common),
        *doubts_about_currencies(symbols, in_order),
    )
    sources = tuple(history.source for history in histories)
    return JointHistory(symbols, sources, in_order, dates, closes, warnings, *_year(common, bars_per_year, histories))


def _check_symbols(symbols: tuple[str, ...]) -> None:
    if not 1 <= len(symbols) <= MOST_SYMBOLS:
        raise HistoryError(f"symbols: expected 1 to {MOST_SYMBOLS}, got {len(symbols):,}")
    for symbol in symbols:
        if check_symbol(symbol) != symbol:
            raise HistoryError(f"symbol: expected no blanks around it, got {symbol!r}")
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    if twice:
        raise HistoryError(f"symbols: expected each once, got {listed(twice)} more than once; add up their weights")


def _check(dates: NDArray[np.datetime64], closes: NDArray[np.float64]) -> None:
    if len(dates) <= MIN_RETURNS or not (np.diff(dates) > np.timedelta64(0, "D")).all():
        raise HistoryError(f"expected at least {MIN_RETURNS + 1} days that all symbols have, ascending, each once")
    if not (np.isfinite(closes) & (closes > 0)).all():
        raise HistoryError("expected closes that are positive and finite")


def _year(dates: pd.DatetimeIndex, given: int | None, histories: Sequence[PriceHistory]) -> tuple[int, bool]:
    """How many of the common days make a year, and whether somebody said so."""
    if problem := GIVEN.problem(given):
        raise ParameterError({GIVEN.name: problem})
    if given is not None:
        return int(given), True
    years = {history.bars_per_year for history in histories}
    if len(years) == 1:
        return years.pop(), any(history.year_given for history in histories)
    found = trading_year.bars_per_year(dates)
    if found is None:
        message = "must be given, because the days that all symbols have follow no pattern; or take daily bars of each"
        raise ParameterError({GIVEN.name: message})
    return found, False


def _too_few(histories: Sequence[PriceHistory], days: int) -> str:
    spans = "; ".join(
        f"{history.symbol} from {history.dates[0]} to {history.dates[-1]} ({count(len(history.dates), 'day')})"
        for history in histories
    )
    return (
        f"expected at least {MIN_RETURNS + 1} days that all symbols have, got {days}: take other days, or leave out "
        f"a symbol that has few ({spans})"
    )


def _left_out(histories: Sequence[PriceHistory], common: pd.DatetimeIndex) -> Iterator[str]:
    """Of each symbol, how many days the others do not have: outside the common span, and within it, where a return then
    is of several days."""
    alike: dict[str, list[str]] = {}
    for history in histories:
        days = pd.DatetimeIndex(history.bars.index).difference(common)
        inside = days[(days > common[0]) & (days < common[-1])]
        if len(days):
            within = f", {len(inside):,} of them within that span (first {inside[0]:%Y-%m-%d})" if len(inside) else ""
            alike.setdefault(f"{count(len(days), 'day')}{{}} of {{}}{within}", []).append(history.symbol)
    said = [words.format(" each" if len(names) > 1 else "", listed(names)) for words, names in alike.items()]
    if said:
        yield (
            f"{len(common):,} days, from {common[0]:%Y-%m-%d} to {common[-1]:%Y-%m-%d}, are common to all "
            f"{len(histories)} symbols; left out: {'; '.join(said)}"
        )
