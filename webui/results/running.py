"""What a job waits for and who is at it, as its page and a script are told."""

from typing import Any

from fleet.progress import Status
from fleet.reports import WorkerReport
from montecarlo.wording import count

NOBODY = (
    "No worker was seen in the last minutes. On this machine, `spotmc worker` starts one; a fleet on AWS starts "
    "machines by itself within minutes."
)


def while_it_runs(status: Status) -> dict[str, Any]:
    """What there is to tell beside how far it is, as plain values."""
    return {
        "ahead": status.ahead,
        "waiting": waiting(status),
        "workers": [worker_in_words(each, status.job.experiment.unit) for each in status.workers],
    }


def waiting(status: Status) -> str:
    """What a queued job waits for beside the jobs before it, of which ``in_words`` tells; or empty."""
    if status.state != "queued" or (status.ahead and status.workers):
        return ""
    if not status.workers:
        return NOBODY
    return f"{count(len(status.workers), 'worker')} can take it as soon as one is free."


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
