"""Putting a job on the queue: the first level of its tree, whatever its size.

Every step may be repeated: the same job has the same id and the same bytes, and a shard that is done is not done again.
"""

import json
from datetime import UTC, datetime
from typing import Any

from fleet import dead_letters, failures, keys, marks
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.message import Shard, attributes
from fleet.queue import Queue
from montecarlo.history import PriceHistory


def submit(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    """Store the prices and the job, then send its messages; a job that is complete is not sent again.

    Args:
        job: Made from ``history``.

    Raises:
        BucketError: the job may be unknown as yet.
        QueueError: the job is stored and shown as not sent; ``send`` or this can be repeated.
    """
    if history.digest != job.snapshot:
        raise ValueError(f"job {job.id} was made from other prices than those given")
    bucket.put(keys.snapshot_key(job.snapshot), history.to_csv())
    if not bucket.exists(keys.job_key(job.id)):
        marks.leave(bucket, keys.submitted_key(job.id))
        bucket.put(keys.submission_key(job.id, datetime.now(UTC)), b"")
        bucket.put(keys.job_key(job.id), job.to_json())
    send(job, queue, bucket)


def send(job: Job, queue: Queue, bucket: Bucket) -> None:
    """Send the messages of a job that is in the bucket, unless it is complete; it is no longer cancelled or failed.

    What was given up of it is taken out of the dead-letter queue, because it is among what is sent.

    Raises:
        BucketError, QueueError: the job is not sent; this can be repeated.
    """
    names = bucket.names(keys.folder(job.id))
    if keys.SUMMARY in names:
        return
    if keys.DEAD in names:
        dead_letters.discard(queue.dead_letters(), job.id)
    # In this order, so that after an interruption the job is not taken for one that is on the queue.
    for mark in (keys.SENT, keys.RUNNING, keys.CANCELLED):
        if mark in names:
            bucket.delete(keys.folder(job.id) + mark)
    if keys.FAILURES in names or keys.DEAD in names:
        failures.forget_all(bucket, job.id)
    queue.send_all([shard.to_body() for shard in _shards(job)], attributes(job, bucket.name))
    marks.leave(bucket, keys.sent_key(job.id))


def preview(job: Job, bucket_name: str) -> dict[str, Any]:
    """What ``submit`` would store and send, for a person to read."""
    return {
        "job": job.to_dict(),
        "messages": [json.loads(shard.to_body()) for shard in _shards(job)],
        "attributes": attributes(job, bucket_name),
    }


def _shards(job: Job) -> list[Shard]:
    return [Shard(job.id, node) for node in job.tree.first_level()]
