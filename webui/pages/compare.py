"""The page that lays two to five jobs beside each other."""

from datetime import datetime
from itertools import islice

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from fleet import progress
from fleet.bucket import Bucket
from fleet.comparing import JobsCompared
from montecarlo.experiments.comparison import FEWEST, MOST
from webui import connection
from webui.results.comparison import CHARTS, PAIRED_AT_MOST, columns, compared, pairs, statistics

RECENT = 50  # names of jobs to choose from, which one request lists

blueprint = Blueprint("compare", __name__, url_prefix="/compare")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The jobs that the address names, as in ``?job=A&job=B``."""
    bucket, asked = connection.bucket(), _asked()
    job_ids = asked[:MOST]
    found = compared(bucket, job_ids) if len(job_ids) >= FEWEST else JobsCompared({}, (), None)
    together = pairs(found)
    return render_template(
        "compare.html",
        job_ids=job_ids,
        too_many=asked[MOST:],
        room=len(job_ids) < MOST,
        fields=max(FEWEST - len(job_ids), 1),
        found=found,
        columns=columns(bucket, found, job_ids) if found.comparison else [],
        statistics=statistics(found),
        settings=found.comparison.settings if found.comparison else (),
        pairs=together,
        charts={name: chart for name, chart in CHARTS.items() if name != "differences" or _any_paired(found)},
        paired_at_most=PAIRED_AT_MOST,
        recent={job_id: submitted for job_id, submitted in _recent(bucket).items() if job_id not in job_ids},
    )


def _asked() -> list[str]:
    """Each job once, in the order of the address."""
    return list(dict.fromkeys(filter(None, map(str.strip, request.args.getlist("job")))))


def _any_paired(found: JobsCompared) -> bool:
    return found.comparison is not None and any(each.is_paired for each in found.comparison.differences)


def _recent(bucket: Bucket) -> dict[str, datetime]:
    """Names of the jobs that were submitted last, newest first, and when."""
    found: dict[str, datetime] = {}
    for job_id, submitted in islice(progress.submissions(bucket), RECENT):
        found.setdefault(job_id, submitted)
    return found
