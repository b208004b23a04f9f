"""Reading what we wrote into the bucket, where others may have damaged it, or another version may have written it.

There is one rule.  What has no name of ours is passed over (``fleet.keys``).  What has one and cannot be read raises
UnreadableObjectError, which says in a sentence what it is, why, and what helps.  Whoever shows jobs says that about the
one job, and goes on with the others; a worker gives the message to the dead-letter queue with it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from fleet.bucket import Bucket
from fleet.canonical import read_json
from fleet.errors import MessageError, UnreadableObjectError
from fleet.reasons import in_one_line

_WHY_AT_MOST = 300  # characters

T = TypeVar("T")


def read(bucket: Bucket, key: str, reader: Callable[[bytes], T], *, helps: str = "") -> T:
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
def making_sense_of(key: str, *, helps: str = "") -> Iterator[None]:
    """A block that reads, or goes on with, content of the object that is at hand.

    Raises:
        UnreadableObjectError: that failed.
    """
    try:
        yield
    except _WHATEVER_CONTENT_MAY_CAUSE as error:
        why = str(error) if isinstance(error, MessageError | ValueError) else f"{type(error).__name__}: {error}"
        advice = f"; {helps}" if helps else ""
        raise UnreadableObjectError(f"cannot read {key}: {in_one_line(why, _WHY_AT_MOST)}{advice}") from error


def make_it_anew(*also: str) -> str:
    """What helps where a result is damaged; ``also`` are the keys of what says that it need not be made."""
    deleted = " and ".join(("it", *also))
    return f"delete {deleted}, then submit the same job again: only what is missing is computed"


def note(content: bytes) -> dict[str, str]:
    """A JSON object of texts.

    Raises:
        MessageError: it is none.
    """
    values = read_json(content)
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise MessageError("it is no JSON object of texts")
    return values


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
