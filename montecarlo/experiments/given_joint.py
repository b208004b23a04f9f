"""The joint history that an experiment is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from montecarlo.data.history import SYMBOL_PATTERN, SYMBOLS
from montecarlo.data.joint_history import MOST_SYMBOLS, JointHistory
from montecarlo.errors import HistoryError
from montecarlo.experiments.given import PRICES, Given, are_texts, days_of
from montecarlo.parameters import Parameter, Word

SYMBOLS_HELD = Parameter.of("symbols", Word(1000), label="Symbols", help="In their order.")


@dataclass(frozen=True, kw_only=True)
class GivenJoint(Given[JointHistory]):
    """What an experiment says of the prices of several symbols, whose days are those in common.

    Args:
        symbols, sources, currencies: As the joint history has them, one for each symbol.

    Raises:
        ParameterError: naming each of them, and of those of ``Given``, that cannot be used.
    """

    symbols: tuple[str, ...]
    sources: tuple[str, ...]
    currencies: tuple[str, ...]

    def _of_symbols(self) -> Iterable[tuple[str, str, bool]]:
        symbols = self.symbols if are_texts(self.symbols) else ()
        different = 0 < len(symbols) == len(set(symbols)) <= MOST_SYMBOLS
        of_each = are_texts(self.sources) and len(self.sources) == len(symbols)
        return (
            (
                "symbols",
                f"1 to {MOST_SYMBOLS} different ones, each {SYMBOLS}",
                different and all(map(SYMBOL_PATTERN.fullmatch, symbols)),
            ),
            (
                "sources",
                "the name of a source for each symbol",
                of_each and all(map(Word(32).accepts, self.sources)),
            ),
            (
                "currencies",
                "a currency for each symbol, or an empty text",
                are_texts(self.currencies) and len(self.currencies) == len(symbols),
            ),
        )

    @property
    def named(self) -> str:
        return ", ".join(self.symbols)

    @classmethod
    def of(cls, history: JointHistory) -> Self:
        """What there is to say of a joint history, and the history itself."""
        return cls(
            symbols=history.symbols,
            sources=history.sources,
            currencies=history.currencies,
            **days_of(history),
            warnings=history.warnings,
            history=history,
        )

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        """The same with the prices, which have the SHA-256 that stands here.

        Raises:
            HistoryError: they are not those that it says.
        """
        # As many as stand here, even where a shorter look at the dates would find another number.
        read = JointHistory.from_csv(contents[PRICES], self.sources, self.currencies, self.bars_per_year)
        history = replace(read, warnings=self.warnings, year_given=self.year_given)
        found = self.of(history)
        if found != self:
            raise HistoryError(f"{self.named}: their prices are others than the job says; submit the job again")
        return found

    def facts(self) -> list[tuple[Parameter, Any]]:
        return [(SYMBOLS_HELD, self.named), *super().facts()]
