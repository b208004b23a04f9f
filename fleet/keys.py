"""Where everything stands in the bucket.

prices/<sha256>.csv               price snapshots, named by their content
submissions/<newest first>-<job>  one empty object for each job, so that the newest jobs can be listed at once
jobs/<job>/job.json               the job
jobs/<job>/submitted.json         when it was submitted first
jobs/<job>/sent.json              its messages are on the queue
jobs/<job>/running.json           a worker has begun
jobs/<job>/cancelled.json         nobody wants it any more
jobs/<job>/failures/<shard>/…     why workers could not do a shard; a shard is <first>-<stop>
jobs/<job>/dead/<shard>.json      it was given up: its message is in the dead-letter queue
jobs/<job>/paths/<shard>.csv      rows of a sitting
jobs/<job>/records/<shard>.json   who computed a sitting, when and how long
jobs/<job>/tallies/…/<shard>.json what a shard adds to the summary: of a sitting written after its rows, of a larger
                                  shard when all that it is cut into are there; in a folder for each shard above it,
                                  so that a listing of one folder tells which shards are done and which have begun
jobs/<job>/summary.csv            written last: the job is complete
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import PurePosixPath

from fleet.tree import Range

JOB_ID = re.compile(r"[A-Za-z0-9-]{1,32}-[0-9]{1,5}-[0-9]{1,5}-[0-9a-f]{12}")

_END_OF_TIME = 10**13  # milliseconds since 1970: the year 2286

JOB, SUBMITTED, SENT, RUNNING, CANCELLED = ("job.json", "submitted.json", "sent.json", "running.json", "cancelled.json")
FAILURES, DEAD, PATHS, RECORDS, TALLIES, SUMMARY = (
    "failures/",
    "dead/",
    "paths/",
    "records/",
    "tallies/",
    "summary.csv",
)

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


def dead_folder(job_id: str) -> str:
    return folder(job_id) + DEAD


def dead_key(job_id: str, shard: Range) -> str:
    return f"{dead_folder(job_id)}{shard}.json"


def failures_folder(job_id: str, shard: Range | None = None) -> str:
    """Of one shard, or of all."""
    return folder(job_id) + FAILURES + (f"{shard}/" if shard else "")


def failure_key(job_id: str, shard: Range, when: datetime, worker: str) -> str:
    """Failures of a shard in the order of their keys are in the order of time."""
    return f"{failures_folder(job_id, shard)}{when.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{worker}.json"


def rows_key(job_id: str, shard: Range) -> str:
    return f"{folder(job_id)}{PATHS}{shard}.csv"


def records_folder(job_id: str) -> str:
    return folder(job_id) + RECORDS


def record_key(job_id: str, shard: Range) -> str:
    return f"{records_folder(job_id)}{shard}.json"


def tallies_folder(job_id: str, shards: Iterable[Range] = ()) -> str:
    """What the tallies of a shard's children lie in: the shard is given last, after all that it is a part of."""
    return folder(job_id) + TALLIES + "".join(f"{shard}/" for shard in shards)


def tally_key(job_id: str, shard: Range, above: Iterable[Range]) -> str:
    """Of a shard that is a part of those above it, the largest of which comes first."""
    return f"{tallies_folder(job_id, above)}{shard}.json"


def range_of(key: str) -> Range:
    """The shard in the key of its rows, its record or its tally."""
    first, stop = PurePosixPath(key).stem.split("-")
    return Range(int(first), int(stop))


def submission_key(job_id: str, when: datetime) -> str:
    """Keys are listed in their order: that of the newest submission comes first."""
    return f"{SUBMISSIONS}{_END_OF_TIME - round(when.timestamp() * 1000):013d}-{job_id}"


def submission_of(key: str) -> tuple[str, datetime]:
    """Job and time in the key of a submission."""
    number, job_id = key.removeprefix(SUBMISSIONS).split("-", 1)
    return job_id, datetime.fromtimestamp((_END_OF_TIME - int(number)) / 1000, UTC)
