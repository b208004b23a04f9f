"""The parts of a job in the bucket, and how they come together.

A part is what is stored of one sitting: its rows, who computed it, and its tally, in this order; the tally says that
it is there.  When all children of a shard have tallies, their sum is stored as that of the shard, and so on up to the
root, whose tally gives the summary.  Each of these has one key and, but for who computed it, one content, so it does no
harm when two workers that finish together both store it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import add

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.tree import Range
from montecarlo import limits, rows
from montecarlo.summary import summarise, summary_to_csv
from montecarlo.tally import Tally


@dataclass(frozen=True, eq=False)
class Part:
    """What becomes of one sitting.

    Attributes:
        shard: Its paths.
        rows: Their rows as CSV; None where rows are not kept.
        record: Who computed it, when and how long, as JSON.
        tally: What it adds to the summary.
    """

    shard: Range
    rows: bytes | None
    record: bytes
    tally: Tally


def is_stored(bucket: Bucket, job: Job, shard: Range) -> bool:
    """Whether the tally of the shard is stored, and so all of its paths are done.

    Raises:
        BucketError
    """
    return bucket.exists(_tally_key(job, shard))


def store(bucket: Bucket, job: Job, part: Part) -> None:
    """Store a part, in place of the same one if that is there.

    Raises:
        BucketError: some of it may be stored.
    """
    if part.rows is not None:
        bucket.put(keys.rows_key(job.id, part.shard), part.rows)
    bucket.put(keys.record_key(job.id, part.shard), part.record)
    bucket.put(_tally_key(job, part.shard), part.tally.to_json())


def load_tally(bucket: Bucket, job: Job, shard: Range | None = None) -> Tally:
    """The tally of a shard that is stored; of all paths where none is given.

    Raises:
        BucketError
    """
    return Tally.from_json(bucket.get(_tally_key(job, job.tree.root if shard is None else shard)))


def complete(bucket: Bucket, job: Job, shard: Range) -> bool:
    """Store whatever follows from this shard's being stored: tallies of the shards above it, at last the summary.

    Every worker calls it after every shard, before it deletes the message.  So whoever stores the last of some siblings
    goes on above them.  Over the whole job, that is one listing for each shard but the largest, and a few more for one
    that is done twice.

    Returns:
        Whether the job is complete.

    Raises:
        BucketError: some of it may be stored.
    """
    tree = job.tree
    while (parent := tree.parent(shard)) is not None:
        children = tree.children(parent)
        if not is_complete(children, bucket.names(tallies_folder(job, parent))):
            return False
        if not is_stored(bucket, job, parent):
            total = reduce(add, (load_tally(bucket, job, child) for child in children))
            bucket.put(_tally_key(job, parent), total.to_json())
        shard = parent
    if not bucket.exists(keys.summary_key(job.id)):
        bucket.put(keys.summary_key(job.id), _summary(bucket, job))
    return True


def is_complete(children: Collection[Range], names: Collection[str]) -> bool:
    """Whether a folder of tallies, in which these names lie, has those of all children."""
    return all(f"{child}.json" in names for child in children)


def tallies_folder(job: Job, shard: Range) -> str:
    """What the tallies of a shard's children lie in."""
    return keys.tallies_folder(job.id, [*job.tree.ancestors(shard), shard])


def _summary(bucket: Bucket, job: Job) -> bytes:
    all_rows = None
    if job.paths and job.simulation.iterations <= limits.ROWS_BY_DEFAULT:
        parts = (bucket.get(keys.rows_key(job.id, sitting)) for sitting in job.tree.leaves())
        all_rows = rows.join(map(rows.from_csv, parts))
    return summary_to_csv(summarise(job.simulation, load_tally(bucket, job), all_rows))


def _tally_key(job: Job, shard: Range) -> str:
    return keys.tally_key(job.id, shard, job.tree.ancestors(shard))
