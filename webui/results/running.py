"""How far a job is, as its page and a script are told while there is something to wait for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from fleet import keys
from fleet.bucket import Bucket
from fleet.progress import Status
from fleet.reports import FRESH_SECONDS, NAMES_AT_MOST, WorkerReport
from fleet.wording import in_words
from montecarlo.wording import count

NOBODY = (
    "No worker was seen in the last minutes. On this machine, `spotmc worker` starts one; a fleet on AWS starts "
    "machines by itself within minutes."
)


def as_json(bucket: Bucket, status: Status) -> dict[str, Any]:
    """All that changes while a job runs, as plain values.

    Raises:
        BucketError
    """
    experiment = status.job.experiment
    return {
        "job_id": status.id,
        "state": status.state,
        "done": status.done,
        "units": experiment.units,
        "unit": experiment.unit,
        "expected_units": status.expected,
        "standing": status.standing.words if status.standing else None,
        "units_per_second": status.rate,
        "seconds_left": status.seconds_left,
        "progress": in_words(replace(status, ahead=None)),  # what it waits for is said below
        "ahead": status.ahead,
        "waiting": waiting(status, _workers_seen(bucket)) if status.state == "queued" else "",
        "workers": [worker_in_words(each, experiment.unit) for each in status.workers],
    }


def waiting(status: Status, seen: int) -> str:
    """What a job waits for that no worker has begun, in a sentence or two; ``seen`` is how many workers are about."""
    behind = f"Waiting behind {count(status.ahead, 'job')}." if status.ahead else ""
    if not seen:
        return f"{behind} {NOBODY}".strip()
    were = "was" if seen == 1 else "were"
    return behind or f"Waiting for a worker to be free; {count(seen, 'worker')} {were} seen in the last minutes."


def _workers_seen(bucket: Bucket) -> int:
    since = datetime.now(UTC) - timedelta(seconds=FRESH_SECONDS)
    return sum(entry.stored > since for entry in islice(bucket.list(keys.WORKERS), NAMES_AT_MOST))


def worker_in_words(report: WorkerReport, unit: str) -> dict[str, str]:
    """Who a worker is and what it does; ``unit`` is of the job that it is at."""
    place = ", ".join(filter(None, (report.type, report.zone)))
    doing = "waits for work"
    if report.first is not None and report.stop is not None:
        doing = f"{report.done:,} of {count(report.stop - report.first, unit)}"
        doing += f" from {report.first:,} on" if report.first else ""
    if report.path_days_per_second:
        doing += f", {float(f'{report.path_days_per_second:.3g}'):,.0f} path-days a second"
    if report.notice:
        doing += f"; about to go: {report.notice}"
    return {"name": report.worker, "place": place or report.instance, "doing": doing}
