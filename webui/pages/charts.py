"""The charts on a job's page, and the script that draws them."""

from importlib.resources import as_file, files

from flask import Blueprint, Response, abort, send_file
from flask.typing import ResponseReturnValue

from fleet.job_store import load_job
from webui import connection
from webui.results.kinds import KINDS

blueprint = Blueprint("charts", __name__)


@blueprint.get("/jobs/<job_id>/<name>.json")
def figure(job_id: str, name: str) -> ResponseReturnValue:
    """One of them as a plotly figure."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    chart = KINDS[job.experiment.kind].charts.get(name)
    if chart is None:
        abort(404)
    return Response(chart.draw(bucket, job).to_json(), mimetype="application/json")


@blueprint.get("/plotly.min.js")
def plotly_js() -> ResponseReturnValue:
    """The script that draws figures, from the package: nothing is fetched from elsewhere."""
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
        return send_file(script, mimetype="text/javascript")
