"""Where the partial results of a job's shards lie, and which of them are there."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from fleet import keys, rounds
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.tree import Range

_REQUESTS_AT_ONCE = 8


class Stored(NamedTuple):
    """The partial result of a shard was stored at this time."""

    at: datetime
    shard: Range

    @property
    def units(self) -> int:
        return self.shard.stop - self.shard.first


def folder(job: Job, shard: Range) -> str:
    """What the partial results of a shard's children lie in."""
    return keys.tallies_folder(job.id, [*job.tree.ancestors(shard), shard])


def key_of(job: Job, shard: Range) -> str:
    """Of the partial result of a shard."""
    return keys.tally_key(job.id, shard, job.tree.ancestors(shard))


def largest(bucket: Bucket, job: Job, folders_at_most: int) -> list[Stored]:
    """The largest shards that are stored, none of which is part of another, as far as so many folders tell.

    As a rule that is all, because workers go through a job about in order; otherwise it is too little.

    Raises:
        BucketError
    """
    found, begun, looks_left = *_in_rounds(bucket, job), folders_at_most
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        while begun and looks_left:
            looked_at = begun[:looks_left]
            looks_left -= len(looked_at)
            begun = []
            folders = (folder(job, shard) for shard in looked_at)
            for shard, names in zip(looked_at, pool.map(bucket.names, folders), strict=True):
                for child in job.tree.children(shard):
                    if (at := names.get(f"{child}.json")) is not None:
                        found.append(Stored(at, child))
                    elif f"{child}/" in names:
                        begun.append(child)
    return found


def _in_rounds(bucket: Bucket, job: Job) -> tuple[list[Stored], list[Range]]:
    """The rounds that are stored, and those that have begun; the only one of a job is not looked for."""
    if len(job.tree) == 1:
        return [], [job.tree.root]
    names = rounds.folder(bucket, job)
    roots = [job.tree[number].root for number in range(len(job.tree))]
    done = [Stored(at, root) for root in roots if (at := names.get(f"{root}.json")) is not None]
    return done, [root for root in roots if f"{root}/" in names and f"{root}.json" not in names]
