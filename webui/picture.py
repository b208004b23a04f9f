"""The pictures on a job's page: how often each return came, and how equity spread day by day."""

from importlib.resources import as_file, files

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from fleet import progress, results
from fleet.partial_results import load_tally
from montecarlo.statistics.fan import fan_of
from montecarlo.statistics.summary import summary_from_csv
from webui import connection

blueprint = Blueprint("picture", __name__)


@blueprint.get("/jobs/<job_id>/returns.json")
def returns(job_id: str) -> ResponseReturnValue:
    """The histogram as a plotly figure."""
    from montecarlo.charts import return_histogram  # plotly takes a while to import

    bucket = connection.bucket()
    job = progress.load_job(bucket, job_id)
    summary = summary_from_csv(results.summary_csv(bucket, job))
    wealth = load_tally(bucket, job).wealth
    figure = return_histogram(summary, wealth.middles() - 1, wealth.counts)
    return Response(figure.to_json(), mimetype="application/json")


@blueprint.get("/jobs/<job_id>/fan.json")
def equity(job_id: str) -> ResponseReturnValue:
    """The fan as a plotly figure."""
    from montecarlo.charts import fan  # plotly takes a while to import

    bucket = connection.bucket()
    job = progress.load_job(bucket, job_id)
    results.summary_csv(bucket, job)  # or tell that the job is not complete
    figure = fan(fan_of(job.simulation, load_tally(bucket, job).fan))
    return Response(figure.to_json(), mimetype="application/json")


@blueprint.get("/plotly.min.js")
def plotly_js() -> ResponseReturnValue:
    """The script that draws figures, from the package: nothing is fetched from elsewhere."""
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
        return send_file(script, mimetype="text/javascript")
