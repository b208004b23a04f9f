"""The page of a job: how far it is, what was simulated, what came of it, and its CSV."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fleet import progress, results
from fleet.errors import QueueError
from fleet.submit import send as send_again
from webui import connection, summary
from webui.display import facts
from webui.form import fields_of

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs/<job_id>")


@blueprint.get("")
def show(job_id: str) -> ResponseReturnValue:
    bucket = connection.bucket()
    status = progress.status(bucket, job_id)
    complete = status.state == "complete"
    return render_template(
        "job.html",
        status=status,
        facts=facts(status.job),
        fields=fields_of(status.job),
        summary=summary.read(results.summary_csv(bucket, status.job)) if complete else None,
    )


@blueprint.get("/status.json")
def show_status(job_id: str) -> ResponseReturnValue:
    status = progress.status(connection.bucket(), job_id)
    return jsonify(
        job_id=job_id,
        state=status.state,
        paths_done=status.paths_done,
        iterations=status.job.simulation.iterations,
        paths_per_second=status.rate,
        seconds_left=status.seconds_left,
        progress=progress.in_words(status),
    )


@blueprint.get("/summary.csv")
def summary_csv(job_id: str) -> ResponseReturnValue:
    bucket = connection.bucket()
    content = results.summary_csv(bucket, progress.load_job(bucket, job_id))
    return Response(content, mimetype="text/csv", headers=_saved_as(f"{job_id}-summary.csv"))


@blueprint.get("/paths.csv")
def paths_csv(job_id: str) -> ResponseReturnValue:
    bucket = connection.bucket()
    content = results.paths_csv(bucket, progress.load_job(bucket, job_id))
    return Response(content, mimetype="text/csv", headers=_saved_as(f"{job_id}-paths.csv"))


@blueprint.post("/send")
def send(job_id: str) -> ResponseReturnValue:
    queue, bucket = connection.queue(), connection.bucket()
    try:
        send_again(progress.load_job(bucket, job_id), queue, bucket)
    except QueueError as error:
        flash(f"The job was not sent: {error}.", "bad")
    return _to_page(job_id)


@blueprint.post("/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    progress.cancel(connection.bucket(), job_id)
    return _to_page(job_id)


def _to_page(job_id: str) -> ResponseReturnValue:
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
