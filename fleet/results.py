"""The results of a job as files, the same bytes that ``spotmc run`` writes for it."""

import os
from collections.abc import Iterator
from pathlib import Path

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import NotCompleteError
from fleet.job import Job


def paths_csv(bucket: Bucket, job: Job) -> Iterator[bytes]:
    """The rows of all paths as one CSV, a sitting at a time: the parts without the header lines of all but the first.

    Raises:
        NotCompleteError: at once, when rows are not kept for this job or its parts are not all there.
        BucketError
    """
    _require_complete(bucket, job)
    if not job.paths:
        raise NotCompleteError(f"job {job.id} keeps no rows of its {job.simulation.iterations:,} paths, only a summary")
    return _join(bucket, job)


def summary_csv(bucket: Bucket, job: Job) -> bytes:
    """The summary as CSV.

    Raises:
        NotCompleteError: the job is not complete.
        BucketError
    """
    _require_complete(bucket, job)
    return bucket.get(keys.summary_key(job.id))


def fetch_results(bucket: Bucket, job: Job, out_dir: str | os.PathLike[str]) -> None:
    """Write job.json, summary.csv and, where rows are kept, paths.csv into a folder, in place of other results there.

    Raises:
        NotCompleteError: the job is not complete; nothing is written.
        BucketError
        OSError: the files cannot be written.
    """
    folder = Path(out_dir)
    summary = summary_csv(bucket, job)
    folder.mkdir(parents=True, exist_ok=True)
    paths, summary_file = folder / "paths.csv", folder / "summary.csv"
    # Before the new job.json, so that an interruption leaves no results beside a job that they are not of.
    for old in (paths, summary_file):
        old.unlink(missing_ok=True)
    (folder / "job.json").write_bytes(job.to_json())
    if job.paths:
        unfinished = folder / "paths.csv.unfinished"
        with unfinished.open("wb") as file:
            file.writelines(paths_csv(bucket, job))
        unfinished.replace(paths)
    summary_file.write_bytes(summary)


def _require_complete(bucket: Bucket, job: Job) -> None:
    if not bucket.exists(keys.summary_key(job.id)):
        raise NotCompleteError(f"job {job.id} is not complete; `spotmc status {job.id}` says how far it is")


def _join(bucket: Bucket, job: Job) -> Iterator[bytes]:
    for sitting in job.tree.leaves():
        part = bucket.get(keys.rows_key(job.id, sitting))
        yield part if sitting.first == 0 else part[part.index(b"\n") + 1 :]
