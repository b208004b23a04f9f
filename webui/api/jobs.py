"""Jobs for scripts: how far one is, and its charts."""

from flask import Blueprint, Response, abort, jsonify
from flask.typing import ResponseReturnValue

from fleet import progress
from fleet.job_store import load_job
from fleet.wording import in_words
from webui import connection
from webui.results.kinds import KINDS

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/jobs/<job_id>")
def job(job_id: str) -> ResponseReturnValue:
    """How far it has come."""
    status = progress.status(connection.bucket(), job_id)
    return jsonify(
        job_id=job_id,
        state=status.state,
        done=status.done,
        units=status.job.experiment.units,
        unit=status.job.experiment.unit,
        expected_units=status.expected,
        standing=status.standing.words if status.standing else None,
        units_per_second=status.rate,
        seconds_left=status.seconds_left,
        progress=in_words(status),
    )


@blueprint.get("/jobs/<job_id>/charts/<name>")
def chart(job_id: str, name: str) -> ResponseReturnValue:
    """One of its charts as a plotly figure."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    chart = KINDS[job.experiment.kind].charts.get(name)
    if chart is None:
        abort(404)
    return Response(chart.draw(bucket, job).to_json(), mimetype="application/json")
