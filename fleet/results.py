"""The results of a job as files, the same bytes that ``spotmc run`` and ``spotmc sweep`` write for it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fleet import joined_rows, keys, partial_results, reading, rounds
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, NotCompleteError
from fleet.job import Job
from montecarlo.accounting.rows import Rows
from montecarlo.experiments import sentence as sentences
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.results_folder import INPUT_FILES, JOB, replaced
from montecarlo.statistics.summary import summary_from_csv

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


def rows_csv(bucket: Bucket, job: Job, at_most: int = 8_000_000) -> Iterator[bytes]:
    """All rows as one CSV, a piece at a time.

    Args:
        bucket, job: Where, and of what.
        at_most: Bytes of a piece.  Twice as many are held for whoever takes them, and each costs a request.

    Raises:
        NotCompleteError: at once, when rows are not kept for this job or are not all there.
        UnreadableObjectError: some are damaged; if that shows in the first piece, at once, otherwise when it does.
        BucketError
    """
    _require_rows(bucket, job)
    parts = joined_rows.joined_rows(bucket, job, at_most)
    first = next(parts)  # at once, while there is still something else to say
    return chain([first], parts)


def first_rows(bucket: Bucket, job: Job, at_most: int) -> Rows:
    """The first rows of a job, as many as so many bytes of CSV hold, in one request for them.

    Raises:
        NotCompleteError: rows are not kept for this job, or not all there.
        UnreadableObjectError: they are damaged.
        BucketError
    """
    _require_rows(bucket, job)
    return joined_rows.first_rows(bucket, job, at_most)


def result(bucket: Bucket, job: Job, name: str = SUMMARY) -> bytes:
    """One of the files that the whole yields.

    Raises:
        NotCompleteError: the job is not complete, or yields no such file.
        UnreadableObjectError: the file is damaged.
        BucketError
    """

    def whole(content: bytes) -> bytes:
        job.experiment.require_whole(name, content)
        return content

    require_complete(bucket, job)
    try:
        return reading.read(bucket, keys.result_key(job.id, name), whole, helps=_make_anew(name, job))
    except MissingObjectError as error:
        raise NotCompleteError(f"job {job.id} has no {name}") from error


def parsed(bucket: Bucket, job: Job, reader: Callable[[bytes], T], name: str = SUMMARY) -> T:
    """What ``reader`` makes of one of these files.

    Raises:
        UnreadableObjectError: the file is damaged.
        NotCompleteError, BucketError: as ``result``.
    """
    content = result(bucket, job, name)
    with making_sense_of(job, name):
        return reader(content)


def making_sense_of(job: Job, name: str = SUMMARY) -> AbstractContextManager[None]:
    """A block that goes on with the content of one of these files, as in ``fleet.reading``."""
    return reading.making_sense_of(keys.result_key(job.id, name), helps=_make_anew(name, job))


def _make_anew(name: str, job: Job) -> reading.Advice:
    return reading.make_it_anew(*(() if name == SUMMARY else (keys.summary_key(job.id),)))


def summary(bucket: Bucket, job: Job) -> "pd.DataFrame":
    """The summary of a complete job as a table.

    Raises:
        NotCompleteError, UnreadableObjectError, BucketError: as ``parsed``.
    """
    return parsed(bucket, job, summary_from_csv)


def sentence(bucket: Bucket, job: Job) -> str:
    """What came of a complete job, in one sentence that a person can repeat.

    Raises:
        NotCompleteError, UnreadableObjectError, BucketError: as ``parsed``.
    """
    with making_sense_of(job):
        return sentences.of_results(job.symbol, job.experiment, partial(result, bucket, job))


def fetch_results(bucket: Bucket, job: Job, out_dir: str | os.PathLike[str]) -> None:
    """Write job.json, the results and, where rows are kept for people, their file into a folder.

    They take the place of others, which stay until these are whole.  A person's own rule and a trained model that they
    were made with lie beside them, unless they are gone from the bucket.

    Raises:
        NotCompleteError: the job is not complete.
        UnreadableObjectError: one of the files is damaged.
        BucketError
        OSError: the files cannot be written.
    """
    files = {name: result(bucket, job, name) for name in job.experiment.result_files}
    with replaced(Path(out_dir)) as folder:
        (folder / JOB).write_bytes(job.to_json())
        for what, name in INPUT_FILES.items():
            if what in job.inputs:
                with suppress(MissingObjectError):  # results are as good without it
                    (folder / name).write_bytes(bucket.get(keys.input_key(what, job.inputs[what])))
        if rows := rows_file(job):
            with (folder / rows).open("wb") as file:
                file.writelines(rows_csv(bucket, job))
        for name, content in files.items():
            (folder / name).write_bytes(content)


def store_tables(bucket: Bucket, job: Job) -> None:
    """Store the tables of a complete job: those of a job that was done before there were tables, for whoever asks.

    Raises:
        NotCompleteError: the job is not complete.
        UnreadableObjectError: one of the files is damaged.
        BucketError: some of them may be stored.
    """
    files = {name: result(bucket, job, name) for name in job.experiment.result_files}
    partial_results.store_tables(bucket, job, rounds.whole(bucket, job), files)


def rows_file(job: Job) -> str | None:
    """The file of all rows; None where none are kept for people."""
    rows_format = job.experiment.rows_format
    return job.experiment.rows_file if rows_format is not None and rows_format.joined else None


def require_complete(bucket: Bucket, job: Job) -> None:
    """
    Raises:
        NotCompleteError: the job is not complete.
        BucketError
    """
    if not bucket.exists(keys.summary_key(job.id)):
        raise NotCompleteError(f"job {job.id} is not complete; `spotmc status {job.id}` says how far it is")


def _require_rows(bucket: Bucket, job: Job) -> None:
    require_complete(bucket, job)
    if rows_file(job) is None:
        units = f"{job.experiment.units:,} {job.experiment.unit}s"
        raise NotCompleteError(f"job {job.id} keeps no rows of its {units}, only results of all of them")
