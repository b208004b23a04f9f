"""The prices that an experiment is about: by their digest in a job, and themselves where they are at hand."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Self, TypeVar

from montecarlo import parameters
from montecarlo.data.joint_history import Prices
from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Day, Parameter, Whole, shown

PRICES = "prices"
"""What the prices are among the inputs of a job."""

History = TypeVar("History")

_BARS_PER_YEAR = Whole(1, 366)
_BARS = Whole(2, MAX_DAYS)

_FIRST = Parameter.of("first", Day(), label="First day", help="Of the prices.")
_LAST = Parameter.of("last", Day(), label="Last day", help="Of the prices.")
_CLOSES = Parameter.of("closes", _BARS, label="Closes", help="How many there are.")


@dataclass(frozen=True, kw_only=True)
class Given(ABC, Generic[History]):
    """What an experiment says of its prices, whatever they are of.

    Args:
        digest: SHA-256 of their canonical CSV, in hexadecimal.
        first, last: Days of the first and the last close.
        closes: How many there are.
        bars_per_year: How many of them make a year.
        year_given: Whether a person said so.
        warnings: What is doubtful about the prices.
        history: Itself; None where it is only read and shown.  No part of what makes two of them equal.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    digest: str
    first: date
    last: date
    closes: int
    bars_per_year: int
    year_given: bool
    warnings: tuple[str, ...]
    history: History | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        found = {
            name: f"must be {expected}, not {shown(getattr(self, name))}"
            for name, expected, fits in (
                *self._of_symbols(),
                ("digest", "a SHA-256 in hexadecimal", isinstance(self.digest, str) and len(self.digest) == 64),
                ("first", str(Day()), Day().accepts(self.first)),
                ("last", str(Day()), Day().accepts(self.last)),
                ("closes", str(_BARS), _BARS.accepts(self.closes)),
                ("bars_per_year", str(_BARS_PER_YEAR), _BARS_PER_YEAR.accepts(self.bars_per_year)),
                ("year_given", "true or false", isinstance(self.year_given, bool)),
                ("warnings", "a list of texts", are_texts(self.warnings)),
            )
            if not fits
        }
        if found:
            raise ParameterError(found)

    @abstractmethod
    def _of_symbols(self) -> Iterable[tuple[str, str, bool]]:
        """Of each field that says what the prices are of: its name, what is expected, and whether that is there."""

    @property
    @abstractmethod
    def named(self) -> str:
        """What the prices are of, for messages."""

    @property
    def at_hand(self) -> History:
        """The prices.

        Raises:
            ValueError: they are not; ``with_inputs`` comes first.
        """
        if self.history is None:
            raise ValueError(f"the prices of {self.named} are not at hand")
        return self.history

    def facts(self) -> list[tuple[Parameter, Any]]:
        """What a person is told of it."""
        return [(_FIRST, self.first.isoformat()), (_LAST, self.last.isoformat()), (_CLOSES, self.closes)]

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


def days_of(history: Prices) -> dict[str, Any]:
    """The fields that say which days the prices are of, and which prices."""
    return {
        "digest": history.digest,
        "first": history.dates[0].astype(date),
        "last": history.dates[-1].astype(date),
        "closes": len(history.dates),
        "bars_per_year": history.bars_per_year,
        "year_given": history.year_given,
    }


def are_texts(values: object) -> bool:
    return isinstance(values, tuple) and all(isinstance(each, str) for each in values)
