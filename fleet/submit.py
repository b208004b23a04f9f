"""Putting a job on the queue: the first level of its tree, whatever its size.

Every step may be repeated: the same job has the same id and the same bytes, and a shard that is done is not done again.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fleet import dead_letters, failures, keys, markers, partial_results, rounds
from fleet.bucket import Bucket
from fleet.errors import MessageError, MissingObjectError
from fleet.job import FORMAT, PRICES, Job
from fleet.message import Shard, attributes
from fleet.queue import Queue
from fleet.tree import Range
from montecarlo.data.joint_history import Prices
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.traded_paths import ENGINE_VERSION


def submit(job: Job, history: Prices, queue: Queue, bucket: Bucket, inputs: Mapping[str, bytes] | None = None) -> None:
    """Store what it needs and the job, then send its messages; a job that is complete is not sent again.

    Args:
        job: Made from ``history``.
        inputs: What its experiment needs beside the prices, by what it is.

    Raises:
        BucketError: the job may be unknown as yet.
        QueueError: the job is stored and shown as not sent; ``send`` or this can be repeated.
    """
    contents = {PRICES: history.to_csv(), **(inputs or {})}
    digests = {what: hashlib.sha256(content).hexdigest() for what, content in contents.items()}
    if digests != job.inputs:
        raise ValueError(f"job {job.id} was made from other prices or another rule or model than those given")
    for what, content in contents.items():
        bucket.put(keys.input_key(what, digests[what]), content)
    _enter(job, queue, bucket)


def submit_stored(job: Job, queue: Queue, bucket: Bucket) -> None:
    """As ``submit``, where all that the job needs lies in the bucket, because another job needed it.

    Raises:
        MissingObjectError: some of it does not.
        BucketError, QueueError: as ``submit``.
    """
    for what, digest in job.inputs.items():
        if not bucket.exists(keys.input_key(what, digest)):
            raise MissingObjectError(f"there is no {keys.input_key(what, digest)} in the bucket {bucket.name}")
    _enter(job, queue, bucket)


def _enter(job: Job, queue: Queue, bucket: Bucket) -> None:
    if not _is_kept(job, bucket):
        markers.write_marker(bucket, keys.submitted_key(job.id))
        bucket.put(keys.submission_key(job.id, datetime.now(UTC)), b"")
        bucket.put(keys.job_key(job.id), job.to_json())
    send(job, queue, bucket)


def send(job: Job, queue: Queue, bucket: Bucket) -> None:
    """Send the messages of a job that is in the bucket, unless it is complete; it is no longer cancelled or failed.

    What was given up of it is taken out of the dead-letter queue, because it is among what is sent.

    Raises:
        MessageError: another version has made it, see ``cannot_be_sent``.
        UnreadableObjectError: what tells which round is next is damaged.
        BucketError, QueueError: the job is not sent; this can be repeated.
    """
    names = bucket.names(keys.folder(job.id))
    if SUMMARY in names:
        return
    if problem := cannot_be_sent(job):
        raise MessageError(problem)
    if keys.DEAD in names:
        dead_letters.discard(queue.dead_letters(), job.id)
    # In this order, so that after an interruption the job is not taken for one that is on the queue.
    for mark in (keys.SENT, keys.RUNNING, keys.LACKING, keys.CANCELLED, *filter(keys.is_round_sent, names)):
        if mark in names:
            bucket.delete(keys.folder(job.id) + mark)
    if keys.FAILURES in names or keys.DEAD in names:
        failures.forget_all(bucket, job.id)
    for number in _unfinished_rounds(job, bucket):
        queue.send_all(_bodies(job, job.tree[number].first_level()), attributes(job, bucket.name))
    markers.write_marker(bucket, keys.sent_key(job.id))


def cannot_be_sent(job: Job) -> str:
    """Why no worker of this version would do it; empty where one would."""
    if job.format != FORMAT:
        return f"job {job.id} has format {job.format}, and workers of this version understand {FORMAT}: submit it anew"
    if job.engine != ENGINE_VERSION:
        return (
            f"job {job.id} needs engine {job.engine}, and workers of this version have {ENGINE_VERSION}: submit it anew"
        )
    return ""


def preview(job: Job, bucket_name: str) -> dict[str, Any]:
    """What ``submit`` would store and send, for a person to read."""
    return {
        "job": job.to_dict(),
        "messages": [json.loads(body) for body in _bodies(job, job.tree.first_level())],
        "attributes": attributes(job, bucket_name),
    }


def _is_kept(job: Job, bucket: Bucket) -> bool:
    """Whether the bucket has it; one that was damaged is written anew."""
    try:
        return bucket.get(keys.job_key(job.id)) == job.to_json()
    except MissingObjectError:
        return False


def _bodies(job: Job, shards: list[Range]) -> list[str]:
    return [Shard(job.id, node).to_body() for node in shards]


def _unfinished_rounds(job: Job, bucket: Bucket) -> list[int]:
    """The round that is the last as yet, and those before it of which something was deleted."""
    if len(job.tree) == 1:
        return [0]
    names = rounds.folder(bucket, job)
    last, at = rounds.last_ended(job, names), 0
    if last is not None:
        at = last if rounds.is_enough(job, last, partial_results.load(bucket, job, job.tree.whole(last))) else last + 1
    return sorted({*rounds.missing(job, names, at), at})
