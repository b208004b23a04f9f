"""A field of a form, made of what a parameter declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from montecarlo.errors import ParameterError
from montecarlo.parameters import MISSING, Choice, Day, Parameter, Switch, Word

_SWITCHED = {"true": "yes", "false": "no"}
_LEFT_OPEN = {"": "as usual"}


@dataclass(frozen=True)
class Field:
    """A field of a form.

    Attributes:
        name: In the form.
        parameter: What is asked for.
        words: What a person reads beside each word that can be chosen, or in its place.
    """

    name: str
    parameter: Parameter
    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def left_open(cls, parameter: Parameter) -> Self:
        """One that stays empty unless a person has a wish."""
        return cls(parameter.name, replace(parameter, optional=True, default=None))

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
        try:
            return self.parameter.read(text)
        except ParameterError as error:
            raise ParameterError({self.name: error.problems[self.parameter.name]}) from error

    @property
    def switch(self) -> bool:
        """Whether it is a box to tick."""
        return isinstance(self.parameter.kind, Switch) and not self.parameter.optional

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
            case Switch() if self.parameter.optional:
                found = _SWITCHED
            case _:
                return {}
        return _LEFT_OPEN | found if self.parameter.optional else found
