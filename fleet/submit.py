"""Putting a job on the queue.  Every step may be repeated: the same job has the same id and the same bytes."""

from datetime import UTC, datetime

from fleet import keys, marks
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.message import message
from fleet.queue import Queue
from montecarlo.history import PriceHistory


def submit(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    """Store the prices and the job, then send its message; a job that is complete is not sent again.

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
    """Send the message of a job that is in the bucket, unless it is complete; it is no longer cancelled or failed.

    Raises:
        BucketError, QueueError: the job is not sent; this can be repeated.
    """
    if bucket.exists(keys.summary_key(job.id)):
        return
    for key in (keys.sent_key(job.id), keys.running_key(job.id), keys.cancelled_key(job.id)):
        bucket.delete(key)
    for entry in bucket.list(keys.failures_folder(job.id)):
        bucket.delete(entry.key)
    body, attributes = message(job, bucket.name)
    queue.send(body, attributes)
    marks.leave(bucket, keys.sent_key(job.id))
