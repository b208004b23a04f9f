"""All rows of a job as one text, of which a piece at a time is held."""

from collections.abc import Iterator

from fleet import partial_results, reading, rounds
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.tree import Range
from montecarlo.accounting.rows import Rows, from_csv


def joined_rows(bucket: Bucket, job: Job, at_most: int) -> Iterator[bytes]:
    """The rows of every chunk in order, each without the header line but for the first.

    Args:
        bucket, job: The job must keep rows for people.
        at_most: So many bytes are read at a time.

    Raises:
        UnreadableObjectError: a chunk's rows are damaged; if they are cut off, instead of their last piece.
        BucketError
    """
    for number, chunk in enumerate(job.tree.leaves(rounds.whole(bucket, job).stop)):
        pieces = _pieces(bucket, job, chunk, at_most)
        yield from pieces if number == 0 else _without_header(pieces)


def first_rows(bucket: Bucket, job: Job, at_most: int) -> Rows:
    """The first rows, as many as so many bytes of CSV hold, in one request for them.

    Args:
        bucket, job: The job must keep rows for people.
        at_most: Bytes.

    Raises:
        UnreadableObjectError: they are damaged.
        BucketError
    """
    chunk = next(job.tree.leaves(rounds.whole(bucket, job).stop))
    key, helps = partial_results.rows_key(bucket, job, chunk), partial_results.rows_help(job, chunk)
    with reading.saying_what_helps(helps):
        piece = next(bucket.pieces(key, at_most), b"")
    with reading.making_sense_of(key, helps=helps):
        reading.require_content(piece)
        return from_csv(piece[: piece.rfind(b"\n") + 1])


def _pieces(bucket: Bucket, job: Job, chunk: Range, at_most: int) -> Iterator[bytes]:
    """The rows of one chunk, the last of them only when all lines are there."""
    key, helps = partial_results.rows_key(bucket, job, chunk), partial_results.rows_help(job, chunk)
    held, lines = b"", 0
    with reading.saying_what_helps(helps):
        for piece in bucket.pieces(key, at_most):
            if held:
                yield held
            held = piece
            lines += piece.count(b"\n")
    with reading.making_sense_of(key, helps=helps):
        reading.require_content(held)
        partial_results.require_lines(lines, partial_results.lines_of(chunk))
    yield held


def _without_header(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if end := piece.find(b"\n") + 1:
            yield piece[end:]
            break
    yield from pieces
