"""The page that lays two to five jobs beside each other."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from fleet.comparing import compare_jobs
from webui import connection

PAIRED_AT_MOST = 2**18  # paths that are compared one by one: about 30 MB of rows to be read of each job

blueprint = Blueprint("compare", __name__, url_prefix="/compare")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The jobs that the address names, as in ``?job=A&job=B``."""
    found = compare_jobs(connection.bucket(), request.args.getlist("job"), PAIRED_AT_MOST)
    return render_template("compare.html", found=found)
