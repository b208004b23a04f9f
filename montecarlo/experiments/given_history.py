"""The price history of one symbol that an experiment is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from montecarlo.data.history import SYMBOL_PATTERN, SYMBOLS, PriceHistory
from montecarlo.errors import HistoryError
from montecarlo.experiments.given import PRICES, Given, days_of
from montecarlo.parameters import Word


@dataclass(frozen=True, kw_only=True)
class GivenHistory(Given[PriceHistory]):
    """What an experiment says of its prices.

    Args:
        symbol, source: As the history has them.

    Raises:
        ParameterError: naming each of them, and of those of ``Given``, that cannot be used.
    """

    symbol: str
    source: str

    def _of_symbols(self) -> Iterable[tuple[str, str, bool]]:
        return (
            ("symbol", SYMBOLS, isinstance(self.symbol, str) and bool(SYMBOL_PATTERN.fullmatch(self.symbol))),
            ("source", "the name of a source", Word(32).accepts(self.source)),
        )

    @property
    def named(self) -> str:
        return self.symbol

    @classmethod
    def of(cls, history: PriceHistory, *, within_days: bool = False) -> Self:
        """What there is to say of a history, and the history itself.

        Args:
            history: The prices.
            within_days: Whether open, high and low are looked at, so that what is doubtful about them counts, too.

        Raises:
            HistoryError: they are, and the history has none.
        """
        return cls(
            symbol=history.symbol,
            source=history.source,
            **days_of(history),
            warnings=(*history.warnings, *(history.bar_warnings if within_days else ())),
            history=history,
        )

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        """The same with the prices, which have the SHA-256 that stands here.

        Raises:
            HistoryError: they are not those that it says.
        """
        year = self.bars_per_year if self.year_given else None
        history = replace(
            PriceHistory.from_csv(contents[PRICES], self.symbol, self.source, year), warnings=self.warnings
        )
        found = replace(self.of(history), warnings=self.warnings)
        if found != self:
            raise HistoryError(f"{self.symbol}: its prices are others than the job says; submit the job again")
        return found
