"""The price history that an experiment is about: by its digest in a job, and the prices where they are at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from montecarlo import parameters
from montecarlo.data.history import SYMBOL_PATTERN, SYMBOLS, PriceHistory
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Day, Parameter, Whole, Word, shown

PRICES = "prices"
"""What the prices are among the inputs of a job."""

_BARS_PER_YEAR = Whole(1, 366)
_BARS = Whole(2, MAX_DAYS)

FIRST = Parameter.of("first", Day(), label="First day", help="Of the prices.")
LAST = Parameter.of("last", Day(), label="Last day", help="Of the prices.")
CLOSES = Parameter.of("closes", _BARS, label="Closes", help="How many there are.")


@dataclass(frozen=True, kw_only=True)
class GivenHistory:
    """What an experiment says of its prices.

    Args:
        symbol, source: As the history has them.
        digest: SHA-256 of its canonical CSV, in hexadecimal.
        first, last: Days of the first and the last close.
        closes: How many there are.
        bars_per_year: How many of them make a year, and whether a person said so.
        year_given: As the history has it.
        warnings: What is doubtful about the prices.
        history: Itself; None where it is only read and shown.  No part of what makes two of them equal.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    symbol: str
    source: str
    digest: str
    first: date
    last: date
    closes: int
    bars_per_year: int
    year_given: bool
    warnings: tuple[str, ...]
    history: PriceHistory | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        found = {
            name: f"must be {expected}, not {shown(getattr(self, name))}"
            for name, expected, fits in (
                ("symbol", SYMBOLS, isinstance(self.symbol, str) and bool(SYMBOL_PATTERN.fullmatch(self.symbol))),
                ("source", "the name of a source", Word(32).accepts(self.source)),
                ("digest", "a SHA-256 in hexadecimal", isinstance(self.digest, str) and len(self.digest) == 64),
                ("first", str(Day()), Day().accepts(self.first)),
                ("last", str(Day()), Day().accepts(self.last)),
                ("closes", str(_BARS), _BARS.accepts(self.closes)),
                ("bars_per_year", str(_BARS_PER_YEAR), _BARS_PER_YEAR.accepts(self.bars_per_year)),
                ("year_given", "true or false", isinstance(self.year_given, bool)),
                ("warnings", "a list of texts", _are_texts(self.warnings)),
            )
            if not fits
        }
        if found:
            raise ParameterError(found)

    @classmethod
    def of(cls, history: PriceHistory, *, within_days: bool = False) -> Self:
        """What there is to say of a history, and the history itself.

        Args:
            history: The prices.
            within_days: Whether open, high and low are looked at, so that what is doubtful about them counts, too.

        Raises:
            HistoryError: they are, and the history has none.
        """
        first, last = (day.astype(date) for day in (history.dates[0], history.dates[-1]))
        return cls(
            symbol=history.symbol,
            source=history.source,
            digest=history.digest,
            first=first,
            last=last,
            closes=len(history.dates),
            bars_per_year=history.bars_per_year,
            year_given=history.year_given,
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

    @property
    def at_hand(self) -> PriceHistory:
        """The prices.

        Raises:
            ValueError: they are not; ``with_inputs`` comes first.
        """
        if self.history is None:
            raise ValueError(f"the prices of {self.symbol} are not at hand")
        return self.history

    def facts(self) -> list[tuple[Parameter, Any]]:
        """What a person is told of it."""
        return [(FIRST, self.first.isoformat()), (LAST, self.last.isoformat()), (CLOSES, self.closes)]

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
