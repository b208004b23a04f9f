"""The results of a job as files, the same bytes that ``spotmc run`` and ``spotmc sweep`` write for it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fleet import keys, partial_results
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, NotCompleteError
from fleet.job import Job
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.results_folder import JOB, replaced
from montecarlo.strategies.own_rule import RULE, RULE_FILE


def rows_csv(bucket: Bucket, job: Job) -> Iterator[bytes]:
    """All rows as one CSV, a chunk at a time: those of each without the header line, but for the first.

    Raises:
        NotCompleteError: at once, when rows are not kept for this job or are not all there.
        BucketError
    """
    require_complete(bucket, job)
    if rows_file(job) is None:
        units = f"{job.experiment.units:,} {job.experiment.unit}s"
        raise NotCompleteError(f"job {job.id} keeps no rows of its {units}, only results of all of them")
    return _join(partial_results.load_rows(bucket, job))


def result(bucket: Bucket, job: Job, name: str = SUMMARY) -> bytes:
    """One of the files that the whole yields.

    Raises:
        NotCompleteError: the job is not complete, or yields no such file.
        BucketError
    """
    require_complete(bucket, job)
    try:
        return bucket.get(keys.result_key(job.id, name))
    except MissingObjectError as error:
        raise NotCompleteError(f"job {job.id} has no {name}") from error


def fetch_results(bucket: Bucket, job: Job, out_dir: str | os.PathLike[str]) -> None:
    """Write job.json, the results and, where rows are kept for people, their file into a folder.

    They take the place of others, which stay until these are whole.  A person's own rule lies beside them, as
    RULE_FILE, unless it is gone from the bucket.

    Raises:
        NotCompleteError: the job is not complete.
        BucketError
        OSError: the files cannot be written.
    """
    files = {name: result(bucket, job, name) for name in job.experiment.result_files}
    with replaced(Path(out_dir)) as folder:
        (folder / JOB).write_bytes(job.to_json())
        if rule := job.experiment.own_rule:
            with suppress(MissingObjectError):  # results are as good without it
                (folder / RULE_FILE).write_bytes(bucket.get(keys.input_key(RULE, rule.digest)))
        if rows := rows_file(job):
            with (folder / rows).open("wb") as file:
                file.writelines(rows_csv(bucket, job))
        for name, content in files.items():
            (folder / name).write_bytes(content)


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


def _join(parts: Iterator[bytes]) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        yield part if number == 0 else part[part.index(b"\n") + 1 :]
