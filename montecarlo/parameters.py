"""Parameters, declared once by whoever has them: what each may be, its default, its unit, and words about it.

A dataclass declares its fields with ``parameter``; ``declared`` tells them.  Options of the command line, fields of the
web form, checks of JSON and tables of the documentation are all made from that.
"""

import dataclasses
import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from montecarlo.errors import ParameterError
from montecarlo.typed_numbers import read_number, read_whole

MISSING = dataclasses.MISSING

T = TypeVar("T")


@dataclass(frozen=True)
class Whole:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"a whole number from {self.low:,} to {self.high:,}"

    def accepts(self, value: object) -> bool:
        value = plain(value)
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def read(self, text: str) -> int:
        return read_whole(text)


@dataclass(frozen=True)
class Number:
    """A finite number from ``low`` (itself only if ``low_allowed``) to ``high``."""

    low: float
    high: float
    low_allowed: bool = True

    def __str__(self) -> str:
        return f"a number {'from' if self.low_allowed else 'above'} {self.low:,.15g} to {self.high:,.15g}"

    def accepts(self, value: object) -> bool:
        value = plain(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.low <= value <= self.high and (self.low_allowed or value > self.low)

    def read(self, text: str) -> float:
        return read_number(text)


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return "one of " + ", ".join(self.words)

    def accepts(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words

    def read(self, text: str) -> str:
        return text


@dataclass(frozen=True)
class Word:
    """Any text in one line, of so many characters at most."""

    longest: int

    def __str__(self) -> str:
        return f"1 to {self.longest} characters in one line"

    def accepts(self, value: object) -> bool:
        return isinstance(value, str) and 1 <= len(value) <= self.longest and value.isprintable()

    def read(self, text: str) -> str:
        return text


@dataclass(frozen=True)
class Switch:
    """True or false."""

    def __str__(self) -> str:
        return "true or false"

    def accepts(self, value: object) -> bool:
        return isinstance(plain(value), bool)

    def read(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise ValueError
        return text == "true"


@dataclass(frozen=True)
class Day:
    """A day, neither before ``EARLIEST`` nor with an hour."""

    EARLIEST: ClassVar[date] = date(1800, 1, 1)

    def __str__(self) -> str:
        return f"a day such as 2020-12-31, {self.EARLIEST} or later"

    def accepts(self, value: object) -> bool:
        return isinstance(value, date) and not isinstance(value, datetime) and value >= self.EARLIEST

    def read(self, text: str) -> date:
        try:
            return datetime.strptime(text, "%Y-%m-%d").date()
        except ValueError:
            raise ValueError from None  # its words are about the format of the format


Kind = Whole | Number | Choice | Word | Switch | Day


@dataclass(frozen=True)
class Parameter:
    """What is known of a parameter.

    Attributes:
        name: As in code, JSON and form; an option of the command line has hyphens.
        kind: What it may be.
        default: MISSING where it must be given.
        label: A few words, for a form.
        unit: Of its values, such as "trading days"; empty for a pure number, a word or a switch.
        help: A line for whoever chooses it.
        optional: Whether it may also be None.
        since: The format of jobs that added it; left out of JSON while it has its default.  None for the first ones.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    unit: str
    help: str
    optional: bool
    since: int | None

    @classmethod
    def of(
        cls,
        name: str,
        kind: Kind,
        default: Any = MISSING,
        *,
        label: str,
        unit: str = "",
        help: str = "",
        optional: bool = False,
    ) -> Self:
        """One that is no field of a dataclass."""
        return cls(name, kind, default, label, unit, help, optional, since=None)

    @property
    def option(self) -> str:
        """Of the command line."""
        return "--" + self.name.replace("_", "-")

    def problem(self, value: object) -> str:
        """Why it cannot have the value; empty when it can."""
        if self.kind.accepts(value) or (self.optional and value is None):
            return ""
        return f"must be {self.kind}, not {shown(value)}"

    def read(self, text: str) -> Any:
        """The value that a person typed; blanks around it do not matter.

        Raises:
            ParameterError: it is missing, of another type or out of range.
        """
        text = text.strip()
        if not text and self.optional:
            return None
        if not text:
            raise ParameterError({self.name: "is missing"})
        value, hint = self._read(text)
        if problem := self.problem(value):
            raise ParameterError({self.name: f"{problem}: {hint}" if hint else problem})
        return value

    def _read(self, text: str) -> tuple[Any, str]:
        """The value, or the text itself and what may help whoever typed it."""
        try:
            return self.kind.read(text), ""
        except ValueError as error:
            return text, str(error)

    def unified(self, value: Any) -> Any:
        """The value in the one spelling of its kind, so that capital=1000 and capital=1000.0 are the same job."""
        value = plain(value)
        return float(value) if isinstance(self.kind, Number) and value is not None else value

    def written(self, value: Any) -> str:
        """The text that ``read`` takes for the value."""
        if value is None:
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)


def parameter(
    kind: Kind,
    default: Any = MISSING,
    *,
    label: str,
    help: str = "",
    unit: str = "",
    optional: bool = False,
    since: int | None = None,
    **field: Any,
) -> Any:
    """A field of a dataclass that is a parameter; see ``Parameter``.  What else is given is for ``field``."""
    words = {"kind": kind, "label": label, "unit": unit, "help": help, "optional": optional, "since": since}
    return dataclasses.field(default=default, metadata={"parameter": words}, **field)


def declared(holder: type | object) -> dict[str, Parameter]:
    """The parameters of a dataclass, or of a value of one, by name; what is given by name only comes last."""
    return {
        field.name: Parameter(name=field.name, default=field.default, **field.metadata["parameter"])
        for field in sorted(dataclasses.fields(holder), key=_is_shared)  # type: ignore[arg-type]  # it is a dataclass
        if "parameter" in field.metadata
    }


def problems(holder: object) -> dict[str, str]:
    """What is wrong with the parameters of a dataclass's value, each by itself; by name."""
    found = ((name, each.problem(getattr(holder, name))) for name, each in declared(holder).items())
    return {name: problem for name, problem in found if problem}


def unify(holder: object) -> None:
    """Give each parameter of the dataclass's value the one spelling of its kind."""
    for name, each in declared(holder).items():
        object.__setattr__(holder, name, each.unified(getattr(holder, name)))


def check(holder: object) -> None:
    """
    Raises:
        ParameterError: naming each parameter of the dataclass's value that cannot be used.
    """
    if found := problems(holder):
        raise ParameterError(found)
    unify(holder)


def to_dict(holder: object) -> dict[str, Any]:
    """The fields of a dataclass's value as JSON keeps them, those that were added later only where they differ."""
    return {
        field.name: list(value) if isinstance(value, tuple) else value
        for field, value in _fields(holder)
        if not (_added_later(field) and value == field.default)
    }


def registered(names: Mapping[str, Any], base: type) -> dict[str, Any]:
    """The kinds of ``base`` among the names of a module, by the name that each gives itself, in the module's order."""
    kinds = [value for value in names.values() if isinstance(value, type) and issubclass(value, base)]
    return {vars(kind)["name"]: kind for kind in kinds if "name" in vars(kind)}


def named(what: str, values: object, kinds: Mapping[str, type[T]]) -> type[T]:
    """The kind that ``values`` names.

    Raises:
        ParameterError: it names none of them.
    """
    if not isinstance(values, Mapping):
        raise ParameterError({what: f"must be an object, not {shown(values)}"})
    if "name" not in values:
        raise ParameterError({"name": f"is missing from the {what}"})
    name = values["name"]
    if not isinstance(name, str) or name not in kinds:
        raise ParameterError({what: f"must be one of {', '.join(kinds)}, not {shown(name)}"})
    return kinds[name]


def from_dict(what: str, values: object, holder: type, *more: str) -> dict[str, Any]:
    """The fields of a dataclass, as ``to_dict`` wrote them, and ``more``; lists stand for tuples.

    Raises:
        ParameterError: ``values`` is no object, or has something that is unknown, or lacks something.
    """
    fields = dataclasses.fields(holder)
    expected = (*more, *(field.name for field in fields))
    if not isinstance(values, Mapping):
        raise ParameterError({what: f"must be an object of {', '.join(expected)}, not {shown(values)}"})
    later = {field.name for field in fields if _added_later(field)}
    missing = {key: f"is missing from the {what}" for key in expected if key not in values and key not in later}
    unknown = {shown(key): f"is not known in the {what}" for key in values if key not in expected}
    if missing or unknown:
        raise ParameterError(missing | unknown)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _fields(holder: object) -> Iterator[tuple["dataclasses.Field[Any]", Any]]:
    for field in dataclasses.fields(holder):  # type: ignore[arg-type]
        yield field, getattr(holder, field.name)


def _is_shared(field: "dataclasses.Field[Any]") -> bool:
    return field.kw_only is True


def _added_later(field: "dataclasses.Field[Any]") -> bool:
    return bool(field.metadata.get("parameter", field.metadata).get("since"))


def plain(value: Any) -> Any:
    """A number or a truth value of NumPy's as Python's own; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def label_of(name: str) -> str:
    """A label for a parameter that has no better one."""
    return name.replace("_", " ").capitalize()


def shown(value: object) -> str:
    """``value`` as a message quotes it: cut short, because it may come from anywhere."""
    value = plain(value)
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"  # Python refuses to print one of more than 4300
    if isinstance(value, date):
        return str(value)
    return reprlib.repr(value)
