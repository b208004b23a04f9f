"""Jobs for scripts: how far one is, and its charts."""

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from fleet import progress
from fleet.job_store import load_job
from webui import connection
from webui.results.kinds import KINDS
from webui.results.running import as_json

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/jobs/<job_id>")
def job(job_id: str) -> ResponseReturnValue:
    """How far it has come."""
    bucket = connection.bucket()
    return jsonify(as_json(bucket, progress.status(bucket, job_id)))


@blueprint.get("/jobs/<job_id>/charts/<name>")
def chart(job_id: str, name: str) -> ResponseReturnValue:
    """One of its charts as a plotly figure."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    chart = KINDS[job.experiment.kind].charts.get(name)
    if chart is None:
        abort(404)
    figure = chart.draw(bucket, job, **chart.chosen(request.args))
    return Response(figure.to_json(), mimetype="application/json")
