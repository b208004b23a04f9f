"""The list of jobs: what came of each, and how far the others are."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from fleet import listing
from webui import connection

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs")
def show() -> ResponseReturnValue:
    return render_template("jobs.html", found=listing.jobs(connection.bucket(), listing.Wanted()))
