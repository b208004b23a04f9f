"""Where everything stands in the bucket.

prices/<sha256>.csv               price snapshots, named by their content
submissions/<newest first>-<job>  one empty object for each job, so that the newest jobs can be listed at once
jobs/<job>/job.json               the job
jobs/<job>/submitted.json         when it was submitted first
jobs/<job>/sent.json              its message is on the queue
jobs/<job>/running.json           a worker has begun
jobs/<job>/cancelled.json         nobody wants it any more
jobs/<job>/failures/…             why a worker could not do it
jobs/<job>/paths/<first>-<stop>.csv     rows of some paths
jobs/<job>/tallies/<first>-<stop>.json  what the same paths add to the summary; written after their rows
jobs/<job>/summary.csv            written last: the job is complete
"""

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

JOB_ID = re.compile(r"[A-Za-z0-9-]{1,32}-[0-9]{1,5}-[0-9]{1,5}-[0-9a-f]{12}")

_END_OF_TIME = 10**13  # milliseconds since 1970: the year 2286

JOB, SUBMITTED, SENT, RUNNING, CANCELLED = ("job.json", "submitted.json", "sent.json", "running.json", "cancelled.json")
FAILURES, PATHS, TALLIES, SUMMARY = ("failures/", "paths/", "tallies/", "summary.csv")

JOBS, PRICES, SUBMISSIONS = "jobs/", "prices/", "submissions/"


def snapshot_key(digest: str) -> str:
    return f"{PRICES}{digest}.csv"


def folder(job_id: str) -> str:
    return f"{JOBS}{job_id}/"


def job_key(job_id: str) -> str:
    return folder(job_id) + JOB


def submitted_key(job_id: str) -> str:
    return folder(job_id) + SUBMITTED


def sent_key(job_id: str) -> str:
    return folder(job_id) + SENT


def running_key(job_id: str) -> str:
    return folder(job_id) + RUNNING


def cancelled_key(job_id: str) -> str:
    return folder(job_id) + CANCELLED


def summary_key(job_id: str) -> str:
    return folder(job_id) + SUMMARY


def failures_folder(job_id: str) -> str:
    return folder(job_id) + FAILURES


def failure_key(job_id: str, when: datetime, worker: str) -> str:
    """Failures in the order of their keys are in the order of time."""
    return f"{failures_folder(job_id)}{when.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{worker}.json"


def part_key(job_id: str, first: int, stop: int) -> str:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    return f"{folder(job_id)}{PATHS}{first}-{stop}.csv"


def tally_key(job_id: str, first: int, stop: int) -> str:
    """Tally of the paths from ``first`` up to but not including ``stop``."""
    return f"{folder(job_id)}{TALLIES}{first}-{stop}.json"


def tallies_folder(job_id: str) -> str:
    return folder(job_id) + TALLIES


def range_of(key: str) -> tuple[int, int]:
    """First and stop in the key of a part or a tally."""
    first, stop = PurePosixPath(key).stem.split("-")
    return int(first), int(stop)


def submission_key(job_id: str, when: datetime) -> str:
    """Keys are listed in their order: that of the newest submission comes first."""
    return f"{SUBMISSIONS}{_END_OF_TIME - round(when.timestamp() * 1000):013d}-{job_id}"


def submission_of(key: str) -> tuple[str, datetime]:
    """Job and time in the key of a submission."""
    number, job_id = key.removeprefix(SUBMISSIONS).split("-", 1)
    return job_id, datetime.fromtimestamp((_END_OF_TIME - int(number)) / 1000, UTC)
