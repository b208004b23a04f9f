"""The charts on a job's page, and the script that draws them."""

from importlib.resources import as_file, files

from flask import Blueprint, Response, abort, request, send_file
from flask.typing import ResponseReturnValue

from fleet.job_store import load_job
from webui import connection
from webui.results.kinds import KINDS

blueprint = Blueprint("charts", __name__)


@blueprint.get("/jobs/<job_id>/<name>.json")
def figure(job_id: str, name: str) -> ResponseReturnValue:
    """One of them as a plotly figure, in the colours of ``theme``, light or dark, if the address has that."""
    from montecarlo.charts import themed  # plotly takes a while to import

    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    draw = KINDS[job.experiment.kind].pictures.get(name)
    if draw is None:
        abort(404)
    drawn = draw(bucket, job)
    if theme := request.args.get("theme"):
        if theme not in ("light", "dark"):
            abort(404)
        drawn = themed(drawn, theme)
    return Response(drawn.to_json(), mimetype="application/json")


@blueprint.get("/plotly.min.js")
def plotly_js() -> ResponseReturnValue:
    """The script that draws figures, from the package: nothing is fetched from elsewhere."""
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
        return send_file(script, mimetype="text/javascript")
