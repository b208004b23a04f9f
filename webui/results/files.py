"""Which files a person can have of a complete job."""

from fleet import results
from fleet.job import Job


def files_of(job: Job) -> list[str]:
    """The summary first."""
    rows = results.rows_file(job)
    return [*reversed(job.experiment.result_files), *([rows] if rows else [])]
