"""The script that draws the charts of pages."""

from importlib.resources import as_file, files

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

blueprint = Blueprint("charts", __name__)


@blueprint.get("/plotly.min.js")
def plotly_js() -> ResponseReturnValue:
    """From the package: nothing is fetched from elsewhere."""
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
        return send_file(script, mimetype="text/javascript")
