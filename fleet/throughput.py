"""How much of a job is stored, and how fast it goes on."""

from collections.abc import Sequence
from datetime import datetime

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.shards import Stored, key_of, largest

COUNTED_AT_MOST = 2000  # chunks, which three requests list
FOLDERS_AT_MOST = 100  # that are looked into, in a job with more chunks
RECENT = 50  # of what was stored last tells how fast a job is done


def stored(bucket: Bucket, job: Job) -> list[Stored]:
    """What is stored of a job.

    The chunks are counted.  Of a job with very many, whole shards are, and what lies below the others as far as a
    hundred folders tell: as a rule all, because workers go through a job about in order; otherwise it is too little.

    Raises:
        BucketError
    """
    if job.tree.chunks > COUNTED_AT_MOST:
        return largest(bucket, job, FOLDERS_AT_MOST)
    tallies = ((entry, keys.range_of(entry.key)) for entry in bucket.list(keys.tallies_folder(job.id)))
    return [
        Stored(entry.stored, shard)
        for entry, shard in tallies
        if shard and shard in job.tree and job.tree.is_leaf(shard) and entry.key == key_of(job, shard)
    ]


def rate_of(parts: Sequence[Stored], now: datetime) -> float | None:
    """Units per second at present.

    Args:
        parts: What was stored since the job was sent.
        now: The present.

    Returns:
        What the last parts amount to, since the first of them was stored; None for fewer than two.
    """
    latest = sorted(parts)[-RECENT:]
    if len(latest) < 2:
        return None
    seconds = (now - latest[0].at).total_seconds()
    return sum(part.units for part in latest[1:]) / seconds if seconds > 0 else None
