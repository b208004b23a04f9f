"""The page of a job: how far it is, what is asked for, what came of it, and its files."""

from mimetypes import guess_type

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fleet import progress, results
from fleet.errors import MessageError, MissingObjectError, NotCompleteError, QueueError, UnreadableObjectError
from fleet.job import Job
from fleet.job_store import load_job
from fleet.submit import cannot_be_sent
from fleet.submit import send as send_again
from fleet.wording import shortened
from webui import connection
from webui.results.facts import facts
from webui.results.kinds import KINDS

ROWS_BYTES = 262_144  # of a download that are held for a client, twice; a request to the bucket for each

blueprint = Blueprint("job", __name__, url_prefix="/jobs/<job_id>")


@blueprint.get("")
def show(job_id: str) -> ResponseReturnValue:
    bucket = connection.bucket()
    status = progress.status(bucket, job_id)
    kind = KINDS[status.job.experiment.kind]
    found, damage = None, [status.damage] if status.damage else []
    if status.state == "complete":
        try:
            found = kind.read(bucket, status.job)
        except (UnreadableObjectError, MissingObjectError) as error:
            damage.append(str(error))
    warnings, cut = shortened(status.warnings)
    return render_template(
        "job.html",
        status=status,
        facts=facts(status.job),
        files=_files(status.job),
        can_be_sent=not cannot_be_sent(status.job),
        repeated=kind.repeated(status.job) if kind.repeated else None,
        template=kind.template,
        results=found,
        damage=damage,
        warnings=warnings,
        more_warnings=len(status.warnings) if cut else 0,
    )


@blueprint.get("/warnings.txt")
def show_warnings(job_id: str) -> ResponseReturnValue:
    """All of them, however many."""
    status = progress.status(connection.bucket(), job_id)
    return Response((f"{warning}\n" for warning in status.warnings), mimetype="text/plain")


@blueprint.get("/<file>")
def download(job_id: str, file: str) -> ResponseReturnValue:
    """One of the files that a complete job has."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    results.require_complete(bucket, job)
    if file not in _files(job):
        raise NotCompleteError(f"job {job_id} keeps no {file}, but {' and '.join(_files(job))}")
    is_result = file in job.experiment.result_files
    content = results.result(bucket, job, file) if is_result else results.rows_csv(bucket, job, ROWS_BYTES)
    saved_as = {"Content-Disposition": f'attachment; filename="{job_id}-{file}"'}
    return Response(content, mimetype=guess_type(file)[0] or "application/octet-stream", headers=saved_as)


@blueprint.post("/send")
def send(job_id: str) -> ResponseReturnValue:
    queue, bucket = connection.queue(), connection.bucket()
    job = load_job(bucket, job_id)
    try:
        send_again(job, queue, bucket)
    except (QueueError, MessageError) as error:
        flash(f"The job was not sent: {error}.", "bad")
    return _to_page(job_id)


@blueprint.post("/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    progress.cancel(connection.bucket(), job_id)
    return _to_page(job_id)


def _files(job: Job) -> list[str]:
    """What a person can have of a complete job, the summary first."""
    rows = results.rows_file(job)
    return [*reversed(job.experiment.result_files), *([rows] if rows else [])]


def _to_page(job_id: str) -> ResponseReturnValue:
    return redirect(url_for("job.show", job_id=job_id), 303)
