"""The partial results of a job in the bucket, and how they come together.

Of one chunk are stored its rows, who computed it, and its partial result, in this order; the last says that it is
there.  When all children of a shard have partial results, their sum is stored as that of the shard, and so on up to the
root, whose partial result gives the results.  Each of these has one key and, but for who computed it, one content, so
it does no harm when two workers that finish together both store it.

A job that may be enough before its last unit has a root for each round.  Beside it the sum of all rounds until its end
is stored; from that alone follows whether the results are made of it, or another round is needed.  Whoever finds the
round complete says so, more than one worker if need be, and all say the same.

Before the results, they are stored as tables of a database, too, each below the folder of a table.  Rows are read by it
where they lie, and one of the tables says which of their files count.

Where the same bits are not promised, the first partial result of a chunk stays, and names the attempt whose rows belong
to it; so they come from one attempt, and all sums from the same parts.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, reduce
from operator import add

from fleet import keys, reading, reports, rounds, shards
from fleet.bucket import Bucket
from fleet.errors import MessageError
from fleet.job import Job
from fleet.shards import Stored, folder, key_of
from fleet.tree import Range
from montecarlo.experiments.experiment import PartialResult
from montecarlo.experiments.table_forms import PARTS, written

FOLDERS_AT_MOST = 16  # that are looked into for what there is so far
SHARDS_AT_MOST = 24  # that are read for it

_REQUESTS_AT_ONCE = 8


@dataclass(frozen=True, eq=False)
class ChunkResult:
    """What becomes of one chunk.

    Attributes:
        shard: Its units.
        rows: Their rows; None where rows are not kept.
        record: Who computed it, when and how long, as JSON.
        partial: What it adds to the results.
        attempt: A name that no other attempt has.
    """

    shard: Range
    rows: bytes | None
    record: bytes
    partial: PartialResult
    attempt: str


@dataclass(frozen=True)
class Outcome:
    """What follows from a shard's being stored.

    Attributes:
        complete: Whether the job is complete.
        next_round: The round that is to be sent now; None where none is.
    """

    complete: bool = False
    next_round: int | None = None


def is_stored(bucket: Bucket, job: Job, shard: Range) -> bool:
    """Whether the partial result of the shard is stored, and so all of its units are done.

    Raises:
        BucketError
    """
    return bucket.exists(key_of(job, shard))


def store(bucket: Bucket, job: Job, result: ChunkResult) -> None:
    """Store what became of a chunk, in place of the same if that is there.

    Raises:
        BucketError: some of it may be stored.
    """
    content, attempt = result.partial.to_bytes(), ""
    if not job.experiment.reproducible:
        attempt = result.attempt
        content = attempt.encode() + b"\n" + content
    rows_format = job.experiment.rows_format
    if result.rows is not None and rows_format is not None:
        bucket.put(keys.rows_key(job.id, rows_format, result.shard, attempt), result.rows)
    bucket.put(keys.record_key(job.id, result.shard), result.record)
    if job.experiment.reproducible:
        bucket.put(key_of(job, result.shard), content)
    else:
        bucket.put_new(key_of(job, result.shard), content)


def load(bucket: Bucket, job: Job, shard: Range | None = None) -> PartialResult:
    """The partial result of a shard that is stored; of all units that were needed where none is given.

    Raises:
        UnreadableObjectError: it is damaged.
        BucketError
    """
    return _stored(bucket, job, rounds.whole(bucket, job) if shard is None else shard)[1]


def making_sense_of(bucket: Bucket, job: Job) -> AbstractContextManager[None]:
    """A block that goes on with the partial result of all units, as in ``fleet.reading``."""
    return reading.making_sense_of(key_of(job, rounds.whole(bucket, job)), helps=_make_anew(job))


def load_rows(bucket: Bucket, job: Job, chunks: Iterable[Range]) -> Iterator[bytes]:
    """The rows of these chunks; none where rows are not kept.

    Raises:
        UnreadableObjectError: they, or what tells which they are, are damaged.
        BucketError
    """
    rows_format = job.experiment.rows_format
    if rows_format is None:
        return
    for chunk in chunks:
        lines = lines_of(chunk) if rows_format.joined else None
        yield reading.read(bucket, rows_key(bucket, job, chunk), partial(_whole, lines), helps=rows_help(job, chunk))


def rows_key(bucket: Bucket, job: Job, chunk: Range) -> str:
    """Of the rows of a chunk, which must be kept.

    Raises:
        UnreadableObjectError: what tells which they are is damaged.
        BucketError
    """
    assert job.experiment.rows_format is not None
    attempt = "" if job.experiment.reproducible else _stored(bucket, job, chunk)[0]
    return keys.rows_key(job.id, job.experiment.rows_format, chunk, attempt)


def lines_of(chunk: Range) -> int:
    """How many lines its rows have where they are kept for people, the header line among them."""
    return chunk.stop - chunk.first + 1


def rows_help(job: Job, chunk: Range) -> reading.Advice:
    """What helps where the rows of a chunk are damaged, or gone."""
    return _make_anew(job, key_of(job, chunk))


def complete(bucket: Bucket, job: Job, shard: Range) -> Outcome:
    """Store whatever follows from this shard's being stored: sums of the shards above it, at last the results.

    Every worker calls it after every shard, before it deletes the message, and sends the next round if there is one.
    So whoever stores the last of some siblings goes on above them.  Over the whole job, that is one listing for each
    shard but the largest, one for each round of several, and a few more for one that is done twice.

    Raises:
        UnreadableObjectError: a partial result is damaged.
        BucketError: some of it may be stored.
    """
    tree = job.tree
    while (parent := tree.parent(shard)) is not None:
        children = tree.children(parent)
        if not is_complete(children, bucket.names(folder(job, parent))):
            return Outcome()
        if not is_stored(bucket, job, parent):
            total = reduce(add, (load(bucket, job, child) for child in children))
            bucket.put(key_of(job, parent), total.to_bytes())
        shard = parent
    if len(tree) > 1:
        return _round_ended(bucket, job, tree.number_of(shard))
    _store_results(bucket, job, shard)
    return Outcome(complete=True)


def _round_ended(bucket: Bucket, job: Job, number: int) -> Outcome:
    """The same where all of a round is stored."""
    if bucket.exists(keys.summary_key(job.id)):
        return Outcome(complete=True)
    names = rounds.folder(bucket, job)
    if rounds.missing(job, names, number):
        return Outcome()  # something was deleted because it was damaged: whoever stores it again goes on
    while not rounds.is_enough(job, number, _added_up(bucket, job, number)):
        number += 1
        if rounds.missing(job, names, number):
            is_sent = bucket.exists(keys.round_sent_key(job.id, job.tree[number].root))
            return Outcome() if is_sent else Outcome(next_round=number)
    _store_results(bucket, job, job.tree.whole(number))
    return Outcome(complete=True)


def _added_up(bucket: Bucket, job: Job, number: int) -> PartialResult:
    """The partial result of all units until the end of a round, all of which are stored; it is stored, too."""
    shard = job.tree.whole(number)
    if number == 0 or is_stored(bucket, job, shard):
        return load(bucket, job, shard)
    total: PartialResult = _added_up(bucket, job, number - 1) + load(bucket, job, job.tree[number].root)
    bucket.put(key_of(job, shard), total.to_bytes())
    return total


def _store_results(bucket: Bucket, job: Job, units: Range) -> None:
    if bucket.exists(keys.summary_key(job.id)):
        return
    rows = load_rows(bucket, job, job.tree.leaves(units.stop))
    files = job.experiment.results(load(bucket, job, units), rows)
    store_tables(bucket, job, units, files)
    for name, content in files.items():
        bucket.put(keys.result_key(job.id, name), content)


def store_tables(bucket: Bucket, job: Job, units: Range, files: Mapping[str, bytes]) -> None:
    """Store what a job adds to the tables of a database, in place of the same if that is there.

    Args:
        bucket, job: Where, and of what.
        units: Those that were needed.
        files: The results.

    Raises:
        UnreadableObjectError: what tells which rows count is damaged.
        BucketError: some of it may be stored.
    """
    known = {"symbol": job.symbol, "source": job.source, "engine": job.engine}
    found = job.experiment.database_tables(files, known)
    if job.experiment.rows_format is not None and job.experiment.rows_format.joined:
        chunks = job.tree.leaves(units.stop)
        parts = (
            {
                "file": rows_key(bucket, job, chunk).rpartition("/")[2],
                "first_path": str(chunk.first),
                "paths": str(chunk.stop - chunk.first),
            }
            for chunk in chunks
        )
        found[PARTS] = written(PARTS, parts)
    for table, content in found.items():
        bucket.put(keys.table_key(table, job.id), content)


def is_complete(children: Collection[Range], names: Collection[str]) -> bool:
    """Whether a folder, in which these names lie, has the partial results of all children."""
    return all(f"{child}.json" in names for child in children)


def _stored(bucket: Bucket, job: Job, shard: Range) -> tuple[str, PartialResult]:
    """The attempt that made a partial result, where that matters, and the result."""

    def read(content: bytes) -> tuple[str, PartialResult]:
        if job.experiment.reproducible or not job.tree.is_leaf(shard):
            return "", job.experiment.partial_result(content)
        attempt, _, rest = content.partition(b"\n")
        if not keys.is_attempt(attempt.decode()):
            raise MessageError("it names no attempt")
        return attempt.decode(), job.experiment.partial_result(rest)

    return reading.read(bucket, key_of(job, shard), read, helps=_make_anew(job))


def _make_anew(job: Job, *also: str) -> reading.Advice:
    return reading.make_it_anew(*also, keys.summary_key(job.id))


def _whole(lines: int | None, rows: bytes) -> bytes:
    if lines is not None:
        require_lines(rows.count(b"\n"), lines)
    return rows


def require_lines(found: int, lines: int) -> None:
    """
    Raises:
        MessageError: rows were cut off, or are not those of the chunk.
    """
    if found != lines:
        raise MessageError(f"it has {found:,} lines, not {lines:,}")


@dataclass(frozen=True, eq=False)
class SoFar:
    """What a job amounts to before it is complete.

    Attributes:
        units: Of how many units.
        total: Their partial results, added up exactly.
    """

    units: int
    total: PartialResult


class Kept:
    """Partial results that were read lately, so that whoever asks again and again reads what is new.

    Args:
        at_most: How many are kept.
    """

    def __init__(self, at_most: int = 64) -> None:
        self._at_most = at_most
        self._results: OrderedDict[tuple[str, str, datetime], PartialResult] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, bucket: Bucket, job: Job, stored: Stored) -> PartialResult:
        """As ``load``, of what was stored then."""
        key = (job.id, str(stored.shard), stored.at)
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        found = load(bucket, job, stored.shard)
        with self._lock:
            self._results[key] = found
            while len(self._results) > self._at_most:
                self._results.popitem(last=False)
        return found


def so_far(bucket: Bucket, job: Job, kept: Kept | None = None) -> SoFar | None:
    """What is stored of a job, the largest shards first, and what workers say of the chunks that they have in hand.

    It reads a fixed number of objects at most; where very many chunks are done, it may be of fewer units than that.

    Args:
        bucket: Where the job is.
        job: Which.
        kept: What was read before.

    Returns:
        None where nothing is there yet.

    Raises:
        UnreadableObjectError: a partial result is damaged.
        BucketError
    """
    kept = kept or Kept(0)
    # In this order: what is stored between the two is counted as stored, and not twice or not at all.
    reported = reports.of_job(bucket, job.id, datetime.now(UTC), whole=True)
    found = shards.largest(bucket, job, FOLDERS_AT_MOST)
    found = sorted(found, key=lambda each: each.units, reverse=True)[:SHARDS_AT_MOST]
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        totals = list(pool.map(lambda each: kept.load(bucket, job, each), found))
    for chunk in reports.furthest(job, reported, [each.shard for each in found]):
        if chunk.content is not None:
            with suppress(ValueError, LookupError, TypeError, AttributeError):  # the next report is better
                totals.append(job.experiment.partial_result(chunk.content))
    if not totals:
        return None
    total = reduce(add, totals)
    return SoFar(total.units, total)
