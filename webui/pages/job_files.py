"""What can be taken away of a complete job: its files, and a report that can be mailed."""

from mimetypes import guess_type

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from fleet import progress, results
from fleet.errors import NotCompleteError
from fleet.job_store import load_job
from webui import connection
from webui.results.files import files_of
from webui.results.report import report

ROWS_BYTES = 262_144  # of a download that are held for a client, twice; a request to the bucket for each

blueprint = Blueprint("job_files", __name__, url_prefix="/jobs/<job_id>")


@blueprint.get("/report.html")
def show_report(job_id: str) -> ResponseReturnValue:
    bucket = connection.bucket()
    content = report(bucket, progress.status(bucket, job_id))
    return Response(content, mimetype="text/html", headers=_saved_as(f"{job_id}.html"))


@blueprint.get("/<file>")
def download(job_id: str, file: str) -> ResponseReturnValue:
    """One of the files that a complete job has."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    results.require_complete(bucket, job)
    if file not in files_of(job):
        raise NotCompleteError(f"job {job_id} keeps no {file}, but {' and '.join(files_of(job))}")
    is_result = file in job.experiment.result_files
    content = results.result(bucket, job, file) if is_result else results.rows_csv(bucket, job, ROWS_BYTES)
    return Response(
        content, mimetype=guess_type(file)[0] or "application/octet-stream", headers=_saved_as(f"{job_id}-{file}")
    )


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
