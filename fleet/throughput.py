"""How much of a job is stored, and how fast it goes on."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from fleet import keys, rounds
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.partial_results import folder, key_of
from fleet.tree import Range

COUNTED_AT_MOST = 2000  # chunks, which three requests list
FOLDERS_AT_MOST = 100  # that are looked into, in a job with more chunks
RECENT = 50  # of what was stored last tells how fast a job is done

_REQUESTS_AT_ONCE = 8


class Stored(NamedTuple):
    """So many units were stored at this time."""

    at: datetime
    units: int


def stored(bucket: Bucket, job: Job) -> list[Stored]:
    """What is stored of a job.

    The chunks are counted.  Of a job with very many, whole shards are, and what lies below the others as far as a
    hundred folders tell: as a rule all, because workers go through a job about in order; otherwise it is too little.

    Raises:
        BucketError
    """
    if job.tree.chunks > COUNTED_AT_MOST:
        return _in_shards(bucket, job)
    tallies = ((entry, keys.range_of(entry.key)) for entry in bucket.list(keys.tallies_folder(job.id)))
    return [
        Stored(entry.stored, shard.stop - shard.first)
        for entry, shard in tallies
        if shard and shard in job.tree and job.tree.is_leaf(shard) and entry.key == key_of(job, shard)
    ]


def _in_shards(bucket: Bucket, job: Job) -> list[Stored]:
    found, begun, looks_left = *_in_rounds(bucket, job), FOLDERS_AT_MOST
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        while begun and looks_left:
            looked_at = begun[:looks_left]
            looks_left -= len(looked_at)
            begun = []
            folders = (folder(job, shard) for shard in looked_at)
            for shard, names in zip(looked_at, pool.map(bucket.names, folders), strict=True):
                for child in job.tree.children(shard):
                    if (at := names.get(f"{child}.json")) is not None:
                        found.append(Stored(at, child.stop - child.first))
                    elif f"{child}/" in names:
                        begun.append(child)
    return found


def _in_rounds(bucket: Bucket, job: Job) -> tuple[list[Stored], list[Range]]:
    """The rounds that are stored, and those that have begun; the only one of a job is not looked for."""
    if len(job.tree) == 1:
        return [], [job.tree.root]
    names = rounds.folder(bucket, job)
    roots = [job.tree[number].root for number in range(len(job.tree))]
    done = [Stored(at, root.stop - root.first) for root in roots if (at := names.get(f"{root}.json")) is not None]
    return done, [root for root in roots if f"{root}/" in names and f"{root}.json" not in names]


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
