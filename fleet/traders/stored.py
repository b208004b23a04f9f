"""Frozen dataclasses as JSON objects in the bucket, and back.

Each object carries the version of its format and a digest of all else in it.  Whoever reads goes by what stands there
with orders and money, so an object that was cut, mixed with another or edited is told from one that was written here.
"""

import dataclasses
import hashlib
import math
import types
from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

from fleet import reading
from fleet.bucket import Bucket
from fleet.canonical import canonical, read_json
from fleet.errors import MessageError
from fleet.job import Job

FORMAT = 1  # raised whenever an older version could not read it

_DIGITS = 16  # of the digest

ITS_OWN = reading.Advice("put back an older version of the object, or begin again with another trader")

D = TypeVar("D", bound=date)
T = TypeVar("T")


class Stored:
    """A frozen dataclass of numbers, texts, days, times, jobs and such dataclasses, optional or in tuples."""

    def to_dict(self) -> dict[str, Any]:
        """
        Raises:
            ValueError, TypeError: a value is not of the type of its field, or no finite number.
        """
        return _sealed({"format": FORMAT, **_values_of(self)})

    def to_json(self) -> bytes:
        """The same value gives the same bytes."""
        return canonical(self.to_dict()).encode()

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """What ``to_dict`` wrote.

        Raises:
            MessageError: it is of another format, or anything is missing, unknown, of another type or altered.
        """
        if not isinstance(values, dict):
            raise MessageError("it is no JSON object")
        if values.get("format") != FORMAT:
            raise MessageError(f"it has format {str(values.get('format'))[:20]!r}; this version understands {FORMAT}")
        content = {name: value for name, value in values.items() if name != "digest"}
        try:
            if _sealed(content)["digest"] != values.get("digest"):
                raise MessageError("it was altered")
            del content["format"]
            return _dataclass(cls, content)
        except (TypeError, ValueError) as error:
            raise MessageError(str(error)) from error

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """What ``to_json`` wrote.

        Raises:
            MessageError: as ``from_dict``.
        """
        return cls.from_dict(read_json(content))


S = TypeVar("S", bound=Stored)


def load(
    bucket: Bucket,
    key: str,
    kind: type[S],
    fits: Callable[[S], bool] = lambda _: True,
    *,
    helps: reading.Advice = reading.NONE,
) -> S:
    """
    Args:
        bucket: Where it is.
        key: Its key.
        kind: What lies there.
        fits: Whether it is what its key says.
        helps: What a person can do if it cannot be read.

    Raises:
        UnreadableObjectError: it cannot be read, or is another than its key says.
        MissingObjectError, BucketError
    """
    return reading.read(bucket, key, lambda content: read(content, kind, fits), helps=helps)


def read(content: bytes, kind: type[S], fits: Callable[[S], bool] = lambda _: True) -> S:
    """
    Raises:
        MessageError: it cannot be read, or does not fit.
    """
    reading.require_content(content)
    value = kind.from_json(content)
    if not fits(value):
        raise MessageError("it is another one than its name says")
    return value


def _sealed(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "digest": hashlib.sha256(canonical(values).encode()).hexdigest()[:_DIGITS]}


@cache
def _fields(kind: Hashable) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}  # type: ignore[arg-type]


def _values_of(value: Any) -> dict[str, Any]:
    return {name: _to_json(hint, getattr(value, name), name) for name, hint in _fields(value.__class__).items()}


def _to_json(hint: Any, value: Any, name: str) -> Any:
    """Numbers of NumPy, too, and whole ones where a fraction may stand: they are written as what the field says."""
    if (inner := _optional(hint)) is not None:
        return None if value is None else _to_json(inner, value, name)
    if (each_one := _element(hint)) is not None:
        return [_to_json(each_one, each, name) for each in value]
    if hint is float:
        return _finite(float(value), name)
    if hint is int and (isinstance(value, bool) or int(value) != value):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if hint is datetime:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if hint is date:
        return date(value.year, value.month, value.day).isoformat()
    if hint is Job:
        return value.to_dict()
    return hint(value) if hint in (bool, int, str) else _values_of(value)


def _from_json(hint: Any, value: Any, name: str) -> Any:
    if (inner := _optional(hint)) is not None:
        return None if value is None else _from_json(inner, value, name)
    if (each_one := _element(hint)) is not None:
        return tuple(_from_json(each_one, each, name) for each in _typed(list, value, name))
    if hint is float:
        return _finite(_typed(float, value, name), name)
    if hint in (date, datetime):
        return _when(hint, _typed(str, value, name), name)
    if hint is Job:
        return Job.from_dict(value)
    return _typed(hint, value, name) if hint in (bool, int, str) else _dataclass(hint, _typed(dict, value, name))


def _dataclass(kind: Callable[..., T], values: dict[str, Any]) -> T:
    hints = _fields(kind)
    if values.keys() != hints.keys():
        odd = ", ".join(sorted(map(str, values.keys() ^ hints.keys())))
        raise ValueError(f"it has unknown fields or lacks some: {odd[:200]}")
    return kind(**{name: _from_json(hint, values[name], name) for name, hint in hints.items()})


@cache
def _optional(hint: Any) -> Any:
    """What it may be beside None; None where it may not be None."""
    if get_origin(hint) not in (Union, types.UnionType):
        return None
    return next(each for each in get_args(hint) if each is not type(None))


@cache
def _element(hint: Any) -> Any:
    """What a tuple is of; None where it is no tuple."""
    return get_args(hint)[0] if get_origin(hint) is tuple else None


def _typed(kind: type[T], value: object, name: str) -> T:
    if type(value) is not kind:
        raise ValueError(f"{name} is of another type than what we write there")
    return value


def _when(kind: type[D], text: str, name: str) -> D:
    try:
        when = kind.fromisoformat(text)
        return when.astimezone(UTC) if isinstance(when, datetime) else when
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name} is no {'time' if kind is datetime else 'day'}") from error


def _finite(value: float, name: str) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value}")
    return value
