"""A field of a form, made of what a parameter declares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from montecarlo.errors import ParameterError
from montecarlo.experiments import varied
from montecarlo.parameters import MISSING, Choice, Day, Number, Parameter, Switch, Whole, Word

_SWITCHED = {"false": "no", "true": "yes"}
_LEFT_OPEN = {"": "as usual"}


@dataclass(frozen=True)
class Field:
    """A field of a form.

    Attributes:
        name: In the form.
        parameter: What is asked for.
        words: What a person reads beside each word that can be chosen, or in its place.
        several: Whether it may have several values, which are compared then.
    """

    name: str
    parameter: Parameter
    words: Mapping[str, str] = field(default_factory=dict)
    several: bool = False

    @classmethod
    def left_open(cls, parameter: Parameter, name: str = "") -> Self:
        """One that stays empty unless a person has a wish."""
        return cls(name or parameter.name, replace(parameter, optional=True, default=None))

    @property
    def usual(self) -> str:
        """What stands in it at first."""
        return "" if self.parameter.default is MISSING else self.text(self.parameter.default)

    def text(self, value: Any) -> str:
        """What a person types for the value."""
        return self.parameter.written(value).removesuffix(".0")

    def read(self, text: str) -> Any:
        """The value that a person typed.

        Raises:
            ParameterError: it cannot be used; by name in the form.
        """
        return self._by_its_name(lambda: self.parameter.read(text))

    def read_values(self, text: str) -> list[Any]:
        """The values that a person typed, one or several, in order and each once.

        Raises:
            ParameterError: they cannot be used, or may be one or several; by name in the form.
        """
        if not varied.is_many(text):
            return [self.read(text)]
        if isinstance(self.parameter.kind, Whole | Number) and (one := self._grouped(text)) is not None:
            if varied.THOUSANDS.search(text):  # 1,000 is no list
                return [self.read(text)]
            apart = ", ".join(text.split(","))
            message = f"is {one} to some and a list to others: write {one} without commas, or {apart} with blanks"
            raise ParameterError({self.name: message})
        return sorted(set(self._by_its_name(lambda: varied.read_values(self.parameter, text))))

    def text_of_values(self, values: Sequence[Any]) -> str:
        """What a person types for several values, or for one."""
        return self.text(values[0]) if len(values) == 1 else varied.written(self.parameter, values)

    def _grouped(self, text: str) -> int | float | None:
        """The number that it is if the commas in it part thousands."""
        try:
            found = self.parameter.kind.read(text.strip())
        except ValueError:
            return None
        return found if isinstance(found, int | float) else None

    def _by_its_name(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except ParameterError as error:
            raise ParameterError({self.name: error.problems[self.parameter.name]}) from error

    @property
    def two_ways(self) -> bool:
        """Whether it is yes or no."""
        return isinstance(self.parameter.kind, Switch) and not self.parameter.optional

    @property
    def switch(self) -> bool:
        """Whether it is a box to tick."""
        return self.two_ways and not self.several

    @property
    def words_typed(self) -> bool:
        """Whether text is typed that is no number."""
        return isinstance(self.parameter.kind, Word)

    @property
    def day(self) -> bool:
        """Whether a day is chosen."""
        return isinstance(self.parameter.kind, Day)

    @property
    def choices(self) -> dict[str, str]:
        """What can be chosen, and what a person reads for it; nothing where it is typed or ticked."""
        match self.parameter.kind:
            case Choice(words):
                found = {word: self.words.get(word, word) for word in words}
            case Switch() if self.parameter.optional or self.several:
                found = _SWITCHED
            case _:
                return {}
        if self.several:
            both = "both, compared" if len(found) == 2 else "each of them, compared"
            found = {**found, ", ".join(found): both}
        return _LEFT_OPEN | found if self.parameter.optional else found
