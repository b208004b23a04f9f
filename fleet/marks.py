"""Small notes in a job's folder: that something happened to it, when, and what else is worth knowing."""

import json
from datetime import UTC, datetime

from fleet import keys
from fleet.bucket import Bucket


def leave(bucket: Bucket, key: str, **what: str) -> None:
    """Write a note with the time of writing.

    Raises:
        BucketError
    """
    note = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **what}
    bucket.put(key, json.dumps(note).encode())


def read(bucket: Bucket, key: str) -> dict[str, str]:
    """
    Raises:
        MissingObjectError: there is no such note.
        BucketError
    """
    note: dict[str, str] = json.loads(bucket.get(key))
    return note


def record_failure(bucket: Bucket, job_id: str, worker: str, reason: str) -> None:
    """Say in the job's folder why a worker could not do it.

    Raises:
        BucketError
    """
    leave(bucket, keys.failure_key(job_id, datetime.now(UTC), worker), worker=worker, reason=reason)
