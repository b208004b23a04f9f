"""The workers' own account of failures, in the job's folder.

SQS counts every delivery, also one to a worker that hands the message back because it has to go; so its count says
nothing about the message.
"""

from datetime import UTC, datetime

from fleet import keys, markers
from fleet.bucket import Bucket
from fleet.message import Shard


def record(bucket: Bucket, shard: Shard, worker: str, reason: str) -> int:
    """Note why a worker could not do a shard.

    Returns:
        How often it failed so far, this time included.

    Raises:
        BucketError
    """
    key = keys.failure_key(shard.job_id, shard.range, datetime.now(UTC), worker)
    markers.write_marker(bucket, key, worker=worker, reason=reason)
    return sum(1 for _ in bucket.list(keys.failures_folder(shard.job_id, shard.range)))


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
    for entry in bucket.list(keys.failures_folder(shard.job_id, shard.range)):
        bucket.delete(entry.key)
    bucket.delete(keys.dead_key(shard.job_id, shard.range))


def forget_all(bucket: Bucket, job_id: str) -> None:
    """Begin the account of all shards of a job anew.

    Raises:
        BucketError
    """
    for folder in (keys.failures_folder(job_id), keys.dead_folder(job_id)):
        for entry in bucket.list(folder):
            bucket.delete(entry.key)


def last_reason(bucket: Bucket, job_id: str) -> str:
    """Why a shard of the job was given up; empty when none was.

    Raises:
        BucketError
    """
    dead = [entry.key for entry in bucket.list(keys.dead_folder(job_id))]
    return markers.read_marker(bucket, dead[-1])["reason"] if dead else ""
