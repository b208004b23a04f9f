"""The script that draws charts."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webui import assets

blueprint = Blueprint("charts", __name__)


@blueprint.get("/plotly.min.js")
def plotly_js() -> ResponseReturnValue:
    """From the package: nothing is fetched from elsewhere."""
    return assets.answer(assets.CHART_LIBRARY)


@blueprint.app_url_defaults
def say_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "charts.plotly_js":
        values[assets.VERSION] = assets.asset(assets.CHART_LIBRARY).version
