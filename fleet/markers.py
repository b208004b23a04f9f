"""Small notes in a job's folder: that something happened to it, when, and what else is worth knowing."""

import json
from datetime import UTC, datetime

from fleet import reading
from fleet.bucket import Bucket


def write_marker(bucket: Bucket, key: str, **what: str) -> None:
    """Write a note with the time of writing.

    Raises:
        BucketError
    """
    note = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **what}
    bucket.put(key, json.dumps(note).encode())


def read_marker(bucket: Bucket, key: str, *, helps: reading.Advice = reading.NONE) -> dict[str, str]:
    """
    Args:
        bucket: Where it is.
        key: Its key.
        helps: What a person can do if it cannot be read.

    Raises:
        MissingObjectError: there is no such note.
        UnreadableObjectError: it is none.
        BucketError
    """
    return reading.read(bucket, key, reading.note, helps=helps)


def time_of(bucket: Bucket, key: str) -> datetime:
    """When a note was written.

    Raises:
        MissingObjectError, UnreadableObjectError, BucketError: as ``read_marker``.
    """
    return reading.read(bucket, key, _time)


def _time(content: bytes) -> datetime:
    when = datetime.fromisoformat(reading.note(content)["at"])
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
