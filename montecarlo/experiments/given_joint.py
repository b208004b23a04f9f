"""The joint history that an experiment is about: by its digest in a job, and the closes where they are at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from montecarlo import parameters
from montecarlo.data.history import SYMBOL_PATTERN, SYMBOLS
from montecarlo.data.joint_history import MOST_SYMBOLS, JointHistory
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.given_history import CLOSES, FIRST, LAST, PRICES
from montecarlo.parameters import Day, Parameter, Whole, Word, shown

SYMBOLS_HELD = Parameter.of("symbols", Word(1000), label="Symbols", help="In their order.")

_BARS_PER_YEAR = Whole(1, 366)


@dataclass(frozen=True, kw_only=True)
class GivenJoint:
    """What an experiment says of its prices; as ``GivenHistory``, of several symbols.

    Args:
        symbols, sources, currencies: As the joint history has them, one for each symbol.
        digest: SHA-256 of its canonical CSV, in hexadecimal.
        first, last: Days of the first and the last common close.
        closes: How many common days there are.
        bars_per_year: How many of them make a year.
        year_given: Whether a person said so.
        warnings: What is doubtful about the prices.
        history: Itself; None where it is only read and shown.  No part of what makes two of them equal.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    symbols: tuple[str, ...]
    sources: tuple[str, ...]
    currencies: tuple[str, ...]
    digest: str
    first: date
    last: date
    closes: int
    bars_per_year: int
    year_given: bool
    warnings: tuple[str, ...]
    history: JointHistory | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        symbols = self.symbols if _are_texts(self.symbols) else ()
        found = {
            name: f"must be {expected}, not {shown(getattr(self, name))}"
            for name, expected, fits in (
                (
                    "symbols",
                    f"1 to {MOST_SYMBOLS} different ones, each {SYMBOLS}",
                    0 < len(symbols) == len(set(symbols)) <= MOST_SYMBOLS
                    and all(map(SYMBOL_PATTERN.fullmatch, symbols)),
                ),
                (
                    "sources",
                    "the name of a source for each symbol",
                    _are_texts(self.sources)
                    and len(self.sources) == len(symbols)
                    and all(map(Word(32).accepts, self.sources)),
                ),
                (
                    "currencies",
                    "a currency for each symbol, or an empty text",
                    _are_texts(self.currencies) and len(self.currencies) == len(symbols),
                ),
                ("digest", "a SHA-256 in hexadecimal", isinstance(self.digest, str) and len(self.digest) == 64),
                ("first", str(Day()), Day().accepts(self.first)),
                ("last", str(Day()), Day().accepts(self.last)),
                ("closes", str(CLOSES.kind), CLOSES.kind.accepts(self.closes)),
                ("bars_per_year", str(_BARS_PER_YEAR), _BARS_PER_YEAR.accepts(self.bars_per_year)),
                ("year_given", "true or false", isinstance(self.year_given, bool)),
                ("warnings", "a list of texts", _are_texts(self.warnings)),
            )
            if not fits
        }
        if found:
            raise ParameterError(found)

    @classmethod
    def of(cls, history: JointHistory) -> Self:
        """What there is to say of a joint history, and the history itself."""
        first, last = (day.astype(date) for day in (history.dates[0], history.dates[-1]))
        return cls(
            symbols=history.symbols,
            sources=history.sources,
            currencies=history.currencies,
            digest=history.digest,
            first=first,
            last=last,
            closes=len(history.dates),
            bars_per_year=history.bars_per_year,
            year_given=history.year_given,
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
            names = ", ".join(self.symbols)
            raise HistoryError(f"{names}: their prices are others than the job says; submit the job again")
        return found

    @property
    def at_hand(self) -> JointHistory:
        """The prices.

        Raises:
            ValueError: they are not; ``with_inputs`` comes first.
        """
        if self.history is None:
            raise ValueError(f"the prices of {', '.join(self.symbols)} are not at hand")
        return self.history

    def facts(self) -> list[tuple[Parameter, Any]]:
        """What a person is told of it."""
        return [
            (SYMBOLS_HELD, ", ".join(self.symbols)),
            (FIRST, self.first.isoformat()),
            (LAST, self.last.isoformat()),
            (CLOSES, self.closes),
        ]

    def to_dict(self) -> dict[str, Any]:
        values = {name: value for name, value in parameters.to_dict(self).items() if name != "history"}
        return values | {"first": self.first.isoformat(), "last": self.last.isoformat()}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """What ``to_dict`` wrote, without the prices.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        if isinstance(values, Mapping) and "history" in values:
            raise ParameterError({"history": "is not known in the prices"})
        given = parameters.from_dict(
            "prices", {**values, "history": None} if isinstance(values, Mapping) else values, cls
        )
        for name in ("first", "last"):
            try:
                given[name] = Day().read(given[name])
            except (TypeError, ValueError, AttributeError):
                raise ParameterError({name: f"must be {Day()}, not {shown(given[name])}"}) from None
        return cls(**given)


def _are_texts(values: object) -> bool:
    return isinstance(values, tuple) and all(isinstance(each, str) for each in values)
