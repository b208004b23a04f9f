"""What the bucket and the queues hold after all is done, against the same jobs done undisturbed in one process."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet import keys, partial_results, rounds
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.queue import Queue
from fleet.tree import Range


@dataclass
class Verdict:
    """Of a job, or of several.

    Attributes:
        chunks: Those whose partial results are stored.
        lost: Paths that are in none of them.
        duplicated: Paths that are in more than one.
        differing: Bytes that are not those of the undisturbed job.
        repeated: Dead letters that are there already, because their worker was killed between the two steps, or because
            they were delivered to two.
        complaints: Anything else that is not as it should be, in words.
    """

    chunks: int = 0
    lost: int = 0
    duplicated: int = 0
    differing: int = 0
    repeated: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.duplicated or self.differing or self.complaints)

    def add(self, other: "Verdict") -> None:
        self.chunks += other.chunks
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.differing += other.differing
        self.repeated += other.repeated
        self.complaints += other.complaints


def of_job(bucket: Bucket, job: Job, undisturbed: Path) -> Verdict:
    """
    Args:
        bucket: Where the job's results are.
        job: The job.
        undisturbed: Folder with the results of the same job done in one process.
    """
    stored = {entry.key.removeprefix(keys.folder(job.id)): entry.key for entry in bucket.list(keys.folder(job.id))}
    ranges = [keys.range_of(name) for name in stored if name.startswith(keys.TALLIES)]
    chunks = sorted({each for each in ranges if each.stop - each.first <= job.chunk})
    verdict = Verdict(chunks=len(chunks))
    verdict.lost, verdict.duplicated = gaps_and_overlaps(chunks, rounds.whole(bucket, job).stop)
    for shard in ranges:
        partial: Any = partial_results.load(bucket, job, shard)
        if partial.paths != shard.stop - shard.first:
            verdict.complaints.append(f"the partial result of {shard} is one of {partial.paths} paths")
    for name in job.experiment.result_files:
        if name in stored:
            verdict.differing += differing(bucket.get(stored[name]), (undisturbed / name).read_bytes())
        else:
            verdict.complaints.append(f"job {job.id} has no {name}")
    rows = {keys.range_of(name) for name in stored if name.startswith(keys.ROWS)}
    _judge_rows(verdict, bucket, job, chunks=set(chunks), rows=rows, whole=undisturbed)
    return verdict


def _judge_rows(
    verdict: Verdict, bucket: Bucket, job: Job, *, chunks: set[Range], rows: set[Range], whole: Path
) -> None:
    if job.experiment.rows_format is None:
        chunks = set()
    # Where the same bits are not promised, the rows of an attempt that came too late stay behind, and do no harm.
    if rows != chunks if job.experiment.reproducible else not rows >= chunks:
        verdict.complaints.append(f"job {job.id} has {len(rows)} chunks with rows and {len(chunks)} partial results")
    if job.experiment.rows_file is None or not chunks:
        return
    header, *lines = (whole / job.experiment.rows_file).read_bytes().splitlines(keepends=True)
    both = sorted(chunks & rows)
    for shard, found in zip(both, partial_results.load_rows(bucket, job, both), strict=True):
        verdict.differing += differing(found, b"".join([header, *lines[shard.first : shard.stop]]))


def gaps_and_overlaps(ranges: Iterable[tuple[int, int]], iterations: int) -> tuple[int, int]:
    """How many of the paths from 0 up to ``iterations`` are in none of the ranges, and how many are in several."""
    lost = duplicated = reached = 0
    for first, stop in sorted(ranges):
        lost += max(first - reached, 0)
        duplicated += max(min(reached, stop) - first, 0)
        reached = max(reached, stop)
    return lost + max(iterations - reached, 0), duplicated + max(reached - iterations, 0)


def differing(ours: bytes, wanted: bytes) -> int:
    """How many bytes are not the same, those among them that only one of the two has."""
    return sum(mine != other for mine, other in zip(ours, wanted, strict=False)) + abs(len(ours) - len(wanted))


def of_queues(queue: Queue, dead_letters: Queue, poison: Iterable[str]) -> Verdict:
    """
    Args:
        queue: The work queue, which must be empty.
        dead_letters: Must hold all of the poison and nothing else, each with its reason.
        poison: Bodies of the messages that nobody could do.
    """
    verdict, depth = Verdict(), queue.depth()
    if not depth.empty:
        verdict.complaints.append(f"{depth.visible} messages are left on the queue, {depth.in_flight} in flight")
    dead = []
    while messages := dead_letters.receive(wait_seconds=0, visibility_seconds=600, at_most=10):
        dead += messages
    wanted, found = set(poison), {each.body for each in dead}
    verdict.repeated = len(dead) - len(found)
    if missing := wanted - found:
        verdict.complaints.append(
            f"{len(missing)} of {len(wanted)} poison messages are no dead letters: {_cut(missing)}"
        )
    if unwanted := found - wanted:
        verdict.complaints.append(f"{len(unwanted)} of {len(found)} dead letters are no poison: {_cut(unwanted)}")
    verdict.complaints += [
        f"dead letter {each.body[:80]!r} has no reason" for each in dead if not each.attributes.get("reason")
    ]
    return verdict


def _cut(bodies: Iterable[str]) -> list[str]:
    return [each[:80] for each in sorted(bodies)[:3]]
