"""Small notes in a job's folder: that something happened to it, when, and what else is worth knowing."""

import json
from datetime import UTC, datetime

from fleet.bucket import Bucket


def write_marker(bucket: Bucket, key: str, **what: str) -> None:
    """Write a note with the time of writing.

    Raises:
        BucketError
    """
    note = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **what}
    bucket.put(key, json.dumps(note).encode())


def read_marker(bucket: Bucket, key: str) -> dict[str, str]:
    """
    Raises:
        MissingObjectError: there is no such note.
        BucketError
    """
    note: dict[str, str] = json.loads(bucket.get(key))
    return note
