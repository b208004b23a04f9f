"""The workers' own account of failures, in the job's folder.

SQS counts every delivery, also one to a worker that hands the message back because it has to go; so its count says
nothing about the message.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from fleet import keys, markers, reading
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, UnreadableObjectError
from fleet.message import Shard
from fleet.reasons import readable

REASON_AT_MOST = 1000  # characters of one that are shown, or stand in a dead letter

_NOTES_READ = 5  # at most, for a reason, beside one that cannot be read
_HELPS = reading.Advice(
    "submit the same job again, or send it again on its page: that deletes the note, and only what is missing is done"
)


def record(bucket: Bucket, shard: Shard, worker: str, reason: str) -> int:
    """Note why a worker could not do a shard.

    Returns:
        How often it failed so far, this time included.

    Raises:
        BucketError
    """
    key = keys.failure_key(shard.job_id, shard.range, datetime.now(UTC), worker)
    markers.write_marker(bucket, key, worker=worker, reason=reason)
    return sum(1 for _ in _ours(bucket, keys.failures_folder(shard.job_id, shard.range)))


def give_up(bucket: Bucket, shard: Shard, reason: str) -> None:
    """Note that the message of a shard is in the dead-letter queue: its job has failed.

    Raises:
        BucketError
    """
    markers.write_marker(bucket, keys.dead_key(shard.job_id, shard.range), reason=reason)


def forget(bucket: Bucket, shard: Shard) -> None:
    """Begin the account of a shard anew.

    Raises:
        BucketError
    """
    for key in _ours(bucket, keys.failures_folder(shard.job_id, shard.range)):
        bucket.delete(key)
    bucket.delete(keys.dead_key(shard.job_id, shard.range))


def forget_all(bucket: Bucket, job_id: str) -> None:
    """Begin the account of all shards of a job anew.

    Raises:
        BucketError
    """
    for folder in (keys.failures_folder(job_id), keys.dead_folder(job_id)):
        for key in list(_ours(bucket, folder)):
            bucket.delete(key)


def given_up(bucket: Bucket, job_id: str) -> list[str]:
    """Keys of the notes that shards of the job were given up.

    Raises:
        BucketError
    """
    return list(_ours(bucket, keys.dead_folder(job_id)))


def last_reason(bucket: Bucket, job_id: str) -> str:
    """Why a shard of the job was given up; empty when none was.

    Where the note of that cannot be read, this, what helps, and what the notes beside it say.

    Raises:
        BucketError
    """
    dead = given_up(bucket, job_id)
    if not dead:
        return ""
    try:
        return _reason(bucket, dead[-1])
    except (MissingObjectError, UnreadableObjectError) as error:
        tried = _ours(bucket, keys.failures_folder(job_id, keys.range_of(dead[-1])))
        beside = _first_readable(bucket, [*reversed([*dead[:-1], *tried])])
        return f"{error}; noted beside it: {beside}" if beside else str(error)


def _reason(bucket: Bucket, key: str) -> str:
    """What a note says.

    Raises:
        MissingObjectError, UnreadableObjectError, BucketError
    """
    reason = markers.read_marker(bucket, key, helps=_HELPS).get("reason", "")
    return readable(reason[:REASON_AT_MOST]) or "its worker gave no reason"


def _first_readable(bucket: Bucket, notes: list[str]) -> str:
    for key in notes[:_NOTES_READ]:
        with suppress(MissingObjectError, UnreadableObjectError):
            return _reason(bucket, key)
    return ""


def _ours(bucket: Bucket, folder: str) -> Iterator[str]:
    return (entry.key for entry in bucket.list(folder) if keys.is_ours(entry.key))
