"""Reading what we wrote into the bucket, where others may have damaged it, or another version may have written it.

There is one rule.  What has no name of ours is passed over (``fleet.keys``).  What has one and cannot be read raises
UnreadableObjectError, which says in a sentence what it is, why, and what helps.  Whoever shows jobs says that about the
one job, and goes on with the others; a worker gives the message to the dead-letter queue with it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from fleet.bucket import Bucket
from fleet.canonical import read_json
from fleet.errors import MessageError, MissingObjectError, UnreadableObjectError
from fleet.reasons import in_one_line
from montecarlo.errors import DamageError, ParameterError

_WHY_AT_MOST = 300  # characters

T = TypeVar("T")


@dataclass(frozen=True)
class Advice:
    """What a person can do about an object that cannot be read, as the end of a sentence.

    Attributes:
        damaged: Where it is damaged; empty where there is no advice.
        missing: Where it is not there; empty where that says enough.
    """

    damaged: str = ""
    missing: str = ""


NONE = Advice()


def read(bucket: Bucket, key: str, reader: Callable[[bytes], T], *, helps: Advice = NONE) -> T:
    """What ``reader`` makes of the object.

    Args:
        bucket: Where it is.
        key: Its key.
        reader: Raises whatever comes of content that it cannot read.
        helps: What a person can do if it cannot.

    Raises:
        UnreadableObjectError: it cannot be read.
        MissingObjectError, BucketError
    """
    with saying_what_helps(helps):
        content = bucket.get(key)
    with making_sense_of(key, helps=helps):
        require_content(content)
        return reader(content)


def require_content(content: bytes) -> None:
    """
    Raises:
        MessageError: there is none; we store no empty objects that are read.
    """
    if not content:
        raise MessageError("it is empty")


@contextmanager
def saying_what_helps(helps: Advice) -> Iterator[None]:
    """A block that gets an object.

    Raises:
        MissingObjectError: it is not there; with what helps.
    """
    try:
        yield
    except MissingObjectError as error:
        if not helps.missing:
            raise
        raise MissingObjectError(f"{error}; {helps.missing}") from error


@contextmanager
def making_sense_of(key: str, *, helps: Advice = NONE) -> Iterator[None]:
    """A block that reads, or goes on with, content of the object that is at hand.

    Raises:
        UnreadableObjectError: that failed.
    """
    try:
        yield
    except _WHATEVER_CONTENT_MAY_CAUSE as error:
        advice = f"; {helps.damaged}" if helps.damaged else ""
        raise UnreadableObjectError(f"cannot read {key}: {_why(error)}{advice}") from error


def make_it_anew(*also: str) -> Advice:
    """What helps where a result is damaged; ``also`` are the keys of what says that it need not be made."""
    again = "submit the same job again: only what is missing is computed"
    missing = f"delete {' and '.join(also)}, then {again}" if also else again
    return Advice(f"delete {' and '.join(('it', *also))}, then {again}", missing)


def note(content: bytes) -> dict[str, str]:
    """A JSON object of texts.

    Raises:
        MessageError: it is none.
    """
    values = read_json(content)
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise MessageError("it is no JSON object of texts")
    return values


def _why(error: Exception) -> str:
    """In our words: those of Python and its packages, which say nothing to a person, are chained to the error."""
    if isinstance(error, MessageError | ParameterError | DamageError):
        return in_one_line(str(error), _WHY_AT_MOST)
    return "it is no text" if isinstance(error, UnicodeDecodeError) else "it is not what we write there"


# Readers do arithmetic with what they find, and look things up by it.
_WHATEVER_CONTENT_MAY_CAUSE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MessageError,
    RecursionError,
    TypeError,
    ValueError,
)
